# SPDX-License-Identifier: MIT
"""`nsh test`: plays transcripts and says what differs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nsh.commandline import STATUSES, CommandLine
from nsh.errors import NshError, UsageError
from nsh.printable import counted
from nsh.transcript import formats
from nsh.transcript.document import BadDocument
from nsh.transcript.explain import explained
from nsh.transcript.frontmatter import is_transcript
from nsh.transcript.outcome import Kind, Outcome, exit_status
from nsh.transcript.outside import Options, modes, play_document
from nsh.transcript.parse import read_document
from nsh.transcript.update import Edit, updated

_EPILOG = f"""\
A FILE is a page of Markdown with ```nsh blocks; a folder stands for all such pages in it.
Each is played in a sandbox of its own, on real terminals.
{STATUSES}"""


@dataclass(slots=True)
class _Run:
    """One `nsh test`: what was asked and what has come of it."""

    asked: argparse.Namespace
    outcomes: list[Outcome] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A line for people; in TAP the lines come at the end, in another form."""
        if not self.asked.tap:
            print(text, flush=True)


def main(argv: list[str]) -> int:
    """`nsh test` with these words; the exit status. Raises UsageError for a file that is not there."""
    asked = _parser().read(argv)
    if (asked.update or asked.ask) and os.environ.get("CI"):
        raise UsageError("CI is set: pages are not changed there")
    pages = list(_pages([Path(name) for name in asked.files]))
    if asked.explain:
        return _explain(pages)
    run = _Run(asked)
    for path in pages:
        _play(run, path)
    _finish(run)
    return exit_status(run.outcomes, no_skip=asked.no_skip)


def _parser() -> CommandLine:
    parser = CommandLine("test", "nsh test [options] FILE...", "Play transcripts and say what differs.", _EPILOG)
    parser.option("files", nargs="+", metavar="FILE", help="a page, or a folder of pages")
    parser.option("-k", dest="pattern", default="", metavar="TEXT", help="only pages with TEXT in path or title")
    parser.option("--mode", choices=("root", "rootless"), help="only in this mode of a page's matrix")
    parser.option("-i", dest="ask", action="store_true", help="offer to write what differs into the page")
    parser.option("--update", action="store_true", help="write what differs into the page")
    parser.option("--explain", action="store_true", help="list what is not taken literally; nothing is run")
    parser.option("--keep", action="store_true", help="after a failure give me the terminal it happened on")
    parser.option("--no-skip", action="store_true", help="a skipped page is a failure")
    parser.option("--host", action="store_true", help="play pages of the real host there, outside any sandbox")
    parser.option("--tap", action="store_true", help="report as TAP")
    parser.option("--junit", metavar="FILE", help="write a report as JUnit's XML too")
    parser.option(
        "--scale",
        type=float,
        default=os.environ.get("NSH_TEST_SCALE", "1"),
        metavar="X",
        help="stretch the runner's own times",
    )
    return parser


def _pages(paths: list[Path]) -> Iterator[Path]:
    """The files, and the transcripts in the folders. Raises UsageError for what is not there."""
    for path in paths:
        if path.is_dir():
            yield from (page for page in sorted(path.rglob("*.md")) if is_transcript(_read(page)))
        else:
            _read(path)
            yield path


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}") from None


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise NshError(f"{path}: {problem.strerror}") from None


def _explain(pages: list[Path]) -> int:
    try:
        for path in pages:
            for line in explained(read_document(path)):
                print(line)
    except BadDocument as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _play(run: _Run, path: Path) -> None:
    """One page in each mode asked for."""
    try:
        document = read_document(path)
    except BadDocument as problem:
        _note(run, Outcome(path, "", Kind.BAD, str(problem)))
        return
    if run.asked.pattern not in f"{path} {document.head.title}":
        return
    options = Options(run.asked.host, run.asked.update or run.asked.ask, run.asked.keep, run.asked.scale)
    for mode in modes(document):
        if run.asked.mode in (None, mode):
            outcome = play_document(document, mode, options)
            _note(run, outcome)
            if outcome.edits and _write(run, outcome):
                try:
                    document = read_document(path)
                except BadDocument as problem:  # a command that uses a value which is written in another way now
                    _note(run, Outcome(path, mode, Kind.BAD, str(problem)))
                    return


def _note(run: _Run, outcome: Outcome) -> None:
    run.outcomes.append(outcome)
    run.say(formats.line_of(outcome))


def _write(run: _Run, outcome: Outcome) -> bool:
    """Changes the page, asking first where that is wanted; was it changed?"""
    edits = [edit for edit in outcome.edits if not run.asked.ask or _agreed(edit)]
    if not edits:
        outcome.kind = Kind.FAILED
        return False
    _save(outcome.path, updated(_read(outcome.path), edits))
    run.say(f"updated  {outcome.path}: {counted(len(edits), 'step')}")
    return True


def _agreed(edit: Edit) -> bool:
    print(edit.why)
    print("\n".join(f"> {line}" for line in edit.lines))
    try:
        return input("write this? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _finish(run: _Run) -> None:
    if run.asked.tap:
        print("\n".join(formats.tap(run.outcomes)))
    else:
        print(formats.summary(run.outcomes))
    if run.asked.junit:
        _save(Path(run.asked.junit), formats.junit(run.outcomes))
