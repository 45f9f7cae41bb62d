# SPDX-License-Identifier: MIT
"""new: what each option does to the namespaces it makes, and that a refusal leaves nothing."""

from __future__ import annotations

import json
import os

import pytest

from nsh import nstypes
from tests.program import Program
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0


def test_one_line_says_what_was_made(nsh: Program) -> None:
    """Name, pid, namespaces; nothing with -q; the object with --json, ids known where the kernel has them."""
    with Talk(nsh) as talk:
        line = talk.say("new user,uts demo").out.split()
        assert line[:2] == ["demo", "pid"]
        for kind, link in zip(("uts", "user"), line[3:], strict=True):
            assert link == os.readlink(f"/proc/{line[2]}/ns/{kind}")
        assert talk.say("new -q user,uts quiet").out == ""
        made = json.loads(talk.say("new user,net,uts box --json").out)
        assert (made["name"], made["how"]) == ("box", "holder")
        assert [row["type"] for row in made["namespaces"]] == ["uts", "net", "user"]
        assert all(isinstance(row["inode"], int) and row["name"] == "box" for row in made["namespaces"])


def test_names_are_chosen_where_none_is_given(nsh: Program) -> None:
    """By the type, `box` for several; the first that is free."""
    done = nsh("-c", "new -q user; new -q user; new -q user,uts; rm user1; new -q user; ls places")
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == ["user2", "box1", "user1"]


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("new bogus a", 2, "bogus: no such type"),
        ("new uts,, a", 2, "no empty places"),
        ("new user uts", 2, "uts: is a type"),
        ("new user 12", 2, "12: a number cannot be a name"),
        ("new user host", 2, "host"),
        ("new user a:b", 2, "':' cannot be in a name"),
        (f"new user {'a' * 65}", 2, "at most 64"),
        ("new user a --map 0:0:0", 2, "no ids"),
        ("new user a --map 0:0:2 --map 1:9:1", 2, "overlap"),
        ("new user a --map root --map 0:0:1", 2, "stands alone"),
        ("new user a --map none --hostname x", 2, "--hostname is about a new uts"),
        ("new user a --proc", 2, "--proc is about a new mnt"),
        ("new user a --boottime 1d", 2, "--boottime is about a new time"),
        ("new user,mnt a --propagation bogus", 2, "no such propagation"),
        ("new user,time a --boottime soon", 2, "not a duration"),
        ("new user,mnt a --proc --no-proc", 2, "exclude"),
        ("new user a --uid -1", 2, "--uid"),
        ("new user h[3..1]", 2, "empty"),
        ("new user h[1..2] -- true", 2, "range"),
        ("new user -- nosuchprogram", 127, "nosuchprogram"),
        ("new user,mnt a --root /no/such", 1, 'mount("/no/such", "/no/such", NULL, MS_BIND|MS_REC, NULL)'),
        ("new user a --uid 7", 1, "setresuid(7): Invalid argument"),
    ],
)
def test_a_refusal_is_one_clear_line_and_nothing_is_made(line: str, status: int, words: str, nsh: Program) -> None:
    """Usage 2, the kernel's no 1; the session lives, and no place of that name is there."""
    done = nsh("-k", stdin=f"{line}\necho $?\nls places\n")
    assert done.out == f"{status}\n"
    assert words in done.err
    assert "Traceback" not in done.err


def test_an_open_quote_has_a_caret_and_nothing_is_made(nsh: Program) -> None:
    """The line is shown with the place in it."""
    done = nsh("-c", "new user 'open")
    assert done.status == 2
    assert "^" in done.err
    assert done.out == ""


def test_a_name_that_is_taken_is_refused(nsh: Program) -> None:
    """Status 1, and the place there was is untouched."""
    done = nsh("-k", stdin="new -q user,uts a\non a uts hostname mine\nnew user,uts a\necho $?\non a uts hostname\n")
    assert done.out == "1\nmine\n"


def test_the_map_says_who_one_is(nsh: Program) -> None:
    """root (the default): 0 is you; none: nobody is anybody; ranges as given."""
    lines = ["new -q user r", "on r id -u", "new -q user n --map none", "on n id -u"]
    done = nsh("-c", "\n".join(lines))
    assert done.out.split() == ["0", "65534"]
    own = nsh("-c", f"new -q user a --map 5:{os.geteuid()}:1 --uid 5 --gid 5; on a id -u; on a id -g")
    assert own.out.split() == ["5", "5"] if os.getegid() == os.geteuid() else own.status == 0


@pytest.mark.root
def test_ranges_and_identities_as_root(nsh: Program) -> None:
    """Any ids may be mapped; --uid and --gid are taken in that order of rights, for holder and program."""
    wish = "--map 0:0:100 --map 200:1000:10 --uid 5 --gid 6"
    done = nsh("-c", f"new -q user a {wish}; on a cat /proc/self/uid_map; on a id -G; new -q user {wish} -- id -u")
    assert done.out.split() == ["0", "0", "100", "200", "1000", "10", "6", "5"]


@pytest.mark.parametrize("form", ["new -q user,time,uts t {}; on t {}", "new -q user,time {} -- {}"])
def test_clocks_are_moved(form: str, nsh: Program) -> None:
    """boottime shows in /proc/uptime; both in timens_offsets; outside nothing moves."""
    offsets = "--boottime +1d --monotonic -0.5s"
    done = nsh("-c", form.format(offsets, "cat /proc/self/timens_offsets /proc/uptime") + "; cat /proc/uptime")
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["monotonic", "-1", "500000000"]
    assert rows[1] == ["boottime", "86400", "0"]
    assert 86_000 < float(rows[2][0]) - float(rows[3][0]) < 87_000


