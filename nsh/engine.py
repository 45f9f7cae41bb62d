# SPDX-License-Identifier: MIT
"""Lines and scripts: each line is read, its pipelines run in turn, every error becomes a message and a status.

This is the only importer of nsh.commands (through the loader) and the one place
that catches what nobody expected.
"""

from __future__ import annotations

import errno
import os

from nsh import __version__
from nsh.dispatch import Dispatcher, json_text
from nsh.errors import HelperLost, NshError, UsageError
from nsh.grammar import join, parse_line, tokenize
from nsh.loader import Loader, own_folder
from nsh.names import reserve
from nsh.outlets import OutputLost, Screen, no_terminal
from nsh.printable import columns, excerpt, folded, printable_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nsh.grammar import Pipeline
    from nsh.registry import Registry
    from nsh.results import Script
    from nsh.session.recorded import Shown
    from nsh.session.rehearsal import Rehearsal
    from nsh.session.session import Session

INTERRUPTED = 130  # 128 + SIGINT
BUG = 70  # EX_SOFTWARE of sysexits.h
_LONGEST_INSIDE = 400_000  # characters of all lines inside each other: each is read once more at its level
_DEEPEST = 40  # lines inside lines: `on A on B …`, scripts in scripts


class Frame:
    """A script that is being read: its name for messages, the number of the line, its arguments.

    `path` tells it from every other file.
    """

    __slots__ = ("arguments", "filename", "keep_going", "number", "path")

    def __init__(self, filename: str | None, path: str, arguments: Sequence[str], keep_going: bool) -> None:
        self.filename = filename
        self.path = path
        self.arguments = (filename or "nsh", *arguments)
        self.keep_going = keep_going
        self.number = 0

    @property
    def where(self) -> str:
        """`FILE:12: `, or nothing for a line of the command line."""
        return f"{self.filename}:{self.number}: " if self.filename else ""


