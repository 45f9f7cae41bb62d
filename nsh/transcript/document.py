# SPDX-License-Identifier: MIT
"""What a transcript is: a document of blocks, blocks of steps, steps of a command and the lines it shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class BadDocument(Exception):
    """The page cannot be read as a transcript: where, and why."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}")
        self.path = path
        self.line = line
        self.why = why


class Role(Enum):
    """What a block is for."""

    PLAY = "play"
    SETUP = "setup"
    TEARDOWN = "teardown"
    NORUN = "norun"


class How(Enum):
    """How one expected line is compared."""

    SAMPLE = "sample"
    """Literal text in which tokens of known types stand for their like."""
    ANY = "..."
    """Any lines, as few as possible."""
    EQUAL = "eq"
    REGEX = "re"
    GLOB = "glob"


@dataclass(frozen=True, slots=True)
class Line:
    """One expected line: its text without suffixes, and what the suffixes ask for."""

    number: int
    source: str
    text: str
    how: How = How.SAMPLE
    optional: bool = False
    repeated: bool = False
    absent: bool = False
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """An expected exit status: a number, or None for any but 0; `probes` say when it counts."""

    number: int
    code: int | None
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A prompt, what is typed at it, and what that shows.

    An empty `command` is not sent: such a step only says which prompt is there.
    `last` is the number of the step's last line in the file.
    """

    number: int
    last: int
    prompt: str
    command: str
    lines: tuple[Line, ...] = ()
    statuses: tuple[Status, ...] = ()
    eventually: float | None = None
    timeout: float | None = None
    condition: tuple[str, ...] = ()
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One fence: the session it belongs to and its steps. `first`, `last`: the lines of the fence marks."""

    first: int
    last: int
    session: str
    role: Role
    steps: tuple[Step, ...]
    heading: str = ""
    condition: tuple[str, ...] = ()
    proves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The front matter. `timeout` is for one command, `total` for the whole document, in seconds."""

    title: str = ""
    seeds: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()
    timeout: float = 10.0
    total: float = 120.0
    host: str = "sandbox"
    requires_line: int = 1
    time: float | None = None
    """Seconds that a speaker has for the page."""
    redact: tuple[str, ...] = ()
    """What no recording of the page may show: `hostname`, `user`, `home`, `re:PATTERN` or a text."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole transcript; `text` is the page as it was read."""

    path: Path
    text: str
    head: Head
    blocks: tuple[Block, ...]

    def played(self) -> list[Block]:
        """The blocks in the order in which they are run: teardown comes last, `norun` never."""
        running = [block for block in self.blocks if block.role in (Role.PLAY, Role.SETUP)]
        return running + [block for block in self.blocks if block.role is Role.TEARDOWN]

    def probe_names(self) -> list[str]:
        """Every probe the document asks for, each once, in the order of the page."""
        names = list(self.head.requires)
        for block in self.blocks:
            names += block.condition
            for step in block.steps:
                names += step.condition
                for probes in (*(line.probes for line in step.lines), *(status.probes for status in step.statuses)):
                    names += probes
        return list(dict.fromkeys(names))
