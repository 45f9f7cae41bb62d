# SPDX-License-Identifier: MIT
"""The Pygments lexer of nsh: `pygmentize FILE.nsh`, and whatever else colours code with Pygments.

A text in which a prompt stands is a session, as transcripts have them; any
other one is a script, all of whose lines are commands. Words are what the
prompt says they are (`nsh.repl.colours`). Pygments asks for this module by its
entry point; nothing of nsh imports it. The alias `nsh` is also NSIS's (a
language of installers), whose lexer comes with Pygments and so is found first
(Pygments issue 1603): where a name is asked for, `nsh-session` is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    Text,
    Whitespace,
    _TokenType,
)
from pygments.util import get_list_opt

from nsh.loader import Loader
from nsh.nstypes import NAMES
from nsh.registry import REGISTRY
from nsh.repl.colours import line_pieces, places_in, prompt_pieces, reading_about
from nsh.transcript.parse import CONTINUATION, PROMPT
from nsh.transcript.suffixes import read_line, read_status

if TYPE_CHECKING:
    from nsh.repl.colours import Read

Unprocessed = Iterator[tuple[int, _TokenType, str]]
Pieces = Iterator[tuple[_TokenType, str]]

OUTPUT = Generic.Output
MARK = Comment.Preproc
"""What is said to the test and not shown by a program: `...`, ` (re)`, `#: eventually=2s`."""

ROLES: dict[str, _TokenType] = {
    "": Text,
    "text": Text,
    "word": Text,
    "prompt": Generic.Prompt,
    "place": Generic.Prompt.Place,
    "command": Keyword,
    "program": Name.Function,
    "unknown": Name.Exception,
    "name": Name.Namespace,
    "option": Name.Attribute,
    "string": String,
    "number": Number,
    "path": Name.Label,
    "device": Name.Entity,
    "variable": Name.Variable,
    "operator": Operator,
    "comment": Comment,
    "error": Error,
    "type": Keyword.Type,
    **{name: getattr(Keyword.Type, name.capitalize()) for name in NAMES},
}
"""The palette's roles as Pygments names them; what is not here is text."""

_TYPES = "|".join(NAMES)
_IN_OUTPUT = re.compile(
    rf"(?P<ns>\b(?P<type>{_TYPES})(?:_for_children)?:\[\d+\])|(?P<bound>%\{{[^{{}}\n]*\}})|(?P<any>(?<!\.)\.\.\.(?!\.))"
)
_HEADINGS = re.compile(r"[A-Z][A-Z /]*(?:\s{2,}[A-Z][A-Z /]*)+\s*")
_COMPLAINT = re.compile(r"(?:[a-zA-Z_]\w*\(.*\)|[^\s:]+(?: [^\s:]+){0,3}): \S")
_FIRST_LINE = re.compile(rf"\A(?:\s*(?:#.*)?\n)*(?:new|unshare) (?:{_TYPES}|all)\b")


class NshLexer(Lexer):
    """Sessions and scripts of nsh. Any text is taken, and nothing of it is lost.

    Option `places`: names that are places although the text does not say so, for a piece of a longer page.
    """

    name = "nsh"
    url = ""
    aliases: ClassVar[list[str]] = ["nsh-session", "nsh"]
    filenames: ClassVar[list[str]] = ["*.nsh"]
    mimetypes: ClassVar[list[str]] = ["text/x-nsh"]
    priority = 0.5

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.places: set[str] = set(get_list_opt(options, "places", []))

    @staticmethod
    def analyse_text(text: str) -> float:
        """How surely a text is one of nsh's: by its prompt, or by its first line."""
        if re.match(r"#!.*\bnsh\b", text):
            return 1.0
        if re.search(r"^nsh(?:\[[^\[\]\s]+\])?> ", text, re.MULTILINE):
            return 0.8
        return 0.1 if _FIRST_LINE.search(text) is not None else 0.0

    def get_tokens_unprocessed(self, text: str) -> Unprocessed:
        """(position, token, value) from left to right."""
        at = 0
        for token, value in pieces(text, self.places):
            if value:
                yield at, token, value
                at += len(value)


