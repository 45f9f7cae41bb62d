# SPDX-License-Identifier: MIT
"""The process beside a show that tells its news to every `nsh notes`, and tidies up should the show be killed.

It is forked before the first sandbox is made and ends when nobody can have
news any more: when the supervisor and everything it started are gone.
"""

from __future__ import annotations

import json
import mmap
import os
import select
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from nsh.stage import notes_socket
from nsh.stage.curtain import leave_screen
from nsh.stage.orders import news_from_json

_CHUNK = 65536
_LONGEST = 1 << 20
"""Bytes of one piece of news at most, and of what a client that does not read is owed."""
_BEGIN, _BYE = b'"begin"', b'"bye"'


class Server:
    """The supervisor's end. `events` is where a show writes its news: inheritable, and never full for long."""

    def __init__(self, page: str, title: str) -> None:
        """Raises NshError where no socket can be bound."""
        self._folder = notes_socket.open_folder()
        self._name = notes_socket.name_of(os.getpid())
        with suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._folder)  # of a process with our number that was killed
        listener = notes_socket.bind(self._folder, self._name)
        self._step = mmap.mmap(-1, 4)
        news, self.events = os.pipe2(os.O_CLOEXEC)
        os.set_inheritable(self.events, True)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self.events)
            hello = json.dumps({"page": page, "title": title}).encode() + b"\n"
            self._serve(_Tellers(listener, news, self._step, hello))
        os.close(news)
        listener.close()

    @property
    def step(self) -> int:
        """The step of the latest news; 1 before there were any."""
        return int.from_bytes(self._step[:4], "little") or 1

    def begin(self) -> None:
        """The show begins: from now on its screen has to be left by somebody."""
        os.write(self.events, _BEGIN + b"\n")

    def close(self) -> None:
        """The show is over: every client is told so by the end of its connection."""
        with suppress(OSError):
            os.write(self.events, _BYE + b"\n")
        os.close(self.events)
        os.waitpid(self._pid, 0)
        os.close(self._folder)
        self._step.close()

    def _serve(self, tellers: _Tellers) -> None:
        """In the child: never comes back."""
        try:
            for number in (
                signal.SIGINT,
                signal.SIGQUIT,
                signal.SIGTERM,
                signal.SIGHUP,
                signal.SIGTSTP,
                signal.SIGTTOU,
            ):
                signal.signal(number, signal.SIG_IGN)  # it ends with the show, however that ends
            tellers.run()
            with suppress(FileNotFoundError):
                os.unlink(self._name, dir_fd=self._folder)
            if tellers.is_on:
                leave_screen()
        finally:
            os._exit(0)


@dataclass(slots=True)
class _Tellers:
    """Everybody who listens, and what he is owed yet."""

    listener: socket.socket
    news: int
    step: mmap.mmap
    hello: bytes
    owed: dict[socket.socket, bytearray] = field(default_factory=dict)
    latest: bytes = b""
    waiting: bytes = b""
    is_on: bool = False
    """Is a show on the screen?"""
    is_over: bool = False

    def run(self) -> None:
        """Until there can be no news any more."""
        while not self.is_over:
            busy = [client for client, owed in self.owed.items() if owed]
            fds: list[int | socket.socket] = [self.news, self.listener, *self.owed]
            ready, writable, _ = select.select(fds, busy, [])
            if self.listener in ready:
                self._welcome()
            for client in [each for each in self.owed if each in ready or each in writable]:
                self._attend(client, client in ready)
            if self.news in ready:
                self._hear(os.read(self.news, _CHUNK))

    def _hear(self, data: bytes) -> None:
        """Pass on what is a whole line by now."""
        self.is_over = not data
        *lines, self.waiting = (self.waiting + data).split(b"\n")
        if len(self.waiting) > _LONGEST:
            self.waiting = b""
        for line in lines:
            if line == _BEGIN:
                self.is_on = True
            elif line == _BYE:
                self.is_on, self.is_over = False, True
            else:
                self._note(line)

    def _note(self, line: bytes) -> None:
        self.latest = line + b"\n"
        for client in list(self.owed):
            self._owe(client, self.latest)
        with suppress(ValueError, OverflowError):  # it comes out of a sandbox: it may be anything
            self.step[:4] = news_from_json(line.decode(errors="replace")).step.to_bytes(4, "little")

    def _welcome(self) -> None:
        try:
            client, _ = self.listener.accept()
        except OSError:
            return  # gone again
        if not notes_socket.is_same_user(client):
            client.close()
            return
        client.setblocking(False)
        self.owed[client] = bytearray()
        self._owe(client, self.hello + self.latest)

    def _owe(self, client: socket.socket, data: bytes) -> None:
        self.owed[client] += data
        if len(self.owed[client]) > _LONGEST:
            self._part(client)
        else:
            self._attend(client, False)

    def _attend(self, client: socket.socket, is_readable: bool) -> None:
        """Give what is owed, as far as it is taken; a client that says anything, or ends, is done with."""
        try:
            if is_readable:
                raise ConnectionError
            while self.owed[client]:
                del self.owed[client][: client.send(self.owed[client])]
        except BlockingIOError:
            return
        except OSError:
            self._part(client)

    def _part(self, client: socket.socket) -> None:
        self.owed.pop(client, None)
        client.close()
