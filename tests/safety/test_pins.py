# SPDX-License-Identifier: MIT
"""Pins: what keeps a namespace when nsh has ended, for each type, and what is left when they are taken away."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from nsh import nstypes
from tests.program import NSH, Program
from tests.safety.machine import Machine, kill, rows
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

PINNABLE = [name for name in nstypes.NAMES if name != "pid"]
OPTION = {"mnt": "mount"}


def path_of(kind: str, name: str) -> str:
    """Where a pin lies."""
    return f"/run/netns/{name}" if kind == "net" else f"/run/nsh/{kind}/{name}"


@pytest.mark.parametrize("kind", PINNABLE)
def test_a_pin_keeps_a_namespace_of_each_type_until_unpin(kind: str, nsh: Program, machine: Machine) -> None:
    """Made and pinned by one nsh, listed and entered by the next, entered by nsenter(1) too; gone after `unpin`."""
    made = json.loads(nsh("-c", f"new {kind} a --pin --json").out)
    (namespace,) = made["namespaces"]
    inode = namespace["inode"]
    assert machine.pins() == {path_of(kind, "a"): inode}
    (row,) = rows(nsh("ls", "pins", "--json").out)
    assert row == {"name": "a", "type": kind, "inode": inode, "path": path_of(kind, "a"), "state": "pinned"}
    entered = nsh("-c", f"enter a; readlink /proc/self/ns/{kind}")
    assert (entered.status, entered.out, entered.err) == (0, f"{kind}:[{inode}]\n", "")
    option = f"--{OPTION.get(kind, kind)}={row['path']}"
    by_nsenter = machine.run("nsenter", option, "--preserve-credentials", "readlink", f"/proc/self/ns/{kind}")
    assert by_nsenter == f"{kind}:[{inode}]\n"
    done = nsh("unpin", "a")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert machine.pins() == {}


def test_a_hostname_is_kept_by_a_pin(nsh: Program, machine: Machine) -> None:
    """What was set in a namespace is still there for the next nsh."""
    assert nsh("-c", "new uts a --hostname kept --pin -q").status == 0
    assert nsh("-c", "on a hostname").out == "kept\n"
    assert nsh("rm", "a").status == 0


def test_a_pinned_box_of_all_types_but_pid_is_whole_again(nsh: Program, machine: Machine) -> None:
    """Seven namespaces under one name; entered together, with the rights of their user namespace."""
    types = ",".join(PINNABLE)
    made = json.loads(nsh("-c", f"new {types} box --pin --hostname inside --json").out)
    inodes = {one["type"]: one["inode"] for one in made["namespaces"]}
    assert machine.pins() == {path_of(kind, "box"): inode for kind, inode in inodes.items()}
    inside = nsh("-c", "enter box; hostname; hostname other; hostname; id -u; cat /proc/self/uid_map")
    assert inside.status == 0, inside.err
    assert inside.out.split() == ["inside", "other", "0", "0", "0", "1"]
    assert nsh("-c", "on box hostname").out == "other\n"
    assert nsh("rm", "box").status == 0


@pytest.mark.parametrize("reference", ["/proc/{pid}/ns/uts", "uts:[{inode}]", "a"])
def test_a_path_an_inode_and_a_place_can_be_pinned(reference: str, nsh: Program, machine: Machine) -> None:
    """Whatever stands for the namespace, the pin is the same, under the name that was given."""
    inode = int(nsh("-c", "new uts a --pin --json").out.split('"inode": ')[1].split(",")[0])
    place = nsh.popen("-c", "enter a\nsh -c 'echo $PPID; exec cat'")
    assert place.stdout is not None
    pid = int(place.stdout.readline())
    assert nsh("-c", f"pin {reference.format(pid=pid, inode=inode)} kept").status == 0
    place.communicate(b"")
    assert machine.pins() == {path_of("uts", "a"): inode, path_of("uts", "kept"): inode}
    assert nsh("unpin", "a", "kept").status == 0


def test_a_reference_without_a_name_needs_one(nsh: Program, machine: Machine) -> None:
    """It says how to give it one."""
    done = nsh("-c", "pin /proc/self/ns/uts")
    assert done.status == 1
    assert done.err == "/proc/self/ns/uts: a pin needs a name\nhint: pin /proc/self/ns/uts NAME\n"


# pid


def test_a_pid_namespace_is_not_pinned_and_the_reason_is_said(nsh: Program, machine: Machine) -> None:
    """Neither by `new --pin`, alone or among others, nor by `pin`; nothing is made."""
    for line in ("new pid a --pin", "new pid,mnt,uts a --pin", "new all a --pin", "new -q pid a; pin a"):
        done = nsh("-c", line)
        assert done.status == 1
        assert "a pid namespace cannot be made to stay" in done.err
        assert "cannot be entered any more once its init has ended" in done.err
        assert "--force" in done.err
    assert machine.left() == []


def test_a_pid_namespace_pinned_by_force_is_there_but_dead(nsh: Program, machine: Machine) -> None:
    """--force binds it; when nsh and with it the init has ended, entering says why that is the end of it."""
    assert nsh("-c", "new -q pid a; pin a --force").status == 0
    assert list(machine.pins()) == ["/run/nsh/pid/a"]
    done = nsh("-c", "enter a; true")
    assert done.status == 1
    assert "the init (pid 1) of this pid namespace has ended" in done.err
    assert nsh("unpin", "a").status == 0


# By an open file.


def test_pin_fd_keeps_a_place_whose_holder_was_killed(nsh: Program, machine: Machine) -> None:
    """The open files of nsh keep the namespaces, under the same name, and `ls pins` shows them; no file is made."""
    with Talk(nsh) as talk:
        holder = json.loads(talk.say("new uts,net a --hostname kept --json").out)["pid"]
        assert talk.say("pin --fd a").out.count("open file of nsh") == 2
        assert [row["state"] for row in rows(talk.say("ls pins --json").out)] == ["open file", "open file"]
        kill(holder)
        assert talk.say("on a hostname").out == "kept\n"
        assert machine.pins() == {}


def test_pin_fd_makes_a_place_of_any_namespace_and_unpin_lets_it_go(nsh: Program, machine: Machine) -> None:
    """Under a name of its own it outlives the place it was taken from; after `unpin` it is no name any more."""
    kept = "new -q uts a --hostname kept; pin --fd a b; rm a; on b hostname"
    done = nsh("-c", kept)
    assert (done.status, done.out.splitlines()[-1]) == (0, "kept"), done.err
    done = nsh("-c", f"{kept}; unpin b; ls pins; on b hostname")
    assert done.status == 1
    assert done.err == "b: no such place\nhint: b was unpinned; make a new one\n"


# Together with ip-netns(8).


def test_ip_netns_lists_enters_names_and_deletes_what_nsh_pinned(nsh: Program, machine: Machine) -> None:
    """A pinned net namespace is one of ip-netns(8)."""
    made = json.loads(nsh("new", "net", "blue", "--pin", "--json").out)
    inode = made["namespaces"][0]["inode"]
    assert machine.run("ip", "netns", "list").split() == ["blue"]
    assert machine.run("ip", "netns", "exec", "blue", "readlink", "/proc/self/ns/net") == f"net:[{inode}]\n"
    assert machine.run("ip", "netns", "exec", "blue", "sh", "-c", "ip netns identify $$") == "blue\n"
    machine.run("ip", "netns", "delete", "blue")
    assert machine.pins() == {}
    assert nsh("ls", "pins").out == ""
    assert nsh("clean").out == "nothing to clean\n"  # also the record that it was ours


def test_what_was_deleted_and_added_by_others_is_theirs(nsh: Program, machine: Machine) -> None:
    """A name that was ours once is no reason to take away what `ip netns add` made under it."""
    made = json.loads(nsh("new", "net", "blue", "--pin", "--json").out)["namespaces"][0]["inode"]
    for _ in range(20):  # with a little luck the kernel uses the same inode again
        machine.run("ip", "netns", "delete", "blue")
        machine.run("ip", "netns", "add", "blue")
        if machine.pins() == {"/run/netns/blue": made}:
            break
    assert nsh("unpin", "blue").status == 1
    machine.run("ip", "netns", "delete", "blue")
    assert nsh("clean").out == "nothing to clean\n"


def test_what_is_pinned_later_shows_inside_ip_netns_exec_too(nsh: Program, machine: Machine) -> None:
    """/run/netns is a shared mount, as `ip netns add` makes it, so a shell in another mount namespace sees new pins."""
    assert nsh("new", "net", "one", "--pin").status == 0
    command = [*machine.entrance, "ip", "netns", "exec", "one", "sh", "-c", "echo; read _; ip netns list"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as inside:
        assert inside.stdout is not None
        assert inside.stdout.readline() == b"\n"
        assert nsh("new", "net", "two", "--pin").status == 0
        said, _ = inside.communicate(b"\n")
    assert sorted(said.split()) == [b"one", b"two"]
    assert nsh("unpin", "one", "two").status == 0


def test_what_ip_netns_added_is_a_name_for_nsh(nsh: Program, machine: Machine) -> None:
    """It can be listed, entered, compared and looked at."""
    machine.run("ip", "netns", "add", "red")
    (row,) = rows(nsh("ls", "pins", "--json").out)
    assert (row["name"], row["type"], row["state"]) == ("red", "net", "pinned")
    assert nsh("-c", "enter red; readlink /proc/self/ns/net").out == f"net:[{row['inode']}]\n"
    assert nsh("-c", "on red ip -o link").out.count("lo:") == 1
    assert nsh("same", "net", "red", "/run/netns/red").status == 0
    machine.run("ip", "netns", "delete", "red")


@pytest.mark.parametrize("line", ["unpin red", "rm red", "clean --pins --yes"])
def test_what_somebody_else_pinned_is_guarded(line: str, nsh: Program, machine: Machine) -> None:
    """Neither `unpin` nor `rm` nor `clean` takes away what `ip netns add` made, unless `--host` allows it."""
    machine.run("ip", "netns", "add", "red")
    before = machine.pins()
    done = nsh("-c", line)
    assert machine.pins() == before
    if not line.startswith("clean"):
        assert done.status == 1
        assert "/run/netns/red: not pinned by" in done.err
        assert "ip netns delete red" in done.err
        assert nsh("--host", "-c", line).status == 0
        assert machine.pins() == {}
    else:
        machine.run("ip", "netns", "delete", "red")


@pytest.mark.parametrize("line", ["new uts red", "new net red --pin", "new net red[1..2]", "pin . red"])
def test_a_name_of_ip_netns_is_taken(line: str, nsh: Program, machine: Machine) -> None:
    """One name stands for one thing: nothing is made under it."""
    machine.run("ip", "netns", "add", "red")
    machine.run("ip", "netns", "add", "red2")
    before = machine.pins()
    done = nsh("-c", line)
    assert done.status == 1
    assert machine.pins() == before
    machine.run("ip", "netns", "delete", "red")
    machine.run("ip", "netns", "delete", "red2")


# Stale placeholders.


def make_stale(machine: Machine, kind: str, name: str) -> None:
    """What is left of a pin whose mount is gone."""
    path = machine.path(path_of(kind, name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_a_stale_placeholder_is_called_one_and_can_be_removed(nsh: Program, machine: Machine) -> None:
    """`ls pins` marks it, `enter` and `new --pin` name it, `unpin` says what it was."""
    make_stale(machine, "uts", "old")
    (row,) = rows(nsh("ls", "pins", "--json").out)
    assert row == {"name": "old", "type": "uts", "inode": None, "path": "/run/nsh/uts/old", "state": "stale"}
    for line in ("enter old", "new uts old --pin", "show old"):
        done = nsh("-c", line)
        assert done.status == 1
        assert "stale placeholder" in done.err, line
        assert "`unpin old`" in done.err
    done = nsh("unpin", "old")
    assert (done.status, done.err) == (0, "/run/nsh/uts/old was a stale placeholder, which pinned nothing\n")


def test_a_stale_name_of_ip_netns_can_be_removed(nsh: Program, machine: Machine) -> None:
    """It pins nothing, so nothing of anybody's is lost."""
    machine.run("ip", "netns", "add", "red")
    machine.run("umount", "/run/netns/red")
    (row,) = rows(nsh("ls", "pins", "--json").out)
    assert row["state"] == "stale"
    done = nsh("unpin", "red")
    assert (done.status, done.err) == (0, "/run/netns/red was a stale placeholder, which pinned nothing\n")
    assert machine.run("ip", "netns", "list") == ""


