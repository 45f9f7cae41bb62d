# SPDX-License-Identifier: MIT
"""A whole session in the form that all tongues start from: who is made, what runs where, who ends."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.tongues.recipe import Recipe

    Where = dict[str, str]
    """{type: variable} of the holders whose namespaces something happens in; no entry is the outer one."""


class Pid:
    """In the words of a command: the pid of a holder, known when the program runs."""

    __slots__ = ("variable",)

    def __init__(self, variable: str) -> None:
        self.variable = variable


OUTSIDE = "outside"
"""The variable that is the program itself."""


class Act:
    """One thing the program does, and the line that it prints before.

    `hold`: a process that is made as the recipe says, in `where`, and kept as
    `variable`. `run`: a program, its words in `words` (or, with a recipe, made
    as that says). `do`: the recipe's calls in `where`. `end`: the holder `variable`.
    """

    __slots__ = ("kind", "recipe", "said", "variable", "where", "words")

    def __init__(
        self,
        kind: str,
        said: str,
        where: Where,
        *,
        variable: str = "",
        recipe: Recipe | None = None,
        words: list[str | Pid] | None = None,
    ) -> None:
        self.kind = kind
        self.said = said
        self.where = where
        self.variable = variable
        self.recipe = recipe
        self.words = words or []
