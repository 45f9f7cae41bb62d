# SPDX-License-Identifier: MIT
"""What each sample of a page stands for in this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nsh.transcript.kinds import Kind

Key = tuple[str, str]
"""(name of the kind, sample); for a capture ("%", name)."""

Identities = Mapping[tuple[str, str], str | None]
"""(name of the kind, value) → what tells the thing from another one of the same number; None where nothing does."""

OF_THE_SANDBOX = "pid of the sandbox "
"""Begins the identity of a process that the sandbox itself numbers: that number is not used again in time."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The value of a sample, where the page showed it first, and which thing it was."""

    value: str
    line: int
    identity: str | None = None


class Bindings:
    """Samples and their values; `extended` makes a new one, so that a guess can be taken back."""

    def __init__(self, known: Mapping[Key, Bound] | None = None) -> None:
        self._known: dict[Key, Bound] = dict(known or {})

    def get(self, kind: Kind, sample: str) -> Bound | None:
        """The value bound to a sample of this kind."""
        return self._known.get((kind.name, sample))

    def capture(self, name: str) -> Bound | None:
        """The value captured as `%{name:…}`."""
        return self._known.get(("%", name))

    def items(self) -> list[tuple[Key, Bound]]:
        """Everything that is bound, in the order in which it was."""
        return list(self._known.items())

    def extended(self, more: Mapping[Key, Bound]) -> Bindings:
        """These bindings and some more."""
        return Bindings({**self._known, **more}) if more else self

    def fingerprint(self) -> frozenset[tuple[Key, str]]:
        """Equal for equal bindings; tells states of a search apart."""
        return frozenset((key, bound.value) for key, bound in self._known.items())

    def rival(self, kind: Kind, sample: str, value: str, identities: Identities) -> tuple[str, Bound] | None:
        """Another sample that holds `value` for a thing that is still there: (sample, its binding)."""
        if not kind.distinct:
            return None
        now = identities.get((kind.name, value))
        for (name, other), bound in self._known.items():
            if name != kind.name or other == sample or bound.value != value:
                continue
            if not kind.mortal or same_thing(bound.identity, now):
                return other, bound
        return None

    def sample_of(self, kind: Kind, value: str) -> str | None:
        """The latest sample that stands for `value`."""
        samples = [key[1] for key, bound in self._known.items() if key[0] == kind.name and bound.value == value]
        return samples[-1] if samples else None


def same_thing(then: str | None, now: str | None) -> bool | None:
    """Is what had a number then what has it now? None if nobody can tell."""
    return None if then is None or now is None else then == now
