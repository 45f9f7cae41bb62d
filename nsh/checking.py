# SPDX-License-Identifier: MIT
"""`nsh -n`: what is wrong with some lines, found without running any.

Names, references and files are not looked at: lines above may make them.
"""

from __future__ import annotations

from nsh.arguments import HELP, Reader
from nsh.complaint import complaint
from nsh.errors import NshError, UsageError
from nsh.grammar import parse_line, tokenize
from nsh.loader import Loader, own_folder
from nsh.registry import REGISTRY
from nsh.scripts import logical_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from nsh.grammar import Pipeline, Token
    from nsh.registry import Registry


def check_script(lines: Iterable[str], filename: str, registry: Registry = REGISTRY) -> list[str]:
    """A message for each line that could not be run whatever the session is."""
    registry.loader = registry.loader or Loader(own_folder())
    found = []
    for number, line in logical_lines(lines):
        try:
            _check_line(registry, line.removeprefix("- "))
        except NshError as error:
            found.append(complaint(error, line, f"{filename}:{number}: "))
    return found


def _check_line(registry: Registry, line: str) -> None:
    for _, pipeline in parse_line(tokenize(line)):
        _check_pipeline(registry, pipeline, line)


def _check_pipeline(registry: Registry, pipeline: Pipeline, line: str) -> None:
    words = pipeline.stages[0].words
    forms = registry.forms(words[0].text)
    if not forms or any(word.text in HELP for word in words):
        return
    found = registry.match([word.text for word in words])
    if found is not None:
        form, count = found
        call = Reader(form, None, _as_typed, line, pipeline.end).read(words[count:])
        if call.rest is not None:
            _check_line(registry, str(call.arguments[form.pattern.slots[-1].name]))
    elif not all(form.shares_program and form.words[0] == words[0].text for form in forms):
        known = ", ".join(registry.next_words([words[0].text]))
        raise UsageError(f"{words[0].text} wants another word", f"one of: {known}", words[min(1, len(words) - 1)].span)


def _as_typed(token: Token) -> str:
    return token.text
