# SPDX-License-Identifier: MIT
"""A line of sample text as a regular expression: literal pieces, samples, captures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nsh.transcript import kinds
from nsh.transcript.captures import Capture, captures
from nsh.transcript.kinds import Kind
from nsh.transcript.tokens import Token

# A namespace gets a number for its peer, or a name, at some moment that no page can promise (ip-netns(8)).
_PEER_NUMBER = re.compile(r"(?P<before>link-netnsid |\s*\(id: )$")
_LITERAL = re.compile(r"(\blink-netns \S+|\.\.\.)")
ANY_PEER_NUMBER = r"(?: +\(id: \d+\))?"

Barred = frozenset[tuple[str, str]]
"""(name of the kind, value) that no unbound sample may take."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample in the line; `frame` is the regular expression around its value."""

    kind: Kind
    sample: str
    frame: str = "{}"


Part = str | Sample | Capture
"""A piece of a line: a regular expression for literal text, a sample, a capture."""


def parts_of(text: str, tokens: Sequence[Token]) -> list[Part]:
    """The pieces of a line in order; `tokens` are its samples."""
    spans: list[Token | Capture] = sorted([*tokens, *captures(text)], key=lambda span: span.start)
    parts: list[Part] = []
    at = 0
    for span in spans:
        if span.start < at:
            continue
        before = text[at : span.start]
        piece: Part = span if isinstance(span, Capture) else Sample(span.kind, span.value)
        at = span.end
        if isinstance(span, Token) and span.kind is kinds.NSID and (peer := _PEER_NUMBER.search(before)):
            before = before[: peer.start()]
            piece, at = _peer(span, peer["before"])
        parts += [_literal(before), piece]
    parts.append(_literal(text[at:]))
    return _free_to_align([part for part in parts if part != ""])


def compiled(parts: Sequence[Part], known: Sequence[str | None], barred: Barred, *, loose: bool) -> re.Pattern[str]:
    """The line as one expression; `known` holds the value of each part that has one.

    The group of part N is `s{N}` for a sample and `c{N}` for a capture. The
    same unbound sample twice is one value, unless the pattern is `loose`.
    """
    writer = _Writer(barred, loose=loose)
    return re.compile("".join(writer.piece(*each) for each in zip(range(len(parts)), parts, known, strict=True)))


def blanks_free(text: str) -> str:
    """Literal text; a run of blanks stands for any run, since columns are as wide as their values."""
    return "".join(r"\s+" if piece.isspace() else re.escape(piece) for piece in re.split(r"(\s+)", text))


class _Writer:
    """Writes the pieces of one expression; it remembers which samples have a group already."""

    def __init__(self, barred: Barred, *, loose: bool) -> None:
        self._barred = barred
        self._loose = loose
        self._groups: dict[tuple[str, str], str] = {}

    def piece(self, at: int, part: Part, value: str | None) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Capture):
            return self._capture(at, part, value)
        return part.frame.format(self._sample(at, part, value))

    def _sample(self, at: int, part: Sample, value: str | None) -> str:
        kind = part.kind
        if not kind.bound:
            return kind.regex()
        if value is not None:
            return rf"(?<!\d){re.escape(value)}(?!\d)" if kind.numeric else re.escape(value)
        values = "|".join(sorted(re.escape(other) for name, other in self._barred if name == kind.name))
        goes_on = r"\d" if kind.numeric else "[0-9A-Fa-f:]"
        guard = f"(?!(?:{values})(?!{goes_on}))" if values else ""
        return self._group(f"s{at}", (kind.name, part.sample), guard + kind.regex())

    def _capture(self, at: int, part: Capture, value: str | None) -> str:
        if part.differs:
            return rf"(?!{re.escape(value)}(?!\w)){part.pattern}" if value else str(part.pattern)
        if value is not None:
            return rf"(?<!\w){re.escape(value)}(?!\w)" if value[:1].isalnum() else re.escape(value)
        return self._group(f"c{at}", ("%", part.name), part.pattern or r"\S+")

    def _group(self, name: str, key: tuple[str, str], pattern: str) -> str:
        first = name if self._loose else self._groups.setdefault(key, name)
        return f"(?P<{name}>{pattern})" if first == name else f"(?P={first})"


def _peer(token: Token, before: str) -> tuple[Sample, int]:
    """The number of a peer namespace with what stands around it, and where the line goes on."""
    if before.startswith("link"):
        return Sample(token.kind, token.value, r"link-netns(?:id {}| \S+)"), token.end
    return Sample(token.kind, token.value, r"(?: +\(id: {}\))?"), token.end + 1


def _literal(text: str) -> str:
    """Literal text as an expression: `...` is any run, a peer's name may be a number instead."""
    pieces = []
    for piece in _LITERAL.split(text.replace("%%{", "%{")):
        if piece == "...":
            pieces.append(".*?")
        elif piece.startswith("link-netns "):
            pieces.append(rf"link-netns(?:id \d+| {re.escape(piece.split()[1])})")
        else:
            pieces.append(blanks_free(piece))
    return "".join(pieces)


def _free_to_align(parts: list[Part]) -> list[Part]:
    """Numbers at the start of a line are right-aligned: the blanks before them come and go."""
    if not parts:
        return parts
    first = parts[0]
    if not isinstance(first, str):
        return [r"\s*", *parts]
    rest = first.removeprefix(r"\s+")
    if rest[:1].isdigit() or (rest == "" and len(parts) > 1):
        return [r"\s*" + rest, *parts[1:]]
    return parts
