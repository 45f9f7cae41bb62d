# SPDX-License-Identifier: MIT
"""Word types: each reads, completes and colours one kind of word.

A type's `read` turns the text into the value a command gets and raises BadWord
with the reason where it cannot; `complete` offers what could be typed;
`style` is the name of its colour. `is_pure` types mean the same in every
session: `parse` reads them without one, for `nsh -n`.
"""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import BadWord
from nsh.names import read_names
from nsh.printable import excerpt
from nsh.quantities import read_duration, read_integer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.grammar import Token
    from nsh.session.session import Session

    Choices = list[tuple[str, str]]

_SPOKEN = {"mount": "mnt", "network": "net", "process": "pid", "hostname": "uts", "cgroups": "cgroup"}


class WordType:
    """A kind of word that any text is: the base of the others.

    `name` is what a synopsis calls it. Completion finds words of a type that is
    `by_letters` by any letters of them, in their order. What is no pure type may be
    `is_known_here`: to read it asks nobody but the session, so it is read with each key.
    """

    __slots__ = ("name", "style")
    is_pure = True
    is_known_here = False
    by_letters = False

    def __init__(self, name: str, style: str = "text") -> None:
        self.name = name
        self.style = style

    def parse(self, text: str) -> object:
        """The value of this word in any session. BadWord says why there is none."""
        return text

    def read(self, session: Session, text: str, token: Token | None = None) -> object:
        """The value of this word. BadWord says why there is none."""
        return self.parse(text)

    def complete(self, session: Session, prefix: str) -> Choices:
        """(text, remark) for each word that could stand here and begins with `prefix`."""
        return []

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> Choices:
        """The same, where the words of the command before this one decide; by default they do not."""
        return self.complete(session, prefix)


class _Parsed(WordType):
    """A word that one function reads, whatever the session."""

    __slots__ = ("_function",)

    def __init__(self, name: str, style: str, function: Callable[[str], object]) -> None:
        super().__init__(name, style)
        self._function = function

    def parse(self, text: str) -> object:
        """What the function makes of it."""
        return self._function(text)


class Choice(WordType):
    """One of a few words, each with a remark; `otherwise` is said of any other."""

    __slots__ = ("_choices", "_otherwise")
    _more: tuple[str, ...] = ()  # words that stand for several of them

    def __init__(self, name: str, choices: dict[str, str], otherwise: str, style: str = "type") -> None:
        super().__init__(name, style)
        self._choices = choices
        self._otherwise = otherwise

    def parse(self, text: str) -> object:
        """The word itself."""
        if text not in self._choices:
            from nsh.spelling import did_you_mean  # after a mistake only: start-up time

            meant = _SPOKEN.get(text)
            known = [*self._choices, *self._more]
            hint = f"did you mean '{meant}'?" if meant in self._choices else did_you_mean(text, known)
            raise BadWord(excerpt(text) or "''", self._otherwise, hint or self._list())
        return text

    def _list(self) -> str:
        return f"one of: {', '.join([*self._choices, *self._more])}"

    def complete(self, session: Session, prefix: str) -> Choices:
        """Those that begin with the prefix."""
        return _starting(prefix, list(self._choices.items()))


class Types(Choice):
    """A comma list of namespace types, or `all`."""

    __slots__ = ()
    _more = ("all",)

    def parse(self, text: str) -> object:
        """A tuple of type names, in the order of /proc/PID/ns in nstypes."""
        if text == "all":
            return nstypes.NAMES
        wanted = text.split(",")
        if "" in wanted:
            raise BadWord(excerpt(text) or "''", "a comma list of types has no empty places", self._list())
        for word in wanted:
            super().parse(word)
        return tuple(name for name in nstypes.NAMES if name in wanted)

    def read(self, session: Session, text: str, token: Token | None = None) -> object:
        """The same; a place's name, for somebody who wants to do something there, is told apart from any other word."""
        if text == "host" or text in session.places:
            raise BadWord(
                excerpt(text),
                "a place, and no type of namespace",
                f"types come first; to do something there: {text} CMD",
            )
        return self.parse(text)

    def complete(self, session: Session, prefix: str) -> Choices:
        """The types not in the list yet."""
        before, comma, last = prefix.rpartition(",")
        taken = before.split(",")
        offers = [(name, remark) for name, remark in self._choices.items() if name not in taken]
        if not comma:
            offers.append(("all", "all eight"))
        return [(before + comma + name, remark) for name, remark in _starting(last, offers)]


