# SPDX-License-Identifier: MIT
"""What was typed or pasted at one prompt, as the lines that it holds."""

from __future__ import annotations


def goes_on(text: str) -> bool:
    r"""Whether the text ends in a `\` that is not itself behind one: the line has a next line."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def split_block(text: str) -> list[str]:
    r"""The lines that hold something; what a `\` at the end continues is one line."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and goes_on(lines[-1]):
            lines[-1] = lines[-1][:-1] + line
        else:
            lines.append(line)
    return [line for line in lines if line.strip()]
