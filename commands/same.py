# SPDX-License-Identifier: MIT
"""same: are two processes or places in the same namespace?"""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Answer, Result
from nsh.session import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("same <kind:type> <one:ref> <other:ref>", man=("ioctl_ns(2)", "namespaces(7)"), category="look")
def same(session: Session, kind: str, one: str, other: str) -> Result:
    """Are two references in the same namespace of a type? Status 0 or 1, as cmp(1).

    nsh> new uts demo
    nsh> same uts host demo
    different  uts:[4026531838] host  uts:[4026532386] demo
    nsh> same net host demo
    same  net:[4026531833]
    """
    targets = session.resolve(one, kind), session.resolve(other, kind)
    first, second = (target.ns[kind] for target in targets)
    facts = [describe.of_target(session, target, kind) for target in targets]
    data = {"same": first == second, "one": facts[0], "other": facts[1]}
    if first == second:
        return Answer(True, f"same  {kind}:[{first}]", data)
    return Answer(False, f"different  {kind}:[{first}] {one}  {kind}:[{second}] {other}", data)