class NewName(WordType):
    """A name that is free, or a range of them (`h[1..500]`)."""

    __slots__ = ()
    is_pure = False
    is_known_here = True

    def read(self, session: Session, text: str, token: Token | None = None) -> object:
        """The name, or the list of names that a range stands for. NameTaken where one is in use."""
        return read_names(text, session.names())


class Reference(WordType):
    """Anything that means a namespace or a place: a name, PID, `uts:[4026532386]`, path, `host`, `.`.

    Its value is the text: commands ask `session.resolve`, which knows the type
    that is wanted.
    """

    __slots__ = ()
    is_pure = False
    by_letters = True

    def complete(self, session: Session, prefix: str) -> Choices:
        """Places, names under /run, `host`; pids where a number was begun."""
        return self.complete_after(session, (), prefix)

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> Choices:
        """The same; of places and names those that have the types named before, those of the command's own type first.

        `uts` in `same uts`, `pid` in `pid ls`.
        """
        from nsh import offers  # at the first Tab, not with every start

        if "/" in prefix:
            return offers.paths(prefix)
        if prefix.isdecimal():
            return offers.pids(prefix)
        wanted = {kind for word in before[1:] for kind in word.split(",") if kind in nstypes.BY_NAME}
        own = before[0] if before else ""
        known = [*((name, place.types) for name, place in session.places.items()), *offers.pinned(session)]
        fitting = sorted((each for each in known if wanted <= set(each[1])), key=lambda each: own not in each[1])
        named = [(name, ",".join(types)) for name, types in fitting]
        return _starting(prefix, [*named, ("host", "where nsh was started"), (".", "here")])


class PlaceName(WordType):
    """A place of this session by its name, `host` or `.`."""

    __slots__ = ()
    is_pure = False
    is_known_here = True
    by_letters = True

    def read(self, session: Session, text: str, token: Token | None = None) -> object:
        """The name."""
        if text in session.places or text in ("host", "."):
            return text
        from nsh.spelling import did_you_mean

        names = [*session.places]
        there_are = "places: " + ", ".join(names[:20]) if names else "no places yet: new uts demo"
        raise BadWord(excerpt(text) or "''", "no such place", did_you_mean(text, names) or there_are)

    def complete(self, session: Session, prefix: str) -> Choices:
        """The places, and names under /run."""
        from nsh import offers  # at the first Tab, not with every start

        return _starting(
            prefix, [*_places(session), *((name, ",".join(types)) for name, types in offers.pinned(session))]
        )


class EndpointWord(WordType):
    """A device by its place: `PLACE:DEV`, or `DEV` where you are. Its value is an Endpoint."""

    __slots__ = ()

    def parse(self, text: str) -> object:
        """The Endpoint."""
        from nsh.session.nets import read_endpoint  # with the first endpoint, not with every start

        return read_endpoint(text)

    def complete(self, session: Session, prefix: str) -> Choices:
        """Places with a colon, then the devices there."""
        from nsh import offers  # at the first Tab, not with every start
        from nsh.session.devices import offered

        place, colon, _ = prefix.rpartition(":")
        pinned = [(name, "net") for name, types in offers.pinned(session) if "net" in types]
        named = [] if colon else [*_places(session), *pinned, ("host", "")]
        places = [(f"{name}:", remark) for name, remark in named]
        devices = [(place + colon + name, remark) for name, remark in offered(session, place if colon else None)]
        return _starting(prefix, [*devices, *places])


class Pid(_Parsed):
    """A process by its number."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> Choices:
        """The processes, with their names."""
        from nsh import offers  # at the first Tab, not with every start

        return offers.pids(prefix)


class JobNumber(WordType):
    """A job of this session by its number."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> Choices:
        """The jobs, with their commands."""
        jobs = session.jobs.current if session.has_jobs else []
        return _starting(prefix, [(str(job.number), job.text) for job in jobs])


