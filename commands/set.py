# SPDX-License-Identifier: MIT
"""set: the settings of this session."""

from __future__ import annotations

from nsh.errors import BadWord
from nsh.printable import excerpt
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.settings import SETTINGS
from nsh.spelling import did_you_mean
from nsh.words import Choice, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session

define(Choice("setting", {each.name: each.summary for each in SETTINGS.values()}, "no such setting", "name"))

_COLUMNS = (
    Column("name", "name", style="name"),
    Column("value", "value"),
    Column("choices", "choices"),
    Column("summary", "what it does"),
)


@command("set [<name:setting>] [<value:text>]", category="language")
def set(session: Session, name: str | None = None, value: str | None = None) -> Result:
    """Show the settings, or one of them, or change one.

    Variables are another matter: `let NAME VALUE`.

        nsh> set edit vi
        nsh> set edit
        NAME  VALUE  CHOICES   WHAT IT DOES
        edit  vi     emacs,vi  key bindings of the prompt
    """
    if name is None or value is None:
        return Table(_COLUMNS, [_row(session, setting) for setting in ([name] if name else SETTINGS)])
    choices = SETTINGS[name].choices
    if value not in choices:
        hint = did_you_mean(value, choices) or f"one of: {', '.join(choices)}"
        raise BadWord(excerpt(value) or "''", f"{name} cannot be that", hint)
    session.settings[name] = value
    return Quiet()


def _row(session: Session, name: str) -> dict[str, object]:
    setting = SETTINGS[name]
    value = session.settings.get(name, setting.choices[0])
    return {"name": name, "value": value, "choices": list(setting.choices), "summary": setting.summary}
