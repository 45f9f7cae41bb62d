# SPDX-License-Identifier: MIT
"""The user keyring, of which each user has one in each user namespace (keyrings(7), user-keyring(7))."""

from __future__ import annotations

import ctypes
import os

from nsh.kernel.libc import IS_ARM64, check, syscall

_SYS_ADD_KEY, _SYS_KEYCTL = (217, 219) if IS_ARM64 else (248, 250)
_USER_KEYRING = -4  # KEY_SPEC_USER_KEYRING, @u of keyctl(1)
_DESCRIBE, _UNLINK, _READ = 6, 9, 11
_MOST_BYTES = 65536


def add_key(description: str, payload: str) -> int:
    """The serial number of a key of type `user`, made in the user keyring. Raises OSError. See add_key(2)."""
    data = os.fsencode(payload)
    return check(syscall(_SYS_ADD_KEY, b"user", os.fsencode(description), data, len(data), _USER_KEYRING), "add_key")


def unlink_key(serial: int) -> int:
    """Take a key out of the user keyring; it ends with its last link. Raises OSError. See keyctl_unlink(3)."""
    return check(syscall(_SYS_KEYCTL, _UNLINK, serial, _USER_KEYRING, 0, 0), "keyctl")


def of_user() -> list[str]:
    """`SERIAL;TYPE;UID;GID;PERM;DESCRIPTION` of each key in the user keyring. Raises OSError. See keyctl_read(3)."""
    serials = _answer(_READ, _USER_KEYRING)
    numbers = [int.from_bytes(serials[at : at + 4], "little") for at in range(0, len(serials), 4)]
    found = []
    for number in numbers:
        try:
            told = _answer(_DESCRIBE, number).rstrip(b"\0").decode("utf-8", "replace")
        except OSError:
            continue  # revoked or expired meanwhile
        found.append(f"{number};{told}")
    return found


def _answer(operation: int, key: int) -> bytes:
    buffer = ctypes.create_string_buffer(_MOST_BYTES)
    length = check(syscall(_SYS_KEYCTL, operation, key, buffer, _MOST_BYTES, 0), "keyctl")
    return buffer.raw[: min(length, _MOST_BYTES)]
