# SPDX-License-Identifier: MIT
"""The one-line synopsis of a command form, read into a pattern.

    new <types:types> [<name:newname>] [--map <map:map>]... [-q|--quiet] [-- <cmd:words>]

Leading words are literal, `--oci` as well as `ls`. `<parameter:wordtype>` is a
word to be read, `[…]` may be left out, `…...` may be repeated. `[-q|--quiet]`
is one flag with a short name, `[--proc|--no-proc]` two flags that exclude each
other. `-- <cmd:words>` takes all that follows, `<line:line>` the rest of the
line as it was typed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = 20
"""Letters of the words to choose from, up to which a usage line shows them themselves."""


class SynopsisError(Exception):
    """The synopsis itself is wrong: a mistake in a command module."""


class Slot:
    """A word in a place of its own: parameter, word type, may it be missing, may there be several."""

    __slots__ = ("name", "optional", "repeat", "type")

    def __init__(self, name: str, type: str, optional: bool = False, repeat: bool = False) -> None:
        self.name = name
        self.type = type
        self.optional = optional
        self.repeat = repeat

    def __repr__(self) -> str:
        return f"<Slot {self.name}:{self.type}>"

    @property
    def usage(self) -> str:
        """The slot as help shows it: `NAME`, `[NAME]`, `NAME...`; one of a few words as `via|dev`."""
        shown = self.label + ("..." if self.repeat else "")
        return f"[{shown}]" if self.optional else shown

    @property
    def label(self) -> str:
        """What the slot is called: its name, or the words it can be where those are short."""
        words = self.type.removeprefix("choice(").removesuffix(")").replace(",", "|")
        return (
            words if self.type.startswith("choice(") and len(words) <= _SHORT else self.name.upper().replace("_", "-")
        )


class Option:
    """A flag, or an option with a value (`value` is then a Slot).

    `parameter` is the function's; `excludes` names the flags that may not
    stand beside this one.
    """

    __slots__ = ("excludes", "names", "parameter", "repeat", "value")

    def __init__(
        self, names: tuple[str, ...], value: Slot | None, repeat: bool, excludes: tuple[str, ...] = ()
    ) -> None:
        self.names = names
        self.value = value
        self.repeat = repeat
        self.excludes = excludes
        self.parameter = value.name if value else names[-1].lstrip("-").replace("-", "_")

    def __repr__(self) -> str:
        return f"<Option {self.names[-1]}>"

    @property
    def usage(self) -> str:
        """The option as help shows it, with those it excludes: `[-q|--quiet]`, `[--map MAP]...`."""
        value = f" {self.value.usage}" if self.value else ""
        return f"[{'|'.join((*self.names, *self.excludes))}{value}]{'...' if self.repeat else ''}"


class Pattern:
    """A synopsis that was read: literal words, slots, options, tail."""

    __slots__ = ("options", "slots", "tail", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: tuple[str, ...] = ()
        self.slots: tuple[Slot, ...] = ()
        self.options: tuple[Option, ...] = ()
        self.tail: Slot | None = None

    @property
    def usage(self) -> str:
        """The synopsis as help prints it: `new TYPES [NAME] [--map MAP]... [-- CMD...]`."""
        return " ".join(self.usage_parts())

    def usage_parts(self) -> list[str]:
        """The usage in pieces that should not be broken."""
        parts = [*self.words, *(slot.usage for slot in self.slots)]
        shown: set[str] = set()
        for option in self.options:
            if not any(other in shown for other in option.excludes):
                parts.append(option.usage)
                shown.update(option.names)
        if self.tail:
            tail = f"-- {self.tail.name.upper()}..."
            parts.append(f"[{tail}]" if self.tail.optional else tail)
        return parts

    def parameters(self) -> list[tuple[str, bool]]:
        """Each parameter with whether it may be left out of the call."""
        found = [(slot.name, slot.optional) for slot in self.slots]
        found += [(option.parameter, True) for option in self.options]
        if self.tail:
            found.append((self.tail.name, self.tail.optional))
        return found

    def types(self) -> list[str]:
        """The names of all word types in it."""
        slots = [*self.slots, *(option.value for option in self.options if option.value)]
        return [slot.type for slot in (*slots, self.tail) if slot]

    def slots_for(self, count: int) -> list[Slot]:
        """The slot of each of `count` words: those that must be there first, then the others from the left.

        Shorter than `count` where there are too many words.
        """
        spare = count - sum(not slot.optional for slot in self.slots)
        places: list[Slot] = []
        for slot in self.slots:
            if slot.optional and spare <= 0:
                continue
            times = 1 + (max(spare - slot.optional, 0) if slot.repeat else 0)
            spare -= times - (not slot.optional)
            places += [slot] * times
        return places

    def option(self, name: str) -> Option | None:
        """The option that goes by this name."""
        for option in self.options:
            if name in option.names:
                return option
        return None


def parse_synopsis(text: str) -> Pattern:
    """Read a synopsis. SynopsisError says what is wrong with it."""
    pattern = Pattern(text)
    for chunk in _chunks(text):
        _add(pattern, chunk)
    _check(pattern)
    return pattern


def _chunks(text: str) -> list[str]:
    """Split at blanks outside brackets; `-- <cmd:words>` stays together."""
    chunks: list[str] = []
    depth = 0
    for word in text.split():
        if depth or (chunks and chunks[-1] == "--"):
            chunks[-1] += f" {word}"
        else:
            chunks.append(word)
        depth += word.count("[") - word.count("]")
        if depth < 0:
            raise SynopsisError(f"{text!r}: ']' without '['")
    if depth:
        raise SynopsisError(f"{text!r}: '[' without ']'")
    return chunks


def _add(pattern: Pattern, chunk: str) -> None:
    body = chunk.removesuffix("...")
    repeat = body != chunk
    optional = body.startswith("[")
    if optional:
        inner = body[1:-1]
        body = inner.removesuffix("...")
        repeat = repeat or body != inner
    if body.startswith("-- "):
        pattern.tail = _slot(body[3:], optional, True)
    elif body.startswith("-") and optional:
        pattern.options += _options(body, repeat)
    elif body.startswith("<"):
        pattern.slots += (_slot(body, optional, repeat),)
    elif pattern.slots or pattern.options or optional:
        raise SynopsisError(f"{pattern.text!r}: the literal word {chunk!r} must come first")
    else:
        pattern.words += (chunk,)


def _slot(text: str, optional: bool, repeat: bool) -> Slot:
    """`<name:type>`; `<type>` alone is a parameter named like its type."""
    if not (text.startswith("<") and text.endswith(">")):
        raise SynopsisError(f"{text!r} should be <parameter:type>")
    name, _, kind = text[1:-1].partition(":")
    if not name.isidentifier():
        raise SynopsisError(f"{text!r}: {name!r} cannot be the name of a parameter")
    return Slot(name, kind or name, optional, repeat)


def _options(body: str, repeat: bool) -> tuple[Option, ...]:
    spelled, _, placeholder = body.partition(" ")
    names = tuple(spelled.split("|"))
    if not all(name.startswith("-") and name.strip("-") for name in names):
        raise SynopsisError(f"{body!r} is no option")
    if placeholder:
        return (Option(names, _slot(placeholder, False, False), repeat),)
    if any(not name.startswith("--") for name in names):
        return (Option(names, None, repeat),)
    return tuple(Option((name,), None, repeat, tuple(n for n in names if n != name)) for name in names)


def _check(pattern: Pattern) -> None:
    if not pattern.words:
        raise SynopsisError(f"{pattern.text!r} has no first word")
    _no_doubles(pattern.text, (name for name, _ in pattern.parameters()))
    _no_doubles(pattern.text, (name for option in pattern.options for name in option.names))
    if sum(slot.repeat for slot in pattern.slots) > 1:
        raise SynopsisError(f"{pattern.text!r}: only one word may be repeated")
    for i, slot in enumerate(pattern.slots):
        if slot.type != "line":
            continue
        if i != len(pattern.slots) - 1 or pattern.tail or any(before.optional for before in pattern.slots[:i]):
            raise SynopsisError(f"{pattern.text!r}: a line takes the rest: last, after words that must be there")


def _no_doubles(text: str, names: Iterable[str]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise SynopsisError(f"{text!r}: {name!r} twice")
        seen.add(name)
