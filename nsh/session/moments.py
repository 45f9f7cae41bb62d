# SPDX-License-Identifier: MIT
"""What a reference stands for at one moment, kept to be compared with another moment or another reference."""

from __future__ import annotations

import os
import time

from nsh import nstypes
from nsh.errors import Refused
from nsh.kernel import nsfs
from nsh.session import describe, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.refs import Target
    from nsh.session.session import Session

    Row = dict[str, object]


class Moment:
    """The namespaces of a reference, and what belongs to each: `facts` by type.

    `ids` has the id that is never used again, None where the kernel has none;
    inodes are used again at once.
    """

    __slots__ = ("facts", "ids", "inodes", "label", "names", "ref", "taken")

    def __init__(self, label: str, ref: str) -> None:
        self.label = label
        self.ref = ref
        self.taken = time.time()
        self.inodes: dict[str, int] = {}
        self.ids: dict[str, int | None] = {}
        self.names: dict[str, str | None] = {}
        self.facts: dict[str, dict[str, object]] = {}

    def as_json(self) -> Row:
        """One flat object."""
        found = [f"{kind}:[{inode}]" for kind, inode in self.inodes.items()]
        return {"name": self.label, "ref": self.ref, "taken": round(self.taken, 3), "namespaces": found}

    def is_same(self, other: Moment, kind: str) -> bool:
        """Is it the same namespace, not another that was given the same inode?"""
        ids = self.ids.get(kind), other.ids.get(kind)
        if None not in ids:
            return ids[0] == ids[1]
        return self.inodes.get(kind) == other.inodes.get(kind)

    def namespace(self, kind: str, *, with_id: bool = False) -> str:
        """A namespace, for people; the id tells two apart that had the same inode one after the other."""
        name, number = self.names.get(kind), f" (id {self.ids[kind]})" if with_id else ""
        return f"{kind}:[{self.inodes[kind]}]{number}{f' {name}' if name else ''}"


def snapshots(session: Session) -> dict[str, Moment]:
    """Those that this session has taken, by name."""
    found: dict[str, Moment] = vars(session).setdefault("snapshots", {})
    return found


def take(session: Session, name: str, ref: str) -> Moment:
    """Remember a reference as it is now. Raises NoSuchName, Refused, SessionError."""
    moment = now(session, ref, name)
    snapshots(session)[name] = moment
    return moment


def of(session: Session, word: str) -> Moment:
    """A snapshot of that name, else a reference as it is now. Raises NoSuchName, Refused, SessionError."""
    return snapshots(session).get(word) or now(session, word, word)


def now(session: Session, ref: str, label: str) -> Moment:
    """A reference as it is now. Raises NoSuchName, Refused, SessionError."""
    target = session.resolve(ref)
    moment = Moment(label, ref)
    kinds = tuple(kind for kind in nstypes.NAMES if kind in _meant(target))
    for kind in kinds:
        moment.inodes[kind] = target.ns[kind]
        moment.ids[kind] = _id(target, kind)
        moment.names[kind] = describe.name_of(session, kind, target.ns[kind])
    moment.facts = within.look(session, target, ref, kinds)
    return moment


def _meant(target: Target) -> tuple[str, ...]:
    """Of a place with a process all eight types, of a file its one."""
    return tuple(target.ns) if target.pid is not None and target.place is not None else target.types


def _id(target: Target, kind: str) -> int | None:
    try:
        fd = target.open_fd(kind)
    except Refused:
        return None
    try:
        return nsfs.never_reused_id(fd)
    finally:
        os.close(fd)


def compare(one: Moment, other: Moment) -> tuple[list[Row], list[str]]:
    """The rows that differ, and the types in which nothing does.

    A row is {type, what, one, other}: `what` is `namespace`, or something in it. Of
    lists it has the items that only one side has.
    """
    rows: list[Row] = []
    same: list[str] = []
    for kind in nstypes.NAMES:
        if kind in one.inodes and kind in other.inodes:
            found = _differing(one, other, kind)
            rows += found
            same += [] if found else [kind]
    return rows, same


def _differing(one: Moment, other: Moment, kind: str) -> list[Row]:
    rows: list[Row] = []
    if not one.is_same(other, kind):
        is_reused = one.inodes[kind] == other.inodes[kind]
        left_text, right_text = (side.namespace(kind, with_id=is_reused) for side in (one, other))
        rows.append({"type": kind, "what": "namespace", "one": left_text, "other": right_text})
    for what in within.FIELDS[kind]:
        left, right = one.facts[kind].get(what), other.facts[kind].get(what)
        if left == right:
            continue
        if isinstance(left, list) and isinstance(right, list):
            rows += _lists(kind, what, left, right)
        else:
            rows.append({"type": kind, "what": what, "one": left, "other": right})
    return rows


def _lists(kind: str, what: str, left: list[object], right: list[object]) -> list[Row]:
    """What only one of two lists has, an item as often as it is there more often."""
    more = list(right)
    only_left = []
    for item in left:
        if item in more:
            more.remove(item)
        else:
            only_left.append(item)
    rows: list[Row] = [{"type": kind, "what": what, "one": item, "other": None} for item in only_left]
    return rows + [{"type": kind, "what": what, "one": None, "other": item} for item in more]
