# SPDX-License-Identifier: MIT
"""Why a namespace is alive: each thing that keeps it, and what would release that (namespaces(7))."""

from __future__ import annotations

from nsh.errors import NoSuchName
from nsh.kernel import proc
from nsh.kernel.nsfs import INITIAL
from nsh.session import describe, discovery, doubts, ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.session.session import Session
    from nsh.session.world import Hold, Key, World

HOW = {
    "member": "member",
    "zombie": "zombie",
    "thread": "thread",
    "children": "next children",
    "fd": "open file",
    "socket": "socket",
    "tun": "tun device",
    "mount": "bind mount",
    "proc": "proc mount",
    "child": "child",
    "owned": "owns",
    "perhaps": "perhaps",
    "kernel": "the kernel",
}
"""What `why` calls each of them."""

_LAST = ("rm ", "leave", "quit")
_KTHREADD = "2"  # the parent of all threads of the kernel


class Reason:
    """One thing that keeps one or more of the namespaces asked about.

    `who` says what it is, `release` what to type to take it away (None: nothing,
    or it goes with something else; `after` says which). Not `sure`: it may keep it.
    """

    __slots__ = ("after", "hold", "how", "keys", "pid", "release", "sure", "who")

    def __init__(
        self,
        key: Key,
        how: str,
        who: str,
        release: str | None,
        *,
        hold: Hold | None = None,
        pid: int | None = None,
        after: str | None = None,
        sure: bool = True,
    ) -> None:
        self.keys = [key]
        self.how = how
        self.who = who
        self.release = release
        self.hold = hold
        self.pid = pid if pid is not None or hold is None else hold.pid
        self.after = after
        self.sure = sure

    def is_like(self, other: Reason) -> bool:
        """Is it the same thing, keeping another namespace?"""
        return (self.how, self.who, self.release, self.after) == (other.how, other.who, other.release, other.after)

    def rows(self) -> list[dict[str, object]]:
        """For `--json`: a flat object for each namespace that it keeps."""
        hold = self.hold
        return [
            {
                "type": kind,
                "inode": inode,
                "how": self.how,
                "pid": self.pid,
                "thread": hold.number if hold is not None and hold.how in ("thread", "children") else None,
                "fd": hold.number if hold is not None and hold.how in ("fd", "socket", "tun") else None,
                "path": hold.path if hold is not None else None,
                "mount_namespace": hold.where if hold is not None else None,
                "other": "{}:[{}]".format(*hold.other) if hold is not None and hold.other is not None else None,
                "who": self.who,
                "release": self.release,
                "sure": self.sure,
            }
            for kind, inode in self.keys
        ]


class Why:
    """The answer: the namespaces asked about as `--json` shows them, the reasons, and what could not be seen."""

    __slots__ = ("keys", "names", "namespaces", "not_seen", "reasons", "undetectable")

    def __init__(self, keys: list[Key]) -> None:
        self.keys = keys
        self.names: dict[Key, str] = {}
        self.namespaces: list[dict[str, object]] = []
        self.reasons: list[Reason] = []
        self.not_seen: list[str] = []
        self.undetectable: list[str] = []

    def commands(self) -> list[str]:
        """What to type so that all of it ends, each once; `rm` comes last, for it refuses while programs live there."""
        found = dict.fromkeys(one.release for one in self.reasons if one.release is not None and one.sure)
        return sorted(found, key=lambda command: command.startswith(_LAST))


def why(session: Session, world: World, keys: list[Key]) -> Why:
    """What keeps some namespaces alive, as far as it can be seen."""
    answer = Why(keys)
    teller = _Teller(session, world, keys)
    answer.names = teller.names
    answer.namespaces = [describe.known_object(world, key, teller.names) for key in keys]
    for key in keys:
        for reason in teller.reasons(key):
            same = next((one for one in answer.reasons if one.is_like(reason)), None)
            if same is not None:
                same.keys += [key] if key not in same.keys else []
            else:
                answer.reasons.append(reason)
    kinds = {kind for kind, _ in keys}
    answer.not_seen = doubts.not_seen(session, world)
    answer.undetectable = doubts.undetectable(kinds)
    return answer


def make_ready(session: Session) -> None:
    """Let the helper of host start, which is done when it is first wanted: it should be there when we look."""
    session.seats[0].peer.is_alive()


