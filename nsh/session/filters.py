# SPDX-License-Identifier: MIT
"""`--where`: a row of a listing is kept when an expression such as `nprocs==0 and type==net` is true of it.

FIELD OP VALUE, joined by `and`, `or`, `not` and parentheses. OP is one of
== != < <= > >= and ~ (contains). VALUE is a number, a word, a 'quoted text' or
`null`. Nothing is ever executed.
"""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Row = Mapping[str, object]
    Test = Callable[[Row], bool]

_OPERATORS = ("==", "!=", "<=", ">=", "=", "<", ">", "~")
_BREAKS = "=!<>~()"
_EXAMPLE = "for example --where 'nprocs==0 and type==net'"
_DEEPEST = 50


def parse(text: str, fields: Collection[str]) -> Test:
    """The test that an expression means. Raises UsageError."""
    reader = _Reader(_tokens(text), fields)
    test = reader.either(0)
    if reader.at < len(reader.tokens):
        raise UsageError(f"--where: {reader.tokens[reader.at]!r} cannot follow there", _EXAMPLE)
    return test


def _tokens(text: str) -> list[str]:
    """Words, operators, parentheses; a quoted text begins with its quote."""
    found: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
            continue
        if char in "'\"":
            end = text.find(char, at + 1)
            if end < 0:
                raise UsageError(f"--where: no closing {char}", _EXAMPLE)
            found.append("'" + text[at + 1 : end])
            at = end + 1
            continue
        token = next((operator for operator in _OPERATORS if text.startswith(operator, at)), None)
        if token is None:
            token = char if char in "()" else _word(text, at)
        found.append(token)
        at += len(token)
    return found


def _word(text: str, at: int) -> str:
    end = at + 1
    while end < len(text) and not text[end].isspace() and text[end] not in _BREAKS:
        end += 1
    return text[at:end]


class _Reader:
    """Reads tokens into a test: `either` of several `both`s of several `one`s."""

    __slots__ = ("at", "fields", "tokens")

    def __init__(self, tokens: list[str], fields: Collection[str]) -> None:
        self.tokens = tokens
        self.fields = fields
        self.at = 0

    def _take(self, what: str) -> str:
        if self.at >= len(self.tokens):
            raise UsageError(f"--where: {what} is missing at the end", f"{_EXAMPLE}, in quotes: else > is a file")
        self.at += 1
        return self.tokens[self.at - 1]

    def _is_next(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == word:
            self.at += 1
            return True
        return False

    def either(self, depth: int) -> Test:
        """Tests joined by `or`."""
        tests = [self._both(depth)]
        while self._is_next("or"):
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._is_next("and"):
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise UsageError("--where: too many parentheses", _EXAMPLE)
        if self._is_next("not"):
            inner = self._one(depth + 1)
            return lambda row: not inner(row)
        if self._is_next("("):
            inner = self.either(depth + 1)
            if not self._is_next(")"):
                raise UsageError("--where: no closing )", _EXAMPLE)
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        field = self._take("a field")
        if field not in self.fields:
            hint = did_you_mean(field, self.fields) or f"fields: {', '.join(self.fields)}"
            raise UsageError(f"--where: there is no field {field!r}", hint)
        operator = self._take("an operator")
        if operator not in _OPERATORS:
            raise UsageError(f"--where: {operator!r} is no operator", f"one of {' '.join(_OPERATORS)}")
        text = self._take("a value")
        if text in (*_OPERATORS, "(", ")"):
            raise UsageError(f"--where: {text!r} is no value", _EXAMPLE)
        value = _value(text)
        return lambda row: _compare(row.get(field), operator, value)


def _value(text: str) -> object:
    if text.startswith("'"):
        return text[1:]
    if text in ("null", "-"):
        return None
    return int(text) if text.isascii() and text.isdecimal() else text


def _compare(found: object, operator: str, wanted: object) -> bool:
    if operator == "!=":
        return not _compare(found, "==", wanted)
    if operator == "~":
        return any(str(wanted) in str(each) for each in _each(found))
    if operator in ("==", "="):
        return wanted in _each(found) or str(wanted) in (str(each) for each in _each(found) if each is not None)
    if not isinstance(found, int) or not isinstance(wanted, int):
        return False  # what is not known is neither less nor more
    return {"<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted}[operator]


def _each(found: object) -> list[object]:
    """A list is equal to each of its items; an empty one is `null`."""
    return (found or [None]) if isinstance(found, list) else [found]
