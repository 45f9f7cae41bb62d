# SPDX-License-Identifier: MIT
"""An nsh on a pseudo-terminal, driven by the marks it writes around prompt and output (OSC 133).

Nothing here looks for the text `nsh>`: a prompt is what stands between the
marks A and B, an output what stands between C and D, and only marks with
this terminal's own `aid` count, so that no program's output can pass for one.
"""

from __future__ import annotations

import re
import select
import signal
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pexpect

from nsh.transcript.judge import Ending, Piece
from nsh.transcript.normal import lines_of, without_escapes

ROWS, COLUMNS = 40, 200
START = 30.0
"""Seconds that a prompt may take to come up, or to come back after an answer."""
AFTER_INTERRUPT = 1.0
_CHUNK = 65536
_PASTE = "\x1b[200~{}\x1b[201~"
_PULSE = 0.2
"""Seconds between two looks at a program that is silent."""
_MARK = re.compile(r"\x1b\]133;(?P<kind>[ABCD])(?P<rest>(?:;[^\x07\x1b]*)?)(?:\x07|\x1b\\)")


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


class Terminal:
    """One program with a prompt on one pty.

    `environment` must hold NSH_AID, the id in the marks. `scale` stretches the
    times that are not the page's own, for a loaded machine.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], folder: str, *, scale: float = 1.0) -> None:
        self._aid = environment["NSH_AID"]
        self._scale = scale
        self._waiting = ""
        self._arrivals: list[tuple[float, int]] = []
        self.prompt = ""
        self.alive = True
        self._child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env=dict(environment),
            cwd=folder,
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            codec_errors="replace",
        )
        self._child.delaybeforesend = None  # the prompt is waited for by its marks
        try:
            self._read_prompt(time.monotonic() + START * scale)
        except (_TimeIsUp, _Ended) as problem:
            self.kill()
            how = "has ended" if isinstance(problem, _Ended) else "shows no marks"
            raise TerminalBroken(f"the prompt {how}:\n{without_escapes(self._waiting).strip()}") from None

    def run(self, command: str, timeout: float) -> Answer:
        """Types a command and waits until it has answered and the next prompt is there.

        After `timeout` seconds ^C is typed; if that does not help, the
        session is killed. Never raises for what the command does.
        """
        prompt, started = self.prompt, time.monotonic()
        if not self.alive:
            return Answer(prompt, (), 0, Ending.GONE, 0.0)
        shown: list[str] = []
        status, ending, seconds = 0, Ending.DONE, 0.0
        try:
            status = self._type(command, shown, started + timeout)
            shown.append(self._read_prompt(time.monotonic() + START * self._scale))
        except _TimeIsUp:
            ending, seconds = Ending.TIMEOUT, time.monotonic() - started
            self._recover(shown)
        except _Ended:
            ending = Ending.LEFT
            shown.append(self._waiting)
            status = self._wait()
        seconds = seconds or time.monotonic() - started
        lines = tuple(lines_of("".join(shown)))
        return Answer(prompt, lines, status, ending, seconds, tuple(self._pieces("".join(shown), started)))

    def _pieces(self, text: str, started: float) -> Iterator[Piece]:
        """The output cut where it came in pieces; what stands behind them came last."""
        at = 0
        for arrived, count in self._arrivals:
            if at < len(text):
                yield Piece(arrived - started, text[at : at + count])
            at += count
        if at < len(text):
            yield Piece(time.monotonic() - started, text[at:])

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

    def _type(self, command: str, shown: list[str], deadline: float) -> int:
        """Everything up to the mark that says how it ended; what came in between is added to `shown`."""
        self._wait_raw(deadline)
        # Several lines are pasted, so that one that ends in the middle of a word is not taken for the whole.
        self._child.send(f"{_PASTE.format(command)}\r" if "\n" in command else f"{command}\r")
        _, kind, rest = self._until("CD", deadline)
        self._arrivals = [(time.monotonic(), len(self._waiting))] if kind == "C" else []
        if kind == "C":
            text, _, rest = self._until("D", deadline, shown)
            shown.append(text)
        number = rest.split(";")[1] if rest.count(";") else ""
        return int(number) if number.isdigit() else 0

    def _recover(self, shown: list[str]) -> None:
        """Gets the prompt back after a command that hangs, or gives the session up."""
        deadline = time.monotonic() + AFTER_INTERRUPT * self._scale
        try:
            self._child.send("\x03")
            text, _, _ = self._until("D", deadline, shown)
            shown.append(text)
            self._read_prompt(deadline)
        except (_TimeIsUp, _Ended):
            shown.append(self._waiting)
            self.kill()

    def _read_prompt(self, deadline: float) -> str:
        """Waits for the next prompt and remembers it; what stands before it are news, which are returned."""
        news, _, _ = self._until("A", deadline)
        text, kind, _ = self._until("AB", deadline)
        while kind == "A":
            text, kind, _ = self._until("AB", deadline)
        self.prompt = without_escapes(text).strip()
        return news

    def _until(self, marks: str, deadline: float, shown: list[str] | None = None) -> tuple[str, str, str]:
        """(text before it, kind, parameters) of the next mark that is one of `marks`; others are passed over.

        When time is up, or the program ends, what was read so far is in
        `shown` if that is given, else it stays to be read.
        """
        before: list[str] = []
        try:
            while True:
                while match := self._next_mark():
                    before.append(self._waiting[: match.start()])
                    self._waiting = self._waiting[match.end() :]
                    if match["kind"] in marks:
                        return "".join(before), match["kind"], match["rest"]
                self._read(deadline)
        except (_TimeIsUp, _Ended):
            if shown is not None:
                shown += before
            raise

    def _next_mark(self) -> re.Match[str] | None:
        """The next mark of this very program."""
        for match in _MARK.finditer(self._waiting):
            if f"aid={self._aid}" in match["rest"].split(";"):
                return match
        return None

    def _read(self, deadline: float) -> None:
        """Waits for more of the program's output."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                text = self._child.read_nonblocking(_CHUNK, timeout=min(left, _PULSE))
                self._waiting += text
                self._arrivals.append((time.monotonic(), len(text)))
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
