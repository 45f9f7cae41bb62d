# SPDX-License-Identifier: MIT
"""`nsh export`: a page, or a recording, as the files that people look at; what is wanted is told by the suffix."""

from __future__ import annotations

import argparse
import os
import signal
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from nsh.commandline import STATUSES, CommandLine
from nsh.errors import NshError, UsageError
from nsh.outlets import write_all
from nsh.printable import printable
from nsh.recording import cast
from nsh.recording.drafts import Drafts, drafted
from nsh.recording.events import Reel
from nsh.recording.leaks import leaks, leaks_on_screen
from nsh.recording.redact import Redaction, redaction_of
from nsh.recording.reel import ROWS, reel_of
from nsh.recording.take import Take, play_page, read_page, take_of
from nsh.transcript.document import Document
from nsh.transcript.frontmatter import MODES, is_transcript

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.recording.screens import Film

SUFFIXES = (".cast", ".svg", ".html", ".md", ".txt")
CAST = ".cast"

_EPILOG = f"""\
FILE is a transcript, which is played once in a sandbox of its own, or a recording (.cast).
What is written is told by the suffix of X: .cast (asciicast v3), .svg, .html, .md, .txt.
{STATUSES}"""


@dataclass(frozen=True, slots=True)
class Options:
    """What is wanted of an export. `redact`: words as in a page's front matter, besides those of the page."""

    mode: str = ""
    samples: bool = False
    version: int = 3
    redact: tuple[str, ...] = ()
    check: bool = False
    columns: int | None = None
    rows: int | None = None
    step: int | None = None


@dataclass(slots=True)
class _Source:
    """What is exported: a recording, and the take that it is of, if it is of one."""

    name: str
    reel: Reel
    redaction: Redaction
    take: Take | None = None
    _film: Film | None = None

    def film(self) -> Film:
        """The recording developed, once for all that want it."""
        from nsh.recording.screens import developed  # a terminal in memory, for recordings only

        self._film = self._film or developed(self.reel)
        return self._film


def export(source: Path, targets: Sequence[Path], options: Options | None = None) -> None:
    """Play a page once, or read a recording, and write it to each of `targets`.

    All of them are written or none. UsageError where nothing was tried,
    NshError where the page did not go as it says, NotForHere where it cannot be
    played here, and where a file cannot be written.
    """
    options = options or Options()
    _check_targets(source, targets, options)
    known = _recorded(source, options) if source.suffix == CAST else _played(source, options)
    with drafted() as drafts:
        for target in targets:
            drafts.add(target, _text(known, target, options).encode("utf-8", "replace"))
        if options.check:
            _check_drafts(drafts, known)
        drafts.publish()


