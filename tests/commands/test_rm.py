# SPDX-License-Identifier: MIT
"""rm ends a place, but never the user's programs without being told to, nor the place one sits in."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.program import Program
from tests.safety.talk import Talk
from tests.session.console import wait_until

pytestmark = pytest.mark.real


def test_it_is_gone_and_its_name_is_free(nsh: Program) -> None:
    """Holder and namespaces end before rm answers."""
    with Talk(nsh) as talk:
        pid = json.loads(talk.say("new user,uts a --json").out)["pid"]
        assert talk.say("rm a").status == 0
        assert not os.path.exists(f"/proc/{pid}/ns/uts")
        assert "a was removed" in talk.say("enter a").err
        assert talk.say("new -q user,net a; rm a").status == 0


def test_several_and_the_other_spelling(nsh: Program) -> None:
    """`rm A B`, and `del` as a synonym."""
    done = nsh("-c", "new -q user,uts a; new -q user,uts b; new -q user,uts c; rm a b; del c; ls places")
    assert (done.status, done.out) == (0, "")


@pytest.mark.parametrize("line", ["on a sleep 1000 &", "on a setsid -f sleep 1000"])
def test_programs_that_live_in_it_are_named_and_stay(line: str, nsh: Program) -> None:
    """By what ps(1) shows and their pid; nsh's own helpers are none of them. --kill ends them."""
    with Talk(nsh) as talk:
        talk.say("new -q user,uts a")
        talk.say(line)
        # setsid(1) does not wait for the exec of what it forked; until then ps(1) shows something else.
        wait_until(lambda: re.search(r"a: programs live in it: sleep 1000 \(pid ", talk.say("rm a").err))
        refused = talk.say("rm a")
        assert refused.status == 1
        assert "nsh:" not in refused.err.replace("nsh: a:", "")
        assert "`rm --kill a`" in refused.err
        assert talk.say("on a true").status == 0
        assert talk.say("rm --kill a").status == 0
        assert talk.say("ls places").out == ""


@pytest.mark.parametrize("where", ["enter a", "enter uts a", "enter a; unshare -q ipc"])
def test_the_place_you_sit_in_is_not_removed(where: str, nsh: Program) -> None:
    """Also when you moved on from it and would come back."""
    where = where if os.geteuid() == 0 else where.replace("enter uts a", "enter user,uts a")
    done = nsh("-k", stdin=f"new -q user,uts a\n{where}\nrm a\nrm --kill a\nuts hostname\n")
    assert done.err.count("a: you are in it") == 2
    assert done.status != 0
    assert len(done.out.split()) == 1


def test_what_still_lives_of_it_is_said(nsh: Program) -> None:
    """A namespace that a nested place was made in outlives the name, and who is in it is named."""
    with Talk(nsh) as talk:
        talk.say("new -q user,uts a; enter a; new -q ipc inner; leave")
        done = talk.say("rm a")
        assert (done.status == 0 and "lives on" in done.err) or "inner" in done.err
