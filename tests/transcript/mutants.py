# SPDX-License-Identifier: MIT
"""Pages made wrong on purpose, and held against what was recorded when the right ones were played.

A mutant that passes has to be explained by a rule of the format that makes it
mean the same (`Mutant.rule`); the rule is found in the page, not in the
result. Whatever else passes is a hole in the matching.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nsh.transcript.bindings import OF_THE_SANDBOX, Bindings
from nsh.transcript.document import BadDocument, Block, Document, How, Line, Step
from nsh.transcript.judge import Judge, Unbound
from nsh.transcript.outcome import Outcome
from nsh.transcript.parse import parse, reread_step
from nsh.transcript.tokens import Scanner, Token


@dataclass(frozen=True, slots=True)
class Mutant:
    """The page's line `number` changed in one `way`; `rule` explains why it may pass, if it may."""

    number: int
    way: str
    text: str
    rule: str = ""
    also: int = 0
    """A second line that is changed, if there is one."""

    @property
    def changed(self) -> tuple[int, ...]:
        """The lines that are changed."""
        return (self.number, self.also) if self.also else (self.number,)


def mutants(document: Document, outcome: Outcome) -> Iterator[Mutant]:
    """For each line that was compared when the page was played: it is dropped, changed, followed by another one.

    Each of its samples is taken for another one, renamed, and swapped with another one.
    """
    samples = Samples(document, outcome)
    for seen in outcome.seen:
        block = document.blocks[seen.block]
        step = block.steps[seen.step]
        yield from _of_prompt(document, step)
        yield from _of_status(document, step)
        scanner = Scanner(step.command)
        for at, line in enumerate(step.lines):
            tokens = scanner.find(line.text) if line.how is How.SAMPLE else []
            yield from _of_line(document, outcome, step, at, tokens)
            for token in tokens:
                if token.kind.bound and not line.absent:
                    yield from _of_sample(document, line, token, samples)
                    yield from _swapped(document, line, token, samples)


class Replay:
    """What the right page showed, held against wrong pages.

    A wrong page differs in one step or two, so only these are read anew, and
    only what follows them is judged again.
    """

    def __init__(self, document: Document, outcome: Outcome) -> None:
        self._document = document
        self._outcome = outcome
        self._before: list[Bindings] = []
        """What was bound when each step that was seen began."""
        judge = Judge(document, outcome.probes)
        for seen in outcome.seen:
            self._before.append(judge.bindings)
            block = document.blocks[seen.block]
            judge.command(block.steps[seen.step])
            judge.verdict(block, block.steps[seen.step], seen.observation)

    def passes(self, mutant: Mutant) -> bool:
        """Would the wrong page pass with what the right one showed?"""
        wrong = self._document_of(mutant)
        if wrong is None:
            return False
        judge = Judge(wrong, self._outcome.probes)
        first = self._first_changed(mutant)
        judge.bindings = self._before[first]
        for seen in self._outcome.seen[first:]:
            block = wrong.blocks[seen.block]
            step = block.steps[seen.step]
            try:
                judge.command(step)
            except Unbound:
                return False
            if not judge.verdict(block, step, seen.observation).passed:
                return False
        return True

    def _first_changed(self, mutant: Mutant) -> int:
        """The first of the steps seen in which the wrong page may be another one; pages are not played in order."""
        lines = set(mutant.changed)
        for index, seen in enumerate(self._outcome.seen):
            step = self._document.blocks[seen.block].steps[seen.step]
            if lines & set(range(step.number, step.last + 1)):
                return index
        return 0

    def _document_of(self, mutant: Mutant) -> Document | None:
        """The wrong page, or None where its changed step cannot be read."""
        if len(mutant.changed) > 1:
            try:
                return parse(self._document.path, mutant.text)
            except BadDocument:
                return None
        lines = mutant.text.splitlines()
        more = len(lines) - len(self._document.text.splitlines())
        blocks = list(self._document.blocks)
        for at, block in enumerate(blocks):
            for step in block.steps:
                if step.number <= mutant.number <= step.last:
                    try:
                        wrong = reread_step(step.number, lines[step.number - 1 : step.last + more])
                    except ValueError:
                        return None
                    steps = tuple(wrong if each is step else each for each in block.steps)
                    blocks[at] = replace(block, steps=steps)
        return replace(self._document, blocks=tuple(blocks))


