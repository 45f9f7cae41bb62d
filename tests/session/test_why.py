# SPDX-License-Identifier: MIT
"""why: each thing that can keep a namespace alive is made for real, alone, and found; nothing else is said."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.refusals import texts
from tests.program import Program
from tests.safety.talk import Talk
from tests.session.keeper import SCENARIOS
from tests.session.kept import Kept, keeping

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parent.parent.parent
Keeper = Callable[[str], dict[str, Any]]
OF_ONE_GONE = ("mounts_file", "net_file", "map_file", "process_folder", "pidfd")
APART = ("in_flight", "shared_memory", "mounted_proc", "no_pin", *OF_ONE_GONE)
"""Scenarios with tests of their own."""
NEEDS_ROOT = ("tun",)


kept = pytest.fixture(keeping)


def scenarios() -> list[Any]:
    """Those that one test is made for each; some only for root."""
    names = [name for name in SCENARIOS if name not in APART]
    return [pytest.param(name, marks=[pytest.mark.root] if name in NEEDS_ROOT else []) for name in names]


@pytest.mark.parametrize("name", scenarios())
def test_a_pin_is_found_and_no_other(name: str, nsh: Program, kept: Callable[[str], Kept]) -> None:
    """`why` names it with process, file, path or kin, and nothing else; `ls ns` has a row that says what kind it is."""
    facts = kept(name).facts
    done = nsh("-c", f"why {facts['ref']} --json; ls ns --type {facts['pin']['type']} --json")
    assert done.status == 0, done.err
    answer, rows = texts(done.out)
    pins = [pin for pin in answer["pins"] if pin["how"] not in facts.get("beside", ())]
    assert [{key: pin[key] for key in facts["pin"]} for pin in pins] == [facts["pin"]]
    assert all(pin["sure"] for pin in pins)
    check_row(name, facts["pin"], rows)


def check_row(name: str, pin: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """One row for it, with the kind of what keeps it, as many members as there are, and its owner."""
    (row,) = [row for row in rows if row["inode"] == pin["inode"]]
    words = {
        "fd": "open file",
        "mount": "bind mount",
        "children": "next children",
        "owned": "owns",
        "tun": "tun device",
    }
    assert words.get(pin["how"], pin["how"]) in row["kept_by"]
    assert (row["nprocs"] > 0) is (pin["how"] in ("member", "zombie"))
    if name != "mount_without_process":  # there is no way to a file of it, so it cannot be asked
        assert isinstance(row["owner"], int)


def test_what_is_under_way_may_be_it(nsh: Program, kept: Callable[[str], Kept]) -> None:
    """A unix socket tells how many files are on their way to it, not which: perhaps one of this namespace."""
    facts = kept("in_flight").facts
    pins = json.loads(nsh("-c", f"why {facts['ref']} --json").out)["pins"]
    assert [(pin["how"], pin["sure"]) for pin in pins] == [("fd", True), ("perhaps", False)]
    assert f"(fd {facts['sockets'][0]}: 1 file is under way to it)" in pins[1]["who"]
    assert pins[1]["release"] is None


def test_a_hidden_pin_is_named_where_nothing_else_is(nsh: Program, kept: Callable[[str], Kept]) -> None:
    """Attached shared memory keeps an ipc namespace that shows nowhere: said as what it may be."""
    facts = kept("shared_memory").facts
    done = nsh("-c", f"why {facts['ref']}")
    assert done.status == 1
    assert f"{facts['ref']}: nothing that can be seen keeps it" in done.err
    assert f"pid {facts['pin']['pid']} " in done.err
    assert "has shared memory attached" in done.err


@pytest.mark.parametrize("name", OF_ONE_GONE)
def test_a_file_of_a_process_that_is_gone_may_be_it(name: str, nsh: Program, kept: Callable[[str], Kept]) -> None:
    """It does not tell which namespace it keeps, so it is said as what it may be; `why` of another type is silent."""
    facts = kept(name).facts
    pin = facts["pin"]
    done = nsh("-c", f"why {facts['ref']}")
    assert done.status == 1
    assert f"{facts['ref']}: nothing that can be seen keeps it" in done.err
    (row,) = [line for line in done.err.splitlines() if f"(fd {pin['fd']}: " in line]
    assert "perhaps: pid " in row
    assert "of a process that is gone)" in row
    assert f"(fd {pin['fd']}: " not in nsh("-c", "why uts:[1]").err


def test_what_is_no_pin_is_not_called_one(nsh: Program, kept: Callable[[str], Kept]) -> None:
    """A pidfd, /proc/PID held open, an unreaped zombie: the UTS namespace is gone all the same, and not listed."""
    facts = kept("no_pin").facts
    done = nsh("-k", stdin=f"why {facts['ref']}\nls ns -t uts --json\n")
    assert f"{facts['ref']}: nothing that can be seen keeps it" in done.err
    assert facts["pin"]["inode"] not in {row["inode"] for row in json.loads(done.out)}


def test_a_mounted_proc_is_remembered_beyond_its_init(nsh: Program, kept: Callable[[str], Kept]) -> None:
    """While the init lives the mount tells of which namespace it is; afterwards only who has looked before knows."""
    keeper = kept("mounted_proc")
    ref, pin = keeper.facts["ref"], keeper.facts["pin"]
    with Talk(nsh) as talk:
        before = json.loads(talk.say(f"why {ref} --json").out)["pins"]
        assert {one["how"] for one in before} == {"member", "proc", "children"}
        keeper.go_on()
        (after,) = json.loads(talk.say(f"why {ref} --json").out)["pins"]
        assert {key: after[key] for key in pin} == pin, after
        assert after["release"] == f"on {keeper.process.pid} umount /mnt"
    stranger = nsh("-c", f"why {ref}")
    assert stranger.status == 1
    assert "/mnt  in mnt:[" in stranger.err
    assert "a proc whose processes are all gone" in stranger.err


def test_a_mounted_mqueue_does_not_keep_its_ipc_namespace(nsh: Program) -> None:
    """Against namespaces(7): the mount stays, and the namespace is gone; so nobody says that it keeps it."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; unshare -q mnt")
        made = json.loads(talk.say("new ipc q --json").out)
        talk.say("on q mount -t mqueue mqueue /mnt")
        talk.say("rm q")
        done = talk.say(f"why ipc:[{made['namespaces'][0]['inode']}]")
        assert done.status == 1
        assert "nothing that can be seen keeps it" in done.err


