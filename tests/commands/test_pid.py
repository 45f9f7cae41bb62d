# SPDX-License-Identifier: MIT
"""pid: members with their pid at every level, signals from outside, freezing and thawing."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.program import TIMEOUT, Program

pytestmark = pytest.mark.real

BOX = "new user,pid box -q"


def members(text: str) -> list[dict[str, object]]:
    """The rows of the array at the end of what was printed."""
    found = json.loads(text[text.index("[{") :])
    assert isinstance(found, list)
    return found


def test_the_holder_is_the_init_with_a_pid_at_each_level(nsh: Program) -> None:
    """Outermost first, 1 last."""
    (row,) = members(nsh("-c", f"{BOX}\npid ls box --json").out)
    assert row["init"] is True
    assert row["pids"] == [row["pid"], 1]
    assert row["command"] == "nsh: box (holder)"


def test_each_nested_namespace_adds_a_number(nsh: Program) -> None:
    """Seen from host, a process two levels down has three."""
    done = nsh("-c", f"{BOX}\nenter box\nnew pid inner -q\npid ls inner --json\npid ls box --json")
    first, second = (json.loads(part + "]") for part in done.out.split("]\n") if part.strip("\n]"))
    assert len(first[0]["pids"]) == 3
    assert {len(row["pids"]) for row in second} == {2}


def test_orphans_are_told_from_who_was_put_in(nsh: Program) -> None:
    """The init adopts what lost its parent; what nsh put in has its parent outside."""
    done = nsh("-c", f"{BOX}\nenter box\nbash -c '(sleep 300 &)'\npid ls --json")
    told = {row["command"]: (row["adopted"], row["parent_outside"]) for row in members(done.out)}
    orphan = next(told[command] for command in told if not str(command).startswith("nsh"))
    assert (orphan, told["nsh: box"]) == ((True, False), (False, True))


def test_a_zombie_is_told(nsh: Program) -> None:
    """It has ended and waits for a parent that does not ask."""
    make = (
        "import os; pid = os.fork() or os._exit(0); os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT);"
        " open('ready', 'w'); os.execlp('sleep', 'sleep', '300')"
    )
    wait = "until test -e ready; do :; done"
    done = nsh("-c", f'{BOX}\nenter box\npython3 -c "{make}" &\nbash -c "{wait}"\npid ls --json\npid ls')
    text, _, table = done.out.partition("]\n")
    (zombie,) = [row for row in members(text + "]") if row["zombie"]]
    assert zombie["state"] == "Z"
    assert "zombie: ended, not yet waited for" in table


def test_of_another_inits_children_it_cannot_be_told_which_it_adopted(nsh: Program) -> None:
    """A program that is pid 1 may have children of its own: null, and not a guess."""
    done = nsh("-c", "unshare --fork user,pid --map root\nbash -c '(sleep 300 &)'\npid ls --json")
    (orphan,) = [row for row in members(done.out) if not row["init"]]
    assert orphan["adopted"] is None


def test_an_init_ignores_term_and_obeys_kill_from_outside(nsh: Program) -> None:
    """And with it every member ends; the command waits for that."""
    done = nsh(
        "-c",
        f"{BOX}\non box sleep 300 &\npid signal TERM box\npid ls box\npid signal KILL box\n- on box true",
    )
    assert "nsh: box (holder)" in done.out
    assert "box is gone: its init (pid 1) " in done.err


@pytest.mark.parametrize("name", ["host", "."])
def test_nsh_does_not_signal_itself(name: str, nsh: Program) -> None:
    """`quit` ends it."""
    done = nsh("-c", f"pid signal KILL {name}\n")
    assert done.status == 1
    assert "is nsh itself" in done.err


def test_a_process_of_the_machine_is_left_alone(nsh: Program) -> None:
    """Outside a sandbox only what nsh started is signalled."""
    done = nsh("-c", "pid signal CONT 1")
    assert done.status == 1
    assert "the machine's own" in done.err or "readlink(/proc/1/ns/" in done.err


@pytest.mark.parametrize("name", ["TERMINATE", "0", "65", "", "BLOCK", "_IGN"])
def test_a_word_that_is_no_signal_is_a_mistake(name: str, nsh: Program) -> None:
    """Names are those of signal(7)."""
    assert nsh("-c", f"{BOX}\npid signal '{name}' box").status == 2


def states(pids: list[int]) -> set[str]:
    """The states of some processes, once none of them is on its way any more."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        found = {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids}
        if "R" not in found and "D" not in found and len(found) == 1:
            break
    return found


def test_freezing_stops_every_member_and_thawing_continues_them(nsh: Program) -> None:
    """The init and the programs, but not the process through which nsh sits there."""
    with nsh.popen() as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def say(line: str) -> object:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        process.stdin.write(f"{BOX}\non box sleep 300 &\non box sleep 301 &\n".encode())
        frozen = say("pid freeze box --json")
        assert isinstance(frozen, dict)
        assert (frozen["how"], len(frozen["pids"])) == ("signal", 3)
        assert states(frozen["pids"]) == {"T"}
        thawed = say("pid thaw box --json")
        assert thawed == frozen
        assert states(frozen["pids"]) == {"S"}
        process.stdin.close()


def test_why_it_is_not_the_cgroup_freezer_is_said(nsh: Program) -> None:
    """A cgroup is the machine's."""
    done = nsh("-c", f"{BOX}\npid freeze box")
    assert done.status == 0
    assert "nsh makes one only with --host" in done.err


def test_a_frozen_place_can_be_removed_and_nsh_can_end(nsh: Program) -> None:
    """KILL reaches what is stopped."""
    done = nsh("-c", f"{BOX}\npid freeze box\nrm box\nnew user,pid b2 -q\npid freeze b2\nls places")
    assert done.status == 0
    assert "b2" in done.out


@pytest.mark.parametrize("name", ["host", "."])
def test_the_namespace_nsh_was_started_in_is_not_frozen(name: str, nsh: Program) -> None:
    """Not even in a sandbox: nsh is in it."""
    for argv in (("-c",), ("--sandbox", "-c")):
        done = nsh(*argv, f"pid freeze {name}")
        assert done.status == 1
        assert "has the pid namespace of host" in done.err
