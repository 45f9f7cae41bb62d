# SPDX-License-Identifier: MIT
"""uts: hostname and NIS domain name of a namespace's own."""

from __future__ import annotations

import json
import os

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,uts web -q\nenter web"


@pytest.mark.parametrize(("noun", "program"), [("hostname", "hostname"), ("domainname", "domainname")])
def test_a_name_is_set_inside_and_nowhere_else(noun: str, program: str, nsh: Program) -> None:
    """The program of that name reads what the call has set; outside it is what it was."""
    before = nsh("-c", program).out
    done = nsh("-c", f"{BOX}\nuts {noun} ns1\n{program}\nuts {noun}\nleave\n{program}")
    assert done.out == f"ns1\nns1\n{before}"


@pytest.mark.parametrize("noun", ["hostname", "domainname"])
def test_the_name_is_told_as_one_object(noun: str, nsh: Program) -> None:
    """With its own key."""
    assert json.loads(nsh("-c", f"{BOX}\nuts {noun} ns1\nuts {noun} --json").out) == {noun: "ns1"}


def test_a_new_namespace_begins_with_a_copy(nsh: Program) -> None:
    """Both names are its creator's."""
    assert nsh("-c", f"{BOX}\nuts hostname").out == f"{os.uname().nodename}\n"


def test_a_name_has_at_most_64_bytes(nsh: Program) -> None:
    """64 are taken, the 65th is refused with the reason."""
    done = nsh("-c", f"{BOX}\nuts hostname {'a' * 64}\nuts hostname\n- uts hostname {'b' * 65}\nuts hostname")
    assert done.out == f"{'a' * 64}\n{'a' * 64}\n"
    assert "Invalid argument" in done.err
    assert "at most 64 bytes" in done.err


def test_root_of_another_user_namespace_may_not_set_it(nsh: Program) -> None:
    """The hint names the owner."""
    done = nsh("-c", f"{BOX}\nnew user u -q\non u uts hostname x")
    assert done.status == 1
    assert "Operation not permitted" in done.err
    assert "`new user,uts`" in done.err


@pytest.mark.parametrize("noun", ["hostname", "domainname"])
def test_the_machines_name_is_left_alone(noun: str, nsh: Program) -> None:
    """Outside a sandbox nsh renames nothing that it did not make."""
    done = nsh("-c", f"uts {noun} x")
    assert done.status == 1
    assert "the machine's own" in done.err
