# SPDX-License-Identifier: MIT
"""A recording as SVG: well-formed, small, without a script, and never more than text in its text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.recording import svg
from nsh.recording.events import Event
from tests.recording.reels import HOSTILE, pause, reel, session

SVG = "{http://www.w3.org/2000/svg}"
MAY_BE = {f"{SVG}{name}" for name in ("svg", "title", "desc", "style", "rect", "path", "circle", "g", "text", "tspan")}


def texts(picture: str) -> list[str]:
    """The texts in the window, one for each chain."""
    return ["".join(text.itertext()) for text in ET.fromstring(picture).iterfind(f".//{SVG}svg//{SVG}text")]


def rules(picture: str) -> str:
    """The style sheet."""
    return ET.fromstring(picture).findtext(f"{SVG}style") or ""


def test_a_picture_says_what_it_shows() -> None:
    """A title, and the commands in words, for who cannot see it."""
    picture = ET.fromstring(svg.write(session(("hostname", "host\r\n"), ("id -u", "0\r\n")), title="Names"))
    assert picture.findtext(f"{SVG}title") == "Names"
    assert picture.findtext(f"{SVG}desc") == "host: hostname; host: id -u"
    assert picture.get("role") == "img"


def test_every_picture_is_called_something() -> None:
    """By its recording's title, by what was recorded, or as what it is."""
    named = [replace(reel("x"), title="T", command="C"), replace(reel("x"), command="C"), reel("x")]
    found = [ET.fromstring(svg.write(each)).findtext(f"{SVG}title") for each in named]
    assert found == ["T", "C", "A recording"]


def test_what_is_typed_appears_letter_by_letter_and_each_letter_is_there_once() -> None:
    """A line that grows is one text, whose parts have times of their own."""
    picture = svg.write(session(("hostname", "host\r\n")))
    assert texts(picture) == ["nsh> hostname", "host"]
    assert rules(picture).count("@keyframes k") == 1 + len("hostname") + 1


def test_what_is_overwritten_goes_and_is_hidden_in_the_end() -> None:
    """Without animation a picture is its last frame."""
    picture = svg.write(reel("one", pause(1), "\rtwo"))
    assert texts(picture) == ["two", "one"]
    (hidden,) = re.findall(r"^\.(k\d+)\{visibility:hidden\}", rules(picture), re.MULTILINE)
    assert f'class="{hidden}">one' in picture


def test_less_motion_is_none() -> None:
    """Who has asked for it sees the last frame, standing still."""
    assert "@media (prefers-reduced-motion:reduce){*{animation:none!important}}" in rules(
        svg.write(session(("a", "b")))
    )


def test_one_step_stands_still() -> None:
    """Its prompt, its command, its output and nothing else."""
    recording = session(("one", "1\r\n2\r\n"), ("two", "3\r\n"), ("three", ""), rows=4)
    assert texts(svg.write(recording, step=1)) == ["nsh> one", "1", "2"]
    assert texts(svg.write(recording, step=2)) == ["nsh> two", "3"]
    assert texts(svg.write(recording, step=3)) == ["nsh> three"]
    assert "animation" not in svg.write(recording, step=2)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "there are 1"), (2, "no step 2: there are 1"), (-1, "no step -1"), (99999, "no step")]
)
def test_a_step_that_is_not_there_is_named(number: int, words: str) -> None:
    """With the number that there are."""
    with pytest.raises(UsageError, match=words):
        svg.write(session(("one", "1")), step=number)


def test_a_recording_without_steps_says_so() -> None:
    """And is a picture all the same."""
    with pytest.raises(UsageError, match="the recording has none"):
        svg.write(reel("x"), step=1)
    assert texts(svg.write(reel("x"))) == ["x"]
    assert texts(svg.write(reel())) == []


def test_lines_that_nobody_sees_are_not_drawn() -> None:
    """Long output runs through the window; a picture of it stays small."""
    picture = svg.write(reel("".join(f"line {number}\r\n" for number in range(3000)), pause(1), rows=10))
    assert texts(picture) == [f"line {number}" for number in range(2991, 3000)]


def test_text_is_as_wide_as_its_columns_whatever_the_font() -> None:
    """Wide characters stand in texts of their own, each begun at its column."""
    root = ET.fromstring(svg.write(reel("ab你好cd")))
    found = [(text.get("x"), text.get("textLength")) for text in root.iterfind(f".//{SVG}svg//{SVG}text")]
    assert found == [(None, "16.8"), ("16.8", "33.6"), ("50.4", "16.8")]


def test_a_paper_is_a_rectangle_behind_the_text() -> None:
    """For colours of the background and for reversed text."""
    picture = svg.write(reel("\x1b[44mon blue\x1b[0m \x1b[7mreversed"))
    assert re.findall(r'<rect class="k\d+ (s\dp)" x="([\d.]+)" y="0" width="([\d.]+)"', picture) == [
        ("s0p", "0", "58.8"),
        ("s1p", "67.2", "67.2"),
    ]


def test_light_and_dark_are_both_in_it() -> None:
    """The reader's system chooses."""
    css = rules(svg.write(reel("\x1b[31mred")))
    light, dark = css.split("@media screen and (prefers-color-scheme:dark)")
    assert re.findall(r"\.s0\{fill:(#\w+)\}", light) == ["#b42a1f"]
    assert re.findall(r"\.s0\{fill:(#\w+)\}", dark) == ["#ff7b72"]


def test_the_same_recording_gives_the_same_bytes() -> None:
    """Nothing of this run is in it."""
    recording = session(("ls", "\x1b[34ma\x1b[0m\r\n"))
    assert svg.write(recording) == svg.write(recording)


@pytest.mark.parametrize("text", [*HOSTILE, "\x00\x01\ufffe\ud800", "\u202egnp.exe"])
def test_hostile_text_is_text(text: str) -> None:
    """As output, command, label, title and comment: no element and no attribute comes of it."""
    for picture in (svg.write(session((text, text)), title=text), svg.write(session((text, text)), step=1, title=text)):
        assert harmless(picture)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text() | st.sampled_from(HOSTILE), max_size=6), st.text())
def test_no_text_makes_markup(pieces: list[str], title: str) -> None:
    """Whatever is printed, labelled and called: well-formed, and nothing but what a picture is made of."""
    events = [Event(0.2, "m" if number % 2 else "o", piece) for number, piece in enumerate(pieces)]
    assert harmless(svg.write(reel(*events), title=title))


def harmless(picture: str) -> bool:
    """Is it XML, made of our elements and attributes only, that leads nowhere?"""
    elements = list(ET.fromstring(picture).iter())
    names = {name for element in elements for name in element.attrib}
    css = rules(picture)
    return (
        {element.tag for element in elements} <= MAY_BE
        and not {name for name in names if name.startswith("on") or "href" in name or name == "style"}
        and not re.search(r"url\(|@import|expression", css)
        and picture.count("<style>") == 1
    )
