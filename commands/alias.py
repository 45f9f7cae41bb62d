# SPDX-License-Identifier: MIT
"""alias: words of one's own for lines."""

from __future__ import annotations

from nsh import aliases
from nsh.errors import UsageError
from nsh.grammar import join
from nsh.registry import REGISTRY, command
from nsh.results import Column, Quiet, Result, Table
from nsh.words import WordType, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

_COLUMNS = (Column("name", "name", style="name"), Column("kind", "kind"), Column("line", "stands for"))


class AliasName(WordType):
    """An alias or abbreviation that there is."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> list[tuple[str, str]]:
        """Each with its line."""
        known = {**aliases.aliases(REGISTRY), **aliases.ABBREVIATIONS}
        return [(name, line) for name, line in known.items() if name.startswith(prefix)]


define(AliasName("alias", "name"))


@command("alias [-a|--abbr] [<name:alias>] [<words:text>...]", category="language")
def alias(session: Session, name: str | None = None, words: tuple[str, ...] = (), *, abbr: bool = False) -> Result:
    """Show the aliases, or one, or make a word stand for a line.

    Quote the line where it holds options, pipes or `;`. What is typed behind
    the alias follows the line. With --abbr the word is an abbreviation: a blank
    or Enter behind it puts the line in its place, where it can be read before it
    runs. Aliases end with the session; those in config.toml are made anew at
    each start. A command of nsh cannot be hidden.

        nsh> alias nets 'ls ns --type net'
        nsh> nets
        nsh> alias --abbr nn 'new net'
        nsh> alias
        NAME  KIND   STANDS FOR
        nets  alias  ls ns --type net
        nn    abbr   new net
    """
    if name is None or not words:
        return _listing(name)
    line = words[0] if len(words) == 1 else join(words)
    aliases.define(REGISTRY, name, line, session.places, is_abbreviation=abbr)
    return Quiet()


def _listing(name: str | None) -> Result:
    if name is not None and "=" in name:
        first, _, line = name.partition("=")
        raise UsageError("an alias is made without '='", f"alias {first} '{line or 'LINE'}'")
    known = [(each, "alias", line) for each, line in aliases.aliases(REGISTRY).items()]
    known += [(each, "abbr", line) for each, line in aliases.ABBREVIATIONS.items()]
    rows = [{"name": each, "kind": kind, "line": line} for each, kind, line in known if name in (None, each)]
    missing = (f"{name} is no alias: alias {name} 'LINE'",) if name is not None and not rows else ()
    return Table(_COLUMNS, rows, missing, status=1 if missing else 0)


@command("unalias <names:alias>...", category="language")
def unalias(session: Session, names: tuple[str, ...]) -> Result:
    """Forget aliases and abbreviations.

    nsh> alias ll 'ls places'
    nsh> unalias ll
    """
    known = {**aliases.aliases(REGISTRY), **aliases.ABBREVIATIONS}
    for name in sorted(names, key=lambda each: each in known):  # what is none is said before one is forgotten
        aliases.remove(REGISTRY, name)
    return Quiet()
