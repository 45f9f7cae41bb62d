# SPDX-License-Identifier: MIT
"""tour: eight steps through what nsh does, typed along."""

from __future__ import annotations

from nsh.errors import SessionError
from nsh.registry import command
from nsh.results import Prose, Result
from nsh.session import tour as tours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_WELCOME = (
    "Eight short steps. Type what each asks for, in your own words where you like: what counts is what it does. `tour`"
    " shows the step again, `tour skip` goes on, `tour stop` ends."
)


@command("tour [<what:choice(again,skip,stop)>]", category="language")
def tour(session: Session, what: str | None = None) -> Result:
    """Show round: eight short steps to type, each checked by what it has done.

    The tour is for the prompt of a sandbox, where nothing can be broken: `nsh
    tour` starts one.

        nsh> tour
        nsh> tour skip
    """
    if not session.in_sandbox:
        raise SessionError("the tour is made in a sandbox, where nothing can be broken", "`!nsh tour` starts one")
    known = tours.running(session)
    if what == "stop":
        tours.stop()
        return Prose([("", "The tour ends here." if known else "There is no tour.")], _data(None))
    if known is None:
        known = tours.begin(session)
        return Prose([("", _WELCOME), ("", ""), *known.shown()], _data(known))
    if what == "skip":
        known.skip()
    if known.is_over:
        tours.stop()
        return Prose([("", "That was the last step.")], _data(None))
    return Prose(known.shown(), _data(known))


def _data(known: tours.Tour | None) -> dict[str, object]:
    if known is None:
        return {"step": None, "of": len(tours.STEPS), "title": None, "text": None, "lines": []}
    step = tours.STEPS[known.at - 1]
    return {
        "step": known.at,
        "of": len(tours.STEPS),
        "title": step.title,
        "text": step.text,
        "lines": list(step.lines),
    }
