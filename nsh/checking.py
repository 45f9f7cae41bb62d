# SPDX-License-Identifier: MIT
"""`nsh -n`: what is wrong with some lines, found without running any.

Names, references and files are not looked at: lines above may make them. A
first word that is no command may be a program of the place it is for, or a
place; only what looks like a slip of the finger is told: what is no program and
no pin here either, where no line above makes places of names that stand in files.
"""

from __future__ import annotations

from shutil import which

from nsh.arguments import HELP, Reader
from nsh.complaint import complaint
from nsh.errors import NshError, UsageError
from nsh.grammar import parse_line, tokenize
from nsh.loader import Loader, own_folder
from nsh.registry import REGISTRY
from nsh.scripts import logical_lines
from nsh.session.places import is_pinned
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.grammar import Pipeline, Token
    from nsh.registry import Registry


_NAMES_UNSEEN = ("lab", "source")
"""Commands behind which a first word may be the name of a place, or short for something, that stood in a file."""
_ANY = "\0"  # no word has it


def check_script(lines: Iterable[str], filename: str, registry: Registry = REGISTRY) -> list[str]:
    """A message for each line that could not be run whatever the session is."""
    registry.loader = registry.loader or Loader(own_folder())
    found = []
    named: set[str] = set()
    for number, line in logical_lines(lines):
        try:
            _check_line(registry, line.removeprefix("- "), named)
        except NshError as error:
            found.append(complaint(error, line, f"{filename}:{number}: "))
    return found


def _check_line(registry: Registry, line: str, named: set[str]) -> None:
    """`named` are the words that lines above have had behind their first: places, abbreviations; `_ANY` is all."""
    for _, pipeline in parse_line(tokenize(line)):
        _check_pipeline(registry, pipeline, line, named)
        named.update(word.text for stage in pipeline.stages for word in stage.words[1:])
        if any(form.words[0] in _NAMES_UNSEEN for form in registry.forms(pipeline.stages[0].words[0].text)):
            named.add(_ANY)


def _check_pipeline(registry: Registry, pipeline: Pipeline, line: str, named: set[str]) -> None:
    words = pipeline.stages[0].words
    forms = registry.forms(words[0].text)
    if any(word.text in HELP for word in words):
        return
    if not forms:
        _check_other(registry, words[0], named)
        return
    found = registry.match([word.text for word in words])
    if found is not None:
        form, count = found
        call = Reader(form, None, _as_typed, line, pipeline.end).read(words[count:])
        if call.rest is not None:
            _check_inner(registry, str(call.arguments[form.pattern.slots[-1].name]), line, named)
    elif not all(form.is_also_program(words[0].text) for form in forms):
        known = ", ".join(registry.next_words([words[0].text]))
        raise UsageError(f"{words[0].text} wants another word", f"one of: {known}", words[min(1, len(words) - 1)].span)


def _check_inner(registry: Registry, inner: str, line: str, named: set[str]) -> None:
    """The line that a command is given for a place."""
    try:
        _check_line(registry, inner, named)
    except UsageError as error:
        at = line.find(inner)  # where it was quoted it may stand there in other letters
        error.span = (error.span[0] + at, error.span[1] + at) if error.span and at >= 0 else None
        raise


def _check_other(registry: Registry, word: Token, named: set[str]) -> None:
    """A first word that is no command of ours: a place, a program, or a slip."""
    if not word.raw.isalpha() or not named.isdisjoint((word.text, _ANY)):
        return
    if which(word.text) is not None or is_pinned(word.text):
        return
    hint = did_you_mean(word.text, registry.first_words())
    if hint is not None:
        raise UsageError(f"'{word.text}' is no command, and no program here", hint, word.span)


def _as_typed(token: Token) -> str:
    return token.text
