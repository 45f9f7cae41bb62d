# SPDX-License-Identifier: MIT
"""pingall, pingpair: does every host reach every other?"""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.reaching import Reached
    from nsh.session.session import Session

_MAN = ("ping(8)", "icmp(7)", "raw(7)")


class _Answers(Result):
    """How many pairs answered, perhaps with the matrix; as JSON a row for each pair."""

    __slots__ = ("_reached", "_wants_matrix")

    def __init__(self, reached: Reached, *, wants_matrix: bool = False) -> None:
        super().__init__(1 if reached.outcome.lost else 0)
        self._reached = reached
        self._wants_matrix = wants_matrix

    def text(self, width: int | None, color: bool) -> str:
        """The matrix if it is wanted, then the summary."""
        from nsh.session import reaching

        table = reaching.matrix(self._reached, width) if self._wants_matrix else []
        return "\n".join([*table, *reaching.summary(self._reached)])

    def json(self) -> object:
        """The pairs."""
        from nsh.session import reaching

        return reaching.rows(self._reached)


@command("pingall [<refs:ref>...] [--matrix] [-W|--timeout <timeout:duration>]", man=_MAN, category="network")
def pingall(session: Session, refs: list[str] | None = None, *, matrix: bool = False, timeout: float = 1.0) -> Result:
    """Send an ICMP echo request from each host to each other one.

    The hosts of a lab (with several, say which), or places of your own:
    `pingall h1 h2 netns1`. nsh sends all requests itself, on one socket in
    each namespace, and awaits the answers together; -W is how long the last
    ones are waited for. --matrix shows the round trip of each pair. The status
    is 0 where all answered, 1 where one did not.

        nsh> lab star 4
        nsh> pingall
        nsh> pingall --matrix
    """
    from nsh.session import reaching  # with the first one, not with every start

    return _Answers(reaching.all_pairs(session, refs or [], timeout), wants_matrix=matrix)


@command("pingpair [<one:ref>] [<other:ref>] [-W|--timeout <timeout:duration>]", man=_MAN, category="network")
def pingpair(session: Session, one: str | None = None, other: str | None = None, *, timeout: float = 1.0) -> Result:
    """The same between two hosts, both ways: two places, or the first two of the lab.

    nsh> lab star 4
    nsh> pingpair
    nsh> pingpair h3 h4
    """
    from nsh.session import reaching

    return _Answers(reaching.pair(session, one, other, timeout))
