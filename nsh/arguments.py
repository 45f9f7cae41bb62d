# SPDX-License-Identifier: MIT
"""The words after a command's own, read into the arguments of its function."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.printable import excerpt
from nsh.words import word_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.registry import Form
    from nsh.session.session import Session
    from nsh.synopsis import Option, Slot
    from nsh.tokens import Token

    Expand = Callable[[Token], str]

HELP = ("-h", "--help")
_SHORT = 70  # a longer usage is left to `help`


class Call:
    """What a line asks of a form: its arguments, whether as JSON, whether only for help.

    `rest` is the first word of a `<…:line>`, which takes pipes and files with it.
    """

    __slots__ = ("arguments", "as_json", "rest", "wants_help")

    def __init__(self) -> None:
        self.arguments: dict[str, object] = {}
        self.as_json = False
        self.wants_help = False
        self.rest: Token | None = None


class Reader:
    """Reads the words of one command, `line` being the text they stand in.

    `end` is where its pipeline ends: a `<…:line>` reaches until there. Without
    a session (`nsh -n`) only words that mean the same in each are looked at.
    """

    __slots__ = ("_call", "_end", "_expand", "_form", "_line", "_positional", "_session", "_values")

    def __init__(self, form: Form, session: Session | None, expand: Expand, line: str, end: int) -> None:
        self._form = form
        self._session = session
        self._expand = expand
        self._line = line
        self._end = end
        self._call = Call()
        self._positional: list[Token] = []
        self._values: dict[str, list[object]] = {}

    def read(self, words: Sequence[Token]) -> Call:
        """The call. UsageError, with the place, for the first word that does not fit."""
        line_at = next((i for i, slot in enumerate(self._form.pattern.slots) if slot.type == "line"), None)
        at = 0
        while at < len(words) and not self._call.wants_help:
            word = words[at]
            if line_at is not None and len(self._positional) == line_at and not word.raw.startswith("--"):
                self._line_from(words[at:])
                break
            if word.text == "--":
                self._after_dashes(word, words[at + 1 :])
                break
            is_option = looks_like_option(word) or self._form.pattern.option(word.text) is not None
            at = self._option(words, at) if is_option else self._word(words, at)
        if not self._call.wants_help:
            self._bind_words(words)
        return self._call

    def _word(self, words: Sequence[Token], at: int) -> int:
        self._positional.append(words[at])
        return at + 1

    def _line_from(self, words: Sequence[Token]) -> None:
        """The rest as it was typed; one quoted word is the line itself, so that it can hold a `;`."""
        slot = self._form.pattern.slots[-1]
        end = self._end
        if self._form.shows and len(words) > 1 and words[-1].raw == "--json":
            self._call.as_json = True
            words, end = words[:-1], words[-1].start
        rest = self._line[words[0].start : end].rstrip()
        if len(words) == 1 and words[0].quoted and rest == words[0].raw:
            rest = self._expand(words[0])
        self._call.arguments[slot.name] = rest
        self._call.rest = words[0]

    def _after_dashes(self, dashes: Token, rest: Sequence[Token]) -> None:
        """`-- CMD`: the words of a command; or, where a form has no such tail, plain words."""
        tail = self._form.pattern.tail
        if tail is None:
            self._positional.extend(rest)
            return
        if not rest:
            raise UsageError("no command stands after '--'", f"for example -- {tail.name}", dashes.span)
        self._call.arguments[tail.name] = tuple(self._expand(word) for word in rest)

    def _option(self, words: Sequence[Token], at: int) -> int:
        """Read the option at `at`, and its value; the position after them."""
        word = words[at]
        name, equals, _ = word.text.partition("=")
        if name in HELP:
            self._call.wants_help = True
            return at + 1
        if name == "--json" and self._form.shows and not equals:
            self._call.as_json = True
            return at + 1
        option = self._form.pattern.option(name)
        if option is None:
            return self._joined(word, at)
        if option.value is None:
            if equals:
                raise UsageError(f"{name} takes no value", None, word.span)
            self._flag(option, word)
            return at + 1
        if not option.repeat and option.parameter in self._call.arguments:
            raise UsageError(f"{name} is given twice", None, word.span)
        if equals:
            self._value(option, option.value, word, self._expand(word).partition("=")[2])
            return at + 1
        if at + 1 == len(words) or words[at + 1].raw == "--":
            raise UsageError(f"{name} needs a value", f"{name} {option.value.usage}", word.span)
        self._value(option, option.value, words[at + 1], self._expand(words[at + 1]))
        return at + 2

    def _joined(self, word: Token, at: int) -> int:
        """`-c3`: a short option with its value behind it; the position after it."""
        text = self._expand(word)
        option = self._form.pattern.option(text[:2])
        if option is None or option.value is None or text[1] == "-":
            raise self._unknown(word, word.text.partition("=")[0])
        if not option.repeat and option.parameter in self._call.arguments:
            raise UsageError(f"{text[:2]} is given twice", None, word.span)
        self._value(option, option.value, word, text[2:])
        return at + 1

    def _unknown(self, word: Token, name: str) -> UsageError:
        from nsh.registry import REGISTRY
        from nsh.spelling import did_you_mean  # after a mistake only: start-up time

        longer = (*self._form.words, name)
        other = next((form for form in REGISTRY.loaded(longer[0]) if form.words == longer), None)
        if other is not None:
            return UsageError(f"{name} comes first, right behind {self._form.name}", _usage(other), word.span)
        known = [spelled for option in self._form.pattern.options for spelled in option.names]
        known += [*HELP, *(["--json"] if self._form.shows else [])]
        hint = did_you_mean(name, known) or _usage(self._form)
        return UsageError(f"{self._form.name} has no option {excerpt(name)}", hint, word.span)

    def _flag(self, option: Option, word: Token) -> None:
        for other in option.excludes:
            if other.lstrip("-").replace("-", "_") in self._call.arguments:
                raise UsageError(f"{word.text} and {other} exclude each other", None, word.span)
        self._call.arguments[option.parameter] = True

    def _value(self, option: Option, slot: Slot, word: Token, text: str) -> None:
        value = self._read(slot, word, text)
        if option.repeat:
            values = self._values.setdefault(option.parameter, [])
            values.append(value)
            self._call.arguments[option.parameter] = tuple(values)
        else:
            self._call.arguments[option.parameter] = value

    def _read(self, slot: Slot, word: Token, text: str) -> object:
        kind = word_type(slot.type)
        try:
            if self._session is not None:
                return kind.read(self._session, text, word)
            return kind.parse(text) if kind.is_pure and not word.variables else text
        except UsageError as error:
            error.span = error.span or word.span
            raise

    def _bind_words(self, words: Sequence[Token]) -> None:
        """Give the plain words to their slots, and see that none is missing or left over."""
        pattern = self._form.pattern
        needed = [slot for slot in pattern.slots if not slot.optional and slot.name not in self._call.arguments]
        if len(self._positional) < len(needed):
            raise self._missing(needed[len(self._positional)])
        if pattern.tail and not pattern.tail.optional and pattern.tail.name not in self._call.arguments:
            raise self._missing(pattern.tail)
        places = pattern.slots_for(len(self._positional)) if self._positional else []
        if len(places) < len(self._positional):
            extra = self._positional[len(places)]
            span = extra.start, self._positional[-1].end
            raise UsageError(f"too many words for {self._form.name}", _usage(self._form), span)
        for slot, word in zip(places, self._positional, strict=False):
            value = self._read(slot, word, self._expand(word))
            if slot.repeat:
                values = self._values.setdefault(slot.name, [])
                values.append(value)
                self._call.arguments[slot.name] = tuple(values)
            else:
                self._call.arguments[slot.name] = value

    def _missing(self, slot: Slot) -> UsageError:
        span = self._end, self._end + 1
        return UsageError(f"{self._form.name}: {slot.label} is missing", _usage(self._form), span)


def _usage(form: Form) -> str:
    words = [word for word in form.words if not word.startswith("-")]
    return f"usage: {form.usage}" if len(form.usage) <= _SHORT else f"help {' '.join(words)}"


def looks_like_option(word: Token) -> bool:
    """`-x`, `--long`; not `-`, not a negative number, not what a variable may hold."""
    text = word.text
    return text.startswith("-") and len(text) > 1 and not text[1].isdigit() and text[1] != "."
