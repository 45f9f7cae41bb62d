# SPDX-License-Identifier: MIT
"""What a helper can be asked to do, as values that print as strace prints the call.

`wire()` is what travels to the helper: the op's name and its arguments.
"""

from __future__ import annotations

from nsh import nstypes
from nsh.kernel.mountflags import FLAG_NAMES, MNT_DETACH, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Wire = tuple[str | int | None, ...]


def quoted(text: str | None) -> str:
    """A C string as strace prints it, NULL for None."""
    if text is None:
        return "NULL"
    escaped = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return f'"{"".join(_as_c(char) for char in escaped)}"'


def _as_c(char: str) -> str:
    if " " <= char <= "~":
        return f"\\{char}" if char in '"\\' else char
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\{ord(char):03o}")


class Op:
    """One call. `name` is what the helper looks up, `arguments` what it passes on."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, *arguments: str | int | None) -> None:
        self.name = name
        self.arguments = arguments

    def wire(self) -> Wire:
        """The op as plain values."""
        return (self.name, *self.arguments)

    @property
    def success(self) -> int:
        """What the kernel answers when it is done: 0, or how much was written."""
        return 0

    @property
    def sends(self) -> int:
        """How many open files the process that does it sends to nsh, at most."""
        return int(self.name in _SENDING)

    def calls(self) -> tuple[Op, ...]:
        """The kernel's calls that it stands for: itself, but for one that is done again and again."""
        return (self,)

    def __str__(self) -> str:
        if self.name in _PRINTED:
            return _PRINTED[self.name](*self.arguments)
        words = (quoted(a) if isinstance(a, str | None) else str(a) for a in self.arguments)
        return f"{self.name}({', '.join(words)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Op) and self.wire() == other.wire()

    def __hash__(self) -> int:
        return hash(self.wire())

    def __repr__(self) -> str:
        return str(self)


