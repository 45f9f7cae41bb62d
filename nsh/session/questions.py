# SPDX-License-Identifier: MIT
"""Somebody who wants to do something in a place, and the ways in which the kernel asks whether they may."""

from __future__ import annotations

from nsh.errors import SessionError, UsageError
from nsh.hints import probes, rights
from nsh.session import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.hints.rights import Doer, Level
    from nsh.session.session import Session

_INSIDE_ONLY = "capabilities count only in one's own user namespace and those below it"


class Verdict:
    """Yes or no, and why: the capability and the namespace it is about, with the user namespaces above that one."""

    __slots__ = ("can", "capability", "hint", "kind", "levels", "why")

    def __init__(
        self,
        can: bool,
        why: str,
        capability: str | None = None,
        kind: str | None = None,
        levels: list[Level] | None = None,
        hint: str | None = None,
    ) -> None:
        self.can = can
        self.why = why
        self.capability = capability
        self.kind = kind
        self.levels = levels or []
        self.hint = hint


class Question:
    """Somebody in a place, as `on PLACE` would be, who wants to do something. `words` follow the action."""

    def __init__(self, session: Session, words: tuple[str, ...]) -> None:
        self.session = session
        self.words = words
        self.pid = session.seat.peer.pid
        found = rights.doer(self.pid)
        if found is None:
            raise SessionError(f"pid {self.pid}: its user namespace cannot be looked at")
        self.doer: Doer = found
        self.is_of_host = {kind: inode == session.host.ns.get(kind) for kind, inode in session.seat.ns.items()}
        self.maps = {kind: probes.ids_of(self.pid, kind) or [] for kind in ("uid", "gid")}

    def word(self, what: str, default: str | None = None) -> str:
        """The one word that the action is about. Raises UsageError."""
        if len(self.words) > 1 or (not self.words and default is None):
            raise UsageError(f"one word says {what}", "`help can` has examples")
        return self.words[0] if self.words else str(default)

    def number(self, what: str, highest: int) -> int:
        """The same as a number. Raises UsageError."""
        text = self.word(f"which {what}")
        if not (text.isascii() and text.isdecimal() and int(text) <= highest):
            raise UsageError(f"{text}: a {what} is a number from 0 to {highest}")
        return int(text)

    def user(self, inode: int) -> str:
        """A user namespace, with the name it goes by."""
        name = describe.name_of(self.session, "user", inode)
        return f"user:[{inode}]" + (f" ({name})" if name else "")

    @property
    def own(self) -> str:
        """The user namespace of who asks."""
        return self.user(self.doer.user)

    def namespace(self, kind: str) -> str:
        """The namespace of a type that who asks is in."""
        return probes.link(self.pid, f"ns/{kind}") or f"the {kind} namespace"

    # The three ways in which the kernel asks.

    def over(self, kind: str, capability: str, *, what: str = "") -> Verdict:
        """A capability over the owner of a namespace of ours."""
        levels = rights.owners(self.pid, kind)
        can = self.doer.has_over(levels, capability)
        thing = what or self.namespace(kind)
        hint = None if can else f"`new user,{kind}` makes a place where you may"
        return Verdict(can, self._why(can, levels, thing, capability), capability, kind, levels, hint)

    def _why(self, can: bool, levels: list[Level], thing: str, capability: str) -> str:
        if not levels:
            return f"a user namespace above the one nsh was started in owns {thing}: {_INSIDE_ONLY}"
        owner = self.user(levels[0].inode)
        if levels[0].inode == self.doer.user:
            have = "you have" if can else "you have no"
            return f"{owner} owns {thing}, and {have} {capability} there{'' if can else self.lost()}"
        if not self.doer.is_above(levels):
            return f"{owner} owns {thing}, and you are in {self.own}, which is not above it: {_INSIDE_ONLY}"
        if can:
            made = levels[0].creator == self.doer.uid and not self.doer.has(capability)
            reason = "whose creator you are" if made else f"above which you have {capability}"
            return f"{owner} owns {thing}, {reason}, in {self.own}"
        return f"{owner} owns {thing}, and above it, in {self.own}, you have no {capability} and did not create it"

    def lost(self) -> str:
        """Why one who is in a user namespace of one's own has no capabilities."""
        uid = self.inner_id("uid")
        if self.doer.bits or self.doer.user == rights.INITIAL_USER:
            return ""
        return f": uid {uid} has none, only 0 keeps them" if uid else ": they were dropped"

    def in_own(self, capability: str, what: str) -> Verdict:
        """A capability in one's own user namespace."""
        can = self.doer.has(capability)
        have = "you have it" if can else f"you have not{self.lost()}"
        return Verdict(can, f"{what} wants {capability} in {self.own}, where you are, and {have}", capability)

    def in_initial(self, capability: str, what: str) -> Verdict:
        """A capability in the initial user namespace: nothing of it is given to others."""
        is_there = self.doer.user == rights.INITIAL_USER
        can = is_there and self.doer.has(capability)
        first = f"{what} wants {capability} in the initial user namespace, user:[{rights.INITIAL_USER}]"
        if is_there:
            return Verdict(can, f"{first}, where you are, and you have {'it' if can else 'it not'}", capability)
        return Verdict(False, f"{first}, and you are in {self.own}", capability)

    def inner_id(self, kind: str) -> int | None:
        """The effective uid or gid, as the user namespace of who asks has it; None when it is not mapped there."""
        outer = self.doer.uid if kind == "uid" else self.doer.gid
        rows = self.maps[kind]
        return next((inner + outer - start for inner, start, n in rows if start <= outer < start + n), None)
