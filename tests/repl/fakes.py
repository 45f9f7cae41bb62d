# SPDX-License-Identifier: MIT
"""An engine and a session that only remember what was asked of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from nsh.session.interrupt import Interrupts


class FakePlace:
    """What completion sees of a place."""

    def __init__(self, *types: str) -> None:
        self.types = types


class FakeSeat:
    """We sit in the test's own process."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.peer = self
        self.pid = os.getpid()


class FakeJob:
    """What completion sees of a job."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = text


class FakeJobs:
    """Background programs, which write what the test wants."""

    def __init__(self) -> None:
        self.output = ""
        self.current: list[FakeJob] = []
        self.shown: list[str] = []

    def has_output(self) -> bool:
        """Is there something to show?"""
        return bool(self.output)

    def pass_output_on(self) -> None:
        """Keep it."""
        self.shown += [self.output] if self.output else []
        self.output = ""


class FakeSession:
    """What the prompt sees of a session; its programs are `ps`, `grep` and `bash`."""

    def __init__(self) -> None:
        self.status = 0
        self.history: list[str] = []
        self.settings: dict[str, str] = {}
        self.variables = {"home": "/root", "hops": "3"}
        self.has_jobs = False
        self.places = {"web": FakePlace("net"), "box": FakePlace("uts", "pid"), "webdb": FakePlace("uts")}
        self.seat = FakeSeat()
        self.jobs = FakeJobs()
        self.interrupts = Interrupts()
        self.asked: list[str] = []
        self.shown = "nsh>"
        self.news: list[str] = []
        self.watched: list[int] = []
        self.on_event: Callable[[], None] = lambda: None

    def prompt(self) -> str:
        """The prompt set by the test."""
        return self.shown

    def names(self) -> list[str]:
        """The names in use."""
        return list(self.places)

    def happened(self) -> list[str]:
        """Nothing ends behind the back of a fake."""
        return []

    def notices(self) -> list[str]:
        """The news set by the test, once."""
        news, self.news = self.news, []
        return news

    def find_program(self, word: str) -> bool:
        """Keep what was asked."""
        self.asked.append(word)
        return word in ("ps", "grep", "bash")

    def event_filenos(self) -> list[int]:
        """What the test wants watched."""
        return self.watched

    def handle_events(self) -> None:
        """Whatever the test wants to happen."""
        self.on_event()


class FakeEngine:
    """Runs nothing; `answers` gives the status of a line, or an exception to raise."""

    def __init__(self, answers: dict[str, int | BaseException] | None = None) -> None:
        self.lines: list[str] = []
        self.said: list[str] = []
        self.answers = answers or {}
        self.ended = False

    def say(self, line: str) -> None:
        """Keep it."""
        self.said.append(line)

    def told_to(self, hear: object) -> None:
        """Nothing is shown, so nothing is told."""

    def run_line(self, line: str) -> int:
        """Remember the line; `exit` ends the session."""
        self.lines.append(line)
        if line == "exit":
            self.ended = True
        answer = self.answers.get(line, 0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class FakeReader:
    """Gives the texts it was made with; an exception is raised instead."""

    def __init__(self, *texts: str | BaseException) -> None:
        self.texts = list(texts)
        self.echoed: list[str] = []

    def read(self) -> str:
        """The next text; EOFError after the last."""
        text = self.texts.pop(0) if self.texts else EOFError()
        if isinstance(text, BaseException):
            raise text
        return text

    def echo(self, line: str) -> None:
        """Keep it."""
        self.echoed.append(line)

    def ran(self, seconds: float) -> None:
        """Nobody is told."""