_SENDING = frozenset(("socket", "fsopen"))
_FAMILIES = {2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET"}
_KINDS = {1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW"}
_PRINTED: dict[str, Callable[..., str]] = {
    "sethostname": lambda name: f"sethostname({quoted(name)}, {len(name.encode())})",
    "setdomainname": lambda name: f"setdomainname({quoted(name)}, {len(name.encode())})",
    "chdir_if_there": lambda path: f"chdir({quoted(path)})",
    "umount2": lambda path, flags: f"umount2({quoted(path)}, {'MNT_DETACH' if flags == MNT_DETACH else flags})",
    "socket": lambda family, kind, protocol: (
        f"socket({_FAMILIES.get(family, family)}, {_KINDS.get(kind, kind)}, {protocol})"
    ),
    "bind_fd": lambda _index, path: f'mount("/proc/self/fd/N", {quoted(path)}, NULL, MS_BIND, NULL)',
}
"""How strace prints those whose name or arguments differ here."""


class Clone(Op):
    """clone3(2) with some CLONE_NEW* bits; the rest of a plan happens in the child."""

    __slots__ = ()

    def __init__(self, flags: int = 0) -> None:
        super().__init__("clone3", flags)

    def __str__(self) -> str:
        (flags,) = self.arguments
        return f"clone3(flags={nstypes.flags_text(int(flags or 0))})"


class Unshare(Op):
    """unshare(2)."""

    __slots__ = ()

    def __init__(self, flags: int) -> None:
        super().__init__("unshare", flags)

    def __str__(self) -> str:
        (flags,) = self.arguments
        return f"unshare({nstypes.flags_text(int(flags or 0))})"


class SetNs(Op):
    """setns(2) with the fd that was sent at place `index` beside the request; `what` names it for people."""

    __slots__ = ("what",)

    def __init__(self, index: int, flags: int, what: str) -> None:
        super().__init__("setns", index, flags)
        self.what = what

    def __str__(self) -> str:
        return f"setns({self.what}, {nstypes.flags_text(int(self.arguments[1] or 0))})"


class Mount(Op):
    """mount(2)."""

    __slots__ = ()

    def __init__(
        self, source: str | None, target: str, fstype: str | None, flags: int, data: str | None = None
    ) -> None:
        super().__init__("mount", source, target, fstype, flags, data)

    def __str__(self) -> str:
        source, target, fstype, flags, data = self.arguments
        bits = "|".join(name for bit, name in FLAG_NAMES.items() if int(flags or 0) & bit) or "0"
        texts = (None if t is None else str(t) for t in (source, target, fstype))
        return f"mount({', '.join(quoted(t) for t in texts)}, {bits}, {quoted(None if data is None else str(data))})"


class Offsets(Op):
    """A write of the clock offsets of the time namespace that our children will be in (time_namespaces(7))."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__("timens_offsets", text)

    @property
    def success(self) -> int:
        """Bytes."""
        return len(str(self.arguments[0]))

    def __str__(self) -> str:
        return f"write(/proc/self/timens_offsets, {quoted(str(self.arguments[0]))})"


class WriteFile(Op):
    """write(2) to a file of /proc or /sys that is opened for it."""

    __slots__ = ()

    def __init__(self, path: str, text: str) -> None:
        super().__init__("write", path, text)

    def __str__(self) -> str:
        path, text = self.arguments
        return f"write({path}, {quoted(str(text))})"


class Give(Op):
    """unshare(2) again and again, each time sending open files of what came of it: no process stays.

    With `routing` a NETLINK_ROUTE socket of each network namespace comes after
    its files. `quiet` has devices made there get no IPv6 address by themselves:
    a thousand of them at one bridge would greet each other a million times.
    """

    __slots__ = ()

    def __init__(
        self, flags: int, links: tuple[str, ...], count: int, *, routing: bool = False, quiet: bool = False
    ) -> None:
        super().__init__("give", flags, ",".join(links), count, int(routing), int(quiet))

    @property
    def sends(self) -> int:
        """The links of each, and its socket."""
        _flags, links, count, routing, *_ = self.arguments
        return int(count or 0) * (len(str(links).split(",")) + int(routing or 0))

    def calls(self) -> tuple[Op, ...]:
        """One unshare(2) for each."""
        flags, _links, count, *_ = self.arguments
        return (Unshare(int(flags or 0)),) * int(count or 0)

    def __str__(self) -> str:
        flags, _links, count, *_ = self.arguments
        return f"unshare({nstypes.flags_text(int(flags or 0))}) × {count}"


class Quiet(Op):
    """Devices that are made in the network namespace get no IPv6 address by themselves; where that can be had."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("quiet")

    def __str__(self) -> str:
        return 'write(/proc/sys/net/ipv6/conf/default/addr_gen_mode, "1")'


class Gate(Op):
    """Wait until the prompt says go on: the ID maps have to be written first."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("gate")


def make_propagation(flag: int) -> Mount:
    """Change the propagation of every mount, as unshare(1) does after CLONE_NEWNS."""
    return Mount("none", "/", None, MS_REC | flag)


def mount_proc(target: str = "/proc") -> Mount:
    """A fresh proc, which shows the pid namespace of the process that mounts it."""
    return Mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def new_root(directory: str, *, fresh_proc: bool) -> list[Op]:
    """The calls that make `directory` the root and put the old one out of sight (pivot_root(2), NOTES)."""
    # While the old /proc is still in sight: without one the kernel refuses a fresh one in a user namespace.
    proc = [mount_proc(f"{directory.rstrip('/')}/proc")] if fresh_proc else []
    return [
        make_propagation(MS_PRIVATE),
        Mount(directory, directory, None, MS_BIND | MS_REC),
        *proc,
        Op("chdir", directory),
        Op("pivot_root", ".", "."),
        Op("umount2", ".", MNT_DETACH),
        Op("chdir", "/"),
    ]
