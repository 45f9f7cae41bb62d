# SPDX-License-Identifier: MIT
"""One deed in the form that all tongues start from: how the process is made, what it does, what it becomes."""

from __future__ import annotations

from nsh import nstypes
from nsh.ops import Clone, Gate, Give, Offsets, Op, SetNs, Unshare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NEWUSER = nstypes.BY_NAME["user"].flag
NEWPID = nstypes.BY_NAME["pid"].flag
NEWNS = nstypes.BY_NAME["mnt"].flag
NEWTIME = nstypes.BY_NAME["time"].flag


class Recipe:
    """A process that is cloned with `flags`, does `ops` and executes `argv`.

    `unshared` are the flags of an unshare(2) that it begins with (of itself, or
    of its children for pid and time), `forks` whether a child goes on after it.
    `joins` are the namespaces it enters: (pid or path, flags). `uid_map` and
    `gid_map` are written by its parent, None for root to the one who makes it,
    `` for no map. `offsets` is the text for timens_offsets.
    """

    __slots__ = ("argv", "flags", "forks", "gid_map", "joins", "offsets", "ops", "uid_map", "unshared")

    def __init__(
        self,
        ops: Sequence[Op | str],
        argv: Sequence[str],
        *,
        flags: int = 0,
        uid_map: str | None = "",
        gid_map: str | None = "",
        targets: dict[str, str] | None = None,
    ) -> None:
        self.argv = list(argv)
        self.flags = flags
        self.uid_map = uid_map
        self.gid_map = gid_map
        self.unshared = 0
        self.forks = False
        self.joins: list[tuple[str, int]] = []
        self.offsets = ""
        self.ops: list[Op] = []
        for op in ops:
            if isinstance(op, Op):
                self._take(op, targets or {})

    def _take(self, op: Op, targets: dict[str, str]) -> None:
        if isinstance(op, Clone):
            more = int(op.arguments[0] or 0)
            self.forks = self.forks or (bool(self.unshared or self.joins) and not more)
            self.flags |= more
        elif isinstance(op, Unshare | Give):
            self.unshared |= int(op.arguments[0] or 0)
        elif isinstance(op, SetNs):
            self.joins.append((targets.get(op.what, op.what), int(op.arguments[1] or 0)))
        elif isinstance(op, Offsets):
            self.offsets = str(op.arguments[0])
        elif not isinstance(op, Gate) and op.name not in ("one_cpu", "all_cpus"):
            self.ops.append(op)

    @property
    def all_flags(self) -> int:
        """Every CLONE_NEW* bit of what it makes."""
        return self.flags | self.unshared

    @property
    def constants(self) -> list[str]:
        """The CLONE_NEW* words of what it makes, in the order of the TYPES list."""
        return constants(self.all_flags)

    @property
    def wants_maps(self) -> bool:
        """Is there an ID map to write?"""
        return bool(self.all_flags & NEWUSER) and self.uid_map != ""


def constants(flags: int) -> list[str]:
    """The CLONE_NEW* words of some flags."""
    return [row.constant for row in nstypes.ALL if row.flag & flags]


def map_lines(text: str | None) -> list[tuple[int, int, int]]:
    """(inner, outer, count) of each line of an ID map that is not the default one."""
    found = []
    for line in (text or "").splitlines():
        inner, outer, count = line.split()
        found.append((int(inner), int(outer), int(count)))
    return found
