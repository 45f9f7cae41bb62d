# SPDX-License-Identifier: MIT
"""docs/architecture.md says where things are: it must not say so of what has moved."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def layers() -> list[str]:
    """The modules of the import contract, from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name for layer in contract for name in re.findall(r"\w+", layer)]


def rows() -> list[str]:
    """The first cells of the table of layers, from the top."""
    return re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)


def test_every_file_that_is_named_is_there() -> None:
    """Files and folders alike."""
    named = set(re.findall(r"`((?:nsh|commands|docs|tests)/[\w./]*)`", PAGE))
    assert len(named) > 40
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_table_has_the_layers_in_their_order() -> None:
    """What stands in a row is in the contract, and nowhere further up than the row before."""
    order = layers()
    shown = [
        [order.index(name.removesuffix(".py")) for name in re.findall(r"(?:nsh/)?(\w+)(?:\.py|/)`", row)]
        for row in rows()
    ]
    flat = [place for row in shown for place in sorted(row)]
    assert flat == sorted(flat)


def test_every_folder_has_its_row() -> None:
    """A package that no row names is one that nobody finds."""
    folders = {path.parent.name for path in (ROOT / "nsh").glob("*/__init__.py")}
    text = " ".join(rows())
    assert {name for name in folders if f"nsh/{name}/" not in text} == {"commands"}


def test_every_module_of_the_session_has_its_place() -> None:
    """The largest folder is found through by what its modules are about: each stands in one row, none in two."""
    (section,) = re.findall(r"^### `nsh/session/`.*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    named = [name for cell in re.findall(r"^\| .*? \| (.*) \|$", section, re.MULTILINE)[1:] for name in cell.split()]
    there = [path.stem for path in (ROOT / "nsh/session").glob("*.py") if path.stem != "__init__"]
    assert sorted(named) == sorted(there)
