# SPDX-License-Identifier: MIT
"""The prompt where nothing can be drawn: TERM=dumb, an editor's shell buffer, a pipe with `-i`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nsh.repl.abbreviations import expanded
from nsh.repl.block import goes_on

if TYPE_CHECKING:
    from nsh.session.session import Session


class PlainReader:
    """Prints the prompt and reads a line as the terminal, or the pipe, gives it."""

    def __init__(self, session: Session, input: int = 0, output: int = 1) -> None:
        self._session = session
        self._input = input
        self._output = output

    def read(self) -> str:
        """The next line; EOFError at the end, KeyboardInterrupt on Ctrl-C."""
        self._write(f"{self._session.prompt()} ")
        try:
            line = self._line()
            while line.endswith(b"\n") and goes_on(line[:-1].decode(errors="replace")):
                line += self._line()
        except KeyboardInterrupt:
            self._write("\n")
            raise
        if line:
            return self._written_out(line.decode(errors="surrogateescape").removesuffix("\n").removesuffix("\r"))
        if not os.isatty(self._input):
            self._write("\n")
            raise EOFError
        self._write("exit\n")  # Ctrl-D; a terminal that hung up is none any more
        return "exit"

    def _written_out(self, line: str) -> str:
        """The line; where it is an abbreviation, what it stands for, which is shown as the line that runs."""
        text = expanded(line)
        if text is None:
            return line
        self.echo(text)
        return text

    def ran(self, seconds: float) -> None:
        """There is no toolbar to say it."""

    def echo(self, line: str) -> None:
        """Prompt and line, where a line was not typed here."""
        self._write(f"{self._session.prompt()} {line}\n")

    def _line(self) -> bytes:
        """Byte by byte, and not one too many: the rest of a pipe is for the programs that we start."""
        line = b""
        while not line.endswith(b"\n"):
            try:
                byte = os.read(self._input, 1)
            except OSError:  # the terminal hung up
                byte = b""
            if not byte:
                break
            line += byte
        return line

    def _write(self, text: str) -> None:
        data = text.encode(errors="surrogateescape")
        while data:
            data = data[os.write(self._output, data) :]
