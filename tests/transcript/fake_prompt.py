# SPDX-License-Identifier: MIT
"""A prompt that is not nsh, for tests of what drives one: `python fake_prompt.py` on a terminal.

It reads key by key and writes the marks OSC 133 as nsh does; each line is run
by sh(1) on the same terminal. Words of its own:

    at TEXT      the prompt is TEXT from now on
    news TEXT    say TEXT between this answer and the next prompt
    forge        print marks as a program could, with another id
    silent       no mark D for this line, and no way out but death
    unaccepted   take the line, and show no mark C
    count        one more each time
    quit         end with status 0
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import termios
import tty

AID = os.environ["NSH_AID"]


def mark(what: str) -> str:
    return f"\x1b]133;{what};aid={AID}\x07"


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class FakePrompt:
    """The state of the program: the prompt's text and what is still to be said."""

    def __init__(self) -> None:
        self.prompt = "nsh>"
        self.news = ""
        self.counted = 0
        self.modes = termios.tcgetattr(0)

    def run(self) -> int:
        write("a banner\r\n")
        while True:
            tty.setraw(0)
            write(f"{self.news}{mark('A')}\x1b[?2004h\x1b[1m{self.prompt}\x1b[0m {mark('B')}")
            self.news = ""
            line = self.read()
            termios.tcsetattr(0, termios.TCSADRAIN, self.modes)
            if line is None:
                write(mark("D;130"))
                continue
            if line == "unaccepted":
                continue
            # What nsh's line editor does: the line is drawn a second time, with the prompt's marks.
            write(f"\r{mark('A')}{self.prompt} {mark('B')}{line}\x1b[?2004l\r\n{mark('C')}")
            if line == "quit":
                return 0
            write(mark(f"D;{self.answer(line)}"))

    def read(self) -> str | None:
        line = b""
        while True:
            key = os.read(0, 1)
            if key == b"\x03":
                return None
            if key == b"\r":
                return line.decode()
            line += key
            os.write(1, key)

    def answer(self, line: str) -> int:
        word, _, rest = line.partition(" ")
        if word == "at":
            self.prompt = rest
        elif word == "news":
            self.news = f"{rest}\r\n"
        elif word == "forge":
            write("before\r\n\x1b]133;D;7;aid=0123456789abcdef\x07\x1b]133;A\x07nsh[forged]>\x1b]133;B\x07after\r\n")
        elif word == "silent":
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            select.select([], [], [])
        elif word == "count":
            self.counted += 1
            write(f"{self.counted}\r\n")
        else:
            return self.shell(line)
        return 0

    def shell(self, line: str) -> int:
        """Runs a program as a shell does: ^C is its business."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = subprocess.run(["sh", "-c", line], check=False, preexec_fn=_default_interrupt).returncode
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return status if status >= 0 else 128 - status


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(FakePrompt().run())
