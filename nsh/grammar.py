# SPDX-License-Identifier: MIT
"""The grammar of a line: pipelines joined by `;` `&&` `||`, stages joined by `|`, words, redirections."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.tokens import Part, Token, quote, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "Part",
    "Pipeline",
    "Redirect",
    "Stage",
    "Token",
    "expand",
    "join",
    "parse_line",
    "quote",
    "tokenize",
    "waits_for",
]

_JOINS = {";", "\n", "&&", "||", "&"}
_WAITS = {"&&", "||", "|"}
_MAY_WAIT = "'\"\\#"
_INNER_WORDS = {"then", "do", "done", "fi", "esac"}  # what only stands inside a compound command of a shell
_FILES = {"<": (0, "r"), ">": (1, "w"), ">>": (1, "a"), "2>": (2, "w"), "2>>": (2, "a")}
_DUPLICATES = {"2>&1": (2, "1"), ">&2": (1, "2"), "1>&2": (1, "2")}


class Redirect:
    """One redirection of `fd`: mode 'r' 'w' 'a' and the file in `target`, or 'dup' of the fd in `number`."""

    __slots__ = ("fd", "mode", "number", "target", "token")

    def __init__(self, fd: int, mode: str, token: Token, target: Token | None = None, number: str = "") -> None:
        self.fd = fd
        self.mode = mode
        self.token = token
        self.target = target
        self.number = number


class Stage:
    """One command with its words and redirections."""

    __slots__ = ("end", "redirects", "start", "words")

    def __init__(self, start: int) -> None:
        self.words: list[Token] = []
        self.redirects: list[Redirect] = []
        self.start = start
        self.end = start


class Pipeline:
    """Stages joined by `|`; `background` when `&` ends it, which `end` then includes."""

    __slots__ = ("background", "end", "stages", "start")

    def __init__(self, stages: list[Stage], background: bool, end: int) -> None:
        self.stages = stages
        self.background = background
        self.start = stages[0].start
        self.end = end


def parse_line(tokens: Iterable[Token]) -> list[tuple[str, Pipeline]]:
    """The pipelines of a line, each with what joins it to the one before (`;` for the first).

    UsageError where something is missing beside an operator.
    """
    found: list[tuple[str, Pipeline]] = []
    connector = ";"
    pending: list[Token] = []
    last: Token | None = None
    for token in tokens:
        if token.problem is not None:
            raise UsageError(token.problem.message, token.problem.hint, token.problem.span)
        if token.kind == "comment":
            continue
        if token.text == "\n" and pending and pending[-1].kind == "op" and pending[-1].text == "|":
            continue
        if token.kind != "op" or token.text not in _JOINS:
            pending.append(token)
            continue
        if pending:
            found.append((connector, _pipeline(pending, token if token.text == "&" else None)))
        elif token.text != "\n":
            raise UsageError(f"nothing stands before '{token.text}'", None, token.span)
        if pending or last is None or last.text not in _WAITS:
            connector = token.text if token.text in _WAITS else ";"
            last = token
        pending = []
    if pending:
        found.append((connector, _pipeline(pending, None)))
    elif last is not None and last.text in _WAITS:
        raise UsageError(f"nothing stands after '{last.text}'", None, last.span)
    _refuse_compounds(found)
    return found


def _refuse_compounds(found: list[tuple[str, Pipeline]]) -> None:
    """`for … do … done` is no line of ours: said once, before any part of it runs."""
    firsts = [pipeline.stages[0].words[0] for _, pipeline in found]
    if any(word.raw in _INNER_WORDS for word in firsts):
        message = f"`{firsts[0].raw}` and its like are the shell's: there are no loops or conditions here"
        raise UsageError(message, "bash -c '…', or && and ||", firsts[0].span)


def _pipeline(tokens: list[Token], ampersand: Token | None) -> Pipeline:
    stages = [Stage(tokens[0].start)]
    waiting = iter(tokens)
    previous: Token | None = None
    for token in waiting:
        stage = stages[-1]
        if token.kind != "op":
            stage.words.append(token)
        elif token.text == "|":
            _check_stage(stage, token, "before")
            stages.append(Stage(token.end))
        else:
            stage.redirects.append(_redirect(token, waiting))
            token = stage.redirects[-1].target or token
        stage.end = token.end
        previous = token
    _check_stage(stages[-1], previous or tokens[-1], "after")
    return Pipeline(stages, ampersand is not None, ampersand.end if ampersand else stages[-1].end)


def _check_stage(stage: Stage, token: Token, where: str) -> None:
    if stage.words:
        return
    if stage.redirects:
        raise UsageError("a redirection without a command", None, stage.redirects[0].token.span)
    raise UsageError(f"nothing stands {where} '{token.text}'", None, token.span)


def _redirect(token: Token, following: Iterable[Token]) -> Redirect:
    if token.text in _DUPLICATES:
        fd, number = _DUPLICATES[token.text]
        return Redirect(fd, "dup", token, number=number)
    target = next(iter(following), None)
    if target is None or target.kind != "word":
        raise UsageError(f"no file stands after '{token.text}'", None, token.span)
    fd, mode = _FILES[token.text]
    return Redirect(fd, mode, token, target)


def expand(token: Token, lookup: Callable[[str], str | None]) -> str:
    """The word with its variables replaced; one word stays one word.

    `lookup` gives the value of `name`, `?`, `$`, `1`, or None. UsageError for a
    variable that is not set. A leading unquoted `~/` is `$HOME`.
    """
    text = token.text
    if token.variables:
        text = "".join(_value(part, lookup) if part.kind == "variable" else part.text for part in token.parts)
    if token.raw == "~" or token.raw.startswith("~/"):
        text = (lookup("HOME") or "~") + text[1:]
    return text


def _value(part: Part, lookup: Callable[[str], str | None]) -> str:
    value = lookup(part.text)
    if value is None:
        hint = "an argument of the script" if part.text.isdigit() else f"let {part.text} VALUE"
        raise UsageError(f"${part.text} is not set", hint, (part.start, part.end))
    return value


def waits_for(line: str) -> str:
    """What a line that is not finished waits for: its open quote, or `\\` `|` `&&` `||` at its end; else ''."""
    if "\0" in line or _cannot_wait(line):
        return ""
    tokens = [token for token in tokenize(line, tolerant=True) if token.kind != "comment"]
    said = [token for token in tokens if token.raw != "\n"]
    if not said:
        return ""
    last = said[-1]
    if last.problem is not None:
        return line[last.problem.span[0]] if last.problem.unfinished else ""
    return last.text if last.kind == "op" and last.text in _WAITS else ""


def _cannot_wait(line: str) -> bool:
    """Nothing in it opens a quote, goes on or hides behind `#`, and no operator ends it: it need not be read."""
    return line.rstrip()[-1:] not in ("|", "&") and not any(char in line for char in _MAY_WAIT)


def join(words: Iterable[str]) -> str:
    """A line whose words are exactly these."""
    return " ".join(quote(word) for word in words)
