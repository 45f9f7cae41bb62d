# SPDX-License-Identifier: MIT
"""The eight types of namespace: flag, /proc file, manual page, first kernel (namespaces(7))."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs a millisecond of every start
if TYPE_CHECKING:
    from collections.abc import Iterable


class NsType:
    """One row of namespaces(7).

    `name` is the word under /proc/PID/ns, `flag` the CLONE_NEW* bit, `constant`
    its name in the manual, `since` the kernel that completed it.
    """

    __slots__ = ("constant", "flag", "isolates", "man", "name", "since")

    def __init__(self, name: str, flag: int, constant: str, man: str, since: str, isolates: str) -> None:
        self.name = name
        self.flag = flag
        self.constant = constant
        self.man = man
        self.since = since
        self.isolates = isolates

    def __repr__(self) -> str:
        return f"<NsType {self.name}>"

    @property
    def children_file(self) -> str | None:
        """The link for what only children are in: pid_for_children, time_for_children, or None."""
        return f"{self.name}_for_children" if self.name in ("pid", "time") else None


ALL: tuple[NsType, ...] = (
    NsType("mnt", 0x00020000, "CLONE_NEWNS", "mount_namespaces(7)", "2.4.19", "mount points"),
    NsType("uts", 0x04000000, "CLONE_NEWUTS", "uts_namespaces(7)", "2.6.19", "hostname and NIS domain name"),
    NsType("ipc", 0x08000000, "CLONE_NEWIPC", "ipc_namespaces(7)", "2.6.19", "System V IPC, POSIX message queues"),
    NsType("pid", 0x20000000, "CLONE_NEWPID", "pid_namespaces(7)", "2.6.24", "process IDs"),
    NsType("net", 0x40000000, "CLONE_NEWNET", "network_namespaces(7)", "2.6.29", "network devices, stacks, ports"),
    NsType("user", 0x10000000, "CLONE_NEWUSER", "user_namespaces(7)", "3.8", "user and group IDs, capabilities, keys"),
    NsType("cgroup", 0x02000000, "CLONE_NEWCGROUP", "cgroup_namespaces(7)", "4.6", "cgroup root directory"),
    NsType("time", 0x00000080, "CLONE_NEWTIME", "time_namespaces(7)", "5.6", "boot and monotonic clocks"),
)

BY_NAME: dict[str, NsType] = {t.name: t for t in ALL}
NAMES: tuple[str, ...] = tuple(BY_NAME)


def mask(names: Iterable[str]) -> int:
    """The CLONE_NEW* bits of some type names."""
    bits = 0
    for name in names:
        bits |= BY_NAME[name].flag
    return bits


def names_of(flags: int) -> tuple[str, ...]:
    """The type names of some CLONE_NEW* bits, in the order of the table."""
    return tuple(t.name for t in ALL if flags & t.flag)


def flags_text(flags: int) -> str:
    """CLONE_NEW* bits as the manual and strace write them: `CLONE_NEWNS|CLONE_NEWUTS`."""
    return "|".join(t.constant for t in ALL if flags & t.flag) or "0"
