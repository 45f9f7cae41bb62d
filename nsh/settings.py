# SPDX-License-Identifier: MIT
"""The settings of a session (`set NAME VALUE`): what each may be and means."""

from __future__ import annotations

from nsh.errors import BadWord
from nsh.printable import excerpt


class Setting:
    """One setting: name, the values it can have (the first is the default), what it does."""

    __slots__ = ("choices", "name", "summary")

    def __init__(self, name: str, choices: tuple[str, ...], summary: str) -> None:
        self.name = name
        self.choices = choices
        self.summary = summary


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("color", ("auto", "always", "never"), "colours in tables and at the prompt"),
        Setting("edit", ("emacs", "vi"), "key bindings of the prompt"),
        Setting("guard", ("on", "off"), "refuse to change what nsh did not make in the initial namespaces"),
        Setting(
            "record", ("off", "on"), "keep what programs write, for `save`; those that fill the screen want it off"
        ),
        Setting("suggest", ("on", "off"), "grey suggestions from the history while typing"),
        Setting(
            "theme", ("dark", "light", "talk"), "colours for a dark terminal, a light one, or a talk on a projector"
        ),
        Setting("toolbar", ("off", "on"), "a line below the prompt: where you are, as whom, how the last line ended"),
    )
}


def defaults() -> dict[str, str]:
    """The settings of a new session."""
    return {setting.name: setting.choices[0] for setting in SETTINGS.values()}


def change(settings: dict[str, str], name: str, value: str) -> None:
    """Give one of the settings a value. BadWord where it has no such value."""
    choices = SETTINGS[name].choices
    if value not in choices:
        from nsh.spelling import did_you_mean

        hint = did_you_mean(value, choices) or f"one of: {', '.join(choices)}"
        raise BadWord(excerpt(value) or "''", f"{name} cannot be that", hint)
    settings[name] = value
    if name == "theme":
        from nsh.palette import use

        use(value)
