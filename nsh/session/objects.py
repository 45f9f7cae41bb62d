# SPDX-License-Identifier: MIT
"""IPC objects and keys, made and removed by the process you sit in, with the cause of a refusal probed there."""

from __future__ import annotations

import errno

from nsh import nstypes
from nsh.errors import NotSupported, Refused
from nsh.helper import wire
from nsh.ops import Clone, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_KERNEL = "/proc/sys/kernel"
_MQUEUE = "/proc/sys/fs/mqueue"
_MOST_OBJECTS = {"msgget": ("msgmni", 0), "shmget": ("shmmni", 0), "semget": ("sem", 3)}  # file, which number in it
_MOST_EACH = {"semget": ("sem", 0), "shmget": ("shmmax", 0)}


def make(session: Session, shown: str, call: str, *arguments: object) -> int:
    """Make or remove an object where you sit; the id of what was made. `shown` is the call. Raises Refused."""
    reply = session.seat.peer.request("object", call, *arguments)
    if reply.errno:
        raise refusal(session, shown, reply.errno)
    return wire.number_in(reply.fields, "value", 0)


def detached_mount(session: Session, fstype: str) -> int:
    """An fd of a file system mounted where you sit, for nobody to see. Raises Refused.

    To mount wants rights over a mount namespace: where that is somebody else's,
    a process in a new one does it, and ends.
    """
    reply = session.seat.peer.request("detached", fstype)
    if not reply.errno:
        return reply.fd(session.seat.peer.title)
    if reply.errno != errno.EPERM:
        raise refusal(session, f'fsopen("{fstype}")', reply.errno)
    plan = [Clone(nstypes.BY_NAME["mnt"].flag), Op("fsopen", fstype)]
    try:
        born = session.bear(plan, (), "maker", "nsh: maker", None, session.where(("mnt",)))
    except Refused as refused:
        raise refusal(session, refused.op, refused.errno) from refused
    born.peer.dismiss()
    ((fd,),) = born.made
    return fd


def refusal(session: Session, shown: str, number: int) -> Refused:
    """The kernel's refusal of a call, with what can be seen of its cause."""
    kind = NotSupported if number in (errno.ENOSYS, errno.ENODEV) else Refused
    return kind(shown, number, _cause(session, shown.partition("(")[0], number))


def _cause(session: Session, call: str, number: int) -> str | None:
    if call in ("msgget", "semget", "shmget"):
        return _of_get(session, call, number)
    if call in ("msgctl", "semctl", "shmctl"):
        return _of_removal(call, number)
    if call in ("mq_open", "mq_unlink"):
        return _of_queue(session, number)
    if call in ("add_key", "keyctl"):
        return _of_key(session, number)
    if number in (errno.ENODEV, errno.ENOSYS):
        return "this kernel is built without it, or is older than Linux 5.2"
    if number == errno.EPERM:
        return "another user namespace owns this IPC namespace: `new user,ipc` makes one of your own"
    return None


def _of_get(session: Session, call: str, number: int) -> str | None:
    noun = {"msgget": "mq", "semget": "sem", "shmget": "shm"}[call]
    if number == errno.EEXIST:
        return f"an object with that key is in this IPC namespace already: `ipc {noun} ls`; in another the key is free"
    if number == errno.ENOSPC:
        file, place = _MOST_OBJECTS[call]
        return f"not the disk: {_setting(session, f'{_KERNEL}/{file}', place)}, and so many are in this IPC namespace"
    if number == errno.EINVAL and call in _MOST_EACH:
        file, place = _MOST_EACH[call]
        return (
            f"the size is from 1 up to a limit of this IPC namespace: {_setting(session, f'{_KERNEL}/{file}', place)}"
        )
    return None


def _of_removal(call: str, number: int) -> str | None:
    noun = {"msgctl": "mq", "semctl": "sem", "shmctl": "shm"}[call]
    if number in (errno.EINVAL, errno.EIDRM):
        return f"no object of that id is in the IPC namespace you are in; ids begin at 0 in each: `ipc {noun} ls`"
    if number == errno.EPERM:
        return "only its owner, its creator, and root of the user namespace that owns the IPC namespace may remove it"
    return None


def _of_queue(session: Session, number: int) -> str | None:
    if number == errno.EEXIST:
        return "a queue of that name is in this IPC namespace already: `ipc posix ls`"
    if number == errno.ENOENT:
        return "no queue of that name is in the IPC namespace you are in: `ipc posix ls`"
    if number == errno.ENOSPC:
        return f"not the disk: {_setting(session, f'{_MQUEUE}/queues_max', 0)}, and so many are in this IPC namespace"
    if number == errno.EINVAL:
        limits = (_setting(session, f"{_MQUEUE}/{name}", 0) for name in ("msg_max", "msgsize_max"))
        return f"at least 1 of each, and at most what this IPC namespace allows: {', '.join(limits)}"
    if number == errno.EMFILE:
        return "the queues of a user may take so many bytes in all: `prlimit --msgqueue`"
    return None


def _of_key(session: Session, number: int) -> str | None:
    if number == errno.EDQUOT:
        return "your keys take too much room: /proc/key-users, /proc/sys/kernel/keys/maxkeys"
    if number == errno.ENOSYS:
        return "this kernel is built without CONFIG_KEYS"
    if number in (errno.ENOENT, errno.ENOKEY):
        return "no such key is in the user keyring of the user namespace you are in: `user keys ls`"
    if number == errno.EPERM:
        return "a seccomp filter (a container's?) may forbid keys: Seccomp in /proc/self/status is 2 then"
    return None


def _setting(session: Session, path: str, place: int) -> str:
    """`FILE is N`, as the process you sit in reads it: these limits are per IPC namespace."""
    words = session.read_there(path).split()
    return f"{path} is {words[place]} here" if place < len(words) else f"{path} cannot be read here"
