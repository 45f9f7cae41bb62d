# SPDX-License-Identifier: MIT
"""`save FILE.md`: the lines of a session as a page that is right.

`main` runs in a process beside the prompt. It gets the lines with what nsh
itself showed; what programs wrote is seldom known. In a sandbox the page is
played, in another one, and what that shows is written into it, until it
passes as it stands. What changes from one time to the next becomes `...`; what
cannot be played stands in a block of its own that is not run, and the page
says why. A page of the real host is not played: nothing is done there twice.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from nsh.errors import NshError
from nsh.grammar import tokenize
from nsh.transcript.document import BadDocument, Document, Role, Step
from nsh.transcript.judge import Ending, Observation
from nsh.transcript.markdown import fenced
from nsh.transcript.normal import lines_of
from nsh.transcript.outcome import Kind, Outcome
from nsh.transcript.outside import Options, own_mode, play_document
from nsh.transcript.parse import parse
from nsh.transcript.suffixes import as_source
from nsh.transcript.update import updated

TRIES = 8
"""How often a page is played at most until it passes."""

PATIENCE = 5
"""Seconds for a line that took less than LONG."""

LONG = 1.5
"""Seconds after which a line gets a time limit of its own."""


@dataclass(slots=True)
class Entry:
    """One line of the session, and the expected lines below it, its status among them."""

    prompt: str
    command: str
    status: int
    seconds: float
    is_whole: bool
    """Is everything that it showed known?"""
    body: list[str]
    recorded: list[str] = field(default_factory=list)
    why: str = ""
    """A sentence about why it is not played, if it is not."""
    times: int = 0
    """How often it was played."""

    @property
    def comment(self) -> str:
        """What a line says that is only a comment."""
        text = self.command.strip()
        return text.lstrip("#").strip() if text.startswith("#") and "\n" not in text else ""

    def source(self) -> list[str]:
        """The lines of the page, with prompt and output."""
        first, *more = _typed(self.command).split("\n")
        limit = f"  #: timeout={math.ceil(self.seconds * 3)}s" if self.seconds > LONG else ""
        typed = [f"{self.prompt} {first}", *(f"...> {line}" for line in more)]
        return [*typed[:-1], typed[-1] + limit, *self.body]


class Page:
    """The page as it grows, and what there is to say of it."""

    def __init__(self, entries: list[Entry], *, real: bool) -> None:
        self.entries = entries
        self.notes: list[str] = []
        self._real = real

    def text(self, *, to_be_played: bool = False) -> str:
        """The page as it stands; one that is to be played here need not wait long for a line that was quick."""
        title = f"A session of {time.strftime('%Y-%m-%d')}"
        head = ["---", "nsh: 1", f"title: {title}", f"host: {'real' if self._real else 'sandbox'}", *self._total()]
        head += [f"timeout: {PATIENCE}s"] if to_be_played else []
        said = _REAL if self._real else _SANDBOX
        lines = [*head, "---", "", f"# {title}", "", said, ""]
        for why, entries in groupby(self.entries, lambda entry: entry.why):
            lines += [*([why, ""] if why else []), *_blocks(entries, "nsh norun" if why else "nsh")]
        return "\n".join(lines).rstrip("\n") + "\n"

    def _total(self) -> list[str]:
        seconds = sum(entry.seconds for entry in self.entries)
        return [f"total: {math.ceil(seconds * 3 + 120)}s"] if seconds > LONG else []

    def document(self) -> Document:
        """The page, read; what cannot be read is not played."""
        while True:
            try:
                return parse(Path("page.md"), self.text(to_be_played=True))
            except BadDocument as problem:
                self.stop(self._entry_at(problem.line), problem.why)

    def _entry_at(self, number: int) -> int:
        """The entry whose source holds the line `number` of the page."""
        lines = self.text(to_be_played=True).split("\n")
        at = 0
        found = 0
        for index, entry in enumerate(self.entries):
            if entry.comment:
                continue
            source = entry.source()
            at = next((at for at in range(at, len(lines)) if lines[at : at + len(source)] == source), at)
            if at < number:
                found = index
        return found

    def played(self) -> list[int]:
        """The numbers of the entries that are typed."""
        return [index for index, entry in enumerate(self.entries) if not entry.comment and not entry.why]

    def stop(self, index: int, why: str) -> None:
        """Play nothing from this entry on. NshError when that was tried already: the page cannot be read."""
        if self.entries[index].why:
            raise NshError(f"the page cannot be read: {why}")
        for entry in self.entries[index:]:
            entry.body, entry.why = entry.recorded, f"From here on nothing is played: {why}."
        self.notes.append(f"from `{_short(self.entries[index].command)}` on nothing is played: {why}")

    def leave_out(self, index: int) -> None:
        """Play all but this entry: it would wait for keys that nobody types."""
        entry = self.entries[index]
        entry.body, entry.why = entry.recorded, "The next line is not played: it does not end by itself."
        self.notes.append(f"`{_short(entry.command)}` is not played: it does not end by itself")

    def learn(self, document: Document, outcome: Outcome) -> list[int]:
        """Write what was shown into the page; the entries that are others now."""
        played = self.played()
        steps = [step for block in document.blocks if block.role is Role.PLAY for step in block.steps]
        self._compare(played, [seen.observation for seen in outcome.seen])
        after = parse(document.path, updated(document.text, outcome.edits))
        again = [step for block in after.blocks if block.role is Role.PLAY for step in block.steps]
        edited = {edit.first for edit in outcome.edits}
        changed = []
        for index, before, now in zip(played, steps, again, strict=True):
            if before.number in edited:
                self._take(self.entries[index], _body(after, now))
                changed.append(index)
        for index in played[: len(outcome.seen)]:
            self.entries[index].times += 1
        if outcome.kind is not Kind.PASSED:
            changed.append(self._give_up(played, outcome))
        return changed

    def _take(self, entry: Entry, body: list[str]) -> None:
        if not entry.times:
            if entry.is_whole:
                self.notes.append(f"`{_short(entry.command)}` showed something else when it was played again")
            entry.body = body
            return
        note = f"`{_short(entry.command)}` shows something else each time: `...` stands for that"
        if note not in self.notes:
            self.notes.append(note)
            entry.body = _blended(entry.body, body)
        else:
            entry.body = ["...", *body[-1:]] if entry.status else ["..."]

    def _compare(self, played: list[int], seen: list[Observation]) -> None:
        for index, observation in zip(played, seen, strict=False):
            entry = self.entries[index]
            if not entry.times and observation.ending is Ending.DONE and observation.status != entry.status:
                how = f"ended with {observation.status} when it was played again, here with {entry.status}"
                self.notes.append(f"`{_short(entry.command)}` {how}")

    def _give_up(self, played: list[int], outcome: Outcome) -> int:
        """A step that cannot be written down, or, where all steps went well, something that was left behind.

        The entry from which on the page is another one.
        """
        last = outcome.seen[-1] if outcome.seen else None
        observation = last.observation if last is not None else None
        index = played[len(outcome.seen) - 1] if outcome.seen else 0
        if observation is not None and observation.ending is Ending.TIMEOUT:
            self.leave_out(index)
        elif observation is not None and observation.prompt != self.entries[index].prompt:
            self.stop(index, f"the prompt was {observation.prompt or 'gone'} then")
        elif "! " in outcome.text:
            self.stop(index, outcome.text.partition("! ")[2].partition("\n")[0])
        elif re.match(rf"{re.escape(str(outcome.path))}:\d", outcome.text):
            self._generalize(index)
        else:
            index = 0
            self.stop(index, (outcome.text.splitlines() or ["it could not be played"])[-1])
        return index

    def _generalize(self, index: int) -> None:
        """Take anything for what this entry shows; what was seen could not be written down so that it passes."""
        entry = self.entries[index]
        if entry.body[:1] == ["..."]:
            self.stop(index, "what it shows cannot be written down")
            return
        entry.body = ["...", *entry.body[-1:]] if entry.status else ["..."]
        self.notes.append(f"what `{_short(entry.command)}` shows cannot be written down: `...` stands for it")


_REAL = "Saved on a real host. `nsh test --host` plays it there, outside any sandbox."
_SANDBOX = "Saved in nsh's sandbox. `nsh test` plays it in one of its own."


def page_of(entries: list[Entry], *, real: bool) -> Page:
    """The page of these lines. NshError where it cannot be made, which is the sandbox's fault."""
    page = Page(entries, real=real)
    page.document()
    if real and not all(entry.is_whole for entry in entries):
        page.notes.append("`...` stands for what programs wrote; `set record on` keeps it from then on")
    options = Options(update=True, scale=float(os.environ.get("NSH_TEST_SCALE", "1")))
    if real:
        return page
    for _ in range(TRIES + len(entries)):  # each may have to be left out once
        document = page.document()
        outcome = play_document(document, own_mode(), options)
        if outcome.kind is Kind.BROKEN:
            raise NshError(outcome.text)
        changed = page.learn(document, outcome)
        if not changed:
            return page
        if page.entries[changed[0]].times > TRIES:
            page.stop(changed[0], "it is never the same twice")
    return page


