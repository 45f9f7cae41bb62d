# SPDX-License-Identifier: MIT
"""The program: its options, and which way in they ask for (prompt, script, lines, one command).

What is not the prompt forks the zygote first of all and imports the rest beside
it: a copy of a small process is a small process.
"""

from __future__ import annotations

import _signal
import errno
import gc
import os
import sys

from nsh import __version__, subcommands
from nsh.errors import NshError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from nsh.engine import Engine
    from nsh.session.session import Session

    Act = Callable[[Engine, Session], int]

USAGE = """\
nsh: an interactive shell for Linux-namespace experiments

  nsh                       the prompt; off a terminal, the lines on standard input
  nsh FILE [ARG...]         a script: FILE has a / or ends in .nsh (any other: nsh -- FILE)
  nsh -c LINES [ARG...]     these lines
  nsh WORD [ARG...]         one command, for example: nsh ls ns --json
  nsh tour                  eight short steps to type along, in a sandbox
  nsh test FILE...          play transcripts; `nsh import FILE` makes one of a tutorial
  nsh play FILE             a transcript as a live demo; `nsh notes`: your notes beside it
  nsh record FILE.cast      nsh as ever, and a recording of what it shows
  nsh export FILE -o X      a transcript as .cast, .svg, .html, .md or .txt: X has the suffix

  -n  read the lines and check them, run none     -k  go on after a failure
  -x  show each line before it runs               -i  a plain prompt, also off a terminal
  --json     every result and every error as JSON
  --sandbox  in namespaces apart from this machine, which nothing then can change
  --host     outside a sandbox: allow to change what nsh did not make
  --norc     a prompt without config.toml and nshrc
  --version  --help
"""
_FLAGS = {
    "-n": "check",
    "-x": "echo",
    "-k": "keep_going",
    "-i": "plain",
    "--json": "json",
    "--sandbox": "sandbox",
    "--host": "host",
    "--norc": "norc",
    "--inside-sandbox": "inside",
    "--version": "version",
    "--help": "help",
    "-h": "help",
}
INTERRUPTED = 128 + _signal.SIGINT
BROKEN_PIPE = 128 + _signal.SIGPIPE


class Options:
    """The command line: flags that are set, the text after -c, and the words that follow."""

    __slots__ = ("flags", "is_file", "lines", "words")

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.lines: str | None = None
        self.is_file = False
        self.words: list[str] = []


def read_options(argv: Sequence[str]) -> Options:
    """Read the command line; options end at the first word. UsageError for one we do not know."""
    options = Options()
    rest = list(argv)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            options.is_file = bool(rest)
            break
        for name in [word] if word.startswith("--") else [f"-{letter}" for letter in word[1:]]:
            _read_option(options, name, rest)
        if options.lines is not None:
            break
    options.words = rest
    if options.lines is None and rest and ("/" in rest[0] or rest[0].endswith(".nsh")):
        options.is_file = True
    return options


def _read_option(options: Options, name: str, rest: list[str]) -> None:
    if name == "-c":
        if not rest:
            raise UsageError("-c needs the lines to run", "nsh -c 'new uts demo; ls places'")
        options.lines = rest.pop(0)
    elif name in _FLAGS:
        options.flags.add(_FLAGS[name])
    else:
        from nsh.spelling import did_you_mean

        raise UsageError(f"no such option: {name}", did_you_mean(name, _FLAGS) or "nsh --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these words, or with its own command line; the exit status."""
    gc.set_threshold(20_000)  # the default looks for garbage six times during our imports
    _open_what_is_closed()
    _be_somewhere()
    status = _guarded(sys.argv[1:] if argv is None else argv)
    if argv is None:
        # All is closed and said. To take the interpreter apart piece by piece costs a tenth of a short run.
        if sys.stdout is not None:
            sys.stdout.flush()
        os._exit(status)
    return status


def _guarded(argv: Sequence[str]) -> int:
    try:
        options = read_options(argv)
        if _wants_tour(options) and not options.flags & {"sandbox", "inside"}:
            argv = ["--sandbox", *argv]
            options.flags.add("sandbox")
        if "sandbox" in options.flags and not options.flags & {"version", "help", "check"}:
            from nsh.sandbox import enter_sandbox

            needed = tuple(options.words[:1]) if options.is_file else ()
            has_terminal = _wants_prompt(options) and os.isatty(0)
            if _wants_prompt(options) and "norc" not in options.flags:
                from nsh.loader import config_folder

                needed = (config_folder(),)
            return enter_sandbox(_again_inside(argv), interactive=has_terminal, needed=needed)
        return _run(options)
    except NshError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _again_inside(argv: Sequence[str]) -> list[str]:
    """The command line of this same program, for its second life in the sandbox."""
    python = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]
    words = list(argv)
    words[words.index("--sandbox")] = "--inside-sandbox"
    return [sys.executable, *python, *words]


def _run(options: Options) -> int:
    if "version" in options.flags:
        return _print(f"nsh {__version__}\n")
    if "help" in options.flags:
        return _print(USAGE)
    if options.words[:1] and options.words[0] in subcommands.MODULES and options.lines is None and not options.is_file:
        return subcommands.main(options.words[0], options.words[1:])
    if "check" in options.flags:
        return _check(options)
    if _wants_prompt(options):
        return _in_session(options, lambda engine, session: _prompt(options, engine, session), os.isatty(0))
    return _in_session(options, lambda engine, session: _run_text(options, engine), interactive=False)


