# SPDX-License-Identifier: MIT
"""`nsh record`: an nsh as ever, and a cast of what it shows."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from nsh.commandline import CommandLine
from nsh.errors import NshError, UsageError
from nsh.outlets import say
from nsh.printable import counted, printable
from nsh.recording.cast import VERSIONS, Writer
from nsh.recording.events import Reel
from nsh.recording.record_file import Draft
from nsh.recording.record_relay import Relay, size_of
from nsh.recording.record_session import Recording
from nsh.recording.record_typist import Typist
from nsh.recording.redact import Redaction, redaction_of
from nsh.repl.marks import session_id
from nsh.transcript.frontmatter import duration

_WITHIN = "NSH_RECORDING"
_EPILOG = """\
What follows FILE, and what follows --, is for nsh: nsh record talk.cast --sandbox
What is typed is recorded as far as it is shown, so a password is not. Lines on standard input
are typed at the prompt one after the other. FILE gets its name when nsh has ended, however it did.
exit status: that of nsh; 2 where nothing was recorded (wrong words, no place for FILE)
"""


def main(argv: list[str]) -> int:
    """`nsh record` with these words; the exit status is nsh's. Raises NshError."""
    asked, words = _read(argv)
    if within := os.environ.get(_WITHIN):
        raise UsageError(f"this session is being recorded already, to {within}", "quit ends it")
    redaction = redaction_of(asked.redact)
    path = Path(asked.file)
    draft = Draft(path, replace=asked.force)
    _say(f"recording what the screen shows to {path}; quit ends it")
    try:
        return _record(asked, words, draft, redaction)
    finally:
        _keep(draft)


def _read(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and the words for nsh."""
    parser = CommandLine(
        "record",
        "nsh record [options] FILE [nsh's options] [-- nsh's words]",
        "nsh as ever, and a recording of what it shows (asciicast).",
        _EPILOG,
    )
    parser.option("file", metavar="FILE", help="the recording: talk.cast")
    parser.option("--force", action="store_true", help="replace FILE if it is there")
    parser.option("--cast", type=int, choices=VERSIONS, default=3, help="version of the format (3)")
    parser.option("--idle", type=_seconds, default=2.0, metavar="S", help="players cut longer pauses to this (2 s)")
    parser.option("--title", default="", help="what players show above it")
    parser.option(
        "--redact", action="append", default=[], metavar="WHAT", help="hostname, user, home, re:PATTERN or a text"
    )
    at = argv.index("--") if "--" in argv else len(argv)
    asked, words = parser.parse_known_args(argv[:at])
    return asked, words + argv[at + 1 :]


def _seconds(text: str) -> float:
    try:
        return duration(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _record(asked: argparse.Namespace, words: list[str], draft: Draft, redaction: Redaction) -> int:
    size = size_of(0)
    aid = session_id(os.environ)
    typist = None if os.isatty(0) else Typist(lambda: recording.prompts)
    environment = _environment(draft.path, aid, typist is None)
    reel = Reel(
        *size,
        events=(),
        title=asked.title,
        command=shlex.join(["nsh", *words]),
        timestamp=int(time.time()),
        idle_time_limit=asked.idle or None,
        term=environment.get("TERM", ""),
    )
    writer = Writer(asked.cast)
    draft.write(writer.header(redaction.reel(reel)))
    looked_through = redaction if redaction.secrets else None
    recording = Recording(lambda event: draft.write(writer.event(event)), aid, size[0], looked_through)
    try:
        status = Relay(recording, typist, size).run([*_this_program(), *words], environment)
    except OSError as error:
        raise NshError(f"record: {error.strerror}") from None
    recording.end(status)
    _say(f"recorded {counted(recording.commands, 'command')} in {recording.seconds:.0f} s: {draft.path}")
    return status


def _environment(path: Path, aid: str, is_at_terminal: bool) -> dict[str, str]:
    """For the recorded nsh; where no terminal is, none is asked where its cursor is, and it draws as on a usual one."""
    environment = {**os.environ, _WITHIN: str(path), "NSH_AID": aid}
    if is_at_terminal:
        return environment
    return environment | {"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm-256color"}


def _keep(draft: Draft) -> None:
    """Whatever ended us: what was recorded gets its name."""
    path = draft.keep()
    if path != draft.path:
        _say(f"{draft.path} came into being meanwhile: this recording is {path}")
    if draft.lost:
        _say(f"{path}: {draft.lost}; what came before that is there")


def _this_program() -> list[str]:
    """How this very nsh was started, but for its words."""
    return [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]]


def _say(text: str) -> None:
    say(f"nsh: {printable(text)}\n")