# All or nothing.


def test_when_one_type_cannot_be_pinned_none_is(nsh: Program, machine: Machine) -> None:
    """Here time, the last of three: what was bound before is unbound, and the place is gone."""
    machine.path("/run/nsh").mkdir()
    machine.path("/run/nsh/time").touch()
    done = nsh("-k", "-c", "new uts,net,time a --pin\nls places")
    assert (done.status, done.out) == (1, "")
    assert done.err == '-c:1: mkdir("/run/nsh/time"): File exists\n'
    done = nsh("-k", "-c", "new -q uts,net,time a\npin a\nls places --json")
    assert done.status == 1
    assert [row["name"] for row in rows(done.out)] == ["a"]
    assert machine.pins() == {}
    machine.path("/run/nsh/time").unlink()


def test_a_name_that_is_pinned_already_is_refused_before_anything_is_made(nsh: Program, machine: Machine) -> None:
    """Of a range the first would be free; the second is not, so none is made."""
    assert nsh("new", "uts", "h2", "--pin").status == 0
    before = machine.pins()
    done = nsh("-k", "-c", "new net,uts h[1..2] --pin\nls places")
    assert (done.status, done.out) == (1, "")
    assert "h2" in done.err
    assert machine.pins() == before
    assert nsh("unpin", "h2").status == 0


