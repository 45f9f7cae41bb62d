# SPDX-License-Identifier: MIT
"""Who one is: ID maps both ways, capabilities and what they count for, keys (user_namespaces(7), capabilities(7))."""

from __future__ import annotations

import os

from nsh import nstypes
from nsh.errors import NoSuchName, Refused
from nsh.kernel import proc
from nsh.session import objects
from nsh.session.maps import IdMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

    Row = dict[str, object]

OVERFLOW = 65534
_NOWHERE = 0xFFFFFFFF  # what the kernel prints for an outer id that the reader's user namespace does not have
SETS = {
    "inheritable": "CapInh",
    "permitted": "CapPrm",
    "effective": "CapEff",
    "bounding": "CapBnd",
    "ambient": "CapAmb",
}


def read_map(pid: int, kind: str) -> list[IdMap]:
    """The uid or gid map of a process's user namespace; outer ids as nsh's own counts them. Raises Refused."""
    path = f"/proc/{pid}/{kind}_map"
    try:
        with open(path, encoding="ascii") as file:
            rows = [[int(word) for word in line.split()] for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    return [IdMap(*row) for row in rows]


def outside(lines: list[IdMap], inner: int) -> int | None:
    """What an id inside is outside, None when it is not mapped."""
    for line in lines:
        if line.outer != _NOWHERE and line.inner <= inner < line.inner + line.count:
            return line.outer + inner - line.inner
    return None


def inside(lines: list[IdMap], outer: int) -> int | None:
    """What an id of the outside is inside, None when it is not mapped: it then shows as the overflow id."""
    for line in lines:
        if line.outer != _NOWHERE and line.outer <= outer < line.outer + line.count:
            return line.inner + outer - line.outer
    return None


def uid_there(session: Session, uid: int) -> int:
    """What a uid of ours is in the user namespace you sit in; the overflow id when it is not mapped."""
    if session.seat.ns.get("user") == session.host.ns.get("user"):
        return uid
    found = inside(read_map(session.seat.peer.pid, "uid"), uid)
    return OVERFLOW if found is None else found


def capability_sets(pid: int) -> dict[str, list[str]]:
    """{set: names} of a process, over its own user namespace. Raises NoSuchName when it is gone."""
    try:
        fields = proc.status(pid)
    except OSError as error:
        raise NoSuchName(f"{pid}: no such process") from error
    return {name: names_of(int(fields.get(field, "0"), 16)) for name, field in SETS.items()}


def names_of(bits: int) -> list[str]:
    """The capabilities of a bit set, in the order of their numbers."""
    from nsh.kernel.capabilities import NAMES

    known = [name for number, name in enumerate(NAMES) if bits >> number & 1]
    return known + [f"cap_{n}" for n in range(len(NAMES), bits.bit_length()) if bits >> n & 1]


def governed(pid: int) -> tuple[list[str], list[str]]:
    """Types whose namespace of this process its capabilities count for, and those that others own (ioctl_ns(2))."""
    own = proc.namespace(pid, "user")
    ours: list[str] = []
    others: list[str] = []
    for kind in nstypes.NAMES:
        if kind == "user":
            continue
        try:
            fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # gone, not ours to look at, or a kernel without that type
        try:
            (ours if own in owners_of(fd, kind) else others).append(kind)
        finally:
            os.close(fd)
    return ours, others


def owners_of(fd: int, kind: str) -> list[int]:
    """The user namespaces above a namespace, its owner first, as far up as we may look (ioctl_ns(2))."""
    from nsh.hints import rights  # with the first look, not with every start

    levels = rights.itself(fd)[1:] if kind == "user" else rights.owners_of(fd)
    return [level.inode for level in levels]


def keys(session: Session) -> list[Row]:
    """The keys in the user keyring of the process you sit in. Raises Refused."""
    reply = session.seat.peer.request("keys")
    if reply.errno:
        raise objects.refusal(session, "keyctl(KEYCTL_READ, KEY_SPEC_USER_KEYRING)", reply.errno)
    return [row for line in reply.fields.get("text", "").split("\n") if (row := key_row(line)) is not None]


def key_row(line: str) -> Row | None:
    """One line `SERIAL;TYPE;UID;GID;PERM;DESCRIPTION` of keyctl_describe(3), None when it is not one."""
    words = line.split(";", 5)
    if len(words) != 6 or not all(word.isascii() and word.isdecimal() for word in (words[0], *words[2:4])):
        return None
    serial, kind, uid, gid, perms, description = words
    return {
        "serial": int(serial),
        "kind": kind,
        "uid": int(uid),
        "gid": int(gid),
        "perms": perms,
        "description": description,
    }