def main(argv: list[str]) -> int:
    """`nsh export` with these words; the exit status. Raises NshError."""
    asked = _parser().read(argv)
    options = Options(
        mode=asked.mode or "",
        samples=asked.samples,
        version=asked.cast,
        redact=tuple(asked.redact),
        check=asked.check_redact,
        columns=asked.columns,
        rows=asked.rows,
        step=asked.step,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)
    with _telling(f"playing {asked.file} …"):
        export(Path(asked.file), [Path(name) for name in asked.output], options)
    return 0


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Say on a terminal what is being done, as long as it is."""
    is_seen = os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb"
    if is_seen:
        _say(printable(what))
    try:
        yield
    finally:
        if is_seen:
            _say("\r\x1b[K")


def _end(number: int, _frame: FrameType | None) -> None:
    """TERM and HUP end us as ^C does: the sandbox goes, and so do files that are half written."""
    raise SystemExit(128 + number)


def _parser() -> CommandLine:
    parser = CommandLine(
        "export",
        "nsh export FILE -o X [options]",
        "Write a transcript as a recording, a picture, a page, or text.",
        _EPILOG,
    )
    add = parser.option
    add("file", metavar="FILE", help="a transcript, or a .cast")
    add("-o", dest="output", action="append", default=[], metavar="X", help="a file to write; may be given again")
    add("--mode", choices=MODES, help="play the page in this mode of its matrix")
    add("--samples", action="store_true", help="write the page's own values: the same bytes from every run")
    add("--cast", type=int, choices=cast.VERSIONS, default=3, help="the version of asciicast (3)")
    add("--redact", action="append", default=[], metavar="WORD", help="hostname, user, home, re:PATTERN or a text")
    add("--check-redact", action="store_true", help="look once more, in the finished files, for what is redacted")
    add("--columns", type=_cells, metavar="N", help="the terminal's width (as wide as is needed, 80 to 200)")
    add("--rows", type=_cells, metavar="N", help=f"its height ({ROWS})")
    add("--step", type=int, metavar="N", help="an .svg of this step alone, standing still")
    return parser


def _cells(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= cast.MOST_CELLS:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 to {cast.MOST_CELLS}")
    return int(text)


def _check_targets(source: Path, targets: Sequence[Path], options: Options) -> None:
    """Nothing is played for what cannot be written."""
    if not targets:
        raise UsageError("-o says what to write, and there is none", f"nsh export {source} -o {source.stem}.html")
    seen: set[str] = set()
    for target in targets:
        if target.suffix not in SUFFIXES:
            raise UsageError(f"-o {target}: the suffix says what to write: {' '.join(SUFFIXES)}")
        if target.suffix == ".md" and source.suffix == CAST:
            raise UsageError(f"-o {target}: a recording has no page", f"-o {target.with_suffix('.txt')}")
        place = os.path.realpath(target)
        if place in seen:
            raise UsageError(f"-o {target}: given twice")
        seen.add(place)
        _check_target(source, target)
    if options.step is not None and all(target.suffix != ".svg" for target in targets):
        raise UsageError("--step is for .svg", f"-o {source.stem}.svg")


def _check_target(source: Path, target: Path) -> None:
    try:
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError(f"-o {target}: that is what is exported")
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            raise UsageError(f"-o {target}: not a file")
        if target.suffix == ".md" and target.exists() and is_transcript(target.read_text("utf-8", "replace")):
            raise UsageError(f"-o {target}: a transcript, which an export would destroy", "another name, or rm it")
        folder = Path(os.path.realpath(target)).parent
        if not folder.is_dir():
            raise UsageError(f"-o {target}: no such folder: {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UsageError(f"-o {target}: the folder {folder} cannot be written to")
    except OSError as problem:
        raise UsageError(f"-o {target}: {problem.strerror}") from None
    except ValueError as problem:  # a name with a null byte
        raise UsageError(f"-o: {problem}") from None


def _recorded(source: Path, options: Options) -> _Source:
    if options.samples or options.mode:
        raise UsageError(f"{source}: {'--samples' if options.samples else '--mode'} is for pages, not for recordings")
    redaction = redaction_of(options.redact)
    reel = redaction.reel(cast.read_cast(source))
    return _Source(str(source), _sized(reel, options), redaction)


def _sized(reel: Reel, options: Options) -> Reel:
    """The recording, in a terminal of the size that is asked for."""
    return replace(reel, columns=options.columns or reel.columns, rows=options.rows or reel.rows)


def _played(source: Path, options: Options) -> _Source:
    document = read_page(source)
    redaction = Redaction((*_of_page(document).secrets, *redaction_of(options.redact).secrets))
    take = redaction.take(take_of(document, play_page(document, options.mode), samples=options.samples))
    reel = reel_of(take, columns=options.columns, rows=options.rows or ROWS)
    return _Source(str(source), reel, redaction, take)


def _of_page(document: Document) -> Redaction:
    """The page's own redaction; what is wrong with it is said with its line."""
    lines = document.text.splitlines()
    number = next((at for at, line in enumerate(lines, start=1) if line.startswith("redact:")), 1)
    return redaction_of(document.head.redact, f"{document.path}:{number}: ")


def _text(source: _Source, target: Path, options: Options) -> str:
    """What is written to a target."""
    if target.suffix == CAST:
        return cast.written(source.reel, options.version)
    if target.suffix == ".svg":
        from nsh.recording import svg

        return svg.write(source.reel, step=options.step, film=source.film())
    if target.suffix == ".html":
        from nsh.recording import html

        return html.write(source.reel, source.take, film=source.film() if source.take is None else None)
    from nsh.recording import plain

    if source.take is None:
        return plain.text_of(source.film())
    return plain.markdown(source.take) if target.suffix == ".md" else plain.text(source.take)


def _check_drafts(drafts: Drafts, known: _Source) -> None:
    """Read the finished files again, and what a player shows. NshError says what is still there; none is kept then."""
    found = [
        line
        for draft, target in drafts.made
        for line in leaks(str(target), Path(draft.path).read_bytes(), known.redaction)
    ]
    found += [f"{known.name}: {line}" for line in leaks_on_screen(known.reel, known.redaction)]
    if found:
        for line in found[:-1]:
            _say(f"nsh: {line}\n")
        raise NshError(found[-1], "nothing was written")


def _say(text: str) -> None:
    try:
        write_all(2, text)
    except OSError:  # nobody hears it; the exit status says it all the same
        pass