# Going away.


def test_rm_of_a_place_takes_its_pins_along(nsh: Program, machine: Machine) -> None:
    """In the session that made it, which says so: a pin was asked for."""
    done = nsh("-c", "new -q uts,net,mnt a --pin; rm a; ls pins")
    assert done.out == ""
    said, paths = done.err.strip().split(": ")
    assert said == "unpinned with it"
    assert {path.rpartition("/")[2] for path in paths.split()} == {"a"}
    assert len(paths.split()) == 3


def test_rm_of_a_name_that_only_a_pin_keeps_unpins_it(nsh: Program, machine: Machine) -> None:
    """In any later session."""
    assert nsh("new", "uts,net,mnt", "a", "--pin").status == 0
    assert nsh("rm", "a").status == 0
    assert machine.pins() == {}


def test_unpin_leaves_the_place_and_says_what_keeps_it(nsh: Program, machine: Machine) -> None:
    """While its session lives, the namespace does."""
    done = nsh("-c", "new -q uts a --hostname still --pin; unpin a; on a hostname")
    assert (done.status, done.out) == (0, "still\n")
    assert "lives on: pid" in done.err


def test_unpin_of_nothing_is_an_error(nsh: Program, machine: Machine) -> None:
    """It names what it looked for."""
    done = nsh("unpin", "nothing")
    assert done.status == 1
    assert done.err.startswith("nothing: nothing is pinned under that name\n")


