# SPDX-License-Identifier: MIT
"""/proc/PID/cgroup of every layout."""

from __future__ import annotations

import pytest

from nsh.session.cgroups import layout, rows_of


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0::/user.slice\n", {(0, ""): "/user.slice"}),
        ("2:cpu,cpuacct:/a\n1:name=systemd:/b\n", {(2, "cpu,cpuacct"): "/a", (1, "name=systemd"): "/b"}),
        ("1:memory:/\n0::/init.scope\n", {(1, "memory"): "/", (0, ""): "/init.scope"}),
        ("0::/odd:name with: colons\n", {(0, ""): "/odd:name with: colons"}),
        ("0::/../..\n", {(0, ""): "/../.."}),
        ("", {}),
        ("junk\nx:y:z\n", {}),
    ],
)
def test_a_line_is_hierarchy_controllers_and_path(text: str, rows: dict[tuple[int, str], str]) -> None:
    """Version 2 is hierarchy 0; a path may have colons in it."""
    assert rows_of(text) == rows


@pytest.mark.parametrize(
    ("versions", "told"), [([2], "v2 only"), ([1, 1], "v1 only"), ([1, 1, 2], "hybrid"), ([], "none")]
)
def test_a_machine_has_version_1_or_2_or_both(versions: list[int], told: str) -> None:
    """By the hierarchies that a process is in."""
    assert layout([{"version": version} for version in versions]) == told
