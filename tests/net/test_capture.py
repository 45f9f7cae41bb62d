# SPDX-License-Identifier: MIT
"""The pcap format, as pcap(5) describes it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from nsh.errors import Refused
from nsh.net.capture import File, Taken


def test_a_file_has_its_header_and_a_record_for_each_packet(tmp_path: Path) -> None:
    """Nanoseconds, the kind of link layer, what was kept and how long it was."""
    path = tmp_path / "x.pcap"
    file = File(str(path), 1)
    file.add([Taken(3_000_000_007, b"abcd", 60), Taken(4_000_000_000, b"", 0)])
    file.close()
    data = path.read_bytes()
    assert struct.unpack_from("=IHHiIII", data) == (0xA1B23C4D, 2, 4, 0, 0, 262144, 1)
    assert data[24:] == struct.pack("=IIII", 3, 7, 4, 60) + b"abcd" + struct.pack("=IIII", 4, 0, 0, 0)


@pytest.mark.parametrize("name", ["missing/x.pcap", "", "a\0b"])
def test_a_file_that_cannot_be_made_is_refused(name: str, tmp_path: Path) -> None:
    """By the kernel's word."""
    with pytest.raises(Refused):
        File(f"{tmp_path}/{name}", 1)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """With the file's name."""
    with pytest.raises(Refused, match=r"/dev/full.*No space left"):
        File("/dev/full", 1)