def pieces(text: str, places: Iterable[str] = ()) -> Pieces:
    """The whole text in order, each piece with what it is."""
    REGISTRY.loader = REGISTRY.loader or Loader("/nonexistent")  # without the reader's own commands
    read = reading_about(REGISTRY, {*places, *places_in(text)})
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if PROMPT.match(line)]
    if starts:
        yield from _joined(_session(lines, starts, read))
    else:
        yield from _script(text, read)


def _script(text: str, read: Read) -> Pieces:
    first, newline, rest = text.partition("\n")
    if first.startswith("#!"):
        yield Comment.Hashbang, first
        yield Whitespace, newline
        text = rest
    yield from _joined(iter([_commands(text, read)]))


def _joined(parts: Iterator[Sequence[Pieces]]) -> Pieces:
    """The pieces of all lines with the ends of lines between them."""
    is_first = True
    for part in parts:
        for line in part:
            if not is_first:
                yield Whitespace, "\n"
            is_first = False
            yield from line


def _session(lines: list[str], starts: list[int], read: Read) -> Iterator[Sequence[Pieces]]:
    yield [_output_line(line) for line in lines[: starts[0]]]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        step = lines[start:end]
        typed = 1
        while typed < len(step) and step[typed].startswith(CONTINUATION):
            typed += 1
        yield _typed(step[:typed], read)
        yield _output(step[typed:])


def _typed(lines: Sequence[str], read: Read) -> list[Pieces]:
    """A prompt with its command, which may go on behind `...> `."""
    prompt, blank, first = lines[0].partition("> ")
    prompt = prompt + ">" if blank else prompt
    heads = [[(role, text) for role, text in prompt_pieces(prompt)[:-1] if text]]
    heads[0] += [("", " ")] if blank else []
    heads += [[("prompt", CONTINUATION)] for _ in lines[1:]]
    command = "\n".join([first, *(line.removeprefix(CONTINUATION) for line in lines[1:])])
    typed = _commands(command, read)
    return [_both(head, line) for head, line in zip(heads, typed, strict=True)]


def _both(head: list[tuple[str, str]], line: Pieces) -> Pieces:
    yield from ((ROLES.get(role, Text), text) for role, text in head)
    yield from line


def _commands(text: str, read: Read) -> list[Pieces]:
    return [_roles_as_tokens(line) for line in line_pieces(text, read)]


def _roles_as_tokens(line: Sequence[tuple[str, str]]) -> Pieces:
    for role, text in line:
        is_option = role == "comment" and text.startswith("#:")
        yield (MARK if is_option else ROLES.get(role, Text)), text


def _output(lines: Sequence[str]) -> list[Pieces]:
    """What a command showed, from its headings to its exit status."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    status = end - 1 if end and read_status(0, lines[end - 1]) is not None else end
    hint = next((at for at, line in enumerate(lines) if line.startswith("hint: ")), None)
    shown: list[Pieces] = []
    for at, line in enumerate(lines):
        if at == status < end:
            shown.append(iter([(Generic.Traceback, line)]))
        elif line.startswith("hint: "):
            shown.append(iter([(Generic.Emph, line)]))
        elif _is_complaint(line, status < end, hint is not None and at < hint):
            shown.append(_output_line(line, Generic.Error))
        elif at == 0 and _HEADINGS.fullmatch(line):
            shown.append(iter([(Generic.Heading, line)]))
        else:
            shown.append(_output_line(line))
    return shown


def _is_complaint(line: str, has_failed: bool, has_hint: bool) -> bool:
    return (has_failed or has_hint) and _COMPLAINT.match(line) is not None


def _output_line(line: str, token: _TokenType = OUTPUT) -> Pieces:
    """One line of output: namespaces in the colours of their types, what is for the test apart from what was shown."""
    text = _without_suffix(line)
    at = 0
    for found in _IN_OUTPUT.finditer(text):
        yield token, text[at : found.start()]
        yield _token_in_output(found), found[0]
        at = found.end()
    yield token, text[at:]
    yield MARK, line[len(text) :]


def _token_in_output(found: re.Match[str]) -> _TokenType:
    if found["ns"]:
        return ROLES[found["type"]]
    return MARK if found["any"] else Name.Variable


def _without_suffix(line: str) -> str:
    try:
        text = read_line(0, line).text
    except ValueError:  # a page that the test would refuse
        return line
    return text if line.startswith(text) else line
