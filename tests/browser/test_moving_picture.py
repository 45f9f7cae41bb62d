# SPDX-License-Identifier: MIT
"""An animated picture in a real browser: it begins with the first command and ends with the last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nsh.recording import svg
from tests.browser.chromium import Page
from tests.recording.reels import pause, reel, session

pytestmark = pytest.mark.slow

Show = Callable[..., Page]

SEEN = """
const [top, height] = ['y', 'height'].map((name) => Number(document.querySelector('svg svg').getAttribute(name)));
const isSeen = (element) => getComputedStyle(element).visibility === 'visible';
const letters = (text) => [...text.childNodes].map(
  (node) => (node.nodeType === 3 ? isSeen(text) : isSeen(node)) ? node.textContent : '').join('');
return [...document.querySelectorAll('svg svg text')].filter((text) => {
  const box = text.getBoundingClientRect();
  return box.top >= top - 1 && box.bottom <= top + height + 1;
}).map((text) => [text.getBoundingClientRect().top, letters(text)]).filter(([, line]) => line.trim())
  .sort(([one], [other]) => one - other).map(([, line]) => line.trimEnd());
"""
WIDTHS = """
return [...document.querySelectorAll('svg svg text')].map(
  (text) => [text.getBBox().width, Number(text.getAttribute('textLength'))]);
"""
LENGTH = "return document.getAnimations()[0].effect.getTiming().duration / 1000"


def seen(page: Page, seconds: float | None = None) -> list[str]:
    """The lines in the window, from the top; at a moment, if one is given."""
    if seconds is not None:
        page.run(
            "for (const one of document.getAnimations()) { one.pause(); one.currentTime = arguments[0] * 1000; }",
            seconds,
        )
    lines: list[str] = page.run(SEEN)
    return lines


def text_lines(exported: Path) -> list[str]:
    """What was typed and shown, without empty lines."""
    return [line for line in (exported / "uts.txt").read_text().splitlines() if line]


def test_it_begins_with_the_first_command_and_ends_with_the_last(browser: Show, exported: Path) -> None:
    """The first moment has the first prompt only, the end the last lines of the page."""
    page = browser(exported / "uts.svg", width=1400)
    lines = text_lines(exported)
    assert seen(page, 0.5) == [lines[0], "nsh>"]
    assert seen(page, 4.5)[:3] == lines[:3]
    length = page.run(LENGTH)
    end = seen(page, length - 0.01)
    assert end == lines[-len(end) :]
    assert len(end) >= 20


def test_every_line_of_the_page_is_seen_at_some_time(browser: Show, exported: Path) -> None:
    """Looked at twice a second, nothing is missing."""
    page = browser(exported / "uts.svg", width=1400)
    length = page.run(LENGTH)
    found = {line for half in range(int(2 * length)) for line in seen(page, half / 2)}
    assert set(text_lines(exported)) - found == set()


def test_less_motion_shows_the_end(browser: Show, exported: Path) -> None:
    """Nothing moves, and what stands there is the last frame."""
    moving = browser(exported / "uts.svg", width=1400)
    end = seen(moving, moving.run(LENGTH) - 0.01)
    still = browser(exported / "uts.svg", width=1400, reduced_motion=True)
    assert still.run("return document.getAnimations().length") == 0
    assert seen(still) == end


def test_it_is_an_image_like_any_other(browser: Show, exported: Path, tmp_path: Path) -> None:
    """In an <img>, as on GitHub: it has a size, shows something, and moves."""
    page_of_it = tmp_path / "img.html"
    page_of_it.write_text(
        f"<!doctype html><link rel=icon href='data:,'><img src='{(exported / 'uts.svg').as_uri()}' alt=''>"
    )
    page = browser(page_of_it)
    page.wait("document.images[0].complete && document.images[0].naturalWidth > 700")
    first = page.picture(tmp_path / "a.png").read_bytes()
    for _ in range(40):
        if page.picture(tmp_path / "b.png").read_bytes() != first:
            break
        page.run("return new Promise(done => setTimeout(done, 100))")
    else:
        pytest.fail("nothing moves")


def test_it_is_small(exported: Path) -> None:
    """A page of 28 steps is far below what a reader waits for."""
    assert (exported / "uts.svg").stat().st_size < 150_000


def test_a_program_with_its_own_screen_comes_and_goes(browser: Show, tmp_path: Path) -> None:
    """What was there before is there again afterwards."""
    path = tmp_path / "a.svg"
    path.write_text(
        svg.write(reel("before\r\n", pause(1), "\x1b[?1049h\x1b[2;1Hvim", pause(1), "\x1b[?1049l", "after", rows=4))
    )
    page = browser(path)
    assert [seen(page, at) for at in (0.5, 1.6, 2.7)] == [["before"], ["vim"], ["before", "after"]]


def test_text_stays_on_its_columns_whatever_the_font(browser: Show, tmp_path: Path) -> None:
    """Every text is as wide as its columns, wide letters and drawn boxes too."""
    path = tmp_path / "a.svg"
    path.write_text(svg.write(reel("plain \x1b[1mbold\x1b[0m ┌──┐ 你好 e\u0301 \x1b[3mitalic\x1b[0m")))
    page = browser(path, reduced_motion=True)
    for drawn, wanted in page.run(WIDTHS):
        assert drawn == pytest.approx(wanted, abs=1.0)


def test_one_step_stands_still(browser: Show, tmp_path: Path) -> None:
    """Nothing is animated."""
    path = tmp_path / "a.svg"
    path.write_text(svg.write(session(("one", "1\r\n"), ("two", "2\r\n")), step=2))
    page = browser(path)
    assert seen(page) == ["nsh> two", "2"]
    assert page.run("return document.getAnimations().length") == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_reader_chooses_light_or_dark(browser: Show, exported: Path, dark: bool) -> None:
    """The window's paper follows his system."""
    page = browser(exported / "uts.svg", dark=dark)
    paper = page.run("return getComputedStyle(document.querySelector('.w')).fill")
    assert paper == ("rgb(16, 21, 29)" if dark else "rgb(252, 252, 253)")
