# SPDX-License-Identifier: MIT
"""Which steps of a page are shown, in which order, and under which words."""

from __future__ import annotations

from pathlib import Path

from nsh.stage.programme import Programme, programme
from nsh.transcript.document import Document
from nsh.transcript.parse import parse

PAGE = """\
---
nsh: 1
title: A title
requires: [root]
---
# The page

What it is about.

<!-- note: breathe -->

## First

Words. <!-- note: slowly -->

```nsh setup
nsh> new uts box
```

```nsh
nsh> echo one
nsh> echo two   #: if=root
```

```nsh session=second
nsh> echo three
```

## Second

Look, but do not touch:

```nsh norun
nsh> reboot
```

```nsh teardown
nsh> rm box
```

```nsh
nsh> echo four
```
"""


def made(root: bool = True) -> Programme:
    """The programme of the page above."""
    document: Document = parse(Path("page.md"), PAGE)
    return programme(document, lambda names: all(root for name in names if name == "root"))


def test_setup_and_teardown_are_performed_and_not_counted() -> None:
    """Teardown comes last."""
    page = made()
    assert [(cue.number, cue.step.command) for cue in page.cues] == [
        (0, "new uts box"),
        (1, "echo one"),
        (2, "echo two"),
        (3, "echo three"),
        (4, "echo four"),
    ]
    assert [cue.step.command for cue in page.teardown] == ["rm box"]
    assert page.count == 4


def test_what_is_for_another_mode_is_left_out() -> None:
    """And the rest is counted without it."""
    page = made(root=False)
    assert [cue.step.command for cue in page.cues if cue.number] == ["echo one", "echo three", "echo four"]
    assert page.count == 3
    assert page.cue(4) is None


def test_a_step_is_told_by_its_place_whatever_is_left_out() -> None:
    """Recordings are found by it."""
    places = {cue.step.command: cue.place for cue in made().cues}
    assert {cue.step.command: cue.place for cue in made(root=False).cues}.items() <= places.items()


def test_the_words_above_a_step_are_those_since_the_step_before() -> None:
    """With their heading and notes; a block without words keeps the last; what is not run is read."""
    words = {cue.step.command: cue.words for cue in made().cues}
    assert words["echo one"].heading == "First"
    assert words["echo one"].text == "Words."
    assert words["echo one"].notes == ("breathe", "slowly")
    assert words["echo three"] == words["echo one"]
    assert words["echo four"].heading == "Second"
    assert words["echo four"].text == "Look, but do not touch:\n\n```\nnsh> reboot\n```"


def test_the_page_opens_with_its_title() -> None:
    """And what stands right below it."""
    assert made().opening.heading == "The page"
    assert made().opening.text == "What it is about."


def test_headings_and_sessions_are_in_the_order_of_the_page() -> None:
    """A heading stands for its first step."""
    assert made().headings() == [("First", 1), ("Second", 4)]
    assert made().sessions() == ["host", "second"]
