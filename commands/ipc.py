# SPDX-License-Identifier: MIT
"""ipc: System V objects and POSIX message queues of one's own."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.kernel.ipcflags import IPC_CREAT, IPC_EXCL, new_key
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table, Text
from nsh.session import objects, queues

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_COMMON = (
    Column("key", "key"),
    Column("id", "id", align="right", style="number"),
    Column("owner", "owner"),
    Column("perms", "perms", align="right"),
)
_HIGHEST_INT = 0x7FFFFFFF
_HIGHEST_LONG = 0x7FFFFFFFFFFFFFFF
_MAN = ("sysvipc(7)", "ipc_namespaces(7)")


def _flags(mode: str | None) -> int:
    text = mode or "644"
    if not text or not set(text) <= set("01234567") or int(text, 8) > 0o777:
        raise UsageError(f"{text}: a mode is octal, from 000 to 777")
    return IPC_CREAT | IPC_EXCL | int(text, 8)


def _said(flags: int) -> str:
    return f"IPC_CREAT|IPC_EXCL|{flags & 0o777:04o}"


def _key(text: str | None) -> int:
    if text is None:
        return new_key()
    try:
        key = int(text, 0)
    except ValueError as error:
        raise UsageError(f"{text}: a key is a number such as 0x70ffd07c") from error
    if not 0 < key < 1 << 32:
        raise UsageError(f"{text}: a key is from 1 to 0xffffffff (0 would be IPC_PRIVATE)")
    return key - (1 << 32) if key >= 1 << 31 else key


def _hex(key: int) -> str:
    return f"0x{key & 0xFFFFFFFF:08x}"


def _in_range(what: str, number: int, highest: int = _HIGHEST_INT) -> int:
    """A number that fits the call's argument: a longer one would be cut and mean another."""
    if not 0 <= number <= highest:
        raise UsageError(f"{number}: {what} is from 0 to {highest}")
    return number


def _made(kind: str, number: int, key: int) -> Result:
    data = {"id": number, "key": _hex(key)}
    return Text(f"{kind} id: {number}", data)


@command("ipc mq ls", man=(*_MAN, "msgget(2)"), category="inside")
def mq_ls(session: Session) -> Result:
    """List the System V message queues of the place you are in.

    nsh> ipc mq ls
    """
    columns = (*_COMMON, Column("cbytes", "bytes", align="right"), Column("qnum", "messages", align="right"))
    return Table(columns, queues.system_v(session, "msg"))


@command("ipc mq add [--key <key:text>] [--mode <mode:text>]", man=(*_MAN, "msgget(2)"), category="inside")
def mq_add(session: Session, *, key: str | None = None, mode: str | None = None) -> Result:
    """Make a System V message queue, with a key of its own.

    nsh> ipc mq add
    Message queue id: 0
    """
    session.guard("ipc", "the set of message queues")
    number, flags = _key(key), _flags(mode)
    shown = f"msgget({_hex(number)}, {_said(flags)})"
    return _made("Message queue", objects.make(session, shown, "msgget", number, flags), number)


@command("ipc mq rm <id:int>", man=(*_MAN, "msgctl(2)"), category="inside", shows=False)
def mq_rm(session: Session, id: int) -> Result:
    """Remove a System V message queue by its id.

    nsh> ipc mq rm 0
    """
    return _remove(session, "msg", id)


@command("ipc shm ls", man=(*_MAN, "shmget(2)"), category="inside")
def shm_ls(session: Session) -> Result:
    """List the System V shared memory segments.

    nsh> ipc shm ls
    """
    columns = (*_COMMON, Column("size", "bytes", align="right"), Column("nattch", "attached", align="right"))
    return Table(columns, queues.system_v(session, "shm"))


@command("ipc shm add <size:int> [--key <key:text>] [--mode <mode:text>]", man=(*_MAN, "shmget(2)"), category="inside")
def shm_add(session: Session, size: int, *, key: str | None = None, mode: str | None = None) -> Result:
    """Make a System V shared memory segment of so many bytes.

    nsh> ipc shm add 4096
    Shared memory id: 0
    """
    session.guard("ipc", "the set of shared memory segments")
    number, flags = _key(key), _flags(mode)
    _in_range("a size", size, _HIGHEST_LONG)
    shown = f"shmget({_hex(number)}, {size}, {_said(flags)})"
    return _made("Shared memory", objects.make(session, shown, "shmget", number, size, flags), number)


