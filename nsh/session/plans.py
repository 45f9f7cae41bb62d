# SPDX-License-Identifier: MIT
"""What `new`, `unshare` and `enter` make of their words: the ops, in order, and nothing done yet."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import UsageError
from nsh.kernel.mountflags import MS_PRIVATE, MS_SHARED, MS_SLAVE
from nsh.ops import Clone, Gate, Offsets, Op, Unshare, make_propagation, mount_proc, new_root
from nsh.session import maps
from nsh.session.maps import IdMap

_PROPAGATION = {"private": MS_PRIVATE, "slave": MS_SLAVE, "shared": MS_SHARED}
_NEWTIME = nstypes.BY_NAME["time"].flag
_NEWUSER = nstypes.BY_NAME["user"].flag


class Wishes:
    """The options of `new` and `unshare`, as the user gave them.

    `proc` is True, False or None for the default; `boottime` and `monotonic`
    are seconds; `default_map` is what no --map means.
    """

    def __init__(
        self,
        *,
        maps: tuple[str | IdMap, ...] = (),
        default_map: str = "root",
        hostname: str | None = None,
        proc: bool | None = None,
        propagation: str | None = None,
        boottime: float | None = None,
        monotonic: float | None = None,
        uid: int | None = None,
        gid: int | None = None,
        root: str | None = None,
    ) -> None:
        self.maps = maps
        self.default_map = default_map
        self.hostname = hostname
        self.proc = proc
        self.propagation = propagation
        self.boottime = boottime
        self.monotonic = monotonic
        self.uid = uid
        self.gid = gid
        self.root = root
        self.cpu: int | None = None  # make it on this CPU; see moves.new_pinned

    @property
    def has_offsets(self) -> bool:
        """Is a clock to be moved?"""
        return self.boottime is not None or self.monotonic is not None

    def check(self, types: tuple[str, ...]) -> None:
        """Refuse options whose type is not among those asked for. Raises UsageError."""
        needs = (
            ("--map", bool(self.maps), "user"),
            ("--hostname", self.hostname is not None, "uts"),
            ("--proc", bool(self.proc), "mnt"),
            ("--propagation", self.propagation is not None, "mnt"),
            ("--root", self.root is not None, "mnt"),
            ("--boottime", self.boottime is not None, "time"),
            ("--monotonic", self.monotonic is not None, "time"),
        )
        for option, number in (("--uid", self.uid), ("--gid", self.gid)):
            if number is not None and number >= maps.HIGHEST_ID:
                raise UsageError(f"{option} {number}: ids end at {maps.HIGHEST_ID - 1}")
        for option, is_given, name in needs:
            if is_given and name not in types:
                hint = f"add the type: {','.join((*types, name))}"
                raise UsageError(f"{option} is about a new {name} namespace, and none is made", hint)

    def map_text(self) -> str | None:
        """The ID map to write: None for root to us, `` for none. Raises UsageError."""
        return maps.as_text(self.maps, self.default_map)

    def offsets_text(self) -> str:
        """The lines for timens_offsets."""
        given = (("monotonic", self.monotonic), ("boottime", self.boottime))
        return "".join(f"{clock} {_split(seconds)}\n" for clock, seconds in given if seconds is not None)


def _split(seconds: float) -> str:
    """Seconds and nanoseconds, the latter never negative."""
    total = round(seconds * 1_000_000_000)
    return f"{total // 1_000_000_000} {total % 1_000_000_000}"


def wants_gate(types: tuple[str, ...], wishes: Wishes) -> bool:
    """Must the new process wait until its ID maps are written?"""
    return "user" in types and wishes.map_text() != ""


def mount_steps(types: tuple[str, ...], wishes: Wishes, *, in_new_pid: bool) -> list[Op]:
    """What is done to the mounts: private first, so that nothing leaks to a host whose / is shared."""
    if "mnt" not in types:
        return []
    fresh_proc = wishes.proc if wishes.proc is not None else in_new_pid
    wish = wishes.propagation or "private"
    if wishes.root is not None:
        steps = new_root(wishes.root, fresh_proc=fresh_proc)
        return steps if wish in ("private", "unchanged") else [*steps, make_propagation(_PROPAGATION[wish])]
    steps = [] if wish == "unchanged" else [make_propagation(_PROPAGATION[wish])]
    return [*steps, mount_proc()] if fresh_proc else steps


def identity_steps(wishes: Wishes) -> list[Op]:
    """Hostname, then group and user last, because they give up the right to the rest."""
    steps = []
    if wishes.hostname is not None:
        steps.append(Op("sethostname", wishes.hostname))
    if wishes.gid is not None:
        steps.append(Op("setresgid", wishes.gid))
    if wishes.uid is not None:
        steps.append(Op("setresuid", wishes.uid))
    return steps


def new_holder(types: tuple[str, ...], wishes: Wishes) -> list[Op]:
    """One clone3 with exactly those flags; with clock offsets the time namespace is unshared and set before it."""
    flags = nstypes.mask(types)
    gate: list[Op] = [Gate()] if wants_gate(types, wishes) else []
    if wishes.has_offsets:
        early = flags & (_NEWTIME | _NEWUSER)
        start = [Clone(), Unshare(early), *gate, Offsets(wishes.offsets_text()), Clone(flags & ~early)]
    else:
        start = [Clone(flags), *gate]
    if wishes.cpu is not None:
        start = [Clone(), Op("one_cpu", wishes.cpu), *start, Op("all_cpus")]
    return [*start, *mount_steps(types, wishes, in_new_pid="pid" in types), *identity_steps(wishes)]


def new_program(types: tuple[str, ...], wishes: Wishes) -> tuple[int, list[Op]]:
    """The flags of the clone that becomes the program, and what it does before its exec.

    A time namespace with offsets is entered by the exec itself (Linux 6.2).
    """
    flags = nstypes.mask(types)
    steps = [*mount_steps(types, wishes, in_new_pid="pid" in types), *identity_steps(wishes)]
    if wishes.has_offsets:
        flags &= ~_NEWTIME
        steps = [Unshare(_NEWTIME), Offsets(wishes.offsets_text()), *steps]
    return flags, steps


def unshared(types: tuple[str, ...], wishes: Wishes, *, fork: bool) -> list[Op]:
    """A copy of the process you sit in, one unshare, and with `fork` a child of it for you to sit in."""
    gate: list[Op] = [Gate()] if wants_gate(types, wishes) else []
    offsets: list[Op] = [Offsets(wishes.offsets_text())] if wishes.has_offsets else []
    again: list[Op] = [Clone()] if fork else []
    start = [Clone(), Unshare(nstypes.mask(types)), *gate, *offsets, *again]
    return [*start, *mount_steps(types, wishes, in_new_pid=fork and "pid" in types), *identity_steps(wishes)]
