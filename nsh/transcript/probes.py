# SPDX-License-Identifier: MIT
"""`requires:` and `if=`: what this run can do, found out by doing it.

A probe answers by trying: it unshares the namespace type, makes the link,
opens the connection, each in a child of its own. A probe that breaks raises;
that is an error of the run and never a silent skip.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nsh import nstypes
from nsh.kernel import sched

_NAME = re.compile(r"(?P<no>no-)?(?P<what>[a-z]+)(?P<rest>[:<>=!].*)?")
_COMPARISON = re.compile(r"(?P<what>[\w.+-]*)(?P<sign><=|>=|==|<|>)(?P<version>\d+(?:\.\d+)*)")
_VERSION_OF = {"procps": ["ps", "--version"], "iproute2": ["ip", "-V"], "util-linux": ["unshare", "--version"]}
_SIGNS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}
_CAPABILITIES = {  # the bits of capabilities(7) that a namespace's owner may have
    "chown": 0,
    "dac_override": 1,
    "kill": 5,
    "mknod": 27,
    "net_admin": 12,
    "net_bind_service": 10,
    "net_raw": 13,
    "setgid": 6,
    "setpcap": 8,
    "setuid": 7,
    "sys_admin": 21,
    "sys_boot": 22,
    "sys_chroot": 18,
    "sys_nice": 23,
    "sys_ptrace": 19,
    "sys_resource": 24,
    "sys_time": 25,
    "checkpoint_restore": 40,
}
_PATIENCE = 5.0


class ProbeBroke(Exception):
    """A probe could neither say yes nor no."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe found, and the reason to show when it is no."""

    holds: bool
    why: str


def unknown(name: str) -> str | None:
    """Why `name` is no probe; None if it is one."""
    match = _NAME.fullmatch(name)
    if match is None or match["what"] not in _PROBES:
        return f"unknown probe {name!r} (known: {', '.join(_USAGE)}, each also as no-…)"
    usage, pattern, _ = _PROBES[match["what"]]
    if not re.fullmatch(pattern, match["rest"] or ""):
        return f"the probe {name!r} is written {usage}"
    if match["what"] == "ns" and (match["rest"] or "")[1:] not in nstypes.NAMES:
        return f"{name!r}: no such namespace type"
    if match["what"] == "cap" and (match["rest"] or "")[1:] not in _CAPABILITIES:
        return f"{name!r}: no such capability"
    return None


def answer(name: str, mode: str) -> Answer:
    """Does the probe hold here? `mode` is the run's: root or rootless. Raises ProbeBroke."""
    match = _NAME.fullmatch(name)
    if match is None or unknown(name):
        raise ProbeBroke(f"{name}: no such probe")
    _, _, do = _PROBES[match["what"]]
    try:
        found = do(match["rest"] or "", mode)
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        raise ProbeBroke(f"{name}: {problem}") from problem
    return Answer(not found.holds, f"{name[3:]} holds") if match["no"] else found


def _root(_rest: str, mode: str) -> Answer:
    return Answer(mode == "root", "not started by root")


def _rootless(_rest: str, mode: str) -> Answer:
    return Answer(mode == "rootless", "started by root (`matrix: [rootless]` runs a page as an unprivileged user)")


def _capability(rest: str, _mode: str) -> Answer:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    if effective is None:
        raise ValueError("no CapEff in /proc/self/status")
    bit = 1 << _CAPABILITIES[rest[1:]]
    return Answer(bool(int(effective[1], 16) & bit), f"no CAP_{rest[1:].upper()}")


def _tool(rest: str, _mode: str) -> Answer:
    comparison = _COMPARISON.fullmatch(rest[1:])
    name = comparison["what"] if comparison else rest[1:]
    argv = _VERSION_OF.get(name, [name, "--version"])
    if shutil.which(argv[0]) is None:
        return Answer(False, f"{name} is not installed")
    if comparison is None:
        return Answer(True, "")
    run = subprocess.run(argv, capture_output=True, text=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL)
    return _compare(name, run.stdout + run.stderr, comparison)


def _kernel(rest: str, _mode: str) -> Answer:
    comparison = _COMPARISON.fullmatch(rest)
    if comparison is None:
        raise ValueError(f"no comparison: {rest}")
    return _compare("kernel", os.uname().release, comparison)


def _compare(what: str, text: str, comparison: re.Match[str]) -> Answer:
    found = re.search(r"\d+(?:\.\d+)+", text) or re.search(r"\d+", text)
    if found is None:
        raise ValueError(f"{what} does not tell its version: {text.strip()!r}")
    wanted = tuple(int(part) for part in comparison["version"].split("."))
    have = tuple(int(part) for part in found[0].split("."))[: len(wanted)]
    return Answer(_SIGNS[comparison["sign"]](have, wanted), f"{what} is {found[0]}")


def _namespace(rest: str, _mode: str) -> Answer:
    """Unshares the type in a child."""
    child = os.fork()
    if child == 0:
        try:
            sched.unshare(nstypes.BY_NAME[rest[1:]].flag)
        except OSError as problem:
            os._exit(problem.errno or 255)
        os._exit(0)
    number = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if number < 0:
        raise OSError(0, f"the child was killed by signal {-number}")
    return Answer(number == 0, f"{nstypes.BY_NAME[rest[1:]].constant}: {os.strerror(number)}")


def _sysctl(rest: str, _mode: str) -> Answer:
    name, _, wanted = rest[1:].partition("=")
    try:
        value = Path("/proc/sys", *name.split(".")).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return Answer(False, f"there is no {name}")
    return Answer(not wanted or value == wanted, f"{name} is {value}")


def _net(_rest: str, _mode: str) -> Answer:
    try:
        socket.create_connection(("1.1.1.1", 53), timeout=_PATIENCE).close()
    except OSError as problem:
        return Answer(False, f"1.1.1.1: {problem}")
    return Answer(True, "")


_KIND_WANTS = {"vxlan": ("id", "1", "dstport", "4789")}
"""What ip(8) must be told of a link beside its kind."""


def _module(rest: str, _mode: str) -> Answer:
    """Makes a link of that kind in a network namespace of its own."""
    argv = ["ip", "link", "add", "probe0", "type", rest[1:], *_KIND_WANTS.get(rest[1:], ())]
    if shutil.which("ip") is None:
        raise OSError(0, "needs ip(8) from iproute2")
    flags = nstypes.BY_NAME["net"].flag

    def private() -> None:
        sched.unshare(flags)

    run = subprocess.run(argv, capture_output=True, text=True, timeout=_PATIENCE, check=False, preexec_fn=private)
    return Answer(run.returncode == 0, f"no {rest[1:]} link here: {run.stderr.strip()}")


_Do = Callable[[str, str], Answer]
_VERSION = r"(?:<=|>=|==|<|>)\d+(?:\.\d+)*"
_PROBES: dict[str, tuple[str, str, _Do]] = {
    "root": ("root", "", _root),
    "rootless": ("rootless", "", _rootless),
    "cap": ("cap:net_admin", r":\w+", _capability),
    "tool": ("tool:procps>=4", rf":[\w.+-]+(?:{_VERSION})?", _tool),
    "kernel": ("kernel>=5.6", _VERSION, _kernel),
    "ns": ("ns:time", r":\w+", _namespace),
    "sysctl": ("sysctl:net.ipv4.ip_forward=1", r":[\w.]+(?:=\S+)?", _sysctl),
    "net": ("net:internet", ":internet", _net),
    "mod": ("mod:veth", r":\w+", _module),
}
_USAGE = [usage for usage, _, _ in _PROBES.values()]
