# SPDX-License-Identifier: MIT
"""The words of a page: in order with its blocks, without comments, with the speaker's notes."""

from __future__ import annotations

from pathlib import Path

from nsh.transcript.document import Block
from nsh.transcript.parse import parse
from nsh.transcript.prose import Prose, parts

PAGE = """\
---
nsh: 1
---

# Names

Before. <!-- note: ask who
has used it -->

```nsh
nsh> true
```
<!-- note: breathe -->
```nsh session=b
nsh> true
```

```sh
other
```
After.<!-- only a comment -->
"""


def test_prose_and_blocks_come_in_the_order_of_the_page() -> None:
    """Each prose with its lines; fences of other languages are prose."""
    found = list(parts(parse(Path("p.md"), PAGE)))
    shape = [part.session if isinstance(part, Block) else part.text for part in found]
    assert shape == ["# Names\n\nBefore. ", "host", "", "b", "```sh\nother\n```\nAfter."]
    first = found[0]
    assert isinstance(first, Prose)
    assert (first.first, first.last) == (4, 9)


def test_notes_are_told_from_other_comments() -> None:
    """On one line each, whatever their lines were."""
    notes = [part.notes for part in parts(parse(Path("p.md"), PAGE)) if isinstance(part, Prose)]
    assert notes == [("ask who has used it",), ("breathe",), ()]
