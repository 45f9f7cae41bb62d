# SPDX-License-Identifier: MIT
"""The subcommands that are about transcripts: each in a module of its own, loaded when it is asked for."""

from __future__ import annotations

from nsh.errors import UsageError

WORDS = ("test", "import")


def main(argv: list[str]) -> int:
    """`test FILE…` or `import FILE`; the exit status. Raises NshError for what is wrong with the words."""
    word = argv[0] if argv else ""
    if word == "test":
        from nsh.transcript import testing

        return testing.main(argv[1:])
    if word == "import":
        from nsh.transcript import tutorial

        return tutorial.main(argv[1:])
    raise UsageError(f"{word or 'nothing'}: no such subcommand of transcripts", f"one of {', '.join(WORDS)}")