def entry_of(prompt: str, command: str, pieces: list[str | None], status: int, seconds: float, *, real: bool) -> Entry:
    """An entry of what the session kept; a piece None is the output of programs."""
    ending = [f"[{status}]"] if status else []
    recorded = [*_recorded(pieces), *ending]
    is_whole = None not in pieces
    body = recorded if real or is_whole else [*(line for line in recorded if line != "...")]
    return Entry(prompt, command, status, seconds, is_whole, body, recorded)


def _recorded(pieces: list[str | None]) -> Iterator[str]:
    before = ""
    for piece in pieces:
        for line in ["..."] if piece is None else map(as_source, lines_of(piece)):
            if line != "..." or before != "...":
                yield line
            before = line


def _typed(command: str) -> str:
    """A line so that it reads back as itself: `#:` and `%{` mean something in a page."""
    comment = next((token for token in tokenize(command, tolerant=True) if token.kind == "comment"), None)
    if comment is not None and comment.raw.startswith("#:"):
        command = f"{command[: comment.start]}# {command[comment.start + 1 :]}"
    return command.replace("%{", "%%{").rstrip()


def _body(document: Document, step: Step) -> list[str]:
    return document.text.split("\n")[step.number + step.command.count("\n") : step.last]


def _blended(one: list[str], other: list[str]) -> list[str]:
    """What two runs have in common, `...` for what they have not."""
    if len(one) != len(other):
        return ["..."]
    lines: list[str] = []
    for before, after in zip(one, other, strict=True):
        line = before if before == after else "..."
        if line != "..." or lines[-1:] != ["..."]:
            lines.append(line)
    return lines


def _blocks(entries: Iterable[Entry], info: str) -> Iterator[str]:
    """Fences of lines, with the comments as prose between them."""
    block: list[str] = []
    for entry in entries:
        if entry.comment:
            yield from fenced(block, info)
            yield from (_harmless(entry.comment), "")
            block = []
        else:
            block += entry.source()
    yield from fenced(block, info)


def _harmless(text: str) -> str:
    """Prose that begins nothing else."""
    return text.replace("```", "'''").replace("<!--", "<! --")


def _short(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 60 else f"{first[:59]}…"


def main() -> int:
    """The lines as JSON on standard input, page and notes as JSON on standard output; what went wrong, as a line."""
    job = json.load(sys.stdin)
    try:
        page = page_of([entry_of(*line, real=job["real"]) for line in job["lines"]], real=job["real"])
    except NshError as problem:
        print(problem)
        return 1
    except KeyboardInterrupt:
        return 130
    json.dump([page.text(), page.notes], sys.stdout)
    return 0
