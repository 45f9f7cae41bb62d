# SPDX-License-Identifier: MIT
"""Lines of /proc/sysvipc as rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nsh.errors import Refused
from nsh.session import queues

MSG = """\
       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime
1895813244          0   644          12          3     7     8     0     0     0     0          1          2          3
        -6          5   600           0          0     0     0  4242  4242     0     0          0          0          3
"""


class Files:
    """A session whose place has one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open_file(self, _path: str, _mode: str) -> int:
        """That file."""
        return os.open(self.path, os.O_RDONLY)


def test_a_row_has_all_columns_as_numbers_and_key_and_owner_as_ipcs_shows_them(tmp_path: Path) -> None:
    """The key in eight hexadecimal digits also where the kernel prints it as negative."""
    (tmp_path / "msg").write_text(MSG)
    first, second = queues.system_v(Files(tmp_path / "msg"), "msg")  # type: ignore[arg-type]
    assert (first["key"], first["id"], first["owner"], first["perms"]) == ("0x70ffd07c", 0, "root", "644")
    assert (first["cbytes"], first["qnum"], first["lspid"]) == (12, 3, 7)
    assert (second["key"], second["owner"], second["perms"]) == ("0xfffffffa", "4242", "600")


def test_no_object_is_no_row(tmp_path: Path) -> None:
    """Only the heading."""
    (tmp_path / "sem").write_text(MSG.splitlines()[0])
    assert queues.system_v(Files(tmp_path / "sem"), "sem") == []  # type: ignore[arg-type]


def test_a_file_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    """With the call and its errno."""
    with pytest.raises(Refused, match="read"):
        queues.system_v(Files(tmp_path), "shm")  # type: ignore[arg-type]
