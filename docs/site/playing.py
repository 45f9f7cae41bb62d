# SPDX-License-Identifier: MIT
"""Plays the pages, each once, and keeps what comes of it until the page or nsh changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def play_all(pages: Sequence[Path]) -> None:
    """Play what has changed, two pages at a time."""
