# SPDX-License-Identifier: MIT
"""A whole page of HTML around what is in it: one file, its style and its script inside, and no way out of it.

The page's own policy lets nothing be fetched, and nothing run or colour it but
what was written here, which it knows by their digests (CSP 3). Text gets into
the page by `escape` and by nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from nsh.recording.inks import DARK, LIGHT, Sheet, Theme

_GROUND = {"light": "#ffffff", "dark": "#0b0f15"}
_LINK = {"light": "#0b58c4", "dark": "#7db8ff"}


def framed(body: str, *, title: str, sheet: Sheet, scripts: Iterable[str], data: str = "", language: str = "en") -> str:
    """The file. `body` and `data` are markup; `scripts` are names of files of ours."""
    style = "\n".join((_colours(sheet), _asset("page.css")))
    script = "\n".join(map(_asset, scripts))
    ours = f"style-src {_digest(style)}; script-src {_digest(script)}"
    policy = f"default-src 'none'; img-src data:; {ours}; base-uri 'none'; form-action 'none'"
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            f"<main>\n{body}\n</main>",
            *([data] if data else []),
            f"<script>{script}</script>",
            "</body>",
            "</html>\n",
        )
    )


def text(value: str) -> str:
    """Text as HTML: markup in it is text, and what cannot be in a page is left out."""
    kept = value.encode(errors="replace").decode()
    return escape("".join(" " if _is_control(character) else character for character in kept))


def _is_control(character: str) -> bool:
    return character != "\n" and not character.isprintable() and character not in "\u00a0\u3000"


def _asset(name: str) -> str:
    return (files("nsh.recording") / "assets" / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _colours(sheet: Sheet) -> str:
    light, dark = (
        f"{_variables(name, theme)}{sheet.html(theme)}" for name, theme in (("light", LIGHT), ("dark", DARK))
    )
    return f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n{sheet.effects()}"


def _variables(name: str, theme: Theme) -> str:
    values = {
        "ground": _GROUND[name],
        "text": theme.ink,
        "quiet": theme.dim,
        "link": _LINK[name],
        "shade": theme.bar,
        "edge": theme.border,
        "paper": theme.paper,
        "ink": theme.ink,
        "dim": theme.dim,
        "bar": theme.bar,
        "border": theme.border,
    }
    return f":root{{{''.join(f'--{key}:{value};' for key, value in values.items())}}}"
