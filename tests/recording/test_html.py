# SPDX-License-Identifier: MIT
"""A take as one file of HTML: all there without JavaScript, nothing fetched, text never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.recording import html, plain
from nsh.recording.html_prose import Words, is_followed
from nsh.recording.reel import reel_of
from nsh.recording.take import Take
from tests.recording.reels import HOSTILE, pause, reel, session
from tests.recording.takes import scene, shot, take

FETCHED = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping", "style"}


class Parsed(HTMLParser):
    """What a reader of HTML makes of a page: elements, attributes, the texts of some of them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "link", "br", "hr", "input", "img"):
            self.inside.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text belongs to all elements around it."""
        for tag in set(self.inside):
            self.texts[tag][-1] += data


def page_of(one: Take) -> str:
    """The file."""
    return html.write(reel_of(one), one)


PAGE = take(
    "# Names\n\nSee `hostname`.",
    scene(shot("hostname", "host\r\n"), shot("ls /nonexistent", "\x1b[31mno such file\x1b[0m\r\n", status=2)),
    "## Two lines",
    scene(shot("cat <<x\nline\nx", "line\r\n"), shot("", prompt="nsh[box]>")),
)


def test_the_terminals_hold_what_the_text_export_has() -> None:
    """Prompts, commands and outputs, in the page's order and to the letter."""
    assert "\n".join(Parsed(page_of(PAGE)).texts["pre"]) + "\n" == plain.text(PAGE)


def test_each_step_has_an_address() -> None:
    """And a link to it, in words for who hears it."""
    elements = Parsed(page_of(PAGE)).elements
    assert [found["id"] for _, found in elements if found.get("class") == "step"] == [f"step-{n}" for n in (1, 2, 3, 4)]
    links = [found for name, found in elements if name == "a"]
    assert (links[1]["href"], links[1]["aria-label"]) == ("#step-2", "step 2")


def test_a_block_is_labelled_with_its_terminal() -> None:
    """The label is there once for each block."""
    page = Parsed(page_of(take(scene(shot("a")), scene(shot("b"), session="second"))))
    assert [text for text in page.texts["p"] if text] == ["host", "second"]


def test_colours_are_classes() -> None:
    """Those of the output, and those of the words of a command, which nsh gives them."""
    page = page_of(PAGE)
    assert re.search(r'<span class="out"><span class="s\d">no such file</span></span>', page)
    assert re.search(r'class="command"><span class="s\d">hostname</span>', page)


def test_the_title_is_the_pages() -> None:
    """A page that has no heading of its own gets it as its heading, too."""
    assert Parsed(page_of(PAGE)).texts["title"] == ["A page"]
    assert Parsed(page_of(PAGE)).texts["h1"] == ["Names"]
    assert Parsed(page_of(take(scene(shot("a")), title="<b>"))).texts["h1"] == ["<b>"]


@pytest.mark.parametrize(
    ("prose", "language"), [("Names", "en"), ("# 主机名 hostname\n\n每个命名空间", "zh"), ("", "en")]
)
def test_the_page_says_its_language(prose: str, language: str) -> None:
    """For who has it read out to him."""
    assert Parsed(page_of(take(prose, scene(shot("a"))))).elements[0] == ("html", {"lang": language})


def test_nothing_is_fetched_and_nothing_runs_but_what_is_in_the_file() -> None:
    """The page's own policy says so, by the digests of its style and its script."""
    page = page_of(PAGE)
    (policy,) = [found["content"] for _, found in Parsed(page).elements if "http-equiv" in found]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    for name in ("style", "script"):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy
    assert not re.search(r"https?:|//[a-z]", re.sub(r"http://www\.w3\.org/2000/svg|//[ A-Z].*", "", page))


def test_untrusted_text_never_goes_through_a_parser_of_html() -> None:
    """The scripts make elements and text, never markup."""
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", page_of(PAGE))


