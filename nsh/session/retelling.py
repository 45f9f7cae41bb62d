# SPDX-License-Identifier: MIT
"""The story of a session as acts that other tongues can say; what they cannot say is named."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import NshError
from nsh.session import iplines
from nsh.session.story import Entry
from nsh.tongues.acts import OUTSIDE, Act
from nsh.tongues.recipe import Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.places import Seat
    from nsh.session.programs import Program
    from nsh.session.story import Story
    from nsh.tongues.acts import Where

_CALLS = ("mount", "umount2", "pivot_root", "sethostname", "setdomainname", "setresuid", "setresgid", "write")
_HOLDER = ["sleep", "infinity"]
_SIGNS = {"r": "<", "w": ">", "a": ">>", "dup": ">&"}


class Retelling:
    """`acts`, in order, and `unsaid`: the lines that are left out, with the reason."""

    def __init__(self, story: Story, count: int | None = None) -> None:
        """Of the whole story, or of its last `count` lines."""
        self.acts: list[Act] = []
        self.unsaid: list[str] = []
        self._seats: dict[Seat, Where] = {}
        self._holders: dict[Seat, str] = {}
        self._places: dict[str, tuple[str, Where]] = {}
        if story.forgotten:
            self.unsaid.append(f"the first {story.forgotten} things that were done are forgotten")
        for entry in story.of_last(count):
            try:
                getattr(self, f"_{entry.kind}")(entry)
            except NshError as error:
                self.unsaid.append(f"{entry.said}: {error.message}")

    def program(self, suffix: str) -> str:
        """The program in the tongue of that suffix."""
        from nsh.tongues import SCRIPTS

        return SCRIPTS[suffix](self.acts, self.unsaid)

    def _where(self, seat: Seat) -> Where:
        """Where a seat is; host, or one that could not be said, is outside."""
        return self._seats.get(seat, {})

    def _variable(self, stem: str) -> str:
        """A name that every tongue takes, and no other holder has."""
        clean = "".join(char if char.isascii() and char.isalnum() else "_" for char in stem)
        base = number = f"pid_{clean}"
        taken = {act.variable for act in self.acts}
        count = 1
        while number in taken:
            count += 1
            number = f"{base}_{count}"
        return number

    def _hold(self, entry: Entry) -> None:
        where = self._where(entry.seat)
        variable = self._variable(entry.name)
        recipe = _recipe(entry, _HOLDER)
        self.acts.append(Act("hold", entry.said, where, variable=variable, recipe=recipe))
        self._places[entry.name] = variable, _made(where, recipe, variable)

    def _move(self, entry: Entry) -> None:
        recipe = _recipe(entry, _HOLDER)
        if entry.into is None or entry.into.later:
            raise NshError("only its next children are in the new namespaces, which no program of one piece can say")
        where = self._where(entry.seat)
        variable = self._variable("seat")
        self.acts.append(Act("hold", entry.said, where, variable=variable, recipe=recipe))
        self._seats[entry.into] = _made(where, recipe, variable)
        self._holders[entry.into] = variable

    def _enter(self, entry: Entry) -> None:
        if entry.into is not None:
            self._seats[entry.into] = self._joined(entry)

    def _joined(self, entry: Entry) -> Where:
        """Where somebody is who entered what a label stands for."""
        kinds = nstypes.names_of(entry.flags)
        where = dict(self._where(entry.seat))
        if entry.name in self._places:
            _, there = self._places[entry.name]
            where.update({kind: there[kind] for kind in kinds if kind in there})
        elif entry.name == "host":
            for kind in kinds:
                where.pop(kind, None)
        else:
            raise NshError(f"{entry.name} was not made by this session")
        return where

    def _leave(self, entry: Entry) -> None:
        variable = self._holders.pop(entry.seat, None)
        if variable is not None:
            self.acts.append(Act("end", entry.said, {}, variable=variable))

    def _end(self, entry: Entry) -> None:
        if entry.name in self._places:
            variable, _ = self._places.pop(entry.name)
            self.acts.append(Act("end", entry.said, {}, variable=variable))

    def _do(self, entry: Entry) -> None:
        recipe = Recipe(entry.ops, [])
        if any(op.name in ("chdir", "umask") for op in recipe.ops):
            raise NshError("it is of the process that one sits in")
        if any(op.name not in _CALLS for op in recipe.ops):
            raise NshError("only nsh has this command")
        self.acts.append(Act("do", entry.said, self._where(entry.seat), recipe=recipe))

    def _run(self, entry: Entry) -> None:
        where = self._joined(entry) if entry.name else self._where(entry.seat)
        self.acts.append(
            Act("run", entry.said, where, words=list(words_of(entry.programs, background=entry.background)))
        )

    def _program(self, entry: Entry) -> None:
        recipe = _recipe(entry, words_of(entry.programs, background=False))
        recipe.flags |= entry.flags
        self.acts.append(Act("run", entry.said, self._where(entry.seat), recipe=recipe))

    def _network(self, entry: Entry) -> None:
        for line in iplines.of(entry.words, entry.arguments):
            where = dict(self._where(entry.seat))
            if line.place not in (None, "."):
                where = self._net_of(str(line.place), where)
            self.acts.append(Act("run", entry.said, where, words=line.words(self._pid_of(entry))))

    def _net_of(self, place: str, where: Where) -> Where:
        if place == "host":
            return {kind: variable for kind, variable in where.items() if kind not in ("net", "user")}
        if place not in self._places:
            raise NshError(f"{place} was not made by this session")
        there = self._places[place][1]
        return {**where, **{kind: there[kind] for kind in ("user", "net") if kind in there}}

    def _pid_of(self, entry: Entry) -> dict[str, str]:
        """{place: variable} of those that have a net namespace, for `netns PID`."""
        found = {name: there["net"] for name, (_, there) in self._places.items() if "net" in there}
        return {**found, "host": OUTSIDE, ".": self._where(entry.seat).get("net", OUTSIDE)}

    def _unsaid(self, entry: Entry) -> None:
        raise NshError("only nsh has this command")


def _recipe(entry: Entry, argv: list[str]) -> Recipe:
    maps = entry.maps
    uid_map = maps.uid_map if maps is not None else ""
    return Recipe(entry.ops, argv, uid_map=uid_map, gid_map=maps.gid_map if maps is not None else "")


def _made(where: Where, recipe: Recipe, variable: str) -> Where:
    return {**where, **dict.fromkeys(nstypes.names_of(recipe.all_flags), variable)}


def words_of(programs: list[Program], *, background: bool) -> list[str]:
    """One program's words; of anything more, a line for sh."""
    if len(programs) == 1 and not programs[0].redirects and not background:
        return programs[0].argv
    import shlex

    stages = []
    for program in programs:
        redirects = [f"{fd}{_SIGNS[mode]}{shlex.quote(target)}" for fd, mode, target in program.redirects]
        stages.append(" ".join([shlex.join(program.argv), *redirects]))
    return ["sh", "-c", " | ".join(stages) + (" &" if background else "")]
