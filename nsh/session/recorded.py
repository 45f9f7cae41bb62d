# SPDX-License-Identifier: MIT
"""The lines of a prompt, for `save`: what stood before each, what nsh answered, how it ended.

What nsh itself shows is kept as what makes the text, which is made only when it
is saved: a page has more columns than many a terminal. What programs write goes
straight to the terminal: of that only the place is kept, unless `set record on`
has their output pass through nsh (see nsh.session.relay).
"""

from __future__ import annotations

import os
import time

from nsh.errors import SessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.programs import Program
    from nsh.session.session import Session

    Shown = str | Callable[[], str]  # a text, or what makes it when it is wanted

LINES_KEPT = 1000
"""Older lines are forgotten; what they showed would otherwise grow without end."""

BYTES_KEPT = 1 << 20
"""Of one program's output."""


_FULL_SCREEN = frozenset(
    ("emacs", "htop", "less", "man", "mc", "more", "nano", "screen", "tmux", "top", "vi", "view", "vim")
)
"""They set the modes of the terminal they write to, and some read keys from it: it must be the real one."""


class Written:
    """What the programs of one line wrote; `data` is None where it went past us."""

    __slots__ = ("data",)

    def __init__(self, data: bytearray | None) -> None:
        self.data = data

    def add(self, data: bytes) -> None:
        """Keep some more of it, up to a limit."""
        if self.data is not None:
            self.data += data[: max(BYTES_KEPT - len(self.data), 0)]


class Typed:
    """One line: the prompt it was typed at, what it showed, in order, and its exit status."""

    __slots__ = ("prompt", "seconds", "shown", "status", "text")

    def __init__(self, prompt: str, text: str) -> None:
        self.prompt = prompt
        self.text = text
        self.shown: list[Shown | Written] = []
        self.status = 0
        self.seconds = 0.0

    def pieces(self) -> list[str | None]:
        """What it showed as text, None for the output of programs that was not kept."""
        return [_text(piece) for piece in self.shown]


class Recorded:
    """The lines typed so far, and those that are missing: kept out by a blank before them, or too old."""

    __slots__ = ("_began", "hidden", "is_open", "lines", "too_old")

    def __init__(self) -> None:
        self.lines: list[Typed] = []
        self.hidden = 0
        self.too_old = 0
        self.is_open = False
        self._began = 0.0

    def begin(self, prompt: str, text: str) -> None:
        """A line is run now; one with a blank before it is nobody's business."""
        self._began = time.monotonic()
        self.is_open = not text.startswith(" ")
        if not self.is_open:
            self.hidden += 1
            return
        self.lines.append(Typed(prompt, text))
        if len(self.lines) > LINES_KEPT:
            del self.lines[0]
            self.too_old += 1

    def hear(self, shown: Shown) -> None:
        """nsh has shown something: an answer, or news before the next prompt."""
        if self.is_open:
            self.lines[-1].shown.append(shown)

    def wants(self, session: Session, programs: list[Program]) -> bool:
        """Is what these programs write to be kept? Not of those that are known to draw, not to print."""
        draws = any(program.argv[0].rpartition("/")[2] in _FULL_SCREEN for program in programs)
        return session.settings.get("record") == "on" and not draws

    def program(self, *, kept: bool) -> Written:
        """A program begins to write; what it writes can be added to what is returned."""
        written = Written(bytearray() if kept else None)
        if self.is_open:
            self.lines[-1].shown.append(written)
        return written

    def end(self, status: int) -> None:
        """The line has ended. What is heard from now on are news, which belong to it."""
        if self.is_open:
            self.lines[-1].status = status
            self.lines[-1].seconds = time.monotonic() - self._began

    def worth_saving(self, last: int | None) -> list[Typed]:
        """The lines of a page or script, or the last of them; not those that are about saving.

        SessionError where there is none.
        """
        found = [line for line in self.lines if line.text.split()[:1] != ["save"] and line.text.strip()]
        if not found:
            raise SessionError("no line to save", "lines are kept from the first prompt on, as they are typed")
        return found[-last:] if last is not None else found


def _text(piece: Shown | Written) -> str | None:
    if isinstance(piece, Written):
        return None if piece.data is None else piece.data.decode("utf-8", "replace")
    return piece if isinstance(piece, str) else piece()


def script_of(lines: list[Typed]) -> str:
    """A script of these lines: those that failed may fail again."""
    return "".join(f"{'- ' if line.status else ''}{line.text}\n" for line in lines)


def page_of(session: Session, lines: list[Typed]) -> tuple[str, list[str]]:
    """A transcript of these lines, and what there is to say of it.

    In a sandbox the lines are played once more, in another one: that is where
    the output of programs comes from, and how the page is known to be right.
    On the real host nothing is done twice. It is made by a process of its own,
    as playing pages takes more than a prompt should have in memory.
    SessionError where no page comes of it; KeyboardInterrupt at ^C.
    """
    from json import dumps, loads

    job = {
        "real": not session.in_sandbox,
        "lines": [[line.prompt, line.text, line.pieces(), line.status, round(line.seconds, 1)] for line in lines],
    }
    if session.in_sandbox and session.interactive:
        session.say("playing the lines once more, in another sandbox …")
    status, answer = _answer_of(session, "nsh.transcript.saving", dumps(job).encode("utf-8", "backslashreplace"))
    session.interrupts.check()
    if status in (130, -2):
        raise KeyboardInterrupt
    if status:
        said = answer.decode(errors="replace").strip().splitlines() or [f"status {status}"]
        raise SessionError(f"no page came of it: {said[-1]}")
    page, notes = loads(answer)
    return page, notes


def _answer_of(session: Session, module: str, question: bytes) -> tuple[int, bytes]:
    """Run a module of nsh beside us, with the question as its standard input; (status, what it wrote)."""
    import sys

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    code = f"import sys; sys.path.insert(0, {root!r}); from {module} import main; sys.exit(main())"
    asked, answered = (os.memfd_create(f"nsh: {name}", os.MFD_CLOEXEC) for name in ("question", "answer"))
    try:
        os.write(asked, question)
        os.lseek(asked, 0, os.SEEK_SET)
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for fd, number in ((asked, 0), (answered, 1), (answered, 2))]
        session.interrupts.check()  # from the next moment on it hears ^C itself
        pid = os.posix_spawn(sys.executable, [sys.executable, "-P", "-c", code], os.environ, file_actions=actions)
        _, raw = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(raw), os.pread(answered, os.fstat(answered).st_size, 0)
    finally:
        os.close(asked)
        os.close(answered)