def test_the_time_namespace_of_a_program_is_named_rightly(nsh: Program) -> None:
    """Its exec enters it: what is said is the new one, not host's."""
    done = nsh("-c", "new user,time t --boottime +1d -- readlink /proc/self/ns/time")
    assert done.out.strip() in done.err
    assert os.readlink("/proc/self/ns/time") not in done.err


def test_hostname_proc_and_root(nsh: Program) -> None:
    """The place begins as it was asked for."""
    root = nsh.cwd / "root"
    for name in ("bin", "lib", "lib64", "usr", "proc"):
        (root / name).mkdir(parents=True)
    binds = " && ".join(f"mount --rbind /{name} {root}/{name}" for name in ("bin", "lib", "lib64", "usr"))
    lines = [
        "new -q user,uts a --hostname web1",
        "on a hostname",
        "new -q user,pid,mnt b",
        "on b sh -c 'ls -d /proc/[0-9]* | wc -l'",
        "unshare -q user,mnt --map root",
        f"sh -c '{binds}'",
        f"new -q user,pid,mnt r --root {root}",
        "on r ls /",
        "on r sh -c 'grep -c . /proc/self/mountinfo > /dev/null; echo $$'",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    assert done.out.split()[0] == "web1"
    assert int(done.out.split()[1]) < 6
    assert done.out.split()[2:7] == ["bin", "lib", "lib64", "proc", "usr"]


def test_a_stale_proc_is_what_pid_alone_shows(nsh: Program) -> None:
    """The lesson of the documents: without a mount namespace /proc is the host's."""
    done = nsh(
        "-c",
        "new -q user,pid p; on p sh -c 'readlink /proc/1/exe; ls /proc | grep -c ^[0-9]'; ls /proc | grep -c ^[0-9]",
    )
    inside, outside = (int(line) for line in done.out.split()[-2:])
    assert inside >= outside - 1


@pytest.mark.parametrize("propagation", ["", "--propagation private"])
def test_nothing_mounted_inside_is_seen_outside(propagation: str, nsh: Program) -> None:
    """Not even where the tree outside is shared, as systemd makes it."""
    (nsh.cwd / "m").mkdir()
    lines = [
        "unshare -q user,mnt --map root --propagation shared",
        f"new -q mnt a {propagation}",
        f"on a mount -t tmpfs inside {nsh.cwd}/m",
        "on a grep -c ' - tmpfs inside' /proc/self/mountinfo",
        "sh -c 'grep -c \" - tmpfs inside\" /proc/self/mountinfo; true'",
    ]
    done = nsh("-c", "\n".join(lines))
    assert done.out.split() == ["1", "0"], done.err


def test_a_range_makes_many(nsh: Program) -> None:
    """Each its own namespace; listed by their names."""
    lines = ["unshare -q user --map root", "new -q net n[1..50]", "ls places --json"]
    rows = json.loads(nsh("-c", "\n".join(lines)).out)
    assert [row["name"] for row in rows] == [f"n{number}" for number in range(1, 51)]
    assert len({row["namespaces"][0] for row in rows}) == 50


def test_a_range_may_be_longer_than_files_may_be_on_their_way(nsh: Program) -> None:
    """A user may have as many files in flight as a process may have open (unix(7)): 1024 where 1,500 are sent."""
    with Talk(nsh, before=["prlimit", "--nofile=1024:4096"]) as talk:
        talk.say("unshare -q user --map root")
        assert talk.say("new net n[1..1500]").status == 0
        assert len(json.loads(talk.say("ls places --json").out)) == 1500


def test_a_range_that_cannot_be_kept_open_is_taken_back(nsh: Program) -> None:
    """RLIMIT_NOFILE: the reason is said, and none of them stays."""
    with Talk(nsh, before=["prlimit", "--nofile=200:200"]) as talk:
        talk.say("unshare -q user --map root")
        assert "RLIMIT_NOFILE" in talk.say("new net n[1..300]").err
        assert talk.say("ls places").out == ""
        assert talk.say("new net n[1..20]").status == 0


@pytest.mark.parametrize(
    "types", [(kind,) for kind in nstypes.NAMES if IS_ROOT or kind == "user"] + [nstypes.NAMES], ids=",".join
)
def test_exactly_those_types_are_new(types: tuple[str, ...], nsh: Program) -> None:
    """Compared with host, type by type, for `new`, and after `enter` where you sit."""
    looks = "; ".join(f"- same {kind} t host" for kind in nstypes.NAMES)
    done = nsh("-k", stdin=f"new -q {','.join(types)} t\n{looks.replace('; ', chr(10))}\n")
    answers = [line.split()[0] for line in done.out.splitlines()]
    assert answers == ["different" if kind in types else "same" for kind in nstypes.NAMES]


@pytest.mark.once
@pytest.mark.parametrize("line", ["enter a ls", "show a uts", "new a b"])
def test_a_place_where_a_type_belongs_is_told_apart(line: str, nsh: Program) -> None:
    """Who writes `enter a ls` wants to run ls there; the hint says how."""
    done = nsh("-c", f"new -q user,uts a; {line}")
    assert done.status == 2
    assert "a: a place, and no type of namespace" in done.err
    assert "hint: types come first; to do something there: a CMD" in done.err
