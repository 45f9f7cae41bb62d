# SPDX-License-Identifier: MIT
"""A session on stage: a real nsh on a real pty, read as the event loop tells, and the screen that shows it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl

import pexpect
import pyte

from nsh.recording.screens_escapes import Cleaner
from nsh.stage.screen import Picture, StageScreen
from nsh.transcript.marks import Dialogue, MarkReader, Phase
from nsh.transcript.terminal import AFTER_INTERRUPT, COLUMNS, ROWS, START, started

_CHUNK = 16384
"""Read at once: more would keep the keys waiting."""
_TO_END = 5.0
"""Seconds that a session has to end: a speaker who leaves does not wait."""
_TO_ACCEPT = 1.0
"""Seconds after which keys for a command go to the prompt, which has not taken the line yet: it may want more of it."""


class LiveSession:
    """One nsh, once it is started. `changed` is called whenever there is something new to see."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        changed: Callable[[], None],
        scale: float = 1.0,
    ) -> None:
        self.name = name
        self.dialogue = Dialogue()
        self.screen = StageScreen(self.send)
        self.alive = False
        self.status = 0
        self.stamp = ""
        """The day of the recording that is played here, empty for what is live."""
        self._argv, self._environment, self._scale = argv, environment, scale
        self._changed = changed
        self._stream = pyte.Stream(self.screen)
        self._cleaner = Cleaner()
        self._news = asyncio.Event()
        self._hidden: Picture | None = None
        self._unheard = False
        """Was something typed to which nothing has come back yet?"""
        self._began = time.monotonic()
        self._early = ""

    def start(self) -> None:
        """Starts the program."""
        self.dialogue, self.alive, self.status = Dialogue(), True, 0
        self._reader = MarkReader(self._environment["NSH_AID"])
        self._size = (ROWS, COLUMNS)
        self._child = started(self._argv, self._environment, "/")
        self._pidfd = os.pidfd_open(int(self._child.pid or 0))
        loop = asyncio.get_running_loop()
        loop.add_reader(self._child.child_fd, self._hear)
        loop.add_reader(self._pidfd, self._end)

    @property
    def prompt(self) -> str:
        """The text of the prompt that was there last."""
        return self.dialogue.prompt

    @property
    def is_ready(self) -> bool:
        """Does the prompt wait for a line?"""
        return self.alive and self.dialogue.phase is Phase.READY

    @property
    def line_is_empty(self) -> bool:
        """Does the prompt wait, or is just being drawn, and nothing has been typed?"""
        if self.dialogue.phase is Phase.PROMPTING:
            return self.alive and not self._unheard
        at_start = self.screen.cursor.x == len(self.prompt) + 1
        return self.is_ready and not self._unheard and at_start and self.screen.text_of_line() == self.prompt

    def send(self, keys: str) -> None:
        """These keys are typed."""
        if self.alive and keys:
            self._unheard = True
            with contextlib.suppress(OSError):  # it is ending; the pidfd will say so
                self._child.send(keys)

    def send_to_command(self, keys: str) -> None:
        """These keys are typed for what runs: not before it does, for until then the prompt would read them, ^C too."""
        if self.dialogue.accepted or self.dialogue.answered:
            self.send(keys)
        else:
            self._early += keys
            asyncio.get_running_loop().call_later(_TO_ACCEPT * self._scale, self._send_early)

    def _send_early(self) -> None:
        keys, self._early = self._early, ""
        self.send(keys)

    def begin(self) -> None:
        """A command is about to be run: its answer counts from now on."""
        self.dialogue.begin()
        self._early = ""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the command was run."""
        return time.monotonic() - self._began

    async def until(self, reached: Callable[[], bool], seconds: float | None = None) -> bool:
        """Waits until that is so, or the session has ended, or time is up; is it so?"""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not reached() and self.alive:
                    self._news.clear()
                    await self._news.wait()
        return reached()

    async def ready(self) -> bool:
        """Waits for a prompt that reads key by key; before that the kernel's own line editing would take the keys."""
        if not await self.until(lambda: self.is_ready, START * self._scale):
            return False
        while self.alive and termios.tcgetattr(self._child.child_fd)[3] & termios.ICANON:
            await asyncio.sleep(0.002)  # nothing announces a change of the terminal's modes
        return self.alive

    async def interrupt(self) -> bool:
        """Types ^C; False if no prompt came of it, and the session was killed."""
        self.send("\x03")
        if await self.until(lambda: self.is_ready, AFTER_INTERRUPT * self._scale):
            return True
        self.kill()
        return False

    def fit(self, rows: int, columns: int) -> None:
        """The pane is that large: a program that fills the screen is told."""
        self.screen.pane = (rows, columns)
        if self.screen.is_filled and (self.screen.lines, self.screen.columns) != (rows, columns):
            self.screen.resize(rows, columns)
        self._tell_size()

    def _tell_size(self) -> None:
        size = (self.screen.lines, self.screen.columns)
        if self.alive and size != self._size:
            self._size = size
            ioctl(self._child.child_fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def hide(self) -> None:
        """What is run from now on is not shown; of prompts only the last."""
        self._hidden = self.screen.before_prompt()

    def unhide(self) -> None:
        """Show everything again."""
        self._hidden = None

    def paint(self, text: str) -> None:
        """Show what no program wrote."""
        self._draw(text)
        self._changed()

    def _draw(self, text: str) -> None:
        self._stream.feed(self._cleaner.cleaned(text))

    def _hear(self) -> None:
        try:
            text = self._child.read_nonblocking(_CHUNK, timeout=0)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            asyncio.get_running_loop().remove_reader(self._child.child_fd)
            return
        self._take(text)
        self._tell_size()
        self._news.set()
        self._changed()

    def _take(self, text: str) -> None:
        self._unheard = False
        for item in self._reader.feed(text):
            self.dialogue.take(item, self.seconds)
            if self.dialogue.accepted:
                self._send_early()
            if isinstance(item, str):
                if self._is_seen():
                    self._draw(item)
            elif item.kind == "A" and self._hidden is not None:
                self.screen.show(self._hidden)

    def _is_seen(self) -> bool:
        """Is what came for the audience? What stands before the first prompt is not, nor what is hidden."""
        phase = self.dialogue.phase
        is_greeting = phase is Phase.BETWEEN and not self.dialogue.prompt
        return phase is Phase.PROMPTING or (self._hidden is None and not is_greeting)

    def _end(self) -> None:
        """The program has ended."""
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            self._take(self._child.read_nonblocking(_CHUNK, timeout=0))
        if not self.dialogue.prompt:
            self._draw(self.dialogue.before)  # why it did not come up
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._pidfd)
        loop.remove_reader(self._child.child_fd)
        os.close(self._pidfd)
        self.alive = False
        self._child.wait()
        self._child.close()
        self.status = 128 + self._child.signalstatus if self._child.signalstatus else self._child.exitstatus or 0
        self._news.set()
        self._changed()

    async def close(self) -> None:
        """Ends the session by `quit`, or by force."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TO_END * self._scale):
                if await self.ready():
                    self.send("\x05\x15quit\r")  # whatever stands on the line is not run
                await self.until(lambda: not self.alive)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, now."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            self._child.wait()
            self._end()
