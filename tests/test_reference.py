# SPDX-License-Identifier: MIT
"""docs/commands.md and docs/nsh.1: written from the declarations, and current."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nsh.commands import FIRST_WORDS

DOCS = Path(__file__).parent.parent / "docs"


def test_both_pages_are_what_the_declarations_say() -> None:
    """`make docs` writes them anew."""
    done = subprocess.run(
        [sys.executable, "-m", "nsh.reference", "--check", str(DOCS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_stale_is_said(tmp_path: Path) -> None:
    """Each page that is not current, by its path; written, they are."""
    check = [sys.executable, "-m", "nsh.reference", "--check", str(tmp_path)]
    assert subprocess.run(check, capture_output=True, text=True, check=False).stdout.count("make docs") == 2
    subprocess.run([sys.executable, "-m", "nsh.reference", str(tmp_path)], check=True)
    assert subprocess.run(check, check=False).returncode == 0


@pytest.mark.parametrize("page", ["commands.md", "nsh.1"])
def test_every_command_and_type_is_on_both_pages(page: str) -> None:
    """By its first word."""
    text = (DOCS / page).read_text()
    missing = [word for word in FIRST_WORDS if word not in text]
    assert missing == []
    assert "bizarro" in text or page == "nsh.1"


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed: the page is not rendered")
def test_the_man_page_has_no_mistake() -> None:
    """As roff sees it, with every warning that it has; in 80 columns."""
    done = subprocess.run(
        ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-rLL=78n", "-P-cbou", str(DOCS / "nsh.1")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "uts hostname [NAME]" in done.stdout
