# SPDX-License-Identifier: MIT
"""Words of the user's own: aliases, which stand for a line, and abbreviations, which become one as they are typed.

An alias is a form of a command like any other, so that completion, colours and
help know it. It cannot hide a command: one spelling for each thing.
"""

from __future__ import annotations

from nsh.errors import BadWord, NameTaken, UsageError
from nsh.grammar import parse_line, tokenize
from nsh.names import check_name, release, reserve
from nsh.printable import excerpt
from nsh.registry import Form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from nsh.registry import Registry
    from nsh.results import Result
    from nsh.session.session import Session

CATEGORY = "aliases"

ABBREVIATIONS: dict[str, str] = {}
"""Those of this nsh, in the order they were made."""


def aliases(registry: Registry) -> dict[str, str]:
    """Each alias with its line."""
    forms = (form for first in registry.first_words() for form in registry.loaded(first))
    return {form.name: form.expansion for form in forms if form.expansion is not None}


def define(registry: Registry, name: str, line: str, places: Collection[str], *, is_abbreviation: bool = False) -> None:
    """Make a word stand for a line, instead of what it stood for. BadWord, NameTaken, UsageError change nothing."""
    _check(registry, name, places)
    line = _checked(line, name)
    if name in ABBREVIATIONS or name in aliases(registry):
        remove(registry, name)
    if is_abbreviation:
        ABBREVIATIONS[name] = line
        return
    words = [token.text for token in tokenize(line)]
    registry.add(_form(name, f"!{line}" if words[:1] == [name] else line))  # else it would be itself for ever
    reserve([name])


def remove(registry: Registry, name: str) -> None:
    """Forget an alias or an abbreviation. BadWord where there is none."""
    if name in aliases(registry):
        registry.remove(name)
        release([name])
    elif name in ABBREVIATIONS:
        del ABBREVIATIONS[name]
    else:
        from nsh.spelling import did_you_mean

        raise BadWord(excerpt(name) or "''", "no such alias", did_you_mean(name, [*aliases(registry), *ABBREVIATIONS]))


def _check(registry: Registry, name: str, places: Collection[str]) -> None:
    if name in aliases(registry) or name in ABBREVIATIONS:
        return
    if name in registry.first_words():
        raise NameTaken(f"{name}: is a command of nsh, which nothing may hide", f"for example {name}1")
    check_name(name)
    if name in places:
        raise NameTaken(f"{name}: there is a place of that name, which the alias would hide", f"rm {name}")


def _checked(line: str, name: str) -> str:
    """The line, if it is one that can be read."""
    line = line.strip()
    try:
        pipelines = parse_line(tokenize(line))
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", error.hint) from error
    if not pipelines:
        raise UsageError(f"{name}: stands for nothing", f"alias {name} 'LINE'")
    return line


def _form(name: str, line: str) -> Form:
    def run(session: Session, rest: str = "") -> Result:
        raise AssertionError("the dispatcher puts the line in the alias's place")

    run.__doc__ = f"Short for: {line}\n\n    nsh> {name}\n"
    form = Form(f"{name} [<rest:line>]", run, category=CATEGORY, shows=False)
    form.expansion = line
    return form
