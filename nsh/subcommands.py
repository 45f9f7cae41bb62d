# SPDX-License-Identifier: MIT
"""The words that are programs of their own, `nsh test` and its like: each in a module, loaded when it is asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = {
    "test": "nsh.transcript.testing",
    "import": "nsh.transcript.tutorial",
    "export": "nsh.recording.export",
    "record": "nsh.recording.record",
    "play": "nsh.stage.play",
    "notes": "nsh.stage.notes",
}
"""Each module has a `main(argv)`, which gives the exit status or raises NshError."""


def main(word: str, argv: Sequence[str]) -> int:
    """Run one of them with the words behind it. Raises NshError for what is wrong with them."""
    from importlib import import_module

    status: int = import_module(MODULES[word]).main(list(argv))
    return status
