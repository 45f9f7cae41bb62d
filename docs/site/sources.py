# SPDX-License-Identifier: MIT
"""Prepares what Sphinx reads: the repository's pages at their own paths, so that the links between them hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from docs.site.pages import DECISIONS, ROOT, TRANSCRIPTS, Part, contents, decisions
from nsh.transcript.document import Block, Document, Role
from nsh.transcript.parse import HOST_SESSION, read_document
from nsh.transcript.prose import Prose, parts

_TO_README = re.compile(r"\]\((?P<folder>(?:\.\./)*)README\.md(?P<anchor>#[\w-]*)?\)")
_TO_DECISIONS = re.compile(r"\]\((?P<path>[\w./-]*)decisions/\)")
_TO_TRANSCRIPTS = re.compile(r"\]\((?P<path>[\w./-]*)transcripts/\)")
_OPTIONS = re.compile(r"\s+#: .*$")
_PROMPT = re.compile(r"nsh(?:\[[^\[\]\s]+\])?> |\.\.\.> ")
_HIDDEN = (Role.SETUP, Role.TEARDOWN)


def prepare(target: Path, root: Path = ROOT) -> None:
    """Write every page of the site below `target`. Raises BadDocument for a transcript that cannot be read."""
    table = contents(root)
    texts = {page: _page(root, page) for part in table for page in part.pages if page != DECISIONS}
    texts |= {page: _page(root, page) for page in decisions(root)}
    texts[DECISIONS] = "\n\n".join(["# Decisions", _toctree("", [f"/{page}" for page in decisions(root)])]) + "\n"
    texts["index"] = front_page(_page(root, "README"), table)
    for page, text in texts.items():
        _write(target / f"{page}.md", text)
    for path in target.rglob("*.md"):
        if str(path.relative_to(target).with_suffix("")) not in texts:
            path.unlink()


def front_page(readme: str, table: tuple[Part, ...]) -> str:
    """README.md with the table of contents of the whole site, which the theme shows beside each page."""
    return "\n\n".join([readme.rstrip("\n"), *(_toctree(part.caption, part.pages) for part in table)]) + "\n"


def _toctree(caption: str, pages: Sequence[str]) -> str:
    options = [":hidden:", f":caption: {caption}"] if caption else [":maxdepth: 1"]
    return "\n".join(["```{toctree}", *options, "", *pages, "```"])


def _page(root: Path, page: str) -> str:
    path = root / f"{page}.md"
    if page.startswith(f"{TRANSCRIPTS}/") and path.stem != "README":
        text = transcript(read_document(path))
    else:
        text = path.read_text(encoding="utf-8")
    text = _TO_DECISIONS.sub(r"](\g<path>decisions/index.md)", text)
    text = _TO_TRANSCRIPTS.sub(r"](\g<path>transcripts/README.md)", text)
    return _TO_README.sub(_to_front, text) if page.count("/") < 2 else text


def _to_front(link: re.Match[str]) -> str:
    return f"]({link['folder']}index.md{link['anchor'] or ''})"


def transcript(document: Document) -> str:
    """The page as it is read: without front matter, notes, what is set up and torn down, options for the test."""
    shown = [
        part.text if isinstance(part, Prose) else _block(document, part)
        for part in parts(document)
        if not (isinstance(part, Block) and part.role in _HIDDEN)
    ]
    return "\n\n".join(text for text in shown if text) + "\n"


def _block(document: Document, block: Block) -> str:
    opening, *lines = document.text.splitlines()[block.first - 1 : block.last]
    fence = opening[: len(opening) - len(opening.lstrip(" `~"))]
    first = [f"{fence}nsh"]
    if block.session != HOST_SESSION:
        first = [f"{fence}{{code-block}} nsh", f":class: session-{block.session}"]
    return "\n".join(first + [_OPTIONS.sub("", line) if _PROMPT.match(line) else line for line in lines])


def _write(path: Path, text: str) -> None:
    """Only what has changed is written: Sphinx reads again what is newer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
