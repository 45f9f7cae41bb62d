# SPDX-License-Identifier: MIT
"""The tokenizer: one line into words, operators and comments, each with its place in the line.

The same tokens feed the parser, the caret under an error, the colours and the
completion of the prompt; for those two it is tolerant and never raises.
"""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.printable import excerpt

_OPERATORS = ("2>&1", "1>&2", "2>>", ">&2", "&&", "||", ">>", "2>", ";", "|", "&", "<", ">", "\n")
_BEGIN_AN_OPERATOR = frozenset(operator[0] for operator in _OPERATORS)
_REFUSED = {
    "<<": ("here-documents and here-strings are not read", "echo TEXT | CMD, or bash -c '…'"),
    "&>": ("'&>' is not read", "> FILE 2>&1"),
    "|&": ("'|&' is not read", "2>&1 | CMD"),
    "<(": ("there is no process substitution", "bash -c '…'"),
    ">(": ("there is no process substitution", "bash -c '…'"),
}
_BLANKS = " \t"
_ENDS_A_WORD = frozenset(" \t\n;|&<>")
_SPECIAL = frozenset(" \t\n;|&<>'\"\\$`*?\0\u00a0")
_SPECIAL_IN_QUOTES = '"\\$`\0'
_IN_DOUBLE_QUOTES = frozenset('"\\$`')  # what a backslash takes the meaning from, as in sh(1)
_SPECIAL_NAMES = ("?", "$")


class Part:
    """A stretch of a word: `kind` is 'text' or 'variable' (`text` is then its name).

    `quote` says what it stands in: `'`, `"`, `\\` or nothing; `start` and `end`
    are in the line, quotes not counted.
    """

    __slots__ = ("end", "kind", "quote", "start", "text")

    def __init__(self, kind: str, text: str, start: int, end: int, quote: str) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.quote = quote


class Problem:
    """Why a token cannot be read; `unfinished` where more text could mend it."""

    __slots__ = ("hint", "message", "span", "unfinished")

    def __init__(self, message: str, hint: str | None, span: tuple[int, int], unfinished: bool = False) -> None:
        self.message = message
        self.hint = hint
        self.span = span
        self.unfinished = unfinished


