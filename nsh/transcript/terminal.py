# SPDX-License-Identifier: MIT
"""An nsh on a pseudo-terminal, driven by the marks it writes around prompt and output (nsh/transcript/marks.py)."""

from __future__ import annotations

import select
import signal
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pexpect

from nsh.transcript.judge import Ending, Piece
from nsh.transcript.marks import Dialogue, Mark, MarkReader, Phase
from nsh.transcript.normal import lines_of, without_escapes

ROWS, COLUMNS = 40, 200
START = 30.0
"""Seconds that a prompt may take to come up, or to come back after an answer."""
AFTER_INTERRUPT = 1.0
_CHUNK = 65536
_PASTE = "\x1b[200~{}\x1b[201~"
_PULSE = 0.2
"""Seconds between two looks at a program that is silent."""


class TerminalBroken(Exception):
    """The program on the terminal is not to be driven: it does not come up, or shows no marks."""


class _TimeIsUp(Exception):
    """The mark did not come in time."""


class _Ended(Exception):
    """The program has ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command showed."""

    prompt: str
    lines: tuple[str, ...]
    status: int
    ending: Ending
    seconds: float
    pieces: tuple[Piece, ...] = ()
    """The same output as it came, escape sequences and all."""


def started(argv: Sequence[str], environment: Mapping[str, str], folder: str) -> pexpect.spawn[str]:
    """The program on a pty of 40 rows and 200 columns."""
    child: pexpect.spawn[str] = pexpect.spawn(
        argv[0],
        list(argv[1:]),
        env=dict(environment),
        cwd=folder,
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        codec_errors="replace",
    )
    child.delaybeforesend = None  # the prompt is waited for by its marks
    return child


def as_typed(command: str) -> str:
    """The keys for a command: several lines are pasted, so that no part of them is taken for the whole."""
    return _PASTE.format(command) if "\n" in command else command


class Terminal:
    """One program with a prompt on one pty.

    `environment` must hold NSH_AID, the id in the marks. `scale` stretches the
    times that are not the page's own, for a loaded machine.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], folder: str, *, scale: float = 1.0) -> None:
        self._reader = MarkReader(environment["NSH_AID"])
        self._dialogue = Dialogue()
        self._items: deque[tuple[float, str | Mark]] = deque()
        self._scale = scale
        self._started = time.monotonic()
        self.alive = True
        self._child = started(argv, environment, folder)
        try:
            self._until(self._is_ready, self._started + START * scale)
        except (_TimeIsUp, _Ended) as problem:
            self.kill()
            how = "has ended" if isinstance(problem, _Ended) else "shows no marks"
            raise TerminalBroken(f"the prompt {how}:\n{without_escapes(self._dialogue.before).strip()}") from None

    @property
    def prompt(self) -> str:
        """The text of the prompt that was there last."""
        return self._dialogue.prompt

    def run(self, command: str, timeout: float) -> Answer:
        """Types a command and waits until it has answered and the next prompt is there.

        After `timeout` seconds ^C is typed; if that does not help, the
        session is killed. Never raises for what the command does.
        """
        prompt, self._started = self.prompt, time.monotonic()
        if not self.alive:
            return Answer(prompt, (), 0, Ending.GONE, 0.0)
        ending, seconds = Ending.DONE, 0.0
        self._dialogue.begin()
        try:
            self._type(command, self._started + timeout)
            self._until(self._is_ready, time.monotonic() + START * self._scale)
        except _TimeIsUp:
            ending, seconds = Ending.TIMEOUT, time.monotonic() - self._started
            self._recover()
        except _Ended:
            ending = Ending.LEFT
            self._dialogue.status = self._wait()
        seconds = seconds or time.monotonic() - self._started
        pieces = tuple(self._dialogue.pieces)
        lines = tuple(lines_of("".join(piece.text for piece in pieces)))
        return Answer(prompt, lines, self._dialogue.status, ending, seconds, pieces)

    def hand_over(self) -> None:
        """Gives this terminal to the user until he types ^]."""
        self._child.interact()

    def close(self) -> bool:
        """Ends the session by `quit`; False if it had to be killed."""
        if not self.alive:
            return True
        deadline = time.monotonic() + START * self._scale
        try:
            self._wait_raw(deadline)
            self._child.send("quit\r")
            while True:
                self._read(deadline)
        except _Ended:
            self._wait()
            return True
        except _TimeIsUp:
            self.kill()
            return False

    def kill(self) -> None:
        """SIGKILL, and nothing of the program is waited for but its end."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
        self._wait()

    def _type(self, command: str, deadline: float) -> None:
        """Everything up to the mark that says how it ended."""
        self._wait_raw(deadline)
        self._child.send(f"{as_typed(command)}\r")
        self._until(lambda: self._dialogue.answered, deadline)

    def _recover(self) -> None:
        """Gets the prompt back after a command that hangs, or gives the session up."""
        try:
            self._child.send("\x03")
            self._until(
                lambda: self._dialogue.answered and self._is_ready(), time.monotonic() + AFTER_INTERRUPT * self._scale
            )
        except (_TimeIsUp, _Ended):
            self.kill()

    def _is_ready(self) -> bool:
        return self._dialogue.phase is Phase.READY

    def _until(self, reached: Callable[[], bool], deadline: float) -> None:
        """Takes what comes, one thing after the other, until that is so; what comes after it is kept."""
        while not reached():
            if not self._items:
                self._read(deadline)
            while self._items and not reached():
                arrived, item = self._items.popleft()
                self._dialogue.take(item, arrived - self._started)

    def _read(self, deadline: float) -> None:
        """Waits for more of the program's output."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                text = self._child.read_nonblocking(_CHUNK, timeout=min(left, _PULSE))
                self._items += [(time.monotonic(), item) for item in self._reader.feed(text)]
                return
            except pexpect.TIMEOUT:
                continue  # it looks at the program first: a daemon may hold the terminal of one that has died
            except pexpect.EOF:
                raise _Ended from None
        raise _TimeIsUp

    def _wait_raw(self, deadline: float) -> None:
        """Waits until the prompt reads key by key: before that the kernel's own line editing would take the keys."""
        while termios.tcgetattr(self._child.child_fd)[3] & termios.ICANON:
            if time.monotonic() > deadline:
                raise _TimeIsUp
            select.select([], [], [], 0.002)  # nothing announces a change of the terminal's modes

    def _wait(self) -> int:
        """Reaps the program: its exit status, 128 + N if a signal ended it."""
        self.alive = False
        if self._child.isalive():
            self._child.wait()
        self._child.close()
        return 128 + self._child.signalstatus if self._child.signalstatus else self._child.exitstatus or 0