def _replaced(document: Document, number: int, *lines: str) -> str:
    """The page with the line `number` replaced."""
    text = document.text.splitlines()
    text[number - 1 : number] = lines
    return "\n".join(text) + "\n"


def _source(document: Document, number: int) -> str:
    return document.text.splitlines()[number - 1]


def _of_prompt(document: Document, step: Step) -> Iterator[Mutant]:
    other = "nsh>" if step.prompt != "nsh>" else "nsh[elsewhere]>"
    source = _source(document, step.number)
    yield Mutant(step.number, "prompt", _replaced(document, step.number, other + source.removeprefix(step.prompt)))


def _of_status(document: Document, step: Step) -> Iterator[Mutant]:
    if not step.command:
        return
    if not step.statuses:
        source = _source(document, step.last)
        yield Mutant(step.last, "status", _replaced(document, step.last, source, "[3]"))
    for status in step.statuses:
        wrong = "0" if status.code is None else str(status.code + 1)
        source = re.sub(r"^\[[^\]]+\]", f"[{wrong}]", _source(document, status.number))
        rule = "a status whose condition does not hold" if status.probes else ""
        yield Mutant(status.number, "status", _replaced(document, status.number, source), rule)


def _of_line(document: Document, outcome: Outcome, step: Step, at: int, tokens: list[Token]) -> Iterator[Mutant]:
    """The line gone, changed in one letter, and followed by one more."""
    line = step.lines[at]
    counts = all(outcome.probes.get(name, False) for name in line.probes)
    rule = ""
    if line.optional or not counts:
        rule = "an optional line"
    elif line.absent:
        rule = "a line that must be absent"
    gaps = _beside_a_gap(step, at)
    yield Mutant(line.number, "drop", _replaced(document, line.number), rule or gaps)
    added = _replaced(document, line.number, _source(document, line.number), "a line that nobody printed")
    yield Mutant(line.number, "add", added)
    if changed := _changed(line, tokens):
        source = _source(document, line.number).replace(line.text, changed, 1)
        yield Mutant(line.number, "change", _replaced(document, line.number, source), rule)


def _beside_a_gap(step: Step, at: int) -> str:
    """`...` takes in what its neighbours leave."""
    around = step.lines[max(at - 1, 0) : at + 2]
    return "a line under `...`" if any(line.how is How.ANY for line in around) else ""


def _changed(line: Line, tokens: list[Token]) -> str:
    """The text with its first literal letter or digit replaced; empty if it has none."""
    if line.how in (How.ANY, How.REGEX):
        return ""
    taken = [range(token.start, token.end) for token in tokens]
    taken += [range(*match.span()) for match in re.finditer(r"%\{[^}]*\}|link-netns(?:id)? \S+|\(id: \d+\)", line.text)]
    for at, character in enumerate(line.text):
        if character.isalnum() and not any(at in span for span in taken):
            other = "7" if character != "7" else "8"
            return (
                line.text[:at]
                + (other if character.isdigit() else "q" if character != "q" else "z")
                + line.text[at + 1 :]
            )
    return ""


