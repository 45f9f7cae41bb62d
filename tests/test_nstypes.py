# SPDX-License-Identifier: MIT
"""The table of types, and the tables elsewhere that must know each type too: a ninth one is asked for in all."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from nsh import nstypes, palette, typefacts
from nsh.kernel import nsfs
from nsh.session import consequences, within
from nsh.tongues import shell

TABLES: dict[str, Collection[str]] = {
    "nsh/typefacts.py: FACTS": typefacts.FACTS,
    "nsh/palette.py: the colours": palette.ROLES,
    "nsh/kernel/nsfs.py: INITIAL": nsfs.INITIAL,
    "nsh/kernel/nsfs.py: by pidfd": nsfs._PIDFD_GET,
    "nsh/session/within.py: FIELDS": within.FIELDS,
    "nsh/session/within.py: who is asked": within._ASK,
    "nsh/session/consequences.py: what stays": consequences._STAYS,
    "nsh/tongues/shell.py: OPTIONS": shell.OPTIONS,
}


@pytest.mark.parametrize("where", TABLES)
def test_each_type_is_in_every_table_about_types(where: str) -> None:
    """Whoever adds a type learns here what else must know it."""
    assert set(nstypes.NAMES) - set(TABLES[where]) == set()


def test_flags_and_names_of_them_are_two_ways_to_say_the_same() -> None:
    """Each type has a bit of its own; a mask gives back the names in the order of the table, and the manual's words."""
    bits = [row.flag for row in nstypes.ALL]
    assert nstypes.mask(nstypes.NAMES) == sum(bits) == sum(set(bits))
    assert nstypes.names_of(nstypes.mask(("uts", "mnt"))) == ("mnt", "uts")
    assert nstypes.flags_text(nstypes.mask(("uts", "mnt"))) == "CLONE_NEWNS|CLONE_NEWUTS"
    assert nstypes.flags_text(0) == "0"
