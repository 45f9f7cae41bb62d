# SPDX-License-Identifier: MIT
"""The settings of a session (`set NAME VALUE`): what each may be and means."""

from __future__ import annotations


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
        Setting("suggest", ("on", "off"), "grey suggestions from the history while typing"),
    )
}


def defaults() -> dict[str, str]:
    """The settings of a new session."""
    return {setting.name: setting.choices[0] for setting in SETTINGS.values()}