def nothing_seen(error: NoSuchName, ref: str) -> NoSuchName:
    """The answer for `uts:[4026532386]` where nothing was found: gone, or kept by something that shows nowhere."""
    kind, _, number = ref.partition(":")
    if kind not in INITIAL or not number.strip("[]").isdecimal():
        return error
    world = discovery.look()
    key = kind, int(number.strip("[]"))
    about = doubts.Doubts(world, lambda inode, _pid: f"mnt:[{inode}]").about(key)
    perhaps = [f"perhaps: {text}" for text in about]
    hidden = "; ".join(doubts.undetectable({kind}))
    hint = "\n".join([f"it is gone, or kept by what does not tell of which namespace it is: {hidden}", *perhaps])
    return NoSuchName(f"{kind}:[{key[1]}]: nothing that can be seen keeps it", hint)


class _Teller:
    """Puts the reasons into words; `keys` are all the namespaces that were asked about."""

    def __init__(self, session: Session, world: World, keys: list[Key]) -> None:
        self.session = session
        self.world = world
        self.keys = keys
        self.names = describe.names(session)
        self.ours = ours.Ours(session)
        self.inits: dict[tuple[str, int | None], int | None] = {}
        self.doubts = doubts.Doubts(world, self.place_of_mount)

    def reasons(self, key: Key) -> Iterable[Reason]:
        """Everything that keeps one namespace: sure things first."""
        if INITIAL[key[0]] == key[1]:  # whatever else is in it: that is what `tree` and `ls procs` are for
            yield Reason(key, "kernel", "initial namespaces last as long as the machine runs", None)
            return
        zombies = {hold.pid for hold in self.world.holds.get(key, ()) if hold.how == "zombie"}
        for pid in self.world.scan.members(*key):
            if pid not in zombies:
                yield self._member(key, pid)
        kin: dict[str, list[Hold]] = {}
        for hold in self.world.holds.get(key, ()):
            if hold.other is not None:
                kin.setdefault(hold.how, []).append(hold)
            else:
                yield self._of(key, hold)
        for how, holds in kin.items():
            yield from self._kin(key, how, holds)
        for text in self.doubts.about(key):
            yield Reason(key, "perhaps", text, None, sure=False)

    def _member(self, key: Key, pid: int) -> Reason:
        known = self.ours.process(pid)
        text = f"pid {pid}  {known.text if known else proc.command_of(pid)}"
        if known is None and (init := self._init_above(pid)) is not None:
            return Reason(key, "member", text, None, pid=pid, after=f"goes with pid {init}, its init")
        release = known.release if known else _kill(pid)
        after = known.after if known else "stays"  # a thread of the kernel
        return Reason(key, "member", text, release, pid=pid, after=None if release else after)

    def _init_above(self, pid: int) -> int | None:
        """The init of a process's pid namespace, where that was asked about: when it ends, all others there do.

        Not one that is a part of nsh: `rm` refuses while programs live in a place.
        """
        key = "pid", proc.namespace(pid, "pid")
        if key not in self.keys:
            return None
        if key not in self.inits:
            members = self.world.scan.members("pid", key[1] or 0)
            self.inits[key] = next((member for member in members if _is_init(member)), None)
        init = self.inits[key]
        return init if init != pid and init is not None and self.ours.process(init) is None else None

    def _of(self, key: Key, hold: Hold) -> Reason:
        """One of the things beside members."""
        if hold.how in ("mount", "proc"):
            return self._mount(key, hold)
        pid = hold.pid or 0
        known = self.ours.file(pid, hold.number) if hold.how in ("fd", "socket", "tun") else self.ours.process(pid)
        who = known.text if known else proc.command_of(pid)
        release = known.release if known else _kill(pid)
        if hold.how == "zombie":
            return self._zombie(key, hold, pid)
        if hold.how == "thread":
            return Reason(key, "thread", f"pid {pid}  {who}  (thread {hold.number})", release, hold=hold)
        if hold.how == "children":
            task = "" if hold.number == pid else f" of its thread {hold.number}"
            text = f"pid {pid}  {who}  (the next children{task} will be in it)"
            return Reason(key, "children", text, release, hold=hold)
        return Reason(key, hold.how, f"pid {pid}  {who}  (fd {hold.number})", release, hold=hold)

    def _zombie(self, key: Key, hold: Hold, pid: int) -> Reason:
        """A zombie goes when its parent waits for it, or ends itself."""
        parent = _parent(pid)
        known = self.ours.process(parent)
        who = known.text if known else proc.command_of(parent)
        text = f"pid {pid}  has ended; its parent, pid {parent} {who}, has not waited for it"
        release = known.release if known else _kill(parent)
        return Reason(key, "zombie", text, release, hold=hold)

    def _mount(self, key: Key, hold: Hold) -> Reason:
        text = f"{hold.path}  in {self.place_of_mount(hold.where, hold.pid)}"
        if ("mnt", hold.where) in self.keys:
            return Reason(key, hold.how, text, None, hold=hold, after="goes with it")
        return Reason(key, hold.how, text, self._unmount(hold), hold=hold)

    def place_of_mount(self, inode: int | None, pid: int | None) -> str:
        """A mount namespace, for people."""
        if inode is None:
            return f"the mount namespace of pid {pid}, which may not be looked at"
        name = self.names.get(("mnt", inode))
        members = "" if self.world.note(("mnt", inode)).processes else ", in which no process is"
        return f"mnt:[{inode}]{f' {name}' if name else ''}{members}"

    def _unmount(self, hold: Hold) -> str | None:
        """What to type where you are; the mount may be elsewhere."""
        path = _quoted(hold.path or "")
        if hold.where is None:
            return None
        if hold.pid is None:
            return f"why mnt:[{hold.where}]"  # it goes with the mount namespace
        if hold.where == proc.namespace("self", "mnt"):
            named = ours.pinned_name(hold.path or "")
            if named is not None:
                return named
        if hold.where == proc.namespace(self.session.seat.peer.pid, "mnt"):
            return f"umount {path}"
        name = self.names.get(("mnt", hold.where))
        return f"on {name if name in self.session.places or name == 'host' else hold.pid} umount {path}"

    def _kin(self, key: Key, how: str, holds: list[Hold]) -> Iterable[Reason]:
        """Namespaces that are below it: those that were asked about too end with it, the others come first."""
        others = [hold.other for hold in holds if hold.other is not None]
        asked = [other for other in others if other in self.keys]
        if asked:
            text = " ".join(self._label(other) for other in asked)
            yield Reason(key, how, text, None, hold=holds[0] if len(asked) == 1 else None, after="goes with it")
        for hold in holds:
            if hold.other is not None and hold.other not in asked:
                name = self.names.get(hold.other)
                ask = name if name in self.session.places else "{}:[{}]".format(*hold.other)
                yield Reason(key, how, self._label(hold.other), f"why {ask}", hold=hold)

    def _label(self, key: Key) -> str:
        name = self.names.get(key)
        return f"{key[0]}:[{key[1]}]{f' {name}' if name else ''}"