def test_nsh_names_its_own_parts(nsh: Program) -> None:
    """Holder, open files, the process you sit in: called what they are, with the command that lets them go."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; new -q uts box; new -q uts n[1..2]; pin --fd box")
        pins = json.loads(talk.say("why box --json").out)["pins"]
        assert [(pin["how"], pin["who"].split("  ", 1)[1], pin["release"]) for pin in pins] == [
            ("member", "nsh itself: the holder of box", "rm box"),
            ("fd", f"nsh itself: keeps box open  (fd {pins[1]['fd']})", "unpin box"),
        ]
        (pin,) = json.loads(talk.say("why n1 --json").out)["pins"]
        assert (pin["pid"], pin["release"]) == (talk.pid, "rm n1")
        talk.say("unshare -q uts")
        here = [one for one in json.loads(talk.say("why . --json").out)["pins"] if one["type"] == "uts"]
        assert [(one["who"].split("  ", 1)[1], one["release"]) for one in here] == [
            ("nsh itself: where you are", "leave")
        ]


def test_doing_what_release_says_ends_it(nsh: Program) -> None:
    """Bind mount in the mount namespace we sit in, holder: each command, typed as shown, takes one pin away."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user,mnt --map root; new -q uts box; touch /tmp/pin")
        talk.say("mount -t tmpfs none /mnt; touch /mnt/pin")
        place = json.loads(talk.say("show box --json").out)
        talk.say(f"mount --bind /proc/{place['members'][0]}/ns/uts /mnt/pin")
        ref = f"uts:[{place['inode']}]"
        release = json.loads(talk.say(f"why {ref} --json").out)["release"]
        assert release == ["umount /mnt/pin", "rm box"]
        talk.say(release[0])
        assert json.loads(talk.say(f"why {ref} --json").out)["release"] == release[1:]
        talk.say(release[1])
        assert talk.say(f"why {ref}").status == 1


