# SPDX-License-Identifier: MIT
"""What a format of somebody else's cannot carry: said, never dropped in silence, and refused where that was asked."""

from __future__ import annotations

from nsh.errors import SessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def told(losses: Sequence[str], engine: str, *, strict: bool) -> list[str]:
    """A line of talk for each thing that is not carried; with `strict` SessionError instead.

    A loss reads `h1: its clock offsets`: whose it is, and what.
    """
    if losses and strict:
        more = f" (and {len(losses) - 1} more)" if len(losses) > 1 else ""
        hint = "\n".join(["without --strict it is left out, and said", *losses[1:]])
        raise SessionError(f"{engine} cannot carry {losses[0]}{more}", hint)
    return [f"not carried: {loss}" for loss in losses]