def _wants_tour(options: Options) -> bool:
    """`nsh tour` is a prompt in a sandbox that begins with that line."""
    return options.words == ["tour"] and options.lines is None and os.isatty(0) and os.isatty(1)


def _wants_prompt(options: Options) -> bool:
    if _wants_tour(options):
        return True
    if options.words or options.lines is not None:
        return False
    return "plain" in options.flags or (os.isatty(0) and os.isatty(1))


def make_session(interactive: bool) -> Session:
    """A session with its zygote, which for anything but the prompt is forked before we import anything else."""
    from nsh.helper.birth import fork_zygote, spawn_zygote

    try:
        zygote = spawn_zygote() if interactive else fork_zygote()
    except OSError as error:
        hint = "the limit on processes is reached: ulimit -u, or pids.max of the cgroup"
        raise NshError(f"fork: {error.strerror}", hint) from error
    from nsh.session.session import Session

    return Session(zygote, interactive=interactive)


def _in_session(options: Options, act: Act, interactive: bool) -> int:
    """Do something in a session, which is closed whatever happens."""
    session = make_session(interactive)
    from nsh.outlets import OutputLost

    if not interactive:
        _end_by_signals()
    try:
        engine = _make_engine(options, session, interactive)  # its imports take as long as the zygote's own
        session.one_shot = bool(options.words) and options.lines is None and not options.is_file
        session.start()
        return act(engine, session)
    except NshError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        hint = "nsh has as many files open as it may: ulimit -n"
        return _fail(NshError(f"{error.filename or 'nsh'}: {error.strerror}", hint))
    except OutputLost as error:
        if error.is_broken_pipe:
            return BROKEN_PIPE
        return _fail(NshError(f"standard output: {error}"))
    finally:
        for line in session.close():
            _say(line + "\n")


def _make_engine(options: Options, session: Session, interactive: bool) -> Engine:
    from nsh.engine import Engine
    from nsh.outlets import terminal_width, writer
    from nsh.registry import REGISTRY

    if "host" in options.flags:
        session.settings["guard"] = "off"
    at_terminal = os.isatty(1)
    term, no_color = os.environ.get("TERM", "dumb"), os.environ.get("NO_COLOR", "")
    return Engine(
        session,
        REGISTRY,
        writer(1),
        _say,
        color=at_terminal and term != "dumb" and not no_color,
        width=terminal_width,
        interactive=interactive and at_terminal,
        json="json" in options.flags,
    )


def _prompt(options: Options, engine: Engine, session: Session) -> int:
    from nsh.repl.loop import run

    engine.say(_greeting(options))
    if options.words:
        engine.run_line(" ".join(options.words))
    return run(engine, session, configured="norc" not in options.flags)


def _greeting(options: Options) -> str:
    """The first line of the prompt: what can be broken from here."""
    if "inside" in options.flags:
        return f"nsh {__version__} in a sandbox: this machine cannot be changed from here. help lists the commands"
    return f"nsh {__version__} on this machine itself (nsh --sandbox: apart from it). help lists the commands"


def _run_text(options: Options, engine: Engine) -> int:
    """A script, the lines after -c, one command, or what comes on standard input."""
    keep_going, echo = "keep_going" in options.flags, "echo" in options.flags
    if options.lines is not None:
        filename = "-c" if "\n" in options.lines.strip() else None
        return engine.run_script(options.lines, filename, keep_going, echo, options.words)
    if options.is_file:
        from nsh.scripts import read_script

        name, *arguments = options.words
        return engine.run_script(read_script(name), name, keep_going, echo, arguments)
    if options.words:
        return engine.run_words(options.words)
    from nsh.scripts import stdin_lines

    return engine.run_lines(stdin_lines(), "stdin", keep_going, echo)


def _check(options: Options) -> int:
    """-n: say what is wrong with the lines, and run none."""
    from nsh.checking import check_script
    from nsh.scripts import read_script, stdin_lines

    if options.lines is not None:
        found = check_script(options.lines.split("\n"), "-c")
    elif options.words:
        found = check_script(read_script(options.words[0]).split("\n"), options.words[0])
    else:
        found = check_script(stdin_lines(), "stdin")
    for message in found:
        _say(message + "\n")
    return UsageError.exit_status if found else 0


def _end_by_signals() -> None:
    """TERM and HUP end us in an orderly way, so that what was made is removed; who ignores HUP goes on."""

    def end(number: int, _frame: FrameType | None) -> None:
        _signal.signal(number, _signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (_signal.SIGTERM, _signal.SIGHUP):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, end)


def _open_what_is_closed() -> None:
    """Where 0, 1 or 2 is closed, let no file of ours land there: what is written to it still fails."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)


def _be_somewhere() -> None:
    """A folder that has been removed meanwhile is nowhere: start at the root then, and say so."""
    try:
        os.getcwd()
    except OSError:
        os.chdir("/")
        _say("nsh: the folder you are in was removed; starting in /\n")


def _fail(error: NshError) -> int:
    from nsh.printable import printable

    _say(f"nsh: {printable(error.message)}\n")
    for line in (error.hint or "").split("\n"):
        if line:
            _say(f"hint: {printable(line)}\n")
    return error.exit_status


def _say(text: str) -> None:
    from nsh.outlets import say

    say(text)


def _print(text: str) -> int:
    from nsh.outlets import write_all

    try:
        write_all(1, text)
    except BrokenPipeError:
        return BROKEN_PIPE
    except OSError as error:
        return _fail(NshError(f"standard output: {error.strerror}"))
    return 0