def test_no_pin_spreads_into_a_mount_namespace_made_by_new(nsh: Program, machine: Machine) -> None:
    """/run/nsh is a private mount: a pin made later is none in the places, so `unpin` is the end of it."""
    done = nsh("-c", "new -q mnt m; new -q uts a --pin; on m ls /run/nsh; unpin a; on m cat /proc/self/mountinfo")
    assert done.status == 0
    assert "/run/nsh/uts/a" not in done.out


# Rights.


@pytest.mark.rootless
@pytest.mark.parametrize("line", ["new user,net a --pin", "new -q user,uts,net a; pin a", "pin /proc/self/ns/uts a"])
def test_without_the_right_to_mount_the_reason_and_the_other_way_are_named(line: str, nsh: Program) -> None:
    """Nothing is made; `pin --fd` is what an ordinary user has."""
    done = nsh("-c", line)
    assert done.status == 1
    assert ": Permission denied\n" in done.err
    assert "root's to make" in done.err
    assert "`pin --fd`" in done.err
    assert nsh("-c", "ls pins").out == ""


def test_root_without_the_right_to_mount_is_told_so(nsh: Program, machine: Machine) -> None:
    """Root of a container may lack CAP_SYS_ADMIN: the call is refused, and nothing is left of it."""
    less = ["setpriv", "--inh-caps=-sys_admin", "--bounding-set=-sys_admin"]
    said = machine.run(*less, NSH, "-c", "pin /proc/self/ns/uts a", status=1)
    assert re.match(r"(mount|mkdir|open)\([^\n]*\): Operation not permitted\n", said), said
    assert machine.left() == []


def test_where_run_is_read_only_nothing_is_pinned(nsh: Program, machine: Machine) -> None:
    """A clear line, and the place that was to be pinned is gone again."""
    machine.run("mount", "-n", "-o", "remount,bind,ro", "/run")
    done = nsh("-k", "-c", "new -q uts a --pin\nls places")
    machine.run("mount", "-n", "-o", "remount,bind,rw", "/run")
    assert (done.status, done.out) == (1, "")
    assert "Read-only file system" in done.err
    assert machine.left() == []


@pytest.mark.rootless
def test_pin_fd_needs_no_rights(nsh: Program) -> None:
    """An ordinary user's place is kept by files."""
    done = nsh("-c", "new -q user,uts a --hostname mine; pin --fd a b; rm a; on b hostname")
    assert (done.status, done.out.splitlines()[-1]) == (0, "mine"), done.err


@pytest.mark.parametrize("kind", PINNABLE)
def test_in_a_sandbox_anybody_may_pin(kind: str, nsh: Program) -> None:
    """Mounts under the sandbox's /run are its own; the pin keeps the namespace for a second nsh there."""
    line = f"new -q {kind} a --pin; {NSH} -c 'enter a; same {kind} . a; ls pins'; unpin a; ls pins"
    done = nsh("--sandbox", "-c", line)
    assert done.status == 0, done.err
    assert done.out.count("pinned") == 1


def test_in_a_sandbox_ip_netns_knows_what_is_pinned(nsh: Program) -> None:
    """The sandbox's /run/netns works both ways."""
    done = nsh(
        "--sandbox",
        "-c",
        "new -q net blue --pin; ip netns add red; ls pins --json; ip netns exec blue readlink /proc/self/ns/net; "
        "on red ip netns identify",
    )
    assert done.status == 0, done.err
    inode = next(row["inode"] for row in rows(done.out[: done.out.rindex("]\n", 0, done.out.index("net:[")) + 1]))
    assert f"net:[{inode}]\nred\n" in done.out