class Engine:
    """Runs lines in a session and prints what comes of them.

    `out` and `err` write text, and `color` and `width` say what `out` is.
    `interactive`: the line that is run stands on the screen, right above.
    `json`: every command as if with `--json`. `ended` once `quit` has run.
    `depth` counts the lines that run inside each other, `inside` their
    characters; `under` is the column where the running line stands on the
    screen, if it does.
    """

    def __init__(
        self,
        session: Session,
        registry: Registry,
        out: Callable[[str], None],
        err: Callable[[str], None],
        *,
        color: bool = False,
        width: Callable[[], int | None] = no_terminal,
        interactive: bool = False,
        json: bool = False,
    ) -> None:
        self.session = session
        self.registry = registry
        self.ended = False
        self._screen = Screen(out, err, color, width, json)
        self._dispatcher = Dispatcher(session, registry, self._screen, self)
        self._interactive = interactive
        self._frames: list[Frame] = []
        self.depth = 0
        self.inside = 0
        self.under: int | None = None
        self._complained = False
        session.interpret = self.run_nested
        session.rehearse = self.rehearse
        registry.loader = registry.loader or Loader(own_folder())
        reserve(registry.first_words())

    def say(self, text: str, as_is: bool = False) -> None:
        """A line of talk; at a prompt broken to the width of the window, unless it must stay `as_is`."""
        shown = printable_lines(text)
        self._screen.err((shown if as_is else self.fit(shown)) + "\n")
        if self._screen.hear is not None:
            self._screen.hear(printable_lines(text))

    def fit(self, text: str) -> str:
        """The text as a person at the prompt gets it; in a script a message is a line, for those that search in it."""
        return folded(text, self._screen.width()) if self._interactive else text

    def told_to(self, hear: Callable[[Shown], None]) -> None:
        """Have all that is shown told to `hear` as well."""
        self._screen.hear = hear

    def run_line(self, line: str) -> int:
        """Run one line as it was typed; its status. Errors are printed, never raised."""
        self.under = columns(self.session.prompt()) + 1 if self._interactive else None
        try:
            return self._run(line)
        finally:
            self.under = None

    def run_words(self, words: Iterable[str]) -> int:
        """Run one command whose words are split already; its status."""
        return self._run(join(words))

    def run_nested(self, line: str) -> int:
        """Run a line inside another one, where the session sits now; its status.

        UsageError where lines are nested too deep, or together too long.
        """
        with self._deeper(len(line)):
            return self._run(line)

    def rehearse(self, line: str, session: Rehearsal) -> int:
        """Run a line with a session that does nothing; its status. What would be printed is not."""
        silent = Engine(session, self.registry, _drop, self._screen.err)
        silent.depth, silent.inside = self.depth + 1, self.inside
        return silent.run_nested(line)

    def run_script(
        self, text: str, filename: str | None, keep_going: bool = False, echo: bool = False, args: Sequence[str] = ()
    ) -> int:
        """Run the lines of a script until one fails; the status it ends with."""
        return self.run_lines(text.split("\n"), filename, keep_going, echo, args)

    def run_lines(
        self,
        lines: Iterable[str],
        filename: str | None,
        keep_going: bool = False,
        echo: bool = False,
        args: Sequence[str] = (),
    ) -> int:
        """Run lines as they come until one fails (`- LINE` may); the status.

        `keep_going` runs them all and still ends with the last failure.
        """
        from nsh.scripts import logical_lines

        frame = Frame(filename, self._path_of(filename or ""), args, keep_going)
        self._frames.append(frame)
        failure = 0
        try:
            for number, line in logical_lines(lines):
                frame.number = number
                if echo:
                    self.say(f"+ {line}")
                status = self._run_script_line(line, frame)
                failure = status or failure
                if self.ended or status == INTERRUPTED or (status and not keep_going):
                    break
        except NshError as error:  # the lines themselves could not be read
            failure = self._complain(error, "", False)
        finally:
            self._frames.pop()
        return self.session.status if self.ended else failure

    def source(self, script: Script) -> int:
        """Run a script inside a line; its status. UsageError where it is being read already, or too deep."""
        path = self._path_of(script.filename)
        if any(frame.path == path for frame in self._frames):
            raise UsageError(f"{script.filename}: this script is being read already, it would never end")
        with self._deeper(0):
            return self.run_script(script.source, script.filename, args=script.arguments)

    def _path_of(self, filename: str) -> str:
        return os.path.realpath(os.path.join(self.session.host.cwd, filename))

    def lookup(self, name: str) -> str | None:
        """`$?`, `$$`, `$1`, a variable of ours, else one of the environment where we sit."""
        if name == "?":
            return str(self.session.status)
        if name == "$":
            return str(self.session.shell_pid())
        if name.isdigit():
            arguments = self._frames[-1].arguments if self._frames else ("nsh",)
            return arguments[int(name)] if int(name) < len(arguments) else None
        value = self.session.variables.get(name)
        return self.session.seat.environment.get(name) if value is None else value

    def _run(self, line: str) -> int:
        self._complained = False
        try:
            _refuse_prompt(line)
            pipelines = parse_line(tokenize(line))
        except UsageError as error:
            return self._complain(error, line, "--json" in line)
        if self.depth == 0 and line.split(maxsplit=1)[:1] != ["explain"]:
            self.session.recent.clear()
            self.session.story.begin_line()
        stops = bool(self._frames) and not self._frames[-1].keep_going
        status, is_first = self.session.status, True
        for connector, pipeline in pipelines:
            if (connector == "&&" and status) or (connector == "||" and not status):
                continue
            if connector == ";" and stops and status and not is_first:
                break
            status, is_first = self._run_pipeline(pipeline, line), False
            self.session.status = status
            if self.depth == 0:  # not in the middle of a visit, which ends by itself
                self._say_what_happened()
            if self.ended or status == INTERRUPTED:
                break
        return status

    def _say_what_happened(self) -> None:
        """A place that ended, the process we sat in: before the next command meets it."""
        try:
            for line in self.session.happened():
                self.say(line)
        except NshError as error:
            self._complain(error, "", False)

    def _run_pipeline(self, pipeline: Pipeline, line: str) -> int:
        try:
            return self._dispatcher.run(pipeline, line)
        except NshError as error:
            return self._complain(error, line, any(word.raw == "--json" for word in pipeline.stages[0].words))
        except KeyboardInterrupt:
            return INTERRUPTED
        except OutputLost:
            raise
        except OSError as error:
            if _is_of_an_end(error):
                ended = HelperLost("a process ended while this line looked at it: whether all is done is unknown")
                return self._complain(ended, line, False)
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                return self._confess(line)
            hint = "nsh has as many files open as it may: `rm` places, or start it with a higher `ulimit -n`"
            return self._complain(NshError(f"{error.filename or 'nsh'}: {error.strerror}", hint), line, False)
        except Exception:  # noqa: BLE001 - the last resort: a bug ends one line, never the session with its places
            return self._confess(line)

    def _run_script_line(self, line: str, frame: Frame) -> int:
        """One line; where a program failed without a word of ours, say which line it was."""
        stripped = line.lstrip()
        if stripped.startswith("- "):
            self._run(stripped[2:])
            return 0
        status = self._run(line)
        if status and not self._complained and not self.ended and status != INTERRUPTED and frame.filename:
            self.say(f"{frame.where}status {status}: {excerpt(line.strip(), 80)}")
            self._complained = True
        return status

    def _deeper(self, length: int) -> _Deeper:
        if self.depth >= _DEEPEST:
            raise UsageError("lines are nested too deep", f"at most {_DEEPEST} inside each other")
        if self.inside + length > _LONGEST_INSIDE:
            most, these = f"at most {_LONGEST_INSIDE} characters", self.inside + length
            raise UsageError(f"lines inside each other have {most} together, these {these}")
        return _Deeper(self, length)

    def _where(self) -> str:
        return self._frames[-1].where if self._frames else ""

    def _complain(self, error: NshError, line: str, as_json: bool) -> int:
        self._complained = True
        if as_json or self._screen.json:
            self.say(json_text(error.as_json()), as_is=True)
        else:
            self.say(self._complaint(error, line))
        self.session.status = error.exit_status
        return error.exit_status

    def _complaint(self, error: NshError, line: str) -> str:
        try:
            from nsh.complaint import complaint  # with the first error, not with every start
        except OSError:  # no more files: then without a caret
            return f"{self._where()}{error.message}"
        return complaint(error, line, self._where(), self.under, self._screen.width())

    def _confess(self, line: str) -> int:
        """Say that this is our fault, with what is needed to find it."""
        from traceback import format_exc

        self._complained = True
        shown = excerpt(line, 200)
        self.say(f"{self._where()}this is a bug in nsh {__version__}; please report it with these lines:\n  {shown}")
        self.say(format_exc().rstrip(), as_is=True)
        return BUG


