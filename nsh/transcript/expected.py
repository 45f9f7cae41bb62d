# SPDX-License-Identifier: MIT
"""One expected line as something that can be held against a line of real output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nsh.transcript import kinds
from nsh.transcript.bindings import Bindings, Bound, Identities, Key, same_thing
from nsh.transcript.captures import Capture
from nsh.transcript.document import How, Line
from nsh.transcript.kinds import Kind
from nsh.transcript.pattern import ANY_PEER_NUMBER, Barred, Part, Sample, blanks_free, compiled, parts_of
from nsh.transcript.tokens import Token


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a line that has the right shape is wrong all the same: one value, and the rule it breaks."""

    kind: Kind
    sample: str
    value: str
    other: str
    bound: Bound
    differs: bool

    def wanted(self) -> str:
        """For the expected line: what had to be."""
        if self.differs:
            alive = ", still alive" if self.kind.mortal else ""
            return f"must differ from {self.other} (line {self.bound.line}{alive})"
        if self.value == self.bound.value:
            return f"must be the namespace of line {self.bound.line}, which is gone"
        return f"must be {self.bound.value}, which {self.sample} has stood for since line {self.bound.line}"

    def found(self) -> str:
        """For the line that was there instead."""
        return f"{self.value} = the value bound to {self.other}" if self.differs else f"{self.value} is another one"


class Expected:
    """A page line, ready to be matched. `tokens` are the samples found in its text."""

    def __init__(self, line: Line, tokens: list[Token], *, peer_numbers: bool = False) -> None:
        self.line = line
        self._fixed = _fixed(line)
        self._parts: list[Part] = parts_of(line.text, tokens) if self._fixed is None else []
        if peer_numbers:
            self._parts.append(ANY_PEER_NUMBER)
        self._patterns: dict[object, re.Pattern[str]] = {}

    def match(self, actual: str, bindings: Bindings, alive: Identities) -> Bindings | None:
        """The bindings after `actual` was found here, or None if it cannot be this line."""
        if self._fixed is not None:
            text = actual.strip() if self.line.how is How.REGEX else actual
            return bindings if self._fixed.fullmatch(text) else None
        barred: Barred = frozenset()
        while match := self._pattern(bindings, barred).fullmatch(actual):
            if self._recycled(bindings, alive):
                return None
            rivals = {(clash.kind.name, clash.value) for clash in self._rivals(match, bindings, alive)}
            if not rivals:
                return bindings.extended(self._bound(match, bindings, alive))
            if rivals <= barred:
                return None
            barred |= rivals
        return None

    def clashes(self, actual: str, bindings: Bindings, alive: Identities) -> list[Clash]:
        """If only values are wrong in `actual`: which, and why. Empty if the text differs, or nothing does."""
        match = self._pattern(Bindings(), frozenset(), loose=True).fullmatch(actual) if self._fixed is None else None
        if match is None:
            return []
        wrong = []
        for part, value in self._values(match):
            bound = bindings.get(part.kind, part.sample)
            if bound is not None and value != bound.value:
                other = bindings.sample_of(part.kind, value) or part.sample
                wrong.append(Clash(part.kind, part.sample, value, other, bound, differs=False))
        return wrong or self._recycled(bindings, alive) or self._rivals(match, bindings, alive)

    def wanted(self, bindings: Bindings) -> str:
        """What the captures of this line have stood for, in words; empty where there are none."""
        said = []
        for part in self._parts:
            bound = bindings.capture(part.name) if isinstance(part, Capture) else None
            if isinstance(part, Capture) and bound is not None:
                verb = "must not be" if part.differs else "must be"
                said.append(f"%{{{part.name}}} {verb} {bound.value} (line {bound.line})")
        return ", ".join(said)

    def _pattern(self, bindings: Bindings, barred: Barred, *, loose: bool = False) -> re.Pattern[str]:
        known = tuple(_known(part, bindings) for part in self._parts)
        key = (known, barred, loose)
        if key not in self._patterns:
            self._patterns[key] = compiled(self._parts, known, barred, loose=loose)
        return self._patterns[key]

    def _values(self, match: re.Match[str]) -> Iterator[tuple[Sample, str]]:
        """The samples that `match` gave a value."""
        groups = match.groupdict()
        for index, part in enumerate(self._parts):
            if isinstance(part, Sample) and (value := groups.get(f"s{index}")) is not None:
                yield part, value

    def _recycled(self, bindings: Bindings, alive: Identities) -> list[Clash]:
        """Known inode numbers that have come back for another namespace."""
        found = []
        for part in self._parts:
            if not isinstance(part, Sample) or part.kind is not kinds.NS:
                continue
            bound = bindings.get(part.kind, part.sample)
            if bound and same_thing(bound.identity, alive.get((part.kind.name, bound.value))) is False:
                found.append(Clash(part.kind, part.sample, bound.value, part.sample, bound, differs=False))
        return found

    def _rivals(self, match: re.Match[str], bindings: Bindings, alive: Identities) -> list[Clash]:
        """Values that are some other living sample's already, on this page or in this line."""
        found = []
        for part, value in self._values(match):
            if bindings.get(part.kind, part.sample) is not None:
                continue
            if rival := bindings.rival(part.kind, part.sample, value, alive):
                found.append(Clash(part.kind, part.sample, value, *rival, differs=True))
            bindings = bindings.extended({(part.kind.name, part.sample): self._binding(part.kind, value, alive)})
        return found

    def _bound(self, match: re.Match[str], bindings: Bindings, alive: Identities) -> Mapping[Key, Bound]:
        """What this line has taught: its samples and captures that were not bound before."""
        new: dict[Key, Bound] = {}
        for part, value in self._values(match):
            if bindings.get(part.kind, part.sample) is None:
                new[part.kind.name, part.sample] = self._binding(part.kind, value, alive)
        groups = match.groupdict()
        for index, piece in enumerate(self._parts):
            if isinstance(piece, Capture) and f"c{index}" in groups:
                new["%", piece.name] = Bound(groups[f"c{index}"], self.line.number)
        return new

    def _binding(self, kind: Kind, value: str, alive: Identities) -> Bound:
        return Bound(value, self.line.number, alive.get((kind.name, value)))


def _known(part: Part, bindings: Bindings) -> str | None:
    """The value that a part must have."""
    if isinstance(part, Sample):
        bound = bindings.get(part.kind, part.sample) if part.kind.bound else None
    else:
        bound = bindings.capture(part.name) if isinstance(part, Capture) else None
    return bound.value if bound else None


def _fixed(line: Line) -> re.Pattern[str] | None:
    """The whole line's expression, where no samples are looked for."""
    if line.how is How.EQUAL:
        return re.compile(re.escape(line.text))
    if line.how is How.REGEX:
        return re.compile(line.text.strip())
    if line.how is How.GLOB:
        wild = {"*": ".*", "?": "."}
        return re.compile("".join(wild.get(piece) or blanks_free(piece) for piece in re.split(r"([*?])", line.text)))
    return None