@command("ipc shm rm <id:int>", man=(*_MAN, "shmctl(2)"), category="inside", shows=False)
def shm_rm(session: Session, id: int) -> Result:
    """Remove a System V shared memory segment; one that is attached goes when it is detached.

    nsh> ipc shm rm 0
    """
    return _remove(session, "shm", id)


@command("ipc sem ls", man=(*_MAN, "semget(2)"), category="inside")
def sem_ls(session: Session) -> Result:
    """List the System V semaphore sets.

    nsh> ipc sem ls
    """
    return Table((*_COMMON, Column("nsems", "semaphores", align="right")), queues.system_v(session, "sem"))


@command("ipc sem add <count:int> [--key <key:text>] [--mode <mode:text>]", man=(*_MAN, "semget(2)"), category="inside")
def sem_add(session: Session, count: int, *, key: str | None = None, mode: str | None = None) -> Result:
    """Make a System V set of so many semaphores.

    nsh> ipc sem add 2
    Semaphore id: 0
    """
    session.guard("ipc", "the set of semaphores")
    number, flags = _key(key), _flags(mode)
    _in_range("a count", count)
    shown = f"semget({_hex(number)}, {count}, {_said(flags)})"
    return _made("Semaphore", objects.make(session, shown, "semget", number, count, flags), number)


@command("ipc sem rm <id:int>", man=(*_MAN, "semctl(2)"), category="inside", shows=False)
def sem_rm(session: Session, id: int) -> Result:
    """Remove a System V semaphore set by its id.

    nsh> ipc sem rm 0
    """
    return _remove(session, "sem", id)


def _remove(session: Session, kind: str, number: int) -> Result:
    _in_range("an id", number)
    session.guard("ipc", f"{kind} {number}")
    objects.make(session, f"{kind}ctl({number}, IPC_RMID)", "remove", kind, number)
    return Quiet()


@command("ipc posix ls", man=("mq_overview(7)", "ipc_namespaces(7)"), category="inside")
def posix_ls(session: Session) -> Result:
    """List the POSIX message queues, by an mqueue file system that nobody sees.

    nsh> ipc posix ls
    """
    columns = (
        Column("name", "name", style="name"),
        Column("owner", "owner"),
        Column("perms", "perms", align="right"),
        Column("bytes", "bytes", align="right"),
    )
    return Table(columns, queues.posix(session))


@command(
    "ipc posix add <name:text> [--most <most:int>] [--size <size:int>] [--mode <mode:text>]",
    man=("mq_open(3)", "mq_overview(7)"),
    category="inside",
    shows=False,
)
def posix_add(session: Session, name: str, *, most: int = 10, size: int = 8192, mode: str | None = None) -> Result:
    """Make a POSIX message queue for at most so many messages of at most so many bytes.

    nsh> ipc posix add /jobs
    """
    session.guard("ipc", "the set of POSIX queues")
    plain = _queue_name(name)
    permissions = _flags(mode) & 0o777
    _in_range("--most", most, _HIGHEST_LONG)
    _in_range("--size", size, _HIGHEST_LONG)
    shown = f'mq_open("/{plain}", O_CREAT|O_EXCL, {permissions:04o}, {{{most}, {size}}})'
    objects.make(session, shown, "mq_create", plain, most, size, permissions)
    return Quiet()


@command("ipc posix rm <name:text>", man=("mq_unlink(3)",), category="inside", shows=False)
def posix_rm(session: Session, name: str) -> Result:
    """Remove a POSIX message queue.

    nsh> ipc posix rm /jobs
    """
    plain = _queue_name(name)
    session.guard("ipc", f"the queue /{plain}")
    objects.make(session, f'mq_unlink("/{plain}")', "mq_unlink", plain)
    return Quiet()


def _queue_name(text: str) -> str:
    plain = text.removeprefix("/")
    if not plain or "/" in plain or "\0" in plain or len(plain) > 254:
        raise UsageError(f"{text}: the name of a queue is a slash and up to 254 characters without one")
    return plain