class HostName(WordType):
    """An address, a place with a network of its own, or any name that programs would find; its value is the text."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> Choices:
        """The places that have devices."""
        places = [(name, remark) for name, remark in _places(session) if "net" in remark.split(",")]
        return _starting(prefix, [*places, ("localhost", "")])


class Path(WordType):
    """A file, of the place you are in; a `hostpath`, of host."""

    __slots__ = ()

    def parse(self, text: str) -> object:
        """The path as typed."""
        if not text:
            raise BadWord("''", "an empty path")
        return text

    def complete(self, session: Session, prefix: str) -> Choices:
        """Files whose names begin so, directories with a `/`."""
        from nsh import offers  # at the first Tab, not with every start

        return offers.paths(prefix)


class Variable(WordType):
    """The name of a variable."""

    __slots__ = ()

    def parse(self, text: str) -> object:
        """The name, without `$`."""
        if not (text.isascii() and text.isidentifier()):
            hint = f"without the $: {text[1:]}" if text.startswith("$") and text[1:].isidentifier() else None
            raise BadWord(excerpt(text) or "''", "a variable's name is letters, digits and _", hint)
        return text

    def complete(self, session: Session, prefix: str) -> Choices:
        """The variables there are."""
        return _starting(prefix, list(session.variables.items()))


def _lazily(module: str, function: str) -> Callable[[str], object]:
    """A reader that is imported with the first word of its kind, not with every start."""

    def read(text: str) -> object:
        from importlib import import_module

        reader: Callable[[str], object] = getattr(import_module(module), function)
        return reader(text)

    return read


def _places(session: Session) -> Choices:
    return [(name, ",".join(place.types)) for name, place in session.places.items()]


def _starting(prefix: str, choices: Choices) -> Choices:
    return [choice for choice in choices if choice[0].startswith(prefix)]


_ISOLATES = {row.name: row.isolates for row in nstypes.ALL}
_PROPAGATION = {
    "private": "mounts stay inside",
    "slave": "mounts come in, none go out",
    "shared": "mounts go both ways",
    "unchanged": "as the parent had it",
}

_INET = ("address", "destination", "ip", "mac")
TYPES: dict[str, WordType] = {
    kind.name: kind
    for kind in (
        Types("types", _ISOLATES, "no such type of namespace"),
        Choice("type", _ISOLATES, "no such type of namespace"),
        NewName("newname", "name"),
        Reference("ref", "name"),
        PlaceName("place", "name"),
        EndpointWord("endpoint", "device"),
        _Parsed("device", "device", _lazily("nsh.session.nets", "read_device")),
        *(_Parsed(name, "number", _lazily("nsh.net.inet", f"read_{name}")) for name in _INET),
        HostName("host", "name"),
        WordType("text"),
        _Parsed("int", "number", read_integer),
        Pid("pid", "number", read_integer),
        JobNumber("job", "number"),
        _Parsed("duration", "number", read_duration),
        _Parsed("map", "number", _lazily("nsh.session.maps", "parse")),
        Path("path", "path"),
        Path("hostpath", "path"),
        Variable("variable", "variable"),
        Choice("propagation", _PROPAGATION, "no such propagation"),
        WordType("words", "program"),
        WordType("line", "program"),
    )
}


def is_word_type(name: str) -> bool:
    """May a synopsis use this type?"""
    return name in TYPES or (name.startswith("choice(") and name.endswith(")"))


def word_type(name: str) -> WordType:
    """The word type of this name; `choice(on,off)` is made when first asked for."""
    if name not in TYPES and is_word_type(name):
        TYPES[name] = Choice("choice", dict.fromkeys(name[7:-1].split(","), ""), "cannot stand here")
    return TYPES[name]


def define(kind: WordType) -> None:
    """Add a word type that a command module brings along. ValueError where the name is taken."""
    if kind.name in TYPES:
        raise ValueError(f"two word types are called {kind.name!r}")
    TYPES[kind.name] = kind
