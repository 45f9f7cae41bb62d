# SPDX-License-Identifier: MIT
"""docs/commands.md and the man page nsh.1, written from the declarations: `python -m nsh.reference FOLDER`.

With `--check` nothing is written, and the status tells whether both are what
the declarations say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nsh import nstypes
from nsh.cli import USAGE
from nsh.commands.help import by_category, paragraphs, type_fields
from nsh.loader import Loader
from nsh.printable import wrapped
from nsh.registry import REGISTRY, Form
from nsh.settings import SETTINGS
from nsh.typefacts import FACTS

_WIDTH = 120
_ABOUT = "an interactive shell for Linux-namespace experiments"
_FILES = {
    "$XDG_CONFIG_HOME/nsh/config.toml": "settings, aliases, abbreviations and colours of the prompt",
    "$XDG_CONFIG_HOME/nsh/nshrc": "lines run before the first prompt",
    "$XDG_CONFIG_HOME/nsh/commands/NAME.py": "the user's own command NAME",
    "$XDG_STATE_HOME/nsh/history": "the lines typed at prompts; $NSH_HISTFILE names another file, empty for none",
    "/run/netns/NAME": "a pinned network namespace, as ip-netns(8) has it",
    "/run/nsh/TYPE/NAME": "a pinned namespace of another type",
}
_STATUS = {
    "0": "done, or yes",
    "1": "refused by the kernel, or no",
    "2": "a line that cannot be read; nothing was tried",
    "126, 127": "a program that cannot be executed, or that is not there",
    "128+N": "a program ended by signal N",
}
_WAYS = """\
At the prompt nsh makes, enters and compares Linux namespaces. Every command is one of the kernel's own calls, made for
real in a helper process. What is no command is a program, and runs where you are.

A line is read in this order: a command of nsh; a place of this session, with a line for it; a program on the PATH of
the place you are in. !CMD is a program in any case.
"""


def pages() -> dict[str, str]:
    """Both pages by the names of their files."""
    REGISTRY.loader = Loader("/nonexistent")  # without the reader's own commands
    return {"commands.md": commands_page(), "nsh.1": man_page()}


def main(argv: list[str]) -> int:
    """Write the pages, or compare them; 1 where one is not what it should be."""
    folder = Path(argv[-1])
    stale = [name for name, text in pages().items() if _text_of(folder / name) != text]
    if "--check" in argv:
        for name in stale:
            print(f"{folder / name} is not what the declarations say: make docs")
        return 1 if stale else 0
    for name, text in pages().items():
        (folder / name).write_text(text)
    return 0


def _text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


# Markdown.


def commands_page() -> str:
    """docs/commands.md."""
    lines = ["# Commands", "", "Written from the declarations in `commands/` by `make docs`; edit those.", ""]
    for category, forms in by_category():
        lines += [f"## {category.capitalize()}", ""]
        for form in sorted(forms, key=lambda form: form.words):
            lines += _form_markdown(form)
    lines += ["## Types of namespace", ""]
    for row in nstypes.ALL:
        lines += [f"### {row.name}", ""]
        lines += _wrapped(f"Isolates {row.isolates}. Not: {FACTS[row.name].stays}.")
        lines += ["", *_wrapped(f"To mind: {FACTS[row.name].mind}."), ""]
        fields = type_fields(row)
        lines += _wrapped(f"`{fields['flag']}`, since {fields['since']}; needs {fields['needs']}. {row.man}.")
        lines += ["", "```console", *(f"nsh> {line}" for line in FACTS[row.name].example), "```", ""]
    lines += ["## Settings", "", "| `set` | values, the default first | what it does |", "|---|---|---|"]
    lines += [f"| `{each.name}` | {' '.join(each.choices)} | {each.summary} |" for each in SETTINGS.values()]
    return "\n".join(lines) + "\n"


def _form_markdown(form: Form) -> list[str]:
    lines = [f"### {form.name}", "", "```text", *wrapped(form.usage, 100, "", "    "), "```", "", form.summary, ""]
    for is_code, block in paragraphs(form.description):
        lines += ["```console", *block, "```", ""] if is_code else [*_wrapped(" ".join(block)), ""]
    if form.synonyms:
        lines += [f"Also: {', '.join(form.synonyms)}.", ""]
    return [*lines, f"See {', '.join(form.man)}.", ""] if form.man else lines


def _wrapped(text: str) -> list[str]:
    return wrapped(text, _WIDTH)


# The man page: man(7).


def man_page() -> str:
    """nsh.1."""
    lines = [
        '.\\" Written from the declarations in commands/ by `make docs`; edit those.',
        ".TH NSH 1",
        ".ad l",
        ".nh",
        ".SH NAME",
    ]
    lines += [f"nsh \\- {_ABOUT}", ".SH SYNOPSIS"]
    usage = [line.split("  ", 1) for line in map(str.strip, USAGE.split("\n")) if line.startswith("nsh ")]
    for what, why in usage:
        lines += [".TP", f".B {_roff(what)}", _roff(why.strip())]
    lines += [".SH DESCRIPTION", *(_roff(line) or ".PP" for line in _WAYS.rstrip().split("\n"))]
    lines += [".SH OPTIONS"]
    for option, why in _options():
        lines += [".TP", f".B {_roff(option)}", _roff(why)]
    lines += [".SH COMMANDS"]
    for category, forms in by_category():
        lines += [f".SS {_roff(category.capitalize())}"]
        for form in sorted(forms, key=lambda form: form.words):
            lines += _form_roff(form)
    lines += [".SH TYPES OF NAMESPACE"]
    for row in nstypes.ALL:
        lines += [".TP", f".B {row.name}", _roff(f"{row.isolates} (Linux {row.since}, {row.man}).")]
        lines += [_roff(f"Not: {FACTS[row.name].stays}."), _roff(f"To mind: {FACTS[row.name].mind}.")]
    lines += [".SH SETTINGS"]
    for each in SETTINGS.values():
        lines += [".TP", f".B {each.name}", _roff(f"{each.summary}: {', '.join(each.choices)}")]
    for heading, rows in (("FILES", _FILES), ("EXIT STATUS", _STATUS)):
        lines += [f".SH {heading}"]
        for name, meaning in rows.items():
            lines += [".TP", f".B {_roff(name)}", _roff(meaning)]
    lines += [".SH SEE ALSO", _roff(", ".join(_manuals()))]
    return "\n".join(lines) + "\n"


def _options() -> Iterator[tuple[str, str]]:
    """Options and what they do, as the program's own --help has them."""
    for line in USAGE.split("\n"):
        words = re.split(r" {2,}", line.strip())
        if all(word.startswith("-") for word in words):
            yield ", ".join(words), "say it, and end"
        elif words[0].startswith("-"):
            yield from zip(words[::2], [*words[1::2], ""], strict=False)


def _form_roff(form: Form) -> list[str]:
    lines = [".TP", f".B {_roff(form.usage)}", _roff(form.summary)]
    for is_code, block in paragraphs(form.description):
        lines += [".IP", ".nf", *map(_roff, block), ".fi"] if is_code else [".IP", _roff(" ".join(block))]
    return lines


def _roff(text: str) -> str:
    """Text in which nothing means anything to roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _manuals() -> list[str]:
    found = {page for form in REGISTRY.all() for page in form.man} | {row.man for row in nstypes.ALL}
    return sorted(found, key=lambda page: (page.partition("(")[2], page))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
