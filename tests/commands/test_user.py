# SPDX-License-Identifier: MIT
"""user: maps both ways, capabilities and what they count for, keys of a user namespace's own."""

from __future__ import annotations

import json
import os

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

UID, GID = os.geteuid(), os.getegid()


def rows(nsh: Program, lines: str) -> list[dict[str, object]]:
    """The rows that the last of some lines prints."""
    done = nsh("-c", f"{lines} --json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert isinstance(found, list)
    return found


def test_a_map_is_told_both_ways(nsh: Program) -> None:
    """Id 5 inside is ours outside, ours is 5 inside, and every other id is nobody's."""
    found = rows(nsh, f"new user m -q --map 5:{UID}:1\nuser map m --id 5 --id {UID} --id 65534")
    uid = {row["id"]: (row["inside_is_outside"], row["outside_is_inside"]) for row in found if row["kind"] == "uid"}
    assert uid[5] == (UID, None)
    assert uid[UID][1] == 5
    assert uid[65534] == (None, None)
    assert found[0]["map"] == [f"5 {UID} 1"]


def test_without_a_map_no_id_is_anybody(nsh: Program) -> None:
    """Three ids are told by default when none is asked for: root, a first user, nobody."""
    found = rows(nsh, "new user n -q --map none\nuser map n")
    assert [row["id"] for row in found] == [0, 1000, 65534] * 2
    assert {(row["inside_is_outside"], row["outside_is_inside"]) for row in found} == {(None, None)}


@pytest.mark.root
def test_ranges_are_counted_out(nsh: Program) -> None:
    """The last id of a range is mapped, the next one is not."""
    found = rows(nsh, "new user m -q --map 0:0:1 --map 10:100:5\nuser map m --id 14 --id 15 --id 104 --id 105")
    told = [(row["inside_is_outside"], row["outside_is_inside"]) for row in found if row["kind"] == "gid"]
    assert told == [(104, None), (None, None), (None, 14), (None, None)]


def test_the_outside_of_a_nested_namespace_is_where_nsh_was_started(nsh: Program) -> None:
    """Two levels down, an id is still told as the host counts."""
    found = rows(nsh, f"new user a -q --map 7:{UID}:1\nenter a\nnew user b -q --map 9:7:1\nuser map b --id 9")
    assert found[0]["inside_is_outside"] == UID


@pytest.mark.parametrize(
    ("maps", "side"), [("--map 0:0:10 --map 5:100:10", "inner"), ("--map 0:0:10 --map 100:5:10", "outer")]
)
def test_ranges_that_overlap_are_refused_before_anything_is_tried(maps: str, side: str, nsh: Program) -> None:
    """An id would have two meanings; the message names both ranges."""
    done = nsh("-c", f"new user x {maps}")
    assert done.status == 2
    assert f"maps overlap in their {side} ids: 0 0 10 and" in done.err


@pytest.mark.parametrize("option", ["--uid", "--gid"])
def test_an_unmapped_id_cannot_be_taken(option: str, nsh: Program) -> None:
    """The kernel's EINVAL is told to be a missing map, and nothing is made."""
    done = nsh("-c", f"- new user x {option} 1\nls places")
    assert done.out == ""
    assert f"setres{option[2:]}(1): Invalid argument" in done.err
    assert "1 is not in the ID map of this user namespace" in done.err


def test_an_id_that_cannot_be_is_a_mistake(nsh: Program) -> None:
    """4294967295 means `no id` in every call."""
    assert nsh("-c", "user map --id 4294967295").status == 2


def caps(nsh: Program, lines: str) -> dict[str, object]:
    """The object that `user caps` prints at the end of some lines."""
    done = nsh("-c", f"{lines} --json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def test_capabilities_count_for_what_the_user_namespace_owns(nsh: Program) -> None:
    """All of them, for the UTS namespace of the box, for a namespace below it, and for nothing of the host."""
    found = caps(nsh, "new user,uts box -q\nuser caps box")
    assert len(found["effective"]) > 38  # type: ignore[arg-type]
    assert found["count_for"] == ["uts"]
    assert set(found["not_for"]) == {"mnt", "ipc", "pid", "net", "cgroup", "time"}  # type: ignore[call-overload]


def test_capabilities_count_for_what_a_descendant_owns(nsh: Program) -> None:
    """One level further down, those of the parent count too: the owner of the owner has every right."""
    done = nsh("-c", "new user a -q\nenter a\nnew user,uts b\nenter uts b\nuser caps --json")
    assert json.loads(done.out.splitlines()[-1])["count_for"] == ["uts"]


def test_the_holder_has_what_a_program_loses(nsh: Program) -> None:
    """The first process of an unmapped namespace has them all; execve(2) takes them from whoever is not uid 0."""
    done = nsh("-c", "new user n --map none -q\nuser caps n --json\non n grep CapEff /proc/self/status")
    data, program = done.out.splitlines()
    assert len(json.loads(data)["effective"]) > 38
    assert int(program.split()[1], 16) == 0


def test_the_sets_are_those_of_proc(nsh: Program) -> None:
    """Every bit by its name: the effective set of a fresh box has as many as CapEff has ones."""
    done = nsh("-c", "new user box -q\nenter box\ngrep CapEff /proc/$$/status\nuser caps --json")
    line, data = done.out.splitlines()
    assert len(json.loads(data)["effective"]) == int(line.split()[1], 16).bit_count()


def test_a_process_that_is_not_there_has_no_capabilities(nsh: Program) -> None:
    """It is a wrong name, and nothing of nsh."""
    assert nsh("-c", "user caps 4999999").status == 1


def test_each_user_namespace_has_a_user_keyring_of_its_own(nsh: Program) -> None:
    """A key is found by the same user in the same namespace, and by nobody in another one."""
    done = nsh(
        "-c",
        "new user a -q\nnew user b -q\non a user keys add token one --json\non b user keys ls\n"
        "on b user keys add token two --json\non a user keys ls --json",
    )
    assert done.status == 0, done.err
    ours, theirs, listed = (json.loads(line) for line in done.out.splitlines())
    assert ours["serial"] != theirs["serial"]
    assert [(row["serial"], row["description"]) for row in listed] == [(ours["serial"], "token")]


def test_a_key_of_the_same_name_is_changed_and_not_doubled(nsh: Program) -> None:
    """Within one keyring a description means one key."""
    done = nsh("-c", "new user a -q\nenter a\nuser keys add t 1 --json\nuser keys add t 2 --json\nuser keys ls --json")
    first, second, listed = (json.loads(line) for line in done.out.splitlines())
    assert first == second
    assert len(listed) == 1


def test_a_key_is_taken_out_by_its_number(nsh: Program) -> None:
    """And one that is not in the keyring is refused with where to look."""
    done = nsh("-c", "new user a -q\nenter a\nuser keys rm 77")
    assert done.status == 1
    assert "KEYCTL_UNLINK, 77" in done.err
    assert "`user keys ls`" in done.err


def test_types_without_user_share_the_keyring(nsh: Program) -> None:
    """A new UTS namespace brings no new keys."""
    done = nsh("-c", "new user a -q\nenter a\nuser keys add t 1\nnew uts u -q\non u user keys ls --json")
    assert json.loads(done.out.splitlines()[-1])[0]["description"] == "t"


def test_the_keyring_of_the_machine_is_left_alone(nsh: Program) -> None:
    """Outside a sandbox no key is added where nsh was started, and none is taken out."""
    for line in ("user keys add t 1", "user keys rm 7"):
        done = nsh("-c", line)
        assert done.status == 1
        assert "the machine's own" in done.err
