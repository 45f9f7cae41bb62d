# SPDX-License-Identifier: MIT
"""The pages of the site, in the order in which they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "docs"
"""What is made on the way, and kept for the next time."""

TRANSCRIPTS = "docs/transcripts"
DECISIONS = "docs/decisions/index"
"""A page of the site's own: the list of them."""

GUIDES = ("docs/prompt", "docs/labs", "docs/stage")
REFERENCE = ("docs/commands", "docs/failures", "docs/json", "docs/security", "docs/bench")
PROJECT = ("docs/architecture", "CONTRIBUTING", "CHANGELOG", DECISIONS)
_IN_ORDER = re.compile(r"^\d+\. \[(?P<name>[\w-]+)\.md\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the table of contents; `pages` are paths without their `.md`."""

    caption: str
    pages: tuple[str, ...]


def tutorial(root: Path = ROOT) -> tuple[str, ...]:
    """The transcripts in the order that their README gives."""
    text = (root / TRANSCRIPTS / "README.md").read_text(encoding="utf-8")
    return tuple(f"{TRANSCRIPTS}/{name}" for name in _IN_ORDER.findall(text))


def translated(root: Path = ROOT) -> tuple[str, ...]:
    """The pages that exist in other languages too: what a newcomer reads."""
    return ("index", *(page for part in contents(root)[:2] for page in part.pages))


def contents(root: Path = ROOT) -> tuple[Part, ...]:
    """Every page but the front page, which is README.md."""
    named = {*GUIDES, *REFERENCE, *PROJECT}
    others = [page for page in _below(root, "docs") if page not in named]
    known = {*_below(root, "docs"), "CHANGELOG", "CONTRIBUTING", DECISIONS}
    return (
        Part("Tutorial", (*tutorial(root), f"{TRANSCRIPTS}/README")),
        Part("Guides", tuple(page for page in (*GUIDES, *others) if page in known)),
        Part("Reference", tuple(page for page in REFERENCE if page in known)),
        Part("Project", tuple(page for page in PROJECT if page in known)),
    )


def decisions(root: Path = ROOT) -> tuple[str, ...]:
    """Why things are as they are, by number."""
    return _below(root, "docs/decisions")


def _below(root: Path, folder: str) -> tuple[str, ...]:
    return tuple(sorted(f"{folder}/{path.stem}" for path in (root / folder).glob("*.md")))
