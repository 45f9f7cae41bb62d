# SPDX-License-Identifier: MIT
"""doctor: has this machine what nsh needs, and what to type where not."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Result, printable, styled
from nsh.session import preflight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.session.preflight import Check
    from nsh.session.session import Session

_STYLES = {"ok": "good", "limited": "number", "missing": "bad"}


class _Report(Result):
    """A line for each check; never cut, because a fix is there to be pasted."""

    __slots__ = ("_checks",)

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(int(any(one.state == preflight.MISSING for one in checks)))
        self._checks = checks

    def text(self, width: int | None, color: bool) -> str:
        """State, name, what was found, and the fix."""
        wide = max(len(one.name) for one in self._checks)
        lines = []
        for one in self._checks:
            state = styled(f"{one.state:7}", _STYLES[one.state], color)
            fix = f"; fix: {one.fix}" if one.fix else ""
            lines.append(f"{state}  {one.name:{wide}}  {printable(one.found + fix)}")
        return "\n".join(lines)

    def json(self) -> object:
        """The checks, as an array."""
        return [{"check": one.name, "state": one.state, "found": one.found, "fix": one.fix} for one in self._checks]


@command("doctor", man=("user_namespaces(7)", "namespaces(7)"), category="look")
def doctor(session: Session) -> Result:
    """Look whether this machine has what nsh and its lessons need; a line for each thing, with a fix.

    What can be tried is tried: a user namespace is made, its map written, a file
    system mounted, the hostname set and a device made in it. `limited` means that
    it goes, with less. Status 1 when something is missing.

        nsh> doctor
    """
    return _Report(preflight.run(session))