def _drop(_text: str) -> None:
    """What a rehearsal would print is no news."""


def _is_of_an_end(error: OSError) -> bool:
    """What /proc/PID says of a process that has ended: no such file, or in the middle of one no such process."""
    _, folder, process, *_ = [*str(error.filename).split("/"), "", ""]
    return error.errno == errno.ESRCH or (error.errno == errno.ENOENT and folder == "proc" and process.isdecimal())


def _refuse_prompt(line: str) -> None:
    """A line pasted with the prompt before it would run `nsh` and write into a file."""
    prompt, mark, rest = line.partition("> ")
    name = prompt.lstrip()
    if mark and (name == "nsh" or (name.startswith("nsh[") and name.endswith("]"))):
        raise UsageError("a prompt stands before the line", rest.strip() or None, (0, len(prompt) + 1))


class _Deeper:
    """While a line runs inside another: what runs is no longer what stands on the screen."""

    __slots__ = ("_engine", "_length", "_under")

    def __init__(self, engine: Engine, length: int) -> None:
        self._engine = engine
        self._length = length
        self._under: int | None = None

    def __enter__(self) -> None:
        self._engine.depth += 1
        self._engine.inside += self._length
        self._under, self._engine.under = self._engine.under, None

    def __exit__(self, *_error: object) -> None:
        self._engine.depth -= 1
        self._engine.inside -= self._length
        self._engine.under = self._under
