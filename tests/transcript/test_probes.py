# SPDX-License-Identifier: MIT
"""Probes: what they answer, and that they do the thing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nsh.transcript import probes
from nsh.transcript.probes import ProbeBroke, answer, unknown


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "name",
    [
        "root", "rootless", "no-root", "cap:net_admin", "tool:iptables", "tool:procps>=4", "tool:iproute2<6.1",
        "kernel>=5.6", "kernel<4.9", "ns:time", "no-ns:time", "sysctl:net.ipv4.ip_forward",
        "sysctl:net.ipv4.ip_forward=1", "net:internet", "mod:veth",
    ],
)  # fmt: skip
def test_known_probes(name: str) -> None:
    """These are what a page may ask."""
    assert unknown(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("luck", "unknown probe 'luck'"),
        ("rooot", "unknown probe 'rooot'"),
        ("root:x", "is written root"),
        ("ns", "is written ns:time"),
        ("ns:utz", "no such namespace type"),
        ("cap:fly", "no such capability"),
        ("kernel=5", "is written kernel>=5.6"),
        ("kernel>=new", "is written kernel>=5.6"),
        ("net:intranet", "is written net:internet"),
        ("", "unknown probe"),
    ],
)
def test_what_is_no_probe_is_named(name: str, why: str) -> None:
    """With what it should have been."""
    assert why in (unknown(name) or "")
    with pytest.raises(ProbeBroke):
        answer(name, "root")


def test_root_and_rootless_are_the_mode_of_the_run() -> None:
    """In the sandbox everybody is 0, so the process cannot tell itself."""
    assert answer("root", "root").holds
    assert not answer("root", "rootless").holds
    assert answer("rootless", "rootless").holds
    assert answer("no-root", "rootless").holds
    assert not answer("no-root", "root").holds


def test_a_tool_is_there_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PATH; the reason says its name."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert answer("tool:frobnicate", "root").why == "frobnicate is not installed"
    program(tmp_path, "frobnicate", "exit 1")
    assert answer("tool:frobnicate", "root").holds


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        (">=4", True),
        (">=4.0.2", True),
        (">=4.1", False),
        ("<4", False),
        ("==4.0", True),
        ("<=4.0.2", True),
        (">3.9", True),
    ],
)
def test_a_tool_tells_its_version(wanted: str, holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many parts count as the page names; a package is asked through one of its programs."""
    program(tmp_path, "ps", "echo 'ps from procps-ng 4.0.2'")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert answer(f"tool:procps{wanted}", "root").holds is holds


def test_a_tool_without_a_version_breaks_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that cannot tell must not skip a page."""
    program(tmp_path, "mute", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProbeBroke, match="mute does not tell its version"):
        answer("tool:mute>=1", "root")


def test_a_tool_that_hangs_breaks_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed, and the page is not skipped."""
    program(tmp_path, "stuck", f"exec {shutil.which('sleep')} 1000")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(probes, "_PATIENCE", 0.1)
    with pytest.raises(ProbeBroke, match="timed out"):
        answer("tool:stuck>=1", "root")


def test_the_kernel_has_a_version() -> None:
    """That of uname(2)."""
    assert answer("kernel>=3", "root").holds
    found = answer("kernel>=99", "root")
    assert not found.holds
    assert found.why.startswith(f"kernel is {os.uname().release.split('-')[0].split('.')[0]}")


def test_a_sysctl_is_there_or_has_a_value() -> None:
    """Read from /proc/sys."""
    assert answer("sysctl:kernel.ostype", "root").holds
    assert answer("sysctl:kernel.ostype=Linux", "root").holds
    assert answer("sysctl:kernel.ostype=Hurd", "root").why == "kernel.ostype is Linux"
    assert answer("sysctl:kernel.nonsense", "root").why == "there is no kernel.nonsense"


def asked_in_a_user_namespace(name: str) -> str:
    """The probe's answer in a fresh user namespace, where everything is allowed to anybody."""
    code = f"from nsh.transcript.probes import answer; print(answer({name!r}, 'root'))"
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return run.stdout


@pytest.mark.real
@pytest.mark.parametrize("name", ["ns:uts", "ns:net", "ns:user", "cap:sys_admin"])
def test_what_can_be_done_is_found_by_doing_it(name: str) -> None:
    """In a child, so that nothing of it stays."""
    assert "holds=True" in asked_in_a_user_namespace(name)


@pytest.mark.real
def test_a_link_that_cannot_be_made_is_a_no_with_the_reason() -> None:
    """ip(8) says why."""
    said = asked_in_a_user_namespace("mod:nonsense")
    assert "holds=False" in said
    assert "no nonsense link here: " in said


@pytest.mark.real
@pytest.mark.rootless
def test_a_namespace_that_is_refused_is_a_no_with_the_errno() -> None:
    """An unprivileged user has no uts namespace to give."""
    found = answer("ns:uts", "rootless")
    assert (found.holds, found.why) == (False, "CLONE_NEWUTS: Operation not permitted")
    assert not answer("cap:sys_admin", "rootless").holds
