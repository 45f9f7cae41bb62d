# SPDX-License-Identifier: MIT
"""The style sheet of the prompt: the palette's colours, in prompt_toolkit's words.

NO_COLOR is honoured by prompt_toolkit's colour depth.
"""

from __future__ import annotations

from prompt_toolkit.styles import Style

from nsh import palette

_FIXED = {
    "nsh.type": "bold",
    "bottom-toolbar": "noreverse",
    "completion-menu": "bg:default fg:default",
    "completion-menu.completion": "bg:default fg:default",
    "completion-menu.completion.current": "reverse",
    "completion-menu.meta.completion.current": "reverse",
    "scrollbar.background": "bg:ansibrightblack",
    "scrollbar.button": "bg:ansiwhite",
}
_GREYS = {"white": "ansigray", "brightwhite": "ansiwhite"}  # prompt_toolkit's names for 37 and 97


def rules() -> dict[str, str]:
    """What each class of text looks like now."""
    return {
        **{f"nsh.{role}": _spelled(palette.colour(role)) for role in palette.ROLES},
        "auto-suggestion": _spelled(palette.colour("suggestion")),
        "completion-menu.meta.completion": f"bg:default {_spelled(palette.colour('remark'))}",
        **_FIXED,
    }


def style() -> Style:
    """The style sheet."""
    return Style.from_dict(rules())


def _spelled(colour: str) -> str:
    ink, paper, effects = palette.parts(colour)
    words = [effect for effect in effects if effect != "dim"]  # not in every version
    words += [f"fg:{_named(ink)}"] if ink else []
    words += [f"bg:{_named(paper)}"] if paper else []
    return " ".join(words)


def _named(name: str) -> str:
    return _GREYS.get(name, f"ansi{name}")
