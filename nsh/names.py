# SPDX-License-Identifier: MIT
"""Names for new places: what may be one, and ranges of them."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import BadWord, NameTaken
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LONGEST = 64
LARGEST_RANGE = 10_000
_ALSO_ALLOWED = "._-+@"

_taken_words: set[str] = {"all", "host", *nstypes.NAMES}


def reserve(words: Iterable[str]) -> None:
    """No place may be called like these (the first words of commands)."""
    _taken_words.update(words)


def release(words: Iterable[str]) -> None:
    """Places may be called like these again (aliases that are no more)."""
    _taken_words.difference_update(words)


def check_name(name: str) -> None:
    """BadWord where the name could be mistaken for something else, or could not be a file's."""
    why = _objection(name)
    if why:
        raise BadWord(excerpt(name) or "''", why[0], why[1])


def _objection(name: str) -> tuple[str, str | None] | None:
    if not name:
        return "a name cannot be empty", None
    if name in nstypes.BY_NAME:
        return f"is a type and cannot be a name: every {name} namespace goes by it", f"for example {name}1"
    if name in _taken_words:
        return "is a word of nsh and cannot be a name", None
    if name.isdigit():
        return "a number cannot be a name: it means a PID", f"for example n{name}" if name.isascii() else None
    if name.startswith("-"):
        return "a name cannot begin with '-'", None
    if name in (".", ".."):
        return "cannot be a name: it is a directory", None
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters, this one {len(name)}", None
    bad = next((char for char in name if not (char.isalnum() or char in _ALSO_ALLOWED)), None)
    if bad is not None:
        return f"{excerpt(bad)!r} cannot be in a name" if bad != "'" else '"\'" cannot be in a name', (
            "letters, digits and . _ - + @ can"
        )
    return None


def read_names(text: str, used: Collection[str]) -> str | list[str]:
    """The name, or the list of names of a range. BadWord, or NameTaken where one is `used`."""
    names = _range(text) if text.endswith("]") and "[" in text else None
    wanted = [text] if names is None else names
    for name in wanted if names is None else wanted[:1] + wanted[-1:]:  # one prefix: if the ends may, all may
        check_name(name)
    clash = next((name for name in wanted if name in used), None)
    if clash is not None:
        raise NameTaken(f"{clash}: there is a namespace of that name already", f"rm {clash}, or take another name")
    return text if names is None else names


def _range(text: str) -> list[str]:
    """`h[1..3]` is h1 h2 h3; `h[01..10]` keeps the width."""
    prefix, _, inside = text[:-1].partition("[")
    low, dots, high = inside.partition("..")
    if not dots or not _is_number(low) or not _is_number(high):
        raise BadWord(excerpt(text), "a range of names is written NAME[FIRST..LAST]", "for example h[1..10]")
    first, last = int(low), int(high)
    if last < first:
        raise BadWord(excerpt(text), "the range is empty", f"{prefix}[{high}..{low}]")
    if last - first >= LARGEST_RANGE:
        raise BadWord(excerpt(text), f"a range makes at most {LARGEST_RANGE} names, not {last - first + 1}")
    width = len(low) if low.startswith("0") else 0
    return [f"{prefix}{number:0{width}}" for number in range(first, last + 1)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
