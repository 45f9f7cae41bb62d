# SPDX-License-Identifier: MIT
"""Colours of the prompt, by the names a terminal's own theme defines.

Only the sixteen ANSI names are used, so that light, dark and projector themes
keep their contrast. NO_COLOR is honoured by prompt_toolkit's colour depth.
"""

from __future__ import annotations

from prompt_toolkit.styles import Style

RULES = {
    "nsh.prompt": "bold",
    "nsh.place": "ansicyan bold",
    "nsh.command": "ansigreen",
    "nsh.program": "ansiblue",
    "nsh.unknown": "ansired",
    "nsh.type": "ansimagenta",
    "nsh.name": "ansicyan",
    "nsh.option": "ansiyellow",
    "nsh.string": "ansigreen",
    "nsh.number": "ansiblue",
    "nsh.path": "underline",
    "nsh.variable": "ansiyellow",
    "nsh.operator": "bold",
    "nsh.comment": "ansibrightblack",
    "nsh.error": "ansired underline",
    "auto-suggestion": "ansibrightblack",
    "completion-menu": "bg:default fg:default",
    "completion-menu.completion": "bg:default fg:default",
    "completion-menu.completion.current": "reverse",
    "completion-menu.meta.completion": "bg:default fg:ansibrightblack",
    "completion-menu.meta.completion.current": "reverse",
    "scrollbar.background": "bg:ansibrightblack",
    "scrollbar.button": "bg:ansiwhite",
}


def style() -> Style:
    """The style sheet of the prompt."""
    return Style.from_dict(RULES)
