# SPDX-License-Identifier: MIT
"""Files that get their names when all of them are whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nsh.errors import NshError
from nsh.session.beside import Beside


@dataclass(slots=True)
class Drafts:
    """Finished files under other names, beside those that they will replace."""

    made: list[tuple[Beside, Path]] = field(default_factory=list)

    def add(self, target: Path, data: bytes) -> None:
        """Write a file of that content beside `target`. NshError where that cannot be done."""
        try:
            draft = Beside(os.fspath(target))
            self.made.append((draft, target))
            with open(draft.fd, "wb", closefd=False) as file:
                file.write(data)
        except OSError as problem:
            raise NshError(f"{target}: {problem.strerror}") from None

    def publish(self) -> None:
        """Give the files their names."""
        while self.made:
            draft, target = self.made[0]
            try:
                draft.publish()
            except OSError as problem:
                raise NshError(f"{target}: {problem.strerror}") from None
            self.made.pop(0)


@contextmanager
def drafted() -> Iterator[Drafts]:
    """Drafts that are gone afterwards, unless they got their names."""
    drafts = Drafts()
    try:
        yield drafts
    finally:
        for draft, _ in drafts.made:
            draft.drop()
