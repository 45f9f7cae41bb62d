# SPDX-License-Identifier: MIT
"""`nsh play`: a page as a live demo, from the look round before the talk to the terminal after it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nsh.commandline import STATUSES, Broke, CommandLine, NotForHere
from nsh.errors import NshError, UsageError
from nsh.kernel.unistd import PR_SET_DUMPABLE, prctl
from nsh.outlets import say, write_all
from nsh.palette import THEMES, painted
from nsh.printable import printable, wrapped
from nsh.recording.take import read_page
from nsh.stage.notes_server import Server
from nsh.stage.orders import AMBER, BROKEN, ON_STAGE, RECORDED, TYPINGS, Carried, Job, Result
from nsh.stage.preflight import BAD, DOUBT, OK, Check, Report, look, look_at_rehearsal
from nsh.stage.programme import Programme
from nsh.stage.rehearsal import tape_of
from nsh.stage.rehearse import rehearse
from nsh.stage.supervisor import perform
from nsh.transcript.document import Document
from nsh.transcript.frontmatter import MODES, is_transcript
from nsh.transcript.outside import ORDINARY, Options, cannot_be, import_path, own_mode

_EPILOG = f"""\
FILE is a transcript: a page of Markdown with ```nsh blocks, as `nsh test` plays it. Space or
Enter types the next command, ? lists the keys, q leaves. `nsh notes` in a second terminal shows
the speaker's notes. Rehearse first: what the rehearsal showed can stand in for what fails on stage.
{STATUSES}"""
_INDENT = " " * 4
_SIGNS = {OK: ("✓", "good"), DOUBT: ("!", "option"), BAD: ("✗", "bad")}


def main(argv: list[str]) -> int:
    """`nsh play` with these words; the exit status. Raises NshError."""
    asked = _parser().read(argv)
    if os.environ.get(ON_STAGE):
        raise UsageError("a page is being played here already", "q ends it")
    path = Path(asked.file)
    document = _read(path)
    _refuse_host(document, asked.host)
    mode = _mode(document, asked.mode)
    tape = Path(asked.tape) if asked.tape else tape_of(path)
    if asked.rehearse:
        to_end = document.head.host != "real"  # there, what follows a step that failed could do anything
        return rehearse(document, mode, tape, Options(host=asked.host, to_end=to_end))
    _want_terminal(path)
    return _play(asked, document, mode, tape)


def _parser() -> CommandLine:
    parser = CommandLine(
        "play", "nsh play [options] FILE", "Play a page live, as a demo, in real sessions.", epilog=_EPILOG
    )
    add = parser.option
    add("file", metavar="FILE", help="the page")
    add("--rehearse", action="store_true", help="play all without a stop and keep what each step showed")
    add("--tape", metavar="FILE", help="where that is kept (beside the page, as .cast)")
    add("--start", metavar="STEP", help="begin with this step, or below this heading; the steps before it run unseen")
    add("--typing", choices=TYPINGS, default=TYPINGS[0], help="any key types (manual), a key starts it (auto), at once")
    add("--mode", choices=MODES, help="as root or as an unprivileged user, where the page is for both")
    add("--theme", choices=tuple(THEMES), default="talk", help="colours: for a projector (talk), dark, light")
    add("--host", action="store_true", help="play a page of the real host there, outside any sandbox")
    add("-y", "--yes", action="store_true", help="begin at once, without waiting for Enter below the list of checks")
    return parser


def _read(path: Path) -> Document:
    """The page. Raises UsageError where there is none."""
    if path.is_dir():
        page = next((page for page in sorted(path.glob("*.md")) if _is_page(page)), None)
        raise UsageError(f"{path}: is a folder", f"one page of it: nsh play {page}" if page else None)
    return read_page(path)


def _is_page(path: Path) -> bool:
    try:
        return is_transcript(path.read_text("utf-8", "replace"))
    except OSError:  # a folder, a link that leads nowhere, a file of somebody else's
        return False


def _refuse_host(document: Document, allowed: bool) -> None:
    if document.head.host == "real" and not allowed:
        raise UsageError(
            f"{document.path}: changes the real host", "with --host it is played there, outside any sandbox"
        )


def _mode(document: Document, asked: str | None) -> str:
    """As whom it is played: as was asked, as who we are, as the page wants."""
    matrix = document.head.matrix or (own_mode(),)
    mode = asked or (own_mode() if own_mode() in matrix else matrix[0])
    if mode not in (*matrix, own_mode()):
        raise UsageError(f"{document.path}: is not for the mode {mode}", f"--mode {matrix[0]}")
    if why := cannot_be(mode):
        raise NotForHere(f"{document.path}: {why}")
    return mode


def _want_terminal(path: Path) -> None:
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError("play wants a terminal, for keys and picture", f"without one: nsh test {path}")
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown", ""):
        raise UsageError("play wants a terminal that can draw; TERM says that this one cannot", "TERM=xterm-256color")


def _play(asked: argparse.Namespace, document: Document, mode: str, tape: Path) -> int:
    rehearsed = look_at_rehearsal(tape, document)
    with _notes(document) as (server, checks):
        _become(mode)
        sandbox = document.head.host != "real"
        size = os.get_terminal_size(1)
        report = look(document, mode, rehearsed, (size.columns, size.lines), sandbox=sandbox)
        report.checks += checks
        start = _start(asked.start, report.programme)
        if not _agreed(document, report, asked.yes):
            return NotForHere.exit_status if report.hopeless else 0
        job = Job(
            path=str(document.path),
            text=document.text,
            mode=mode,
            sandbox=sandbox and not report.no_sandbox,
            imports=import_path(),
            start_at=start,
            theme=asked.theme,
            events=server.events if server else None,
            recordings=report.recordings,
            all_recorded=report.all_recorded,
            carried=Carried(typing=asked.typing),
        )
        if server:
            server.begin()
        return _told(document, perform(job), server)


@contextmanager
def _notes(document: Document) -> Iterator[tuple[Server | None, list[Check]]]:
    """Who tells the news to `nsh notes`, and what is to be said about that."""
    try:
        server = Server(str(document.path.resolve()), document.head.title)
    except NshError as problem:
        yield None, [Check(DOUBT, f"no notes on a second terminal: {problem.message}", problem.hint or "")]
        return
    try:
        yield server, [Check(OK, "the notes: nsh notes, in a second terminal")]
    finally:
        server.close()


def _become(mode: str) -> None:
    """From here on be who plays the page, where anybody may be: a sandbox of root's is another than a user's."""
    os.chdir("/")
    if mode == own_mode():
        return
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)
    prctl(PR_SET_DUMPABLE, 1)  # else our own /proc/self, and the maps of our children, are not ours


def _start(asked: str | None, script: Programme) -> int:
    """The number of the step to begin with. Raises UsageError where there is none."""
    if asked is None:
        return 1
    if asked.isdecimal():
        number = int(asked)
        if not 1 <= number <= script.count:
            raise UsageError(f"--start {asked}: the page has steps 1 to {script.count}")
        return number
    for heading, number in script.headings():
        if asked.casefold() in heading.casefold():
            return number
    known = "; ".join(heading for heading, _ in script.headings())
    raise UsageError(f"--start {asked}: no such heading", f"one of: {known}")


def _agreed(document: Document, report: Report, at_once: bool) -> bool:
    """Show the checks and wait for Enter; does the talk begin?"""
    for line in _lines(document, report):
        write_all(1, f"{line}\n")
    if report.hopeless or at_once:
        return not report.hopeless
    write_all(1, "Enter begins, q leaves: ")
    try:
        return sys.stdin.readline() == "\n"
    except KeyboardInterrupt:
        write_all(1, "\n")
        raise


def _lines(document: Document, report: Report) -> Iterator[str]:
    """What was found, each thing with what to type about it."""
    yield printable(document.head.title or document.path.name)
    for check in report.checks:
        sign, role = _SIGNS[check.state]
        text = wrapped(printable(check.text), os.get_terminal_size(1).columns, _INDENT)
        yield f"  {sign if os.environ.get('NO_COLOR') else painted(sign, role)} {text[0].removeprefix(_INDENT)}"
        yield from text[1:]
        if check.advice:
            yield f"      {printable(check.advice)}"
    if report.hopeless:
        yield "It cannot be played here."
    elif report.all_recorded:
        yield "Everything will be shown as it was recorded."


def _told(document: Document, result: Result, server: Server | None) -> int:
    """Say how it went; the exit status."""
    if result.ending == BROKEN:
        step = max(result.step, server.step if server else 1)
        *before, last = result.text.split("\n")
        say("".join(f"{line}\n" for line in before))
        raise Broke(last, f"to go on from there: nsh play {document.path} --start {step}")
    for mark, words in ((AMBER, "not as the page says"), (RECORDED, "from the rehearsal")):
        steps = [str(number) for number, found in sorted(result.carried.marks.items()) if found == mark]
        if steps:
            write_all(1, f"{words}: {'step' if len(steps) == 1 else 'steps'} {', '.join(steps)}\n")
    return 0
