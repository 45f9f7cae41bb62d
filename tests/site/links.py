# SPDX-License-Identifier: MIT
"""What the pages of a built site ask for and lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"img": "src", "script": "src", "source": "src", "iframe": "src", "object": "data"}
_LOADED_LINKS = {"stylesheet", "icon", "shortcut icon", "prefetch", "preload", "manifest"}


@dataclass(slots=True)
class Found:
    """One page: its anchors, where its links lead, and what a browser loads with it."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Found()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note what an element names."""
        values = {name: value or "" for name, value in attrs}
        self.found.anchors.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.found.links.append(values["href"])
        elif tag == "link" and values.get("rel") in _LOADED_LINKS:
            self.found.loads.append(values["href"])
        elif _LOADED.get(tag, "") in values:
            self.found.loads.append(values[_LOADED[tag]])


def read_site(folder: Path) -> dict[Path, Found]:
    """Every page below a folder."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        reader = _Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        pages[path] = reader.found
    return pages


def is_elsewhere(address: str) -> bool:
    """Does it lead out of the site?"""
    return bool(urlsplit(address).scheme not in ("", "data") or urlsplit(address).netloc)


def broken(pages: Mapping[Path, Found]) -> Iterator[str]:
    """Each link and each file of a page that is not there, and each anchor that its page has not."""
    for page, found in pages.items():
        for address in {*found.links, *found.loads}:
            if not is_elsewhere(address) and not address.startswith("data:") and (why := _wrong(page, address, pages)):
                yield f"{page}: {address}: {why}"


def _wrong(page: Path, address: str, pages: Mapping[Path, Found]) -> str:
    parts = urlsplit(address)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    return "no such anchor" if anchor and target in pages and anchor not in pages[target].anchors else ""
