# SPDX-License-Identifier: MIT
"""mount(2), umount2(2), pivot_root(2), mount_setattr(2)."""

from __future__ import annotations

import ctypes
import os

from nsh.kernel.libc import IS_ARM64, check, libc, syscall, text

MOUNT_ATTR_RDONLY = 0x1
AT_FDCWD = -100
AT_RECURSIVE = 0x8000

_SYS_PIVOT_ROOT = 41 if IS_ARM64 else 155
_SYS_MOUNT_SETATTR = 442
_SYS_FSOPEN, _SYS_FSCONFIG, _SYS_FSMOUNT = 430, 431, 432
_FSCONFIG_CMD_CREATE = 6
_CLOEXEC = 1  # FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC


def mount(source: str | None, target: str, fstype: str | None, flags: int, data: str | None) -> None:
    """Mount, bind, move or change propagation. Raises OSError. See mount(2)."""
    result = libc.mount(text(source), text(target), text(fstype), ctypes.c_ulong(flags), text(data))
    check(result, target)


def umount2(target: str, flags: int) -> None:
    """Unmount; MNT_DETACH takes it out of sight at once. Raises OSError. See umount2(2)."""
    check(libc.umount2(text(target), ctypes.c_int(flags)), target)


def pivot_root(new_root: str, put_old: str) -> None:
    """Make `new_root` the root of this mount namespace. Raises OSError. See pivot_root(2)."""
    check(syscall(_SYS_PIVOT_ROOT, text(new_root), text(put_old)), new_root)


def mount_setattr(path: str, set_attributes: int, *, recursive: bool) -> None:
    """Set MOUNT_ATTR_* bits on a mount, or on all below it. Raises OSError. See mount_setattr(2); Linux 5.12."""
    attributes = (ctypes.c_uint64 * 4)(set_attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    check(syscall(_SYS_MOUNT_SETATTR, AT_FDCWD, text(path), flags, ctypes.byref(attributes), 32), path)


def detached(fstype: str) -> int:
    """An fd of the root of a file system that is mounted nowhere. Raises OSError. See fsopen(2); Linux 5.2."""
    context = check(syscall(_SYS_FSOPEN, text(fstype), _CLOEXEC), "fsopen")
    try:
        check(syscall(_SYS_FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0), "fsconfig")
        path_only = check(syscall(_SYS_FSMOUNT, context, _CLOEXEC, 0), "fsmount")
    finally:
        os.close(context)
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=path_only)
    finally:
        os.close(path_only)
