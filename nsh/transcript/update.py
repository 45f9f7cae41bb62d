# SPDX-License-Identifier: MIT
"""Writes what a step really showed into the page, and changes nothing that was right.

Right lines stay as they are, patterns and all. In a new line each value
becomes the sample that has stood for it; only things that the page has not
seen yet get samples of their own. A later diff shows changes of meaning only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nsh.transcript.bindings import Bindings, same_thing
from nsh.transcript.document import Block, Document
from nsh.transcript.judge import Ending, Judge, Verdict
from nsh.transcript.kinds import Kind
from nsh.transcript.parse import reread_step
from nsh.transcript.report import Failure, failure_text
from nsh.transcript.suffixes import as_source
from nsh.transcript.tokens import Scanner, Token


@dataclass(frozen=True, slots=True)
class Edit:
    """The page's lines `first` to `last` become `lines`; `why` is the report of the difference."""

    first: int
    last: int
    lines: tuple[str, ...]
    why: str


class Updater:
    """Makes the edits of one run; the judge learns the new samples, so that later steps can be read."""

    def __init__(self, document: Document, judge: Judge) -> None:
        self._judge = judge
        self._source = document.text.splitlines()
        self._taken = {(token.kind.name, token.value) for token in _all_tokens(document)}

    def edit(self, block: Block, verdict: Verdict, failure: Failure) -> Edit | None:
        """The change that makes this step right, or None where none can: no answer, no session, no such prompt."""
        step, seen = verdict.step, verdict.observation
        if seen.ending in (Ending.TIMEOUT, Ending.GONE) or seen.prompt != step.prompt or not step.command:
            return None
        typed = self._source[step.number - 1 : step.number + step.command.count("\n")]
        body = [*self._body(verdict, self._known(block, verdict)), *self._statuses(verdict)]
        again = reread_step(step.number, [*typed, *body])
        if not self._judge.verdict(block, again, seen).passed:
            return None
        return Edit(step.number, step.last, (*typed, *body), failure_text(failure))

    def _known(self, block: Block, verdict: Verdict) -> Bindings:
        """What samples stand for, those of this step's right lines included: their like are in the wrong ones."""
        known = self._judge.bindings
        alive = self._judge.alive(block, verdict.step, verdict.observation)
        for row in verdict.rows:
            if row.expected is not None and row.actual is not None and not row.is_wrong:
                known = row.expected.match(row.actual, known, alive) or known
        return known

    def _body(self, verdict: Verdict, known: Bindings) -> list[str]:
        """The new expected lines."""
        if not verdict.rows:
            return [line.source for line in verdict.step.lines]
        translated = self._translated(verdict, known)
        body: list[str] = []
        at = 0
        for row in verdict.rows:
            if row.expected is not None and not row.is_wrong:
                body.append(row.expected.line.source)
            elif row.expected is None and row.is_wrong:
                body.append(translated[at])
            at += row.actual is not None
        return body

    def _translated(self, verdict: Verdict, known: Bindings) -> list[str]:
        """All real lines, their values turned back into samples."""
        scanner = Scanner(verdict.step.command)
        samples: dict[tuple[str, str], str] = {}
        lines = []
        for text in verdict.observation.lines:
            for token in reversed(scanner.find(text)):
                if not token.kind.bound:
                    continue
                key = (token.kind.name, token.value)
                if key not in samples:
                    samples[key] = self._sample(token, verdict, known)
                text = text[: token.start] + samples[key] + text[token.end :]
            lines.append(as_source(text))
        return lines

    def _sample(self, token: Token, verdict: Verdict, known: Bindings) -> str:
        """The sample for a value: the one that stands for it, else the value itself, else one that is free."""
        standing = known.sample_of(token.kind, token.value)
        bound = known.get(token.kind, standing) if standing else None
        now = verdict.observation.identities.get((token.kind.name, token.value))
        if standing and bound and (token.kind.name != "ns" or same_thing(bound.identity, now) is not False):
            return standing
        sample = token.value
        while (token.kind.name, sample) in self._taken or token.kind.is_literal(sample):
            sample = _next(token.kind, sample)
        self._taken.add((token.kind.name, sample))
        return sample

    def _statuses(self, verdict: Verdict) -> Iterator[str]:
        """The status lines; the one that counted is put right."""
        step, status = verdict.step, verdict.observation.status
        counted = self._judge.status(step)
        wrong = status != 0 if counted is None else (status == 0 if counted.code is None else status != counted.code)
        for item in step.statuses:
            if item is not counted or not wrong:
                yield self._source[item.number - 1]
            elif status != 0:
                yield re.sub(r"\[(\d+|!0)\]", f"[{status}]", self._source[item.number - 1], count=1)
        if counted is None and wrong:
            yield f"[{status}]"


def updated(text: str, edits: list[Edit]) -> str:
    """The page with the edits made."""
    lines = text.splitlines()
    for edit in sorted(edits, key=lambda edit: edit.first, reverse=True):
        lines[edit.first - 1 : edit.last] = edit.lines
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")


def _next(kind: Kind, sample: str) -> str:
    """Another value of the same shape: the number, or the last two digits of an address or key, one up."""
    if kind.numeric:
        return str(int(sample) + 1)
    return f"{sample[:-2]}{(int(sample[-2:], 16) + 1) % 256:02x}"


def _all_tokens(document: Document) -> Iterator[Token]:
    for block in document.blocks:
        for step in block.steps:
            scanner = Scanner(step.command)
            for line in step.lines:
                yield from scanner.find(line.text)
