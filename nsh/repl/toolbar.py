# SPDX-License-Identifier: MIT
"""The line below the prompt (`set toolbar on`): where you are, as whom, how the last line ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_toolkit.formatted_text import StyleAndTextTuples

from nsh.errors import NshError
from nsh.helper.wire import number_in
from nsh.kernel import proc
from nsh.printable import clip, columns, printable

if TYPE_CHECKING:
    from nsh.session.session import Session

_GAP = "  "
_LAST_CAPABILITY = "/proc/sys/kernel/cap_last_cap"


class Piece(NamedTuple):
    """One thing to say: `rank` 0 stays longest when the window is narrow."""

    rank: int
    text: str
    style: str = ""


def toolbar(session: Session, seconds: float, width: int) -> StyleAndTextTuples:
    """What fits into the window of all there is to say, in the same order always."""
    return fitted([*_place(session), *_who(session), *_last(session.status, seconds)], width)


def fitted(pieces: list[Piece], width: int) -> StyleAndTextTuples:
    """The pieces of the lowest ranks that fit beside each other; a first one that is too long is cut."""
    kept = list(pieces)
    while len(kept) > 1 and _wide(kept) > width:
        kept.remove(max(kept, key=lambda piece: piece.rank))
    shown: StyleAndTextTuples = []
    for piece in kept:
        shown += [("class:nsh.toolbar", _GAP if shown else " ")]
        shown += [(f"class:nsh.toolbar {piece.style}".rstrip(), clip(piece.text, max(width - 2, 1)))]
    used = sum(columns(fragment[1]) for fragment in shown)
    return [*shown, ("class:nsh.toolbar", " " * max(width - used, 0))]


def _wide(pieces: list[Piece]) -> int:
    return 2 + sum(columns(piece.text) for piece in pieces) + len(_GAP) * (len(pieces) - 1)


def _place(session: Session) -> list[Piece]:
    prompt = session.prompt()
    name = prompt[len("nsh[") : -len("]>")] if "[" in prompt else "host"
    types = session.seat.differs_from(session.host)
    return [Piece(0, name, "bold"), *([Piece(4, ",".join(types))] if types and ":" not in name else [])]


def _who(session: Session) -> list[Piece]:
    """Pid and uid outside and inside, and what the process we sit in may do."""
    try:
        status = proc.status(session.seat.peer.pid)
        inside = number_in(session.facts(), "uid")
    except (OSError, NshError):  # it has just ended; the next line will say so
        return []
    pids = status.get("NSpid", "").split() or ["?"]
    outside = status.get("Uid", "?\t?").split()[1]
    return [
        Piece(3, f"pid {_both(pids[0], pids[-1])}"),
        Piece(2, f"uid {_both(outside, str(inside))}"),
        Piece(5, f"caps {_capabilities(status.get('CapEff', '0'))}"),
    ]


def _both(outside: str, inside: str) -> str:
    return outside if outside == inside else f"{outside}→{inside}"


def _capabilities(mask: str) -> str:
    held = int(mask, 16)
    with open(_LAST_CAPABILITY, encoding="ascii") as file:
        every = (1 << int(file.read()) + 1) - 1
    return "all" if held == every else "none" if not held else str(held.bit_count())


def _last(status: int, seconds: float) -> list[Piece]:
    ended = Piece(1, f"status {status}", "class:nsh.bad" if status else "")
    took = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds * 1000:.0f} ms"
    return [ended, Piece(6, printable(took))]
