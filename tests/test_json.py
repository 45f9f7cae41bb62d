# SPDX-License-Identifier: MIT
"""docs/json.md against what the program prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.commands.refusals import texts
from tests.program import Program

PAGE = Path(__file__).parent.parent / "docs" / "json.md"
ROW = re.compile(r"^\| `([^`]+)` \| (object|array) \| ?(.*) ?\|$", re.MULTILINE)
BEFORE = (
    "new user,uts,ipc,pid,mnt,time,cgroup box -q; new user,uts u0 -q; new uts u1 -q; let greeting hello; "
    "link up lo; netem lo rate 1gbit; veth add p0 p1; nat add host via p0"
)
ROWS = [(match[1], match[2], match[3].split()) for match in ROW.finditer(PAGE.read_text())]


@pytest.mark.real
def test_every_row_of_the_page_is_what_the_program_prints(nsh: Program) -> None:
    """Kind and keys of each value, in the page's order, one JSON text each."""
    assert len(ROWS) > 15
    lines = [BEFORE, *(f"- {command} --json" for command, _, _ in ROWS)]
    done = nsh("--sandbox", stdin="\n".join(lines) + "\n")
    values = list(texts(done.out))
    assert len(values) == len(ROWS), done.err
    for (command, kind, keys), value in zip(ROWS, values, strict=True):
        assert isinstance(value, list if kind == "array" else dict), command
        found = [list(one) for one in (value if kind == "array" else [value])]
        assert not keys or found == [keys] * len(found), command


@pytest.mark.real
def test_a_namespace_has_the_same_four_keys_everywhere(nsh: Program) -> None:
    """{type, inode, id, name}, with the types that the page promises."""
    done = nsh("--sandbox", "--json", "-c", "new uts a; same uts host a")
    made, answer = texts(done.out)
    for one in (*made["namespaces"], answer["one"], answer["other"]):
        assert list(one) == ["type", "inode", "id", "name"]
        assert isinstance(one["inode"], int)
        assert one["id"] is None or isinstance(one["id"], int)
    assert answer["one"]["name"] == "host"


@pytest.mark.real
def test_an_error_is_one_object_on_standard_error(nsh: Program) -> None:
    """{error, op, errno, hint}: the call and its number where the kernel said no, null where it was not asked."""
    refused = json.loads(nsh("--sandbox", "--json", "-c", "new user --uid 7 -- true").err)
    assert (list(refused), refused["op"], refused["errno"]) == (["error", "op", "errno", "hint"], "setresuid(7)", 22)
    unknown = json.loads(nsh("--sandbox", "--json", "-c", "enter nobody").err)
    assert (list(unknown), unknown["op"], unknown["errno"]) == (["error", "op", "errno", "hint"], None, None)
