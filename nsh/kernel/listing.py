# SPDX-License-Identifier: MIT
"""What the kernel lists of namespaces without any process: listns(2), and the mounts of a mount namespace by its id."""

from __future__ import annotations

import ctypes
import os
import struct

from nsh.kernel.libc import check, libc, syscall

_SYS_STATMOUNT, _SYS_LISTMOUNT, _SYS_LISTNS = 457, 458, 470
_ROOT = 2**64 - 1  # LSMT_ROOT: everything below the root of the namespace
_WHAT = 0x08 | 0x10 | 0x20  # STATMOUNT_MNT_ROOT, _MNT_POINT, _FS_TYPE
_STRINGS = 512  # where the strings of struct statmount begin
_FD_NSFS_ROOT = -10003
_FILEID_NSFS = 0xF1
_MOST = 4096


def mounts_of(mnt_id: int) -> list[tuple[str, str, str]]:
    """(file system, root, mount point) of each mount of the mount namespace with that id.

    Raises OSError (EPERM, ENOENT: wants CAP_SYS_ADMIN over it). See statmount(2), listmount(2); Linux 6.11.
    """
    buffer = ctypes.create_string_buffer(16384)
    found = []
    for mount in _mount_ids(mnt_id):
        request = ctypes.create_string_buffer(struct.pack("IIQQQ", 32, 0, mount, _WHAT, mnt_id))
        if syscall(_SYS_STATMOUNT, request, buffer, len(buffer), 0) == 0:  # else unmounted meanwhile
            fstype = struct.unpack_from("I", buffer, 36)[0]
            root, point = struct.unpack_from("II", buffer, 104)
            found.append((_text(buffer, fstype), _text(buffer, root), _text(buffer, point)))
    return found


def _mount_ids(mnt_id: int) -> list[int]:
    found: list[int] = []
    room = (ctypes.c_uint64 * _MOST)()
    while True:
        last = found[-1] if found else 0
        request = ctypes.create_string_buffer(struct.pack("IIQQQ", 32, 0, _ROOT, last, mnt_id))
        count = check(syscall(_SYS_LISTMOUNT, request, room, _MOST, 0), "listmount")
        found += room[:count]
        if count < _MOST:
            return found


def _text(buffer: ctypes.Array[ctypes.c_char], offset: int) -> str:
    start = _STRINGS + offset
    return os.fsdecode(buffer.raw[start : buffer.raw.index(b"\0", start)])


def all_ids() -> list[int]:
    """The ids of all namespaces that we may know of. Raises OSError (ENOSYS before Linux 6.19). See listns(2)."""
    found: list[int] = []
    room = (ctypes.c_uint64 * _MOST)()
    while True:
        last = found[-1] if found else 0
        request = ctypes.create_string_buffer(struct.pack("IIQIIQ", 32, 0, last, 0, 0, 0))
        count = check(syscall(_SYS_LISTNS, request, room, _MOST, 0), "listns")
        found += room[:count]
        if count < _MOST:
            return found


def open_id(number: int) -> int:
    """A namespace file by its id alone. Raises OSError (ESTALE: gone, not ours, or Linux 6.18). Linux 6.19."""
    handle = ctypes.create_string_buffer(struct.pack("=IiQII", 16, _FILEID_NSFS, number, 0, 0))
    flags = os.O_RDONLY | os.O_CLOEXEC
    return check(libc.open_by_handle_at(ctypes.c_int(_FD_NSFS_ROOT), handle, ctypes.c_int(flags)), "open_by_handle_at")