def test_a_type_picks_one_of_a_place(nsh: Program) -> None:
    """`why net box` is about that one alone; a type that a reference has not is refused."""
    with Talk(nsh) as talk:
        made = json.loads(talk.say("new user,net box --json").out)
        (one,) = json.loads(talk.say("why net box --json").out)["namespaces"]
        assert one["inode"] == made["namespaces"][0]["inode"]
        assert json.loads(talk.say("show net box --json").out)["devices"] == ["lo DOWN"]
        done = talk.say(f"why uts net:[{one['inode']}]")
        assert (done.status, "has no uts namespace" in done.err) == (1, True)


def test_what_belongs_together_goes_together(nsh: Program) -> None:
    """Of a whole place the holder is one line; what it owns needs no command of its own."""
    with Talk(nsh) as talk:
        talk.say("new -q user,pid,mnt,uts box")
        lines = talk.say("why box").out.splitlines()
        table = [line.split("  ") for line in lines if line.startswith(("all ", "user ", "pid "))]
        assert [row[0] for row in table] == ["all", "pid", "user"]
        assert lines[0].startswith("box  mnt:[")
        assert sum("rm box" in line for line in lines) == 1
        assert sum("(goes with it)" in line for line in lines) == 2


def test_an_init_takes_the_others_along(nsh: Program) -> None:
    """Of a pid namespace only the init need be killed: all others end with it, in every namespace they are in."""
    argv = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    process = subprocess.Popen(
        [*argv, "sh", "-c", "sleep 1000 & echo up; wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            (init,) = map(int, file.read().split())
        with Talk(nsh) as talk:
            answer = json.loads(talk.say(f"why pid,user {init} --json").out)
            text = talk.say(f"why pid {init}").out
        others = {pin["pid"]: pin["release"] for pin in answer["pins"] if pin["how"] == "member"}
        assert others.pop(init) == f"kill -KILL {init}"
        assert others.pop(process.pid) == f"kill {process.pid}"
        assert list(others.values()) == [None]
        assert f"(goes with pid {init}, its init)" in text
    finally:
        process.kill()
        process.communicate()


def test_the_initial_namespaces_need_nobody(nsh: Program) -> None:
    """Nobody is told to kill what is in them: they last as long as the machine."""
    number = os.stat("/proc/self/ns/time").st_ino
    if number != 0xEFFFFFFA:
        pytest.skip("the tests run in a time namespace")
    answer = json.loads(nsh("-c", f"why time:[{number}] --json").out)
    assert [pin["how"] for pin in answer["pins"]] == ["kernel"]
    assert answer["release"] == []


@pytest.mark.rootless
def test_it_says_when_it_is_blind(nsh: Program) -> None:
    """Another user's processes cannot be looked at: how many, and what it would take."""
    done = nsh("-c", "new user a -q; why a --json")
    (clause,) = [text for text in json.loads(done.out)["not_seen"] if "unreadable" in text]
    assert "CAP_SYS_PTRACE" in clause


def test_a_reference_that_means_nothing_is_refused(nsh: Program) -> None:
    """A name, and an inode that no namespace has."""
    assert nsh("-c", "why nobody").status == 1
    done = nsh("-c", "why uts:[1]")
    assert (done.status, "nothing that can be seen keeps it" in done.err) == (1, True)
