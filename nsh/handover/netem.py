# SPDX-License-Identifier: MIT
"""Delay, loss and rate for engines whose files have no word for them: a script to be run when the lab is up."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.net.shaping import Shape

    Shaped = list[tuple[str, str, Shape]]
    """(node as it is called there, device, what is done to what it sends)."""
    Lines = Callable[[str, str, Shape], list[str]]

_ONLY_TC = ("duplicate", "reorder", "limit")


def containerlab(lab: str, shaped: Shaped) -> str:
    """https://containerlab.dev/cmd/tools/netem/set/"""
    return _script(shaped, lambda node, device, shape: ["containerlab", *_tools(f"clab-{lab}-{node}", device, shape)])


def clabernetes(lab: str, shaped: Shaped) -> str:
    """The same, typed into the pod of each node: containerlab runs inside, and calls the node by its own name."""
    return _script(
        shaped,
        lambda node, device, shape: [
            *("kubectl", "exec", f"deploy/{lab}-{node}", "--", "containerlab"),
            *_tools(node, device, shape),
        ],
    )


def kathara(shaped: Shaped) -> str:
    """tc-netem(8) in each device; run it in the folder of the lab."""
    return _script(
        shaped,
        lambda node, device, shape: [
            *("kathara", "exec", node, "--", "tc", "qdisc", "replace", "dev", device, "root", "netem"),
            *_tc(shape),
        ],
    )


def not_in_tools(shaped: Shaped) -> list[str]:
    """What `containerlab tools netem` has no flag for: a line for each device."""
    found = [
        (f"{node}:{device}", [word for word in _ONLY_TC if getattr(shape, word) is not None])
        for node, device, shape in shaped
    ]
    return [f"{device}: netem's {', '.join(words)}" for device, words in found if words]


def _script(shaped: Shaped, line: Lines) -> str:
    lines = [shlex.join(line(node, device, shape)) for node, device, shape in shaped]
    return "\n".join(["#!/bin/sh", "# Delay, loss and rate: to be run when the lab is up.", "set -e", *lines]) + "\n"


def _tools(node: str, device: str, shape: Shape) -> list[str]:
    words = ["tools", "netem", "set", "--node", node, "--interface", device]
    if shape.delay is not None:
        words += ["--delay", _time(shape.delay)]
    if shape.jitter:
        words += ["--jitter", _time(shape.jitter)]
    if shape.loss is not None:
        words += ["--loss", f"{shape.loss:g}"]
    if shape.rate is not None:
        words += ["--rate", str(max(1, round(shape.rate / 1000)))]
    if shape.corrupt is not None:
        words += ["--corruption", f"{shape.corrupt:g}"]
    return words


def _tc(shape: Shape) -> list[str]:
    words = [] if shape.limit is None else ["limit", str(shape.limit)]
    if shape.delay is not None:
        words += ["delay", _time(shape.delay), *([_time(shape.jitter)] if shape.jitter else [])]
    for name in ("loss", "corrupt", "duplicate", "reorder"):
        percent = getattr(shape, name)
        if percent is not None:
            words += [name, f"{percent:g}%"]
    return words if shape.rate is None else [*words, "rate", f"{shape.rate}bit"]


def _time(nanoseconds: int) -> str:
    """In the largest unit that leaves no fraction; both containerlab and tc(8) know these three."""
    for size, unit in ((10**6, "ms"), (10**3, "us")):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns"