class Samples:
    """Which samples a page has, how often, and which of them stood for something that was already gone."""

    def __init__(self, document: Document, outcome: Outcome) -> None:
        self.uses: dict[tuple[str, str], list[tuple[int, str]]] = {}
        judge = Judge(document, outcome.probes)
        for block in document.played():
            for step in block.steps:
                scanner = Scanner(step.command)
                for line in step.lines:
                    for token in scanner.find(line.text) if line.how is How.SAMPLE else []:
                        use = (line.number, judge.place(block, step))
                        self.uses.setdefault((token.kind.name, token.value), []).append(use)
        self.gone_in: set[tuple[int, str]] = set()
        """(line, sample): what the sample stands for was gone already when this line was printed."""
        for seen in outcome.seen:
            block = document.blocks[seen.block]
            step = block.steps[seen.step]
            judge.verdict(block, step, seen.observation)
            scanner = Scanner(step.command)
            for line in step.lines:
                for token in scanner.find(line.text) if line.how is How.SAMPLE else []:
                    bound = judge.bindings.get(token.kind, token.value)
                    if bound and seen.observation.identities.get((token.kind.name, bound.value)) is None:
                        self.gone_in.add((line.number, token.value))
        known = judge.bindings.items()
        self.gone = {key for key, bound in known if bound.identity is None}
        self.local = {key for key, bound in known if key[0] == "pid" and OF_THE_SANDBOX not in (bound.identity or "")}

    def others(self, token: Token) -> list[str]:
        """The other samples of the same type."""
        return [sample for kind, sample in self.uses if kind == token.kind.name and sample != token.value]

    def next_other(self, line: Line, token: Token) -> tuple[int, str] | None:
        """(line, sample) of the next sample of this type that is another one."""
        kind = token.kind.name
        later = sorted(
            (number, sample)
            for (name, sample), uses in self.uses.items()
            for number, _place in uses
            if name == kind and sample != token.value and number >= line.number
        )
        behind = [
            (number, sample) for number, sample in later if number > line.number or self._is_behind(line, token, sample)
        ]
        return behind[0] if behind else None

    def _is_behind(self, line: Line, token: Token, sample: str) -> bool:
        return line.text.find(sample, token.end) >= 0

    def why_swap_is_equivalent(self, token: Token, sample: str) -> str:
        """The rule that lets a page pass with these two exchanged in one place each."""
        mine, other = (token.kind.name, token.value), (token.kind.name, sample)
        if len(self.uses[mine]) == 1 and len(self.uses[other]) == 1:
            return "two samples that are used once, exchanged"
        if token.kind.mortal and {mine, other} & self.gone:
            return "something that was gone when the page showed it"
        return ""

    def why_equivalent(self, line: Line, token: Token, sample: str) -> str:
        """The rule that lets a page pass with `sample` in the place of this token."""
        mine, other = (token.kind.name, token.value), (token.kind.name, sample)
        if len(self.uses[mine]) == 1 and other not in self.uses:
            return "a sample that is used once, under another name"
        here = {place for number, place in self.uses[mine] if number == line.number}
        elsewhere = {place for number, place in self.uses[mine] if number != line.number}
        if mine in self.local and other not in self.uses and not here & elsewhere:
            return "a pid of a namespace inside, which counts in its own place only"
        if not token.kind.distinct and other not in self.uses:
            return "a type whose values may repeat"
        if token.kind.mortal and ({mine, other} & self.gone or (line.number, token.value) in self.gone_in):
            return "something that was gone when the page showed it"
        return ""


def _of_sample(document: Document, line: Line, token: Token, samples: Samples) -> Iterator[Mutant]:
    """The sample of one place mixed up with another one, and renamed to one that is nowhere else."""
    others = samples.others(token)
    offset = _source(document, line.number).find(line.text)
    for way, sample in (("mix", others[0] if others else ""), ("rename", _fresh(token, others))):
        if sample:
            source = _source(document, line.number)
            at = offset + token.start
            source = source[:at] + sample + source[at + len(token.value) :]
            rule = samples.why_equivalent(line, token, sample)
            yield Mutant(line.number, way, _replaced(document, line.number, source), rule)


def _swapped(document: Document, line: Line, token: Token, samples: Samples) -> Iterator[Mutant]:
    """The sample of one place and the next one of its type further down, each in the place of the other."""
    found = samples.next_other(line, token)
    if found is None:
        return
    number, sample = found
    mine = _source(document, line.number)
    start = mine.find(line.text) + token.start
    text = document.text.splitlines()
    if number == line.number:
        there = mine.find(sample, start + len(token.value))
        between = mine[start + len(token.value) : there]
        text[number - 1] = mine[:start] + sample + between + token.value + mine[there + len(sample) :]
    else:
        text[line.number - 1] = mine[:start] + sample + mine[start + len(token.value) :]
        text[number - 1] = text[number - 1].replace(sample, token.value, 1)
    rule = samples.why_swap_is_equivalent(token, sample)
    yield Mutant(line.number, "swap", "\n".join(text) + "\n", rule, also=number)


def _fresh(token: Token, others: list[str]) -> str:
    if not token.kind.numeric:
        return token.value[:-2] + ("5c" if token.value[-2:] != "5c" else "5d")
    number = int(token.value) + 1
    while str(number) in others:
        number += 1
    return str(number)


def block_of(document: Document, number: int) -> Block:
    """The block that line `number` stands in."""
    return next(block for block in document.blocks if block.first <= number <= block.last)
