# SPDX-License-Identifier: MIT
"""Lines that somebody might type, or nobody would: of letters, of words, and of examples with something changed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from nsh.registry import Registry

_OPERATORS = (";", "&&", "||", "|", ">", ">>", "<", "2>&1", "&", "!", "--", "-", "#", "\\", "'", '"', "$(", "`", "*")
_WORDS = (
    *(
        "a",
        "b",
        "c",
        "nobody",
        "host",
        ".",
        "uts",
        "net",
        "pid,mnt",
        "all",
        "uts,uts",
        "uts:[4026531838]",
        "a:lo",
        "a:",
    ),
    *(
        "h[1..3]",
        "h[3..1]",
        "h[",
        "0",
        "1",
        "-1",
        "4294967296",
        "99999999999999999999",
        "1e3",
        "0x1",
        "1s",
        "root",
        "none",
    ),
    *(
        "10.1.1.1/24",
        "10.1.1.1/99",
        "fd00::1/64",
        "default",
        "via",
        "dev",
        "/proc/self/ns/uts",
        "/",
        "..",
        "/nonexistent",
    ),
    *(
        "$HOME",
        "$nothing",
        "$$",
        "$?",
        "${",
        "$1",
        "x=1",
        "'a b'",
        '"a $HOME b"',
        "日本",
        "é\u0301",
        "\x1b[31m",
        "\x00",
        "\x7f",
    ),
    *("--json", "--help", "--all", "--map", "0:0:1", "-q", "-x", "--", "--hostname=x", "--no-such", "A" * 300),
)
_LETTERS = "new enter uts -|&;<>\"'\\$#!*(){}[]\n\t日é\x00\x1b~=:/,.0123456789abcxyz"


def lines(registry: Registry, seed: int) -> Iterator[str]:
    """Without end; the same for the same seed."""
    dice = random.Random(seed)
    firsts = [*registry.first_words(), *_WORDS[:5]]
    examples = [example.partition("> ")[2] for form in registry.all() for example in form.examples]
    spelled = [form.name for form in registry.all()]
    makers = (
        lambda: "".join(dice.choices(_LETTERS, k=dice.randrange(60))),
        lambda: " ".join([dice.choice(firsts), *dice.choices(_WORDS, k=dice.randrange(6))]),
        lambda: " ".join([dice.choice(spelled), *dice.choices((*_WORDS, *_OPERATORS), k=dice.randrange(7))]),
        lambda: _changed(dice, dice.choice(examples)),
        lambda: f"{dice.choice(examples)} {dice.choice(_OPERATORS)} {_changed(dice, dice.choice(examples))}",
        lambda: f"on {dice.choice(_WORDS)} {_changed(dice, dice.choice(examples))}",
    )
    while True:
        yield dice.choice(makers)()


def _changed(dice: random.Random, line: str) -> str:
    """With a word or a letter more, less, elsewhere or another."""
    parts: list[str] = line.split(" ") if dice.random() < 0.7 else list(line)
    at = dice.randrange(len(parts))
    match dice.randrange(5):
        case 0:
            del parts[at]
        case 1:
            parts.insert(at, dice.choice((*_WORDS, *_OPERATORS)))
        case 2:
            parts[at] = dice.choice(_WORDS)
        case 3:
            other = dice.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        case _:
            parts *= 2
    return ("" if len(parts) > len(line.split(" ")) * 2 else " ").join(parts)