def _kill(pid: int) -> str | None:
    """How to end a process from outside: an init takes no other signal than KILL, a thread of the kernel none."""
    try:
        fields = proc.status(pid)
        is_init = fields["NSpid"].split()[-1] == "1"
    except (OSError, KeyError, IndexError):
        return None  # gone meanwhile
    if fields.get("Kthread") == "1" or fields.get("PPid") == _KTHREADD:
        return None
    return f"kill -KILL {pid}" if is_init else f"kill {pid}"


def _is_init(pid: int) -> bool:
    try:
        return proc.pids_of(pid)[-1] == 1
    except (OSError, KeyError, IndexError):
        return False  # gone meanwhile


def _parent(pid: int) -> int:
    try:
        return int(proc.status(pid)["PPid"])
    except (OSError, KeyError, ValueError):
        return 0


def _quoted(path: str) -> str:
    plain = path.isascii() and all(char.isalnum() or char in "/._-+:@%," for char in path)
    return path if plain else "'" + path.replace("'", "'\\''") + "'"


def more(reasons: list[Reason]) -> Reason:
    """One row in place of many alike."""
    first = reasons[0]
    text = f"and {len(reasons)} more: `why … --json` has all"
    row = Reason(first.keys[0], first.how, text, None, after="each for itself")
    row.keys = first.keys
    return row
