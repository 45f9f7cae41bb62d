# SPDX-License-Identifier: MIT
"""What to know of each type of namespace beside the table of nstypes: what stays outside, what to mind, an example.

From the manual pages that nstypes names; `help uts`, the man page and
docs/commands.md show it.
"""

from __future__ import annotations


class TypeFacts:
    """Of one type: what it does not isolate, what surprises, what making one needs, since when, lines to try."""

    __slots__ = ("example", "mind", "needs", "since", "stays")

    def __init__(self, stays: str, mind: str, since: str, example: tuple[str, ...], needs: str = "") -> None:
        self.stays = stays
        self.mind = mind
        self.since = since
        self.example = example
        self.needs = needs or "CAP_SYS_ADMIN; an ordinary user makes a user namespace with it"


FACTS: dict[str, TypeFacts] = {
    "mnt": TypeFacts(
        "the files themselves: a file system mounted twice is one file system, and what is written shows in both",
        "a new one begins as a copy of the mounts; where they are shared, a mount made inside shows outside, so nsh"
        " makes the copy private (--propagation)",
        "the first type of all, so its flag is CLONE_NEWNS",
        ("new mnt m", "m mount -t tmpfs tmpfs /mnt", "mnt ls m --differs", "findmnt /mnt || echo not here"),
    ),
    "uts": TypeFacts(
        "all else that tells machines apart: addresses, /etc/hostname, machine-id, the kernel's version",
        "a new one begins with a copy of both names; /etc/hostname is a file, which nobody rewrites",
        "",
        ("new uts demo", "demo hostname bizarro", "demo hostname", "hostname", "same uts . demo || echo no"),
    ),
    "ipc": TypeFacts(
        "pipes, sockets, memory shared by mmap of a file, POSIX semaphores and shm_open (files in /dev/shm)",
        "a new one is empty, and what is in it ends with its last member",
        "POSIX message queues since 2.6.30",
        ("new ipc q", "q ipc mq add", "q ipcs -q", "ipcs -q"),
    ),
    "pid": TypeFacts(
        "the processes: outside, each member has a PID too, and whoever may can signal it; an old /proc still shows"
        " those outside",
        "the first process is its init, 1: orphans become its children, signals without a handler pass it by, and when"
        " it ends all members are killed and none can be made; who enters is not 1, and unshare moves only children",
        "setns into one since 3.8",
        ("new pid,mnt box", "box ps -o pid,ppid,cmd", "ls procs box", "enter box", "echo $$", "leave"),
    ),
    "net": TypeFacts(
        "Unix sockets with a path (they are files), and an open socket: it stays where it was made",
        "a new one has nothing but lo, and that is down; a physical device goes back to the initial namespace when the"
        " last member ends, a veth is destroyed with its peer",
        "abstract Unix sockets too",
        ("new net n", "n ip link", "n ip link set lo up", "n ping -c 1 127.0.0.1"),
    ),
    "user": TypeFacts(
        "rights over what other user namespaces own: the hostname, mounts and devices made outside; root inside is"
        " a user like others there",
        "whoever makes one has every capability in it, over what it owns; ids that are not mapped show as 65534; with"
        " one line and no rights, only the own id can be mapped",
        "for ordinary users since 3.8; some systems switch that off",
        ("new user,uts me", "me id -u", "user map me", "user caps me"),
        "nothing: the only type that an ordinary user may make",
    ),
    "cgroup": TypeFacts(
        "the limits: what is above the root still governs, it is only not shown",
        "its root is the cgroup that its maker was in at that moment; what was mounted before still shows more",
        "",
        ("new cgroup c", "cgroup show c", "c cat /proc/self/cgroup"),
    ),
    "time": TypeFacts(
        "CLOCK_REALTIME, the time of day: it cannot be changed for a namespace",
        "offsets are set before the first process is in; unshare moves only children, so the clocks of the process"
        " that calls it never jump",
        "",
        ("new time --boottime 1d t", "t uptime", "time show t"),
    ),
}
