# SPDX-License-Identifier: MIT
"""What the README shows and promises, done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.program import Program

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


@pytest.mark.real
def test_the_session_in_the_readme_is_what_happens(nsh: Program, tmp_path: Path) -> None:
    """Replayed at the real prompt, the ten lines show what the page says."""
    page = tmp_path / "readme.md"
    page.write_text("---\nnsh: 1\ntitle: README\nrequires: [ns:user, ns:net]\n---\n" + README.read_text())
    done = nsh("test", "--no-skip", str(page))
    assert done.status == 0, done.out + done.err


def test_every_path_the_readme_names_exists() -> None:
    """Links and paths in backquotes lead somewhere."""
    text = README.read_text()
    folders = re.findall(r"^\| `(\S+/)`", text, re.MULTILINE)
    links = re.findall(r"\]\(([\w/.]+)\)", text)
    assert folders
    assert [path for path in folders + links if not (ROOT / path).exists()] == []


def test_every_decision_the_code_cites_exists() -> None:
    """A comment that sends the reader to docs/decisions/ sends him to a page that is there."""
    sources = [path.read_text() for folder in ("nsh", "commands", "bench") for path in (ROOT / folder).rglob("*.py")]
    cited = re.findall(r"docs/decisions/[\w-]+\.md", "\n".join(sources))
    assert [path for path in cited if not (ROOT / path).exists()] == []
