# SPDX-License-Identifier: MIT
"""The tour: eight steps that a newcomer types, each known to be done by what it has changed, not by its words."""

from __future__ import annotations

from nsh.errors import NshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.session.places import Place
    from nsh.session.session import Session

    Block = tuple[str, str]


class Step:
    """One step: what it is about, what to type, how its end is known, and what it has shown.

    `needs` names the step whose place must still be there.
    """

    __slots__ = ("done", "lines", "needs", "seen", "text", "title")

    def __init__(
        self, title: str, text: str, lines: tuple[str, ...], seen: str, done: Callable[[Tour], bool], needs: int = 0
    ) -> None:
        self.title = title
        self.text = text
        self.lines = lines
        self.seen = seen
        self.done = done
        self.needs = needs


class Tour:
    """One tour through one session: `at` is the step it is at, from 1."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.at = 1
        self.places: dict[int, str] = {}
        self._mounts: list[str] | None = None

    @property
    def is_over(self) -> bool:
        """All steps are behind us."""
        return self.at > len(STEPS)

    def look(self) -> list[Block]:
        """Look at what there is now; what to say where a step is done, or can no longer be done."""
        said: list[Block] = []
        while not self.is_over:
            step = STEPS[self.at - 1]
            if self._lost(step):
                self._mounts = None
                said += [("", f"{self.places.get(step.needs, 'it')} is gone; the tour goes back to step {step.needs}.")]
                self.at = step.needs
            elif self._is_done(step):
                said += [("✓ ", self._named(step.seen))]
                self.at += 1
            else:
                return [*said, ("", ""), *self.shown()] if said else []
        return [*said, ("", ""), ("", _END)]

    def _lost(self, step: Step) -> bool:
        """Is the place gone that the step is about?"""
        return bool(step.needs) and self.places.get(step.needs) not in self.session.places

    def _is_done(self, step: Step) -> bool:
        try:
            return step.done(self)
        except (NshError, OSError):  # what is asked about has just ended
            return False

    def skip(self) -> None:
        """Go on without it, to the next step that can be done then."""
        self.at += 1
        while not self.is_over and self._lost(STEPS[self.at - 1]):
            self.at += 1

    def shown(self) -> list[Block]:
        """The step we are at."""
        step = STEPS[self.at - 1]
        lines = [
            ("     type: " if not number else "           ", self._named(line))
            for number, line in enumerate(step.lines)
        ]
        return [(f"{self.at}/{len(STEPS)}  ", step.title), ("     ", self._named(step.text)), *lines]

    def _named(self, text: str) -> str:
        """The text with the names that were given instead of ours."""
        import re  # a tour can wait for it

        given = {"demo": self.places.get(1, "demo"), "box": self.places.get(6, "box")}
        return re.sub(r"\b(demo|box)\b", lambda found: given[found[0]], text)

    # What the steps look at.

    def made(self, *types: str) -> bool:
        """Is there a place with these types of its own? Remembers it for the steps behind."""
        found = [place.name for place in self.session.places.values() if set(types) <= set(place.types)]
        if found:
            self.places[self.at] = found[-1]
        return bool(found)

    def hostnames_differ(self) -> bool:
        """Has the first place another hostname than host?"""
        with self.session.on(self.places[1]):
            inside = self.session.facts().get("hostname")
        with self.session.on("host"):
            return inside != self.session.facts().get("hostname")

    def sits_in(self, step: int, kind: str) -> bool:
        """Do we sit in that namespace of a step's place?"""
        return self.session.seat.ns.get(kind) == self._place(step).ns.get(kind)

    def is_alone(self) -> bool:
        """Are we in a UTS namespace that is neither host's nor a place's?"""
        mine = self.session.seat.ns.get("uts")
        known = [place.ns.get("uts") for place in self.session.places.values()]
        return mine not in (self.session.host.ns.get("uts"), *known)

    def mounted(self) -> bool:
        """Has the box a mount that it had not when the step began?"""
        now = _mount_points(self._place(6))
        if self._mounts is None:
            self._mounts = now
        return len(now) > len(self._mounts)

    def _place(self, step: int) -> Place:
        return self.session.places[self.places[step]]


def _mount_points(place: Place) -> list[str]:
    with open(f"/proc/{place.pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return [line.split()[4] for line in file]


STEPS = (
    Step(
        "A namespace",
        "UTS namespaces hold a hostname. `new` makes one with clone(2): a child of nsh lives in it, and keeps it. You"
        " stay where you are.",
        ("new uts demo",),
        "There are two UTS namespaces now: the number in brackets tells them apart.",
        lambda tour: tour.made("uts"),
    ),
    Step(
        "A change that stays inside",
        "A place's name in front of a line runs the line there. Give the new namespace a hostname of its own.",
        ("demo hostname bizarro",),
        "`demo hostname` and `hostname` tell two names now: that is what the type isolates, and nothing else.",
        lambda tour: tour.hostnames_differ(),
        needs=1,
    ),
    Step(
        "Move in",
        "`enter` is setns(2): now it is you who moves. The prompt says where you are.",
        ("enter demo",),
        "You sit in it, and so does every program that you start: `hostname`, `readlink /proc/self/ns/uts`.",
        lambda tour: tour.sits_in(1, "uts"),
        needs=1,
    ),
    Step(
        "And back",
        "`leave` ends the last move; Ctrl-D on an empty line is the same.",
        ("leave",),
        "You are where you began. The place is still there: its child keeps it.",
        lambda tour: tour.session.depth() == 0,
        needs=1,
    ),
    Step(
        "Move into something new",
        "`unshare` is the third call: no child, you yourself go on in a new namespace. It begins as a copy of yours, so"
        " the hostname is the same, and changing it changes only this one.",
        ("unshare uts",),
        "Yours alone, as `same uts . host` says: no place has it, and it ends when you leave.",
        lambda tour: tour.is_alone(),
    ),
    Step(
        "A box",
        "Several types at once make what people call a container. In a new pid namespace the first process is 1.",
        ("leave", "new pid,mnt,net box"),
        "`box ps -ef` shows its processes, counted from 1; `ls procs box` their numbers outside as well.",
        lambda tour: tour.made("pid", "mnt", "net"),
    ),
    Step(
        "Mount where nobody sees it",
        "Go in and mount an empty file system. `echo $$` in there is not 1: the holder came first.",
        ("enter box", "mount -t tmpfs tmpfs /mnt"),
        "It is in the box's list of mounts and in no other: `mnt ls box --differs`.",
        lambda tour: tour.mounted(),
        needs=6,
    ),
    Step(
        "Nothing stays",
        "A namespace lives as long as something keeps it: a process, an open file, a bind mount. `why box` says what."
        " Leave, and remove both places.",
        ("leave", "rm demo box"),
        "Gone, with all that was in them. What you leave behind goes when nsh ends.",
        lambda tour: tour.session.depth() == 0 and not tour.session.places,
    ),
)

_END = (
    "That was the tour. `help` lists the commands, `help net` explains a type, `help new` a command; pages to read and"
    " to replay are in docs/transcripts."
)

_tours: list[Tour] = []


def running(session: Session) -> Tour | None:
    """The tour that this session is on."""
    return next((tour for tour in _tours if tour.session is session), None)


def begin(session: Session) -> Tour:
    """Begin a tour."""
    stop()
    _tours.append(Tour(session))
    return _tours[-1]


def stop() -> None:
    """No tour any more."""
    _tours.clear()
