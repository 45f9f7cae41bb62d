# SPDX-License-Identifier: MIT
"""`unshare pid`: only the next children are in, the first is pid 1, and when it has ended none can follow."""

from __future__ import annotations

import pytest

from tests.program import Program
from tests.session.console import Start

pytestmark = pytest.mark.real

UNSHARE = "unshare user,pid --map root"
FORK = "unshare --fork user,pid,mnt --map root"
NO_MEMORY = "clone3(SIGCHLD): Cannot allocate memory"


def test_you_stay_outside_and_the_first_program_is_pid_1(nsh: Program) -> None:
    """That only children are in is said at once; nsh's own process keeps its pid namespace."""
    done = nsh("-c", f"{UNSHARE}; same pid . host; sh -c 'echo $$; readlink /proc/self/ns/pid'")
    same, first, link = done.out.splitlines()
    assert same.startswith("same  pid:[")
    assert first == "1"
    assert link not in same
    assert "only the next children are in the new pid namespace, not you" in done.err
    assert "`unshare --fork pid,user` puts you in" in done.err


def test_when_that_init_has_ended_no_other_can_start_and_both_are_said(nsh: Program) -> None:
    """Once as news, then ENOMEM as what it is."""
    done = nsh("-k", stdin=f"{UNSHARE}\ntrue\ntrue\ntrue\nleave\necho fine")
    assert "true was pid 1 of the new pid namespace, and it has ended" in done.err
    assert done.err.count("true was pid 1") == 1
    assert done.err.count(NO_MEMORY) == 2
    assert "memory is fine: the init (pid 1) of this pid namespace has ended" in done.err
    assert done.out == "fine\n"


def test_a_pipeline_is_the_init_and_its_members(nsh: Program) -> None:
    """The first of it is pid 1; the kernel ends the others with it, as the manual says."""
    done = nsh("-c", f"{UNSHARE} -q; sh -c 'echo $$; while kill -0 2; do :; done' | sh -c 'read a; echo $a $$'")
    assert done.out == "1 2\n"


@pytest.mark.parametrize(
    "line", ["new uts a; on a hostname x; on a hostname", "new pid p; on p echo x", "unshare uts; hostname x; leave"]
)
def test_nsh_does_not_become_that_init_itself(line: str, nsh: Program) -> None:
    """What `new`, `enter`, `on` and `unshare` fork is made outside: the first program is still pid 1."""
    done = nsh("--host", "-c", f"{UNSHARE} -q; {line}; sh -c 'echo I am $$'")
    assert done.status == 0, done.err
    assert done.out.endswith("I am 1\n")


def test_after_that_init_has_ended_places_can_still_be_made_and_left(nsh: Program) -> None:
    """Only programs there are impossible."""
    lines = [f"{UNSHARE} -q", "true", "new -q uts a", "on a echo in a", "enter a", "leave", "true", "leave", "echo out"]
    done = nsh("-k", stdin="\n".join(lines))
    assert done.out.splitlines()[-2:] == ["in a", "out"]


def test_with_fork_you_are_pid_1(nsh: Program) -> None:
    """`$$` is 1, programs are its children, and /proc is the new one."""
    done = nsh("-c", f"{FORK}; echo $$; sh -c 'echo $$ $PPID'; ps -e -o pid=,ppid=,comm=; same pid . host")
    first, second, *rows = done.out.splitlines()
    assert first == "1"
    assert second.split()[1] == "1"
    assert rows[0].split() == ["1", "0", "nsh"]
    assert rows[-1].startswith("different  pid:[")
    assert done.err == ""


def test_as_pid_1_everything_can_be_made_and_entered(nsh: Program) -> None:
    """An init may not clone siblings (EINVAL): nsh goes around that, and its places are where they should be."""
    lines = ["new -q uts,ipc a", "enter a", "echo in $$", "leave", "on a echo on", "unshare net", "leave", "echo $$"]
    done = nsh("-c", f"{FORK}; {'; '.join(lines)}; new pid,mnt b -q; on b ps -e -o pid=; pid ls b --json")
    assert done.status == 0, done.err
    out = done.out.splitlines()
    assert out[1:3] == ["on", "1"]
    assert int(out[0].split()[1]) > 1
    assert out[3].split() == ["1"]


def test_orphans_come_to_the_pid_1_you_sit_in_and_are_reaped(nsh: Program) -> None:
    """You are the init now, with its duties."""
    gone = "while [ $(ps -e -o stat= | grep -c Z) -gt 0 ]; do :; done"
    script = f"for i in $(seq 50); do (true &); done; {gone}; ps -e | wc -l"
    done = nsh("-c", f"{FORK}; sh -c '{script}'")
    assert done.status == 0
    assert int(done.out) < 10


def test_leaving_pid_1_ends_its_namespace_unless_places_live_in_it(nsh: Program) -> None:
    """Then it stays, and that is said; it ends with the last of them."""
    done = nsh("-c", f"{FORK}; new user,uts a -q; leave; on a true; ls places; rm a; ls places")
    assert done.status == 0, done.err
    assert "pid 1 of unshare mnt,pid,user stays, because a live" in done.err.replace("lives", "live")
    plain = nsh("-c", f"{FORK}; setsid -f sleep 1000.5; leave; ps -e -o args=")
    assert plain.status == 0
    assert "sleep 1000.5" not in plain.out.splitlines()


@pytest.mark.terminal
def test_the_prompt_marks_what_only_the_next_children_are_in(consoles: Start) -> None:
    """`nsh[user,pid:next]>`, after --fork `nsh[mnt,pid,user]>`, and when it has ended that is said at the prompt."""
    console = consoles()
    assert console.do(UNSHARE).status == 0
    assert console.prompt() == "nsh[user,pid:next]>"
    done = console.do("sh -c 'echo $$'")
    assert done.out.startswith("1\n")
    assert "sh was pid 1 of the new pid namespace, and it has ended" in done.out + console.until_prompt()
    assert console.do("true").status == 1
    assert console.do("leave").status == 0
    assert console.do(FORK).status == 0
    assert console.prompt() == "nsh[mnt,pid,user]>"
    assert console.do("echo $$").out == "1\n"
    assert console.do("exit").status == 0
    assert console.do("sh -c 'exit 3'").status == 3
