# SPDX-License-Identifier: MIT
"""Takes of pages that need no sandbox: a test says what each step showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nsh.recording.take import Take, take_of
from nsh.transcript.document import Document
from nsh.transcript.judge import Judge, Observation, Piece
from nsh.transcript.normal import lines_of
from nsh.transcript.outcome import Kind, Outcome, Seen
from nsh.transcript.parse import parse

Shown = str | tuple[str, int]
"""What a step showed: raw output, and its status unless that is 0."""


def page(body: str, head: str = "") -> Document:
    """A page with these words and blocks."""
    return parse(Path("talk.md"), f"---\nnsh: 1\ntitle: A talk\n{head}---\n{body}\n")


def outcome(document: Document, shown: Sequence[Shown], probes: Mapping[str, bool] | None = None) -> Outcome:
    """The outcome of a run whose steps showed this, in the order in which they are played."""
    steps = [(block, step) for block in document.played() for step in block.steps]
    judge = Judge(document, dict(probes or {}))
    seen = []
    for (block, step), each in zip(steps, shown, strict=True):
        raw, status = each if isinstance(each, tuple) else (each, 0)
        lines = tuple(lines_of(raw))
        sent = judge.command(step) if step.command else ""
        observation = Observation(step.prompt, lines, status, sent=sent, pieces=(Piece(0.1, raw),))
        judge.verdict(block, step, observation)
        seen.append(Seen(document.blocks.index(block), block.steps.index(step), observation))
    return Outcome(document.path, "root", Kind.PASSED, seen=seen, probes=dict(probes or {}))


def take(body: str, *shown: Shown, samples: bool = False, head: str = "") -> Take:
    """The take of a page whose steps showed this."""
    document = page(body, head)
    return take_of(document, outcome(document, shown), samples=samples)


def block(steps: str, attributes: str = "") -> str:
    """A fence of these lines."""
    return f"```nsh {attributes}\n{steps}\n```\n"
