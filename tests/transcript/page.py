# SPDX-License-Identifier: MIT
"""Pages and outputs for the tests of transcripts, without any terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nsh.transcript.document import Block, Document, Step
from nsh.transcript.judge import Ending, Judge, Observation, Verdict
from nsh.transcript.parse import parse

PATH = Path("page.md")


def page(*blocks: str, head: str = "") -> Document:
    """A document of these ```nsh blocks; a block may begin with its attributes: `session=b|nsh> true`."""
    text = f"---\nnsh: 1\n{head}---\n"
    for block in blocks:
        attributes, _, body = block.partition("|") if not block.startswith("nsh") else ("", "", block)
        text += f"\n```nsh {attributes}\n{body}\n```\n"
    return parse(PATH, text)


def steps(document: Document) -> list[tuple[Block, Step]]:
    """All steps with their blocks, in the order in which they are played."""
    return [(block, step) for block in document.played() for step in block.steps]


class Tried:
    """A document held against outputs that are given as text, one for each step."""

    def __init__(self, document: Document, probes: Mapping[str, bool] | None = None) -> None:
        self.judge = Judge(document, probes or {})
        self._steps = steps(document)
        self._at = 0

    def see(
        self,
        output: str = "",
        *,
        status: int = 0,
        prompt: str | None = None,
        alive: Mapping[str, str] | None = None,
        ending: Ending = Ending.DONE,
    ) -> Verdict:
        """The verdict on the next step. `alive` is the thing that each inode or pid in the output stands for."""
        block, step = self._steps[self._at]
        self._at += 1
        identities: dict[tuple[str, str], str | None] = {}
        for value, name in (alive or {}).items():
            identities |= {("ns", value): name, ("pid", value): name}
        lines = tuple(output.split("\n")) if output else ()
        seen = Observation(step.prompt if prompt is None else prompt, lines, status, ending, identities=identities)
        return self.judge.verdict(block, step, seen)

    @property
    def next_command(self) -> str:
        """What would be typed for the next step."""
        return self.judge.command(self._steps[self._at][1])


def verdict(expected: str, output: str, *, command: str = "show", probes: Mapping[str, bool] | None = None) -> Verdict:
    """The verdict on a page of one step."""
    return Tried(page(f"nsh> {command}\n{expected}"), probes).see(output)


def matches(expected: str, output: str, *, command: str = "show", probes: Mapping[str, bool] | None = None) -> bool:
    """Does this output pass for what the page expects?"""
    return verdict(expected, output, command=command, probes=probes).passed


def wrong_lines(found: Verdict) -> list[str]:
    """`- page line` and `+ real line` of what differs."""
    rows: Sequence[tuple[str, str | None]] = [
        ("- ", row.expected.line.source) if row.expected else ("+ ", row.actual) for row in found.rows if row.is_wrong
    ]
    return [f"{mark}{text}" for mark, text in rows]
