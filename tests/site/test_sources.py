# SPDX-License-Identifier: MIT
"""What Sphinx and the players are given: pages without what only tests need, drawings, words in two languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from docs.site.catalogues import CATALOGUES
from docs.site.drawing import drawn
from docs.site.pages import DECISIONS, HERE, ROOT, contents, decisions, translated, tutorial
from docs.site.sources import prepare, transcript
from docs.site.translating import messages_of, translated_take, translated_text
from nsh.recording.take import Take
from nsh.transcript.judge import Observation, Piece
from nsh.transcript.outcome import Kind, Outcome, Seen
from nsh.transcript.outside import Options, modes, play_document
from nsh.transcript.parse import parse, read_document
from nsh.transcript.prose import Prose, parts

PAGE = """\
---
nsh: 1
title: A page
seeds: [A1]
---
# A page

Words. <!-- note: not for readers -->

```nsh setup
nsh> hidden
```

<!-- note: nothing but this -->

```nsh session=second proves=A1
nsh> shown         #: eventually=2s
out
```
"""


def test_a_page_is_shown_without_what_only_the_test_and_the_speaker_need() -> None:
    """Front matter, notes, setup, attributes and options are gone; the session stays, as a class."""
    shown = transcript(parse(Path("page.md"), PAGE))
    assert shown == "# A page\n\nWords. \n\n```{code-block} nsh\n:class: session-second\nnsh> shown\nout\n```\n"


def test_every_page_of_the_docs_is_on_the_site(tmp_path: Path) -> None:
    """Each Markdown file of docs/ and each that README links to has its source, and so its page."""
    prepare(tmp_path)
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md")}
    there = {
        str(path.relative_to(ROOT))
        for folder in ("docs", "docs/decisions", "docs/transcripts")
        for path in (ROOT / folder).glob("*.md")
    }
    assert made - there == {"index.md", "CHANGELOG.md", "CONTRIBUTING.md", f"{DECISIONS}.md"}
    assert there <= made


def test_a_page_that_has_gone_is_not_on_the_site_any_more(tmp_path: Path) -> None:
    """What an earlier build prepared for it is removed."""
    prepare(tmp_path)
    before = sorted(tmp_path.rglob("*.md"))
    (tmp_path / "docs" / "gone.md").write_text("# Gone\n")
    prepare(tmp_path)
    assert sorted(tmp_path.rglob("*.md")) == before


def test_every_page_has_one_place_in_the_table_of_contents() -> None:
    """No page is in two parts; decisions are below their own list."""
    listed = [page for part in contents() for page in part.pages]
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(decisions())
    assert set(translated()) - {"index"} <= set(listed)


def test_the_reading_order_names_every_transcript() -> None:
    """A page that is not in the README of the transcripts would not be in the tutorial."""
    there = {f"docs/transcripts/{path.stem}" for path in (ROOT / "docs/transcripts").glob("*.md")}
    assert there - set(tutorial()) == {"docs/transcripts/README"}
    assert len(tutorial()) == len(set(tutorial()))


GRAPH = """\
---
nsh: 1
title: A net
---
```nsh
nsh> new net a
...
nsh> graph a
...
nsh> graph --dot
...
nsh> ls places
...
```
"""


def test_the_last_plain_graph_of_a_page_is_drawn() -> None:
    """Two lines are added behind it, with what it is asked to draw; other forms of it are no drawing."""
    found = drawn(parse(Path("net.md"), GRAPH))
    assert found is not None
    commands = [step.command for step in found.page.blocks[0].steps]
    file = commands[3].removeprefix("cat ")
    assert commands == ["new net a", "graph a", f"graph a --svg {file}", f"cat {file}", "graph --dot", "ls places"]


def test_a_run_without_the_added_lines_is_one_of_the_page_itself() -> None:
    """The drawing comes from what the second line shows; the rest counts as the page's own steps."""
    found = drawn(parse(Path("net.md"), GRAPH))
    assert found is not None
    pieces = (Piece(0.1, "<svg a>\r\n<g/>"), Piece(0.2, "\r\n</svg>\r\n"))
    seen = [
        Seen(0, at, replace(Observation("nsh>"), sent=str(at), pieces=pieces if at == 3 else ())) for at in range(6)
    ]
    outcome = Outcome(Path("net.md"), "root", Kind.PASSED, seen=seen)
    assert found.svg(outcome) == "<svg a>\n<g/>\n</svg>\n"
    assert [(each.step, each.observation.sent) for each in found.without(outcome).seen] == [
        (0, "0"),
        (1, "1"),
        (2, "4"),
        (3, "5"),
    ]


def test_a_page_without_a_network_has_no_drawing() -> None:
    """Most pages have none."""
    assert drawn(parse(Path("page.md"), PAGE)) is None


def test_the_longest_message_is_meant_wherever_its_lines_are_broken() -> None:
    """A heading that is also the beginning of a sentence does not tear the sentence."""
    messages = {"Two ends": "两端", "Two ends of a wire.": "一根线的两端。"}
    assert translated_text("## Two ends\n\nTwo ends\nof a wire.\n", messages) == "## 两端\n\n一根线的两端。\n"
    assert translated_text("Two ends", {}) == "Two ends"
    assert translated_text("Two ends", {"Two  ends\n": "两端"}) == "两端"


def test_a_translated_page_is_called_by_its_heading() -> None:
    """The title in the front matter is in no catalogue; in its own language a page keeps it."""
    take = Take("page.md", "A page", "root", "", (Prose(1, 3, "# A page\n\nWords."),))
    assert translated_take(take, {"A page": "一页", "Words.": "话。"}) == replace(
        take, title="一页", parts=(Prose(1, 3, "# 一页\n\n话。"),)
    )
    assert translated_take(take, {}) == take


@pytest.mark.parametrize("page", tutorial())
def test_every_message_of_a_lesson_is_found_in_its_words(page: str) -> None:
    """So its play page is wholly in the other language."""
    messages = messages_of(CATALOGUES / f"{page}.po")
    document = read_document(ROOT / f"{page}.md")
    text = translated_text("\n\n".join(part.text for part in parts(document) if isinstance(part, Prose)), messages)
    assert [original for original, other in messages.items() if other not in text] == []


@pytest.mark.real
def test_the_demo_of_the_front_page_plays() -> None:
    """In all its modes, like every transcript."""
    document = read_document(HERE / "demo.md")
    outcomes = [play_document(document, mode, Options()) for mode in modes(document)]
    assert [outcome.text for outcome in outcomes if outcome.kind not in (Kind.PASSED, Kind.SKIPPED)] == []
    assert any(outcome.kind is Kind.PASSED for outcome in outcomes)
