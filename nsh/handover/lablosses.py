# SPDX-License-Identifier: MIT
"""What of a lab's plan the formats of other engines have no words for, one line for each thing."""

from __future__ import annotations

from nsh.handover.naming import renamed
from nsh.net import labplan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.net.labplan import LabPlan

_FEW = 5


def of_plan(plan: LabPlan, lab: tuple[str, str], names: dict[str, str]) -> list[str]:
    """What is not carried; `lab` and `names` say what is called what, here and there."""
    found = []
    other = renamed({f"{lab[0]} (the lab)": f"{lab[1]} (the lab)"} if lab[0] != lab[1] else {})
    found += [f"{lab[0]}: {other}" for other in (other, renamed(names)) if other is not None]
    count = labplan.neighbour_count(plan.acquainted())
    if 0 < count <= labplan.MOST_NEIGHBOURS:
        entries = "2 permanent neighbours" if count == 2 else f"{count} permanent neighbours"
        found.append(f"{lab[0]}: {entries}; there ARP finds them")
    for kind, what in (
        ("mnt", "an /etc/hosts with the names of all"),
        ("cgroup", "a cgroup namespace, which there the engine decides on"),
    ):
        having = [host.name for host in plan.hosts.values() if kind in host.also]
        if having:
            found.append(f"{few(having)}: {what}")
    return found


def few(names: Iterable[str]) -> str:
    """The first of some names, and how many more."""
    listed = list(names)
    more = f" and {len(listed) - _FEW} more" if len(listed) > _FEW else ""
    return f"{', '.join(listed[:_FEW])}{more}"
