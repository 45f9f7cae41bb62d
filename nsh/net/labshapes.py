# SPDX-License-Identifier: MIT
"""The shapes of labs: a plan for each, with as many hosts as asked for."""

from __future__ import annotations

from itertools import pairwise

from nsh.errors import UsageError
from nsh.net.labplan import MOST_HOSTS, MOST_PORTS, MOST_SWITCHES, LabPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[..., None]


def sizes(shape: str, first: int, second: int | None) -> tuple[int, ...]:
    """The numbers that a shape takes. UsageError where there is one too few or too many."""
    wanted = _TAKES[shape]
    if second is None and len(wanted) == 2:
        raise UsageError(f"a {shape} takes two numbers: {' and '.join(wanted)}", f"lab {shape} {' '.join(wanted)}")
    if second is not None and len(wanted) == 1:
        raise UsageError(f"a {shape} takes one number: {wanted[0]}", f"lab {shape} {first}")
    return (first,) if second is None else (first, second)


def draw(shape: str, *sizes: int, also: tuple[str, ...] = (), prefix: str = "", stp: bool = False) -> LabPlan:
    """The plan of a lab of that shape, addresses given. UsageError where it cannot be so large, or so small."""
    plan = LabPlan(" ".join((shape, *map(str, sizes))), also=also, prefix=prefix, stp=stp)
    _SHAPES[shape](plan, *sizes)
    plan.address_all()
    return plan


def _within(what: str, number: int, least: int, most: int, hint: str | None = None) -> None:
    if not least <= number <= most:
        raise UsageError(f"{what}: from {least} to {most}, not {number}", hint if number > most else None)


def _star(plan: LabPlan, hosts: int) -> None:
    """All hosts at one switch."""
    _within("hosts of a star", hosts, 1, MOST_PORTS, "a bridge has no more ports; `lab tree 2 32` has 1024 hosts")
    (switch,) = plan.add_switches(1)
    for host in plan.add_hosts(hosts):
        plan.connect(switch, host)


def _row(plan: LabPlan, count: int) -> list[str]:
    """Switches in a row, a host at each."""
    switches = plan.add_switches(count)
    for switch, host in zip(switches, plan.add_hosts(count), strict=True):
        plan.connect(switch, host)
    for left, right in pairwise(switches):
        plan.connect(left, right)
    return switches


def _linear(plan: LabPlan, count: int) -> None:
    _within("switches of a line", count, 1, MOST_SWITCHES)
    _row(plan, count)


def _ring(plan: LabPlan, count: int) -> None:
    """The row, closed."""
    _within("switches of a ring", count, 3, MOST_SWITCHES)
    switches = _row(plan, count)
    plan.connect(switches[-1], switches[0])


def _mesh(plan: LabPlan, count: int) -> None:
    """Switches, each linked with every other, a host at each."""
    _within("switches of a mesh", count, 2, 128)
    switches = plan.add_switches(count)
    for switch, host in zip(switches, plan.add_hosts(count), strict=True):
        plan.connect(switch, host)
    for at, switch in enumerate(switches):
        for other in switches[at + 1 :]:
            plan.connect(switch, other)


def _grid(plan: LabPlan, rows: int, columns: int) -> None:
    """Switches in rows and columns, and a host at the end of each row and column."""
    _within("rows of a grid", rows, 1, MOST_SWITCHES)
    _within("switches of a grid", rows * columns, 1, MOST_SWITCHES)
    switches = plan.add_switches(rows * columns)
    grid = [switches[row * columns : (row + 1) * columns] for row in range(rows)]
    for row in grid:
        for left, right in pairwise(row):
            plan.connect(left, right)
    for upper, lower in pairwise(grid):
        for one, other in zip(upper, lower, strict=True):
            plan.connect(one, other)
    edge = [*grid[0], *grid[-1], *(row[0] for row in grid), *(row[-1] for row in grid)]
    for switch, host in zip(edge, plan.add_hosts(len(edge)), strict=True):
        plan.connect(switch, host)


def _tree(plan: LabPlan, depth: int, fanout: int) -> None:
    """Switches in levels, each with so many below it; hosts below the last."""
    _within("levels of a tree", depth, 1, 12)
    _within("branches at each switch of a tree", fanout, 1, MOST_PORTS - 1)
    _within("hosts of a tree", fanout**depth, 1, MOST_HOSTS)
    _within("switches of a tree", sum(fanout**level for level in range(depth)), 1, MOST_SWITCHES)
    level = plan.add_switches(1)
    for _ in range(depth - 1):
        below = plan.add_switches(len(level) * fanout)
        for at, switch in enumerate(below):
            plan.connect(level[at // fanout], switch)
        level = below
    for at, host in enumerate(plan.add_hosts(len(level) * fanout)):
        plan.connect(level[at // fanout], host)


def _fattree(plan: LabPlan, ports: int) -> None:
    """A fat tree of switches with so many ports (Al-Fares and others, SIGCOMM 2008): core, pods, hosts."""
    if ports % 2:
        raise UsageError(f"a fat tree is of switches with an even number of ports, not {ports}", "lab fattree 4")
    _within("ports of a fat tree's switches", ports, 2, 24)
    half = ports // 2
    core = plan.add_switches(half * half)
    for _ in range(ports):
        upper, lower = plan.add_switches(half), plan.add_switches(half)
        for at, switch in enumerate(upper):
            for one in core[at * half : (at + 1) * half]:
                plan.connect(one, switch)
            for one in lower:
                plan.connect(switch, one)
        for switch in lower:
            for host in plan.add_hosts(half):
                plan.connect(switch, host)


def _dumbbell(plan: LabPlan, hosts: int) -> None:
    """Two switches with one link between them, and so many hosts at each."""
    _within("hosts at each end of a dumbbell", hosts, 1, MOST_PORTS - 1)
    left, right = plan.add_switches(2)
    plan.connect(left, right)
    for switch in (left, right):
        for host in plan.add_hosts(hosts):
            plan.connect(switch, host)


_SHAPES: dict[str, Draw] = {
    "star": _star,
    "linear": _linear,
    "ring": _ring,
    "mesh": _mesh,
    "grid": _grid,
    "tree": _tree,
    "fattree": _fattree,
    "dumbbell": _dumbbell,
}

_TAKES = {
    "star": ("HOSTS",),
    "linear": ("SWITCHES",),
    "ring": ("SWITCHES",),
    "mesh": ("SWITCHES",),
    "grid": ("ROWS", "COLUMNS"),
    "tree": ("DEPTH", "FANOUT"),
    "fattree": ("PORTS",),
    "dumbbell": ("HOSTS",),
}