def test_the_same_take_gives_the_same_bytes() -> None:
    """Nothing of this run is in it."""
    assert page_of(PAGE) == page_of(PAGE)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("pid.md", "pid.html"),
        ("pid.md#init", "pid.html#init"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("#names", "#names"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_a_link_leads_where_it_still_can(address: str, written: str) -> None:
    """A page beside this one is exported beside it; the web stays the web."""
    assert f'href="{written}"' in Words([]).html(f"[x]({address})")


@pytest.mark.parametrize(
    "address",
    [
        "../labs.md",
        "/etc/passwd",
        "lab.yaml",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//cdn.test/x",
    ],
)
def test_other_links_are_plain_text(address: str) -> None:
    """What a file that stands alone cannot reach, and what must never be followed."""
    assert not is_followed(address)
    assert Words([]).html(f"[*x* y](<{address}>) [z](#z)") == '<p><em>x</em> y <a href="#z">z</a></p>\n'


def test_a_reference_may_be_defined_in_another_piece() -> None:
    """The pieces between the blocks are one page."""
    words = Words(["see [it]", "[it]: https://example.org"])
    assert 'href="https://example.org"' in words.html("see [it]")


def test_headings_have_the_addresses_that_github_gives_them() -> None:
    """Also when two are alike."""
    page = Words([]).html("## Two names, `two`\n\n## Moving in\n\n## Moving in")
    assert re.findall(r'id="(.*?)"', page) == ["two-names-two", "moving-in", "moving-in-1"]


def test_a_heading_may_be_called_as_a_step_is() -> None:
    """Its address and the links to it are another, so that each leads where it should."""
    page = Words([]).html("# Step 1\n\n[up](#step-1) and [there](#step-one)")
    assert page == '<h1 id="step-1-">Step 1</h1>\n<p><a href="#step-1-">up</a> and <a href="#step-one">there</a></p>\n'


def test_a_picture_in_the_prose_is_told_in_words() -> None:
    """One file: nothing is fetched."""
    assert Words([]).html("![a graph](http://192.0.2.1/x.png)") == "<p>a graph</p>\n"


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_is_text(words: str) -> None:
    """As prose, heading, command, output, prompt, label and title."""
    hostile = take(f"# {words}\n\n{words}\n\n[{words}]({words})", scene(shot(words, words, prompt=words)), title=words)
    assert is_harmless(page_of(hostile))
    assert is_harmless(html.write(session((words, words)), None))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40) | st.sampled_from(HOSTILE), min_size=5, max_size=5))
def test_no_text_makes_markup(words: list[str]) -> None:
    """Whatever a page says and a program prints."""
    prose, command, output, title, name = words
    made = take(prose, scene(shot(command, output), session=name), title=title)
    assert is_harmless(page_of(made))
    assert is_harmless(html.write(session((command, output)), None))


def is_harmless(page: str) -> bool:
    """Our script and our style only, no handler, nothing fetched, and every link one that may be followed."""
    elements = Parsed(page).elements
    names = [name for name, _ in elements]
    attributes = {key for _, found in elements for key in found}
    links = [found["href"] for name, found in elements if name == "a" and "href" in found]
    scripts = [found for name, found in elements if name == "script"]
    return (
        names.count("style") == 1
        and [found for found in scripts if found.get("type") != "application/json"] == [{}]
        and not attributes & FETCHED
        and not [key for key in attributes if key.startswith("on")]
        and not {"img", "iframe", "object", "embed", "form", "base", "svg", "video", "audio"} & set(names)
        and all(is_followed(link) or re.fullmatch(r"[^/]+\.html(#.*)?", link) for link in links)
    )


def film_of(page: str) -> dict[str, object]:
    """The frames for the player."""
    (content,) = re.findall(r'id="film">(.*?)</script>', page, re.DOTALL)
    found: dict[str, object] = json.loads(content)
    return found


def test_a_recording_without_a_page_is_its_text_and_its_frames() -> None:
    """All lines that were written, also those that scrolled away; each frame holds what is different."""
    page = html.write(session(("hostname", "host\r\n"), rows=3), None)
    assert Parsed(page).texts["pre"] == ["nsh> hostname\nhost"]
    film = film_of(page)
    assert film["parts"] == [["host: hostname", 0.2]]
    assert film["rows"] == 3
    frames = film["frames"]
    assert isinstance(frames, list)
    assert frames[-1] == [pytest.approx(1.08), 0, 2, 0, [[1, [["", "host", 1]]]]]


def test_a_program_with_its_own_screen_is_laid_below_the_rest() -> None:
    """The player knows one tape only."""
    film = film_of(html.write(reel("before", "\x1b[?1049hvim", pause(1), "\x1b[?1049l!", rows=5), None))
    frames = film["frames"]
    assert isinstance(frames, list)
    assert [frame[1] for frame in frames] == [0, 0, 5, 0]
    assert frames[2][4] == [[5, [["", "      vim", 1]]]]


def test_a_colour_written_with_colons_is_that_colour() -> None:
    """As ITU-T T.416 has it: an empty place stands before red, green and blue."""
    colons, semicolons = (
        html.write(reel_of(made), made)
        for made in (
            take(scene(shot("ls", f"\x1b[38{numbers}mred\x1b[m"))) for numbers in (":2::200:0:0", ";2;200;0;0")
        )
    )
    assert colons == semicolons