class Token:
    """One piece of a line: `kind` is 'word', 'op', 'comment' or 'error' (`problem` says why).

    `text` is the word without its quotes and with variables as they were typed,
    `raw` what stands in the line from `start` to `end`.
    """

    __slots__ = ("end", "kind", "parts", "problem", "quoted", "raw", "start", "text")

    def __init__(
        self, kind: str, raw: str, start: int, text: str, parts: tuple[Part, ...] = (), quoted: bool = False
    ) -> None:
        self.kind = kind
        self.raw = raw
        self.start = start
        self.end = start + len(raw)
        self.text = text
        self.parts = parts
        self.quoted = quoted
        self.problem: Problem | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.raw!r} {self.start}-{self.end}>"

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the line."""
        return self.start, self.end

    @property
    def variables(self) -> bool:
        """Does it hold a `$name` to expand?"""
        return any(part.kind == "variable" for part in self.parts)


def tokenize(line: str, tolerant: bool = False) -> list[Token]:
    """The tokens of a line.

    UsageError, with the place, for an open quote, an unquoted `*` or `?`, `$(`,
    a backtick, a NUL byte; with `tolerant`, a token of kind 'error' instead.
    """
    return _Scanner(line, tolerant).scan()


def quote(text: str) -> str:
    """The text as one word that tokenizes back to it, quoted only where it must be."""
    if text and all(char.isalnum() or char in "._-/:=,@%+[]^" for char in text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


class _Scanner:
    """One walk over a line."""

    __slots__ = ("_line", "_parts", "_plain", "_pos", "_problem", "_quoted", "_tolerant")

    def __init__(self, line: str, tolerant: bool) -> None:
        self._line = line
        self._tolerant = tolerant
        self._pos = 0
        self._parts: list[Part] = []
        self._plain: list[str] = []
        self._quoted = False
        self._problem: Problem | None = None

    def scan(self) -> list[Token]:
        """All tokens."""
        line, tokens = self._line, list[Token]()
        while self._pos < len(line):
            char = line[self._pos]
            if char in _BLANKS:
                self._pos += 1
            elif line.startswith("\\\n", self._pos):
                self._pos += 2
            else:
                tokens.append(self._comment() if char == "#" else self._operator() or self._word())
        return tokens

    def _comment(self) -> Token:
        end = self._line.find("\n", self._pos)
        return self._token("comment", end if end >= 0 else len(self._line))

    def _operator(self) -> Token | None:
        line, start = self._line, self._pos
        if line[start] not in _BEGIN_AN_OPERATOR:
            return None
        two = line[start : start + 2]
        if two in _REFUSED:
            message, hint = _REFUSED[two]
            self._complain(message, hint, start, start + 2)
            return self._token("op", start + 2)
        for operator in _OPERATORS:
            if line.startswith(operator, start):
                return self._token("op", start + len(operator))
        return None

    def _word(self) -> Token:
        line, start = self._line, self._pos
        self._parts, self._plain, self._quoted = [], [], False
        while self._pos < len(line) and line[self._pos] not in _ENDS_A_WORD:
            self._piece(line[self._pos])
        text = "".join(self._plain)
        end, self._pos = self._pos, start
        return self._token("word", end, text, tuple(self._parts), self._quoted)

    def _token(
        self, kind: str, end: int, text: str | None = None, parts: tuple[Part, ...] = (), quoted: bool = False
    ) -> Token:
        raw = self._line[self._pos : end]
        token = Token(kind, raw, self._pos, raw if text is None else text, parts, quoted)
        if self._problem is not None:
            token.kind, token.problem, self._problem = "error", self._problem, None
        self._pos = end
        return token

    def _piece(self, char: str) -> None:
        """One stretch of a word: a quotation, an escape, a variable, plain text."""
        if char == "'":
            self._single_quotes()
        elif char == '"':
            self._double_quotes()
        elif char == "\\":
            self._escape()
        elif char == "$":
            self._dollar("")
        elif char in _SPECIAL:
            self._forbidden(char)
        else:
            end = self._pos + 1
            while end < len(self._line) and self._line[end] not in _SPECIAL:
                end += 1
            self._text(end, "")

    def _text(self, end: int, quote: str) -> None:
        """What stands between here and `end` is itself."""
        self._add(self._line[self._pos : end], end, quote)

    def _add(self, text: str, end: int, quote: str) -> None:
        self._plain.append(text)
        self._parts.append(Part("text", text, self._pos, end, quote))
        self._pos = end

    def _single_quotes(self) -> None:
        self._quoted = True
        start, end = self._pos, self._line.find("'", self._pos + 1)
        self._pos += 1
        self._text(end if end >= 0 else len(self._line), "'")
        if "\0" in self._plain[-1]:
            self._complain_nul()
        self._close(start, end >= 0)

    def _close(self, start: int, is_closed: bool) -> None:
        """Step over the closing quote, or complain about the opening one."""
        if is_closed:
            self._pos += 1
            return
        self._complain(f"the quote {self._line[start]} is open", "close it", start, start + 1, unfinished=True)

    def _double_quotes(self) -> None:
        self._quoted = True
        line, start = self._line, self._pos
        self._pos += 1
        while self._pos < len(line) and line[self._pos] != '"':
            self._quoted_piece(line[self._pos])
        if self._pos == start + 1:
            self._text(self._pos, '"')
        self._close(start, self._pos < len(line))

    def _quoted_piece(self, char: str) -> None:
        line = self._line
        if char == "$":
            self._dollar('"')
        elif char == "\\" and line[self._pos + 1 : self._pos + 2] in _IN_DOUBLE_QUOTES:
            self._add(line[self._pos + 1], self._pos + 2, '"')
        elif char == "\\" and line.startswith("\\\n", self._pos):
            self._pos += 2
        elif char in "`\0":
            self._forbidden(char, '"')
        else:
            end = self._pos + 1
            while end < len(line) and line[end] not in _SPECIAL_IN_QUOTES:
                end += 1
            self._text(end, '"')

    def _escape(self) -> None:
        self._quoted = True
        following = self._line[self._pos + 1 : self._pos + 2]
        if not following:
            self._complain("the line ends in a backslash", None, self._pos, self._pos + 1, unfinished=True)
            self._pos += 1
        elif following == "\n":
            self._pos += 2
        elif following == "\0":
            self._pos += 1  # complained about there
        else:
            self._add(following, self._pos + 2, "\\")

    def _dollar(self, quote: str) -> None:
        """`$name`, `${name}`, `$?`, `$$`, `$1`; a `$` before anything else is itself."""
        line, start = self._line, self._pos
        following = line[start + 1 : start + 2]
        if following == "{":
            self._braced(quote)
        elif following in _SPECIAL_NAMES:
            self._variable(following, start + 2, quote)
        elif following.isascii() and (following.isalnum() or following == "_"):
            end = start + 2
            while end < len(line) and line[end].isascii() and (line[end].isalnum() or line[end] == "_"):
                end += 1
            end = start + 2 if following.isdigit() else end
            self._variable(line[start + 1 : end], end, quote)
        elif following and following in "(@#*!":
            self._complain(*_no_such_dollar(following), start, start + 2)
            self._text(start + 2, quote)
        else:
            self._text(start + 1, quote)

    def _variable(self, name: str, end: int, quote: str) -> None:
        self._plain.append(self._line[self._pos : end])
        self._parts.append(Part("variable", name, self._pos, end, quote))
        self._pos = end

    def _braced(self, quote: str) -> None:
        line, start = self._line, self._pos
        end = line.find("}", start)
        name = line[start + 2 : end] if end >= 0 else ""
        if name in _SPECIAL_NAMES or (name.isascii() and name.replace("_", "a").isalnum()):
            self._variable(name, end + 1, quote)
            return
        shown = excerpt(line[start : end + 1] if end >= 0 else line[start : start + 20], 30)
        self._complain(f"{shown} is no variable", "${name}; more than that: bash -c '…'", start, start + 2)
        self._text(start + 2, quote)

    def _forbidden(self, char: str, quote: str = "") -> None:
        pos = self._pos
        if char == "\0":
            self._complain_nul()
        elif char == "`":
            self._complain("there is no command substitution", "bash -c '…'", pos, pos + 1)
        elif char == "\u00a0":
            self._complain("a no-break space (U+00A0), as web pages have them", "type a plain blank", pos, pos + 1)
        else:
            hint = f"quote it to mean {char} itself; to expand file names: bash -c '…'"
            self._complain(f"'{char}' stands unquoted, and there is no globbing", hint, pos, pos + 1)
        self._text(pos + 1, quote)

    def _complain_nul(self) -> None:
        where = self._line.index("\0")
        self._complain("a NUL byte: this is no text", None, where, where + 1)

    def _complain(self, message: str, hint: str | None, start: int, end: int, unfinished: bool = False) -> None:
        if not self._tolerant:
            raise UsageError(message, hint, (start, end))
        if self._problem is None or unfinished:  # a prompt that waits for more must know
            self._problem = Problem(message, hint, (start, end), unfinished)


def _no_such_dollar(char: str) -> tuple[str, str]:
    if char == "(":
        return "there is no command substitution", "bash -c '…'"
    return f"there is no ${char}", "there are $name, $?, $$ and, in scripts, $1 to $9"
