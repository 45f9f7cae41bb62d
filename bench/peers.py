# SPDX-License-Identifier: MIT
"""The shells from PyPI that the bench starts beside nsh, in an environment of their own: build/peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent.parent / "build" / "peers"


class Peer(NamedTuple):
    """A shell made with prompt_toolkit: its package, program and words, what its prompt begins with.

    `budget` is the ratio of a bare prompt_toolkit loop to it, by design: what
    else nsh takes must fit in between.
    """

    package: str
    program: str
    arguments: tuple[str, ...]
    prompt: bytes
    budget: float


SHELLS = (
    Peer("ptpython==3.0.32", "ptpython", (), b">>>", 0.58),
    Peer("litecli==1.17.1", "litecli", ("--prompt", "litecli> "), b"litecli>", 0.68),
    Peer("ipython==9.18.1", "ipython", ("--no-banner",), b"In [", 0.61),
    Peer("xonsh==0.25.0", "xonsh", ("--no-rc", "-DPROMPT=xonsh> "), b"xonsh>", 0.50),
)
"""Pinned, so that a run can be repeated."""


def installed(peer: Peer) -> str:
    """The path of its program, which is installed when it is first wanted.

    subprocess.CalledProcessError where that fails: there is no network, say.
    """
    program = FOLDER / "bin" / peer.program
    if not program.exists():
        if not (FOLDER / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        pip = [str(FOLDER / "bin" / "python"), "-P", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", peer.package], check=True)
    return str(program)
