# SPDX-License-Identifier: MIT
"""`nsh import`: the shell sessions of a tutorial as blocks of a transcript, to be edited by hand.

The prompt that a page begins with, and those of plain shells (`$ `, `# `),
become `nsh>`; another user's or shell's becomes `nsh[inside]>`. What nsh would
read in another way than a shell is wrapped in `bash -c`. The prose stays.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nsh.commandline import STATUSES, CommandLine
from nsh.errors import NshError, UsageError
from nsh.grammar import parse_line, quote, tokenize
from nsh.transcript.document import BadDocument
from nsh.transcript.markdown import Fence, fences
from nsh.transcript.parse import parse
from nsh.transcript.suffixes import as_source

_LANGUAGES = ("", "sh", "shell", "bash", "zsh", "console", "shell-session", "shellsession", "terminal", "text")
_SHAPES: tuple[tuple[bool, re.Pattern[str]], ...] = tuple(
    (outside, re.compile(pattern))
    for outside, pattern in (
        (False, r"\[(?P<who>[\w.-]+)@[\w.-]+ [^\]]+\][#$](?: (?P<command>.*))?$"),
        (False, r"(?P<who>[\w.-]+)@[\w.-]+:\S*?[#$](?: (?P<command>.*))?$"),
        (False, r"(?P<who>(?:ba|z|da)?sh-\d[\d.]*)[#$](?: (?P<command>.*))?$"),
        (True, r"(?P<who>[A-Z][A-Z0-9-]{3,})#(?: (?P<command>.*))?$"),
        (True, r" (?P<who>\w+) +[^\w\s]? *(?:~|/)\S* +[^\w\s]? *(?P<command>\S.*)$"),
        (True, r"(?P<who>\$) (?P<command>.*)$"),
    )
)
_HASH = re.compile(r"# *(?P<text>.*)$")
_BUILTINS = {"cd", "echo", "exec", "export", "pwd", "read", "type", "ulimit", "umask", "wait"}
_OWN_WORDS = ("unshare", "tree", "rm", "diff", "ping")
"""First words that are always nsh's; the program of that name is `!WORD`."""


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A line with a prompt: whose it is, is it surely outside, and what was typed."""

    who: str
    outside: bool
    command: str


def imported(text: str) -> str:
    """The page with its sessions as `nsh` blocks and front matter above."""
    lines = text.splitlines()
    reader = _Reader()
    out: list[str] = []
    title = ""
    at = 0
    for fence in fences(lines):
        title = title or fence.heading
        out += lines[at : fence.first - 1]
        out += reader.block(fence) or lines[fence.first - 1 : fence.last]
        at = fence.last
    out += lines[at:]
    titled = [f'title: "{title}"'] if title and '"' not in title else []
    return "\n".join(["---", "nsh: 1", *titled, "---", "", *out]) + "\n"


class _Reader:
    """Turns blocks; it remembers whose prompt the page began with."""

    def __init__(self) -> None:
        self._host: str | None = None

    def block(self, fence: Fence) -> list[str]:
        """The lines of the new block or blocks; empty if the fence holds no session."""
        if fence.info.split(maxsplit=1)[:1] not in ([], *([word] for word in _LANGUAGES)):
            return []
        strong = any(_prompt(line) for line in fence.lines)
        read = [self._line(line, strong=strong) for line in fence.lines]
        if not any(kind == "prompt" for kind, _ in read):
            return []
        return [f"{' ' * fence.indent}{line}".rstrip() for line in _written(read)]

    def _line(self, line: str, *, strong: bool) -> tuple[str, str]:
        """(prompt, comment or output; the text for the new block)."""
        if found := _prompt(line):
            self._host = self._host or found.who
            where = "nsh>" if found.outside or found.who == self._host else "nsh[inside]>"
            return "prompt", f"{where} {_typed(found.command)}".rstrip()
        if match := _HASH.match(line):
            if strong or not _is_command(match["text"]):
                return "comment", match["text"]
            return "prompt", f"nsh> {_typed(match['text'])}"
        return "output", as_source(re.sub(r"\s{2,}# .*$", "", line).rstrip())


def main(argv: list[str]) -> int:
    """`nsh import` with these words. Raises UsageError for a file that cannot be read or is there already."""
    asked = _parser().read(argv)
    page = imported(_read(asked.file))
    if "```nsh\n" not in page:
        raise UsageError(
            f"{asked.file}: no shell session in this page", "a block with `$ `, `# ` or `user@host:~$ ` in it"
        )
    if asked.output is None:
        sys.stdout.write(page)
    else:
        _write(asked.output, page)
    try:
        parse(asked.file, page)
    except BadDocument as problem:
        print(f"to be edited: line {problem.line}: {problem.why}", file=sys.stderr)
    return 0


def _parser() -> CommandLine:
    about = "Turn a tutorial's shell sessions into a transcript."
    parser = CommandLine("import", "nsh import FILE [-o FILE]", about, STATUSES)
    parser.option("file", type=Path, metavar="FILE", help="a page of Markdown")
    parser.option("-o", dest="output", type=Path, metavar="FILE", help="write it there, if there is no such file")
    return parser


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: is there already", "another name, or rm it") from None
    except OSError as problem:
        raise NshError(f"{path}: {problem.strerror}") from None


def _prompt(line: str) -> _Prompt | None:
    for outside, pattern in _SHAPES:
        if match := pattern.match(line):
            command = re.sub(r"\s{2,}# .*$", "", match["command"] or "").strip()
            return _Prompt(match["who"], outside, "" if command.startswith("# ") else command)
    return None


def _is_command(text: str) -> bool:
    """Does a line behind `# ` look typed, not said?"""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word in _BUILTINS or (word.isascii() and shutil.which(word) is not None)


def _typed(command: str) -> str:
    """The command as nsh must be told it."""
    command = command.removeprefix("sudo ").strip()
    try:
        parse_line(tokenize(command))
    except UsageError:
        return f"bash -c {quote(command)}"
    return f"!{command}" if command.split(maxsplit=1)[:1] and command.split()[0] in _OWN_WORDS else command


def _written(read: list[tuple[str, str]]) -> Iterator[str]:
    """Blocks of prompts and outputs; comments of the session become prose between them."""
    inside = False
    for kind, text in read:
        if kind == "comment":
            if inside:
                yield from ("```", "")
            inside = False
            yield from (text, "")
        elif kind == "prompt" or inside:
            if not inside:
                yield "```nsh"
            inside = True
            yield text
    if inside:
        yield "```"
