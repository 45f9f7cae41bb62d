# SPDX-License-Identifier: MIT
"""What was typed or pasted at one prompt, as the lines that it holds."""

from __future__ import annotations

from nsh.grammar import waits_for


def goes_on(text: str) -> bool:
    r"""Whether Enter begins one more line: `\`, `|`, `||` or `&&` stands at the end.

    An open quote does not: it is far more often a slip than the start of a
    long text, and the error points at it.
    """
    return waits_for(text) not in ("", "'", '"')


def split_block(text: str) -> list[str]:
    """The lines that hold something; one that is not finished goes on in the next."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and waits_for(lines[-1]):
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    return [line for line in lines if line.strip()]
