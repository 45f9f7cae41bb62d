# SPDX-License-Identifier: MIT
"""What a page says and what a program prints is text in each form of a recording: no script, no escape sequence."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from tests.program import Program

pytestmark = [pytest.mark.real, pytest.mark.once]

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>]]>-->"
PAGE = f"""---
nsh: 1
title: T {MARKUP.replace('"', "").replace("'", "")}
---
# H {MARKUP}

Words {MARKUP} and [a](javascript:alert(1)) [b](https://x"onclick="alert(1)) <b onclick=alert(4)>raw</b>

```nsh
nsh> printf 'X\\033]52;c;cm0=\\007Y\\302\\233Z\\342\\200\\256W{MARKUP.replace("'", "")}\\n'
...
```
"""
CONTROLS = ("\x1b", "\x07", "\x9b", "\u202e")


class Elements(HTMLParser):
    """Everything in a page of HTML that could do something: scripts and their text, images, handlers, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self._is_script = tag == "script"
        self.found += [tag] if tag == "img" else []
        self.found += [name for name, _ in attrs if name.startswith("on")]
        self.found += [value for _, value in attrs if value is not None and value.startswith("javascript")]

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._is_script = False

    def handle_data(self, data: str) -> None:
        """Text: of a script it must be nsh's own."""
        if self._is_script and "alert" in data:
            self.found.append(data)


def test_nothing_of_a_page_or_a_program_is_obeyed_in_any_form_of_its_recording(nsh: Program) -> None:
    """HTML and SVG have no script, handler or address of theirs; no form has an escape sequence of theirs."""
    (nsh.cwd / "talk.md").write_text(PAGE)
    forms = ("html", "svg", "txt", "cast")
    done = nsh("export", "talk.md", "--samples", *(word for form in forms for word in ("-o", f"x.{form}")))
    assert done == (0, "", "")
    texts = {form: (nsh.cwd / f"x.{form}").read_text() for form in forms}
    for form, text in texts.items():
        assert [char for char in CONTROLS if char in text] == [], form
    elements = Elements()
    elements.feed(texts["html"])
    assert "alert(1)" in texts["html"]
    assert elements.found == []
    for element in ElementTree.fromstring(texts["svg"]).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "a", "image", "foreignObject")
        assert [name for name in element.attrib if name.startswith("on") or name.endswith("href")] == []
