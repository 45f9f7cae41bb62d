# SPDX-License-Identifier: MIT
"""neigh: what a place has learned of hardware addresses."""

from __future__ import annotations

import json

import pytest

from tests.program import Program

pytestmark = pytest.mark.real


def test_a_host_that_answered_is_a_neighbour(nsh: Program) -> None:
    """By the hardware address of its device, at both ends."""
    done = nsh(
        "-c",
        "new user,net box -q\nenter box\nnew net a -q\nnew net b -q\nveth add a:x b:y --up --mac 02:00:00:00:00:0a\n"
        "addr add a:x 10.1.1.1/24\naddr add b:y 10.1.1.2/24\non a ping -c 1 10.1.1.2\nneigh ls b\nneigh ls b --json",
    )
    assert done.status == 0, done.err
    (row,) = [row for row in json.loads(done.out[done.out.index("[{") :]) if ":" not in row["address"]]
    assert {key: row[key] for key in ("place", "address", "mac", "device")} == {
        "place": "b",
        "address": "10.1.1.1",
        "mac": "02:00:00:00:00:0a",
        "device": "b:y",
    }
    assert "02:00:00:00:00:0a" in done.out.split("[{")[0]
