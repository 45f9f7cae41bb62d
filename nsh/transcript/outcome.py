# SPDX-License-Identifier: MIT
"""What came of playing one page once, and how it travels out of the sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from nsh.transcript.judge import Ending, Observation, Piece
from nsh.transcript.update import Edit


class Kind(Enum):
    """How a page went; the values are the words of the report."""

    PASSED = "passed"
    FAILED = "failed"
    BAD = "bad document"
    BROKEN = "broken"
    SKIPPED = "skipped"


EXIT_STATUS = {Kind.PASSED: 0, Kind.FAILED: 1, Kind.BAD: 2, Kind.BROKEN: 3, Kind.SKIPPED: 0}
ALL_SKIPPED = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What step `step` of block `block` (indexes into the document) showed."""

    block: int
    step: int
    observation: Observation


@dataclass(slots=True)
class Outcome:
    """One page in one mode: `text` says why it did not pass, in words for a reader."""

    path: Path
    mode: str
    kind: Kind
    text: str = ""
    title: str = ""
    steps: int = 0
    seconds: float = 0.0
    edits: list[Edit] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    probes: dict[str, bool] = field(default_factory=dict)
    wrong: list[int] = field(default_factory=list)
    """The lines of the steps that went another way than the page says."""

    @property
    def name(self) -> str:
        """The page and its mode, as reports call it."""
        return f"{self.path} [{self.mode}]" if self.mode else str(self.path)


def exit_status(outcomes: list[Outcome], *, no_skip: bool = False) -> int:
    """0 passed, 1 a page differs, 2 a bad document, 3 broken, 4 everything was skipped; the worst counts."""
    skipped = [outcome for outcome in outcomes if outcome.kind is Kind.SKIPPED]
    worst = max((EXIT_STATUS[outcome.kind] for outcome in outcomes), default=ALL_SKIPPED)
    if worst == 0 and skipped and no_skip:
        return 1
    return ALL_SKIPPED if len(skipped) == len(outcomes) else worst


def to_json(outcome: Outcome) -> str:
    """The outcome as one JSON value."""
    return json.dumps(
        {
            "path": str(outcome.path),
            "mode": outcome.mode,
            "kind": outcome.kind.value,
            "text": outcome.text,
            "title": outcome.title,
            "steps": outcome.steps,
            "seconds": outcome.seconds,
            "edits": [[edit.first, edit.last, list(edit.lines), edit.why] for edit in outcome.edits],
            "seen": [[seen.block, seen.step, _observed(seen.observation)] for seen in outcome.seen],
            "probes": outcome.probes,
            "wrong": outcome.wrong,
        }
    )


def from_json(text: str) -> Outcome:
    """The outcome that `to_json` wrote. Raises ValueError where the text is none."""
    try:
        value = json.loads(text)
        return Outcome(
            path=Path(value["path"]),
            mode=value["mode"],
            kind=Kind(value["kind"]),
            text=value["text"],
            title=value["title"],
            steps=value["steps"],
            seconds=value["seconds"],
            edits=[Edit(first, last, tuple(lines), why) for first, last, lines, why in value["edits"]],
            seen=[Seen(block, step, _observation(item)) for block, step, item in value["seen"]],
            probes=value["probes"],
            wrong=value["wrong"],
        )
    except (KeyError, TypeError) as problem:
        raise ValueError(f"no outcome: {problem}") from None


def _observed(seen: Observation) -> dict[str, object]:
    return {
        "prompt": seen.prompt,
        "lines": list(seen.lines),
        "status": seen.status,
        "ending": seen.ending.value,
        "sent": seen.sent,
        "seconds": seen.seconds,
        "pieces": seen.pieces,
        "identities": [[*key, name] for key, name in seen.identities.items()],
    }


def _observation(value: dict[str, object]) -> Observation:
    fields = dict(value)
    triples = fields.pop("identities")
    lines = fields.pop("lines")
    pieces = fields.pop("pieces")
    if not isinstance(triples, list) or not isinstance(lines, list) or not isinstance(pieces, list):
        raise ValueError("no observation")
    identities = {(kind, number): name for kind, number, name in triples}
    ending = Ending(fields.pop("ending"))
    return Observation(
        lines=tuple(lines),
        ending=ending,
        pieces=tuple(Piece(seconds, text) for seconds, text in pieces),
        identities=identities,
        **fields,  # type: ignore[arg-type]
    )
