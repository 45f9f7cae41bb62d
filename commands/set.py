# SPDX-License-Identifier: MIT
"""set: the settings of this session."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table
from nsh.settings import SETTINGS, change
from nsh.words import Choice, WordType, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.session.session import Session

define(Choice("setting", {each.name: each.summary for each in SETTINGS.values()}, "no such setting", "name"))


class SettingValue(WordType):
    """A value of the setting named before it."""

    __slots__ = ()

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> list[tuple[str, str]]:
        """The values it can have; the one that it has is marked."""
        setting = SETTINGS.get(before[-1]) if before else None
        if setting is None:
            return []
        now = session.settings.get(setting.name, setting.choices[0])
        return [(value, "now" if value == now else "") for value in setting.choices if value.startswith(prefix)]


define(SettingValue("settingvalue", "string"))

_COLUMNS = (
    Column("name", "name", style="name"),
    Column("value", "value"),
    Column("choices", "choices"),
    Column("summary", "what it does", wraps=True),
)


@command("set [<name:setting>] [<value:settingvalue>]", category="language")
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
    change(session.settings, name, value)
    return Quiet()


def _row(session: Session, name: str) -> dict[str, object]:
    setting = SETTINGS[name]
    value = session.settings.get(name, setting.choices[0])
    return {"name": name, "value": value, "choices": list(setting.choices), "summary": setting.summary}
