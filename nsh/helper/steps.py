# SPDX-License-Identifier: MIT
"""The ops a helper can do, by the names that `nsh.ops` sends."""

from __future__ import annotations

import os

from nsh.kernel import mount, proc, sched, unistd
from nsh.kernel.mountflags import MS_BIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MOST_CPUS = 1024  # the kernel takes those there are


def perform(step: tuple[Any, ...], fds: list[int]) -> None:
    """Do one op; `fds` are those that came with the request, the host's /proc first. Raises OSError."""
    name, *arguments = step
    if name == "setns":
        index, flags = arguments
        sched.setns(fds[index], flags)
    elif name == "bind_fd":
        index, target = arguments
        mount.mount(f"/proc/self/fd/{fds[index]}", target, None, MS_BIND, None)
    elif name == "timens_offsets":
        proc.write("self/timens_offsets", arguments[0], fds[0])
    elif name == "quiet":
        keep_quiet(fds[0])
    else:
        _STEPS[name](*arguments)


def keep_quiet(directory: int) -> None:
    """Have devices that are made in our network namespace get no IPv6 address by themselves; `directory` is a /proc."""
    try:
        proc.write("sys/net/ipv6/conf/default/addr_gen_mode", "1", directory)  # IN6_ADDR_GEN_MODE_NONE
    except OSError:
        pass  # no IPv6 here, or a /proc that may only be read: then they do


def _setresuid(uid: int) -> None:
    os.setresuid(uid, uid, uid)
    # A process that changed its uid without exec is not dumpable: its /proc files would belong to root.
    unistd.prctl(unistd.PR_SET_DUMPABLE, 1)


def _setresgid(gid: int) -> None:
    try:
        os.setgroups([])
    except PermissionError:
        pass  # setgroups is `deny` in a user namespace whose map an ordinary user wrote: the groups stay
    os.setresgid(gid, gid, gid)


def _create(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        os.write(fd, os.fsencode(text))
    finally:
        os.close(fd)


def _chdir_if_there(path: str) -> None:
    try:
        os.chdir(path)
    except OSError:
        os.chdir("/")  # the prompt is told where we are and says it


_STEPS: dict[str, Callable[..., object]] = {
    "unshare": sched.unshare,
    "mount": mount.mount,
    "umount2": mount.umount2,
    "pivot_root": mount.pivot_root,
    "mount_setattr": lambda path, bits: mount.mount_setattr(path, bits, recursive=True),
    "sethostname": unistd.sethostname,
    "setdomainname": unistd.setdomainname,
    "setresuid": _setresuid,
    "setresgid": _setresgid,
    "write": proc.write,
    "create": _create,
    "chdir": os.chdir,
    "chdir_if_there": _chdir_if_there,
    "umask": os.umask,
    "one_cpu": lambda cpu: os.sched_setaffinity(0, (cpu,)),
    "all_cpus": lambda: os.sched_setaffinity(0, range(_MOST_CPUS)),
    "mkdir": os.mkdir,
}
