# SPDX-License-Identifier: MIT
"""What this session has done, in order: what `save FILE.sh` and the other tongues are made of."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nsh.ops import Op
    from nsh.session.births import MapsWanted
    from nsh.session.places import Seat
    from nsh.session.programs import Program
    from nsh.session.session import Session

ENTRIES_KEPT = 5000
"""Older ones are forgotten: a long session must not grow without end."""


NETWORK = frozenset(("veth", "bridge", "link", "addr", "route", "macvlan", "ipvlan", "vlan", "vxlan", "dummy"))
"""First words of commands that ip(8) can do as well."""

_ONLY_OURS = frozenset(("nat", "forward", "dns", "netem", "lab", "pin", "unpin", "ipc", "env", "user keys"))
_SIGNALS = frozenset(("pid signal", "pid freeze", "pid thaw"))
"""Commands that change something and are not said in other tongues: by their first words."""

_ONLY_LOOK = ("ls", "list", "show")


class Entry:
    """One thing that was done, from where you sat then.

    `kind` is one of `hold` (new NAME), `program` (new … -- CMD), `move`
    (unshare), `enter`, `leave`, `end` (rm NAME), `do` (calls where you sat),
    `run` (programs), `network` (a command with its words), `unsaid` (a command
    that only nsh has). `said` is what to call it. `seat` is where you sat,
    `into` the seat that came of a move, `name` the place it is about.
    """

    __slots__ = (
        "arguments",
        "background",
        "flags",
        "into",
        "kind",
        "line",
        "maps",
        "name",
        "ops",
        "programs",
        "said",
        "seat",
        "words",
    )

    def __init__(self, kind: str, seat: Seat, said: str, name: str = "") -> None:
        self.kind = kind
        self.seat = seat
        self.said = said
        self.name = name
        self.into: Seat | None = None
        self.ops: list[Op] = []
        self.flags = 0
        self.line = 0
        self.background = False
        self.maps: MapsWanted | None = None
        self.programs: list[Program] = []
        self.words: tuple[str, ...] = ()
        self.arguments: dict[str, Any] = {}


class Story:
    """What was done in one session, oldest first; `forgotten` counts those before them."""

    __slots__ = ("_line", "entries", "forgotten")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.forgotten = 0
        self._line = 0

    def begin_line(self) -> None:
        """A line is going to be run."""
        self._line += 1

    def of_last(self, count: int | None) -> list[Entry]:
        """What the last lines did, the one that runs not counted; of all lines for None."""
        return [entry for entry in self.entries if count is None or entry.line >= self._line - count]

    def _add(self, entry: Entry) -> Entry:
        if len(self.entries) == ENTRIES_KEPT:
            del self.entries[0]
            self.forgotten += 1
        entry.line = self._line
        self.entries.append(entry)
        return entry

    def held(self, seat: Seat, types: Sequence[str], name: str, plan: list[Op], maps: MapsWanted | None) -> None:
        """A place was made, and somebody or something keeps it."""
        entry = self._add(Entry("hold", seat, f"new {','.join(types)} {name}", name))
        entry.ops, entry.maps = plan, maps

    def ran_as_child(
        self, seat: Seat, said: str, flags: int, steps: list[Op], maps: MapsWanted | None, program: Program
    ) -> None:
        """`new … -- CMD`."""
        entry = self._add(Entry("program", seat, said))
        entry.flags, entry.ops, entry.maps, entry.programs = flags, steps, maps, [program]

    def moved(self, seat: Seat, into: Seat, said: str, plan: list[Op], maps: MapsWanted | None) -> None:
        """You sit in a copy of the process you sat in."""
        entry = self._add(Entry("move", seat, said))
        entry.into, entry.ops, entry.maps = into, plan, maps

    def entered(self, seat: Seat, into: Seat, label: str, flags: int) -> None:
        """You sit in a process in what a reference stands for."""
        entry = self._add(Entry("enter", seat, f"enter {label}", label))
        entry.into, entry.flags = into, flags

    def left(self, seat: Seat) -> None:
        """You went back from there."""
        self._add(Entry("leave", seat, "leave"))

    def ended(self, seat: Seat, name: str) -> None:
        """A place was removed."""
        self._add(Entry("end", seat, f"rm {name}", name))

    def did(self, seat: Seat, ops: Sequence[Op]) -> None:
        """Calls where you sat."""
        entry = self._add(Entry("do", seat, "; ".join(str(op) for op in ops)))
        entry.ops = list(ops)

    def ran(self, seat: Seat, programs: list[Program], background: bool, label: str, flags: int) -> Entry:
        """Programs where you sat; with a label, in that place, which they entered themselves."""
        words = " | ".join(" ".join(program.argv) for program in programs)
        entry = self._add(Entry("run", seat, f"{words} &" if background else words, label))
        entry.programs, entry.flags, entry.background = programs, flags, background
        return entry

    def was_refused(self, entry: Entry | None) -> None:
        """It was not done after all: there is no such program."""
        if entry in self.entries:
            self.entries.remove(entry)

    def command(self, session: Session, words: tuple[str, ...], arguments: dict[str, Any]) -> None:
        """A command has run: it is told by its words if it is about the network, or one that only nsh has."""
        is_network = words[0] in NETWORK
        is_ours = bool({words[0], " ".join(words[:2])} & (_ONLY_OURS | _SIGNALS))
        if not (is_network or is_ours) or words[-1] in _ONLY_LOOK:
            return
        entry = self._add(Entry("network" if is_network else "unsaid", session.seat, " ".join(words)))
        entry.words, entry.arguments = words, arguments
