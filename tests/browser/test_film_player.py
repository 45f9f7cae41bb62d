# SPDX-License-Identifier: MIT
"""A recording without a page in a real browser: its text, and a player of its frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nsh.recording import html
from tests.browser.chromium import Page
from tests.browser.looks import faint
from tests.recording.reels import pause, reel

pytestmark = pytest.mark.slow

Show = Callable[..., Page]

SLIDER = "document.querySelector('.player input')"
LETTER = """
const letters = document.createElement('span');
letters.textContent = '0'.repeat(100);
document.querySelector('.row').append(letters);
return letters.getBoundingClientRect().width / 100;
"""


def window(page: Page) -> list[str]:
    """The lines in the player's window, without the empty ones at the end."""
    lines = [
        str(line).rstrip() for line in page.run("return [...document.querySelectorAll('.row')].map(r => r.textContent)")
    ]
    while lines and not lines[-1]:
        lines.pop()
    return lines


@pytest.fixture
def page(browser: Show, exported: Path) -> Page:
    """The film of uts.md."""
    return browser(exported / "film.html")


def test_without_javascript_the_whole_text_is_there(browser: Show, exported: Path) -> None:
    """As the recording left it, what scrolled away included."""
    page = browser(exported / "film.html", javascript=False)
    text = page.shown(".film pre")
    lines = [line for line in (exported / "uts.txt").read_text().splitlines() if line]
    assert [line.rstrip() for line in text.splitlines() if line.strip()] == lines


def test_it_begins_at_the_beginning_and_ends_with_the_last_lines(page: Page, exported: Path) -> None:
    """And goes back: frames are differences, and are played again from the start."""
    assert window(page) == []
    page.press("End")
    last = (exported / "uts.txt").read_text().splitlines()[-3:]
    assert window(page)[-3:] == last
    page.press("Home")
    assert window(page) == []


def test_steps_are_those_of_the_recording(page: Page) -> None:
    """Forward plays up to the next command; forward again has it at once; back is the step before."""
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.wait("document.querySelector('.player').dataset.state === 'paused'")
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.wait("document.querySelector('.player').dataset.state === 'paused'")
    first = window(page)
    assert first[1] == "nsh> readlink /proc/self/ns/uts"
    page.press("ArrowLeft")
    assert window(page) == ["── terminal: host ──", "nsh>"]
    assert page.text(".heard").startswith("host: readlink")


def test_it_plays(page: Page) -> None:
    """At four times the speed, until it is paused."""
    page.run("document.querySelector('.speed').value = '4'")
    page.press(" ")
    page.wait("document.querySelectorAll('.row')[4].textContent.startsWith('demo  pid')")
    page.press(" ")
    assert page.run("return document.querySelector('.player').dataset.state") == "paused"


@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_looks_right(browser: Show, exported: Path, width: int, dark: bool) -> None:
    """No sideways scrolling of the page, and text that stands out."""
    page = browser(exported / "film.html", width=width, dark=dark)
    page.press("7")
    page.run("document.querySelector('details').open = true")
    assert (page.overflow(), faint(page)) == (0, [])


def test_a_small_window_follows_the_cursor(browser: Show, exported: Path) -> None:
    """The line that is written on is neither below the window's end nor under the bar."""
    page = browser(exported / "film.html", width=360, height=500)
    for key in ("9", "1", "End"):
        page.press(key)
        page.wait(
            "document.querySelector('.cursor').getBoundingClientRect().bottom <= "
            "document.querySelector('.player').getBoundingClientRect().top"
        )
        assert page.run("return document.querySelector('.cursor').getBoundingClientRect().top") >= 0


def test_programs_with_a_screen_of_their_own_wide_letters_and_the_cursor(browser: Show, tmp_path: Path) -> None:
    """The window goes to that screen and back; a wide letter takes two columns; the cursor is on its letter."""
    recording = reel(
        "你好 e\u0301!\r\n", pause(1), "\x1b[?1049h\x1b[Hvim\x1b[1;2H", pause(1), "\x1b[?1049l", "after", rows=4
    )
    path = tmp_path / "film.html"
    path.write_text(html.write(recording, None))
    page = browser(path)
    page.run(f"{SLIDER}.value = 0.5; {SLIDER}.dispatchEvent(new Event('input'))")
    assert window(page) == ["你好 e\u0301!"]
    widths = page.run("return [...document.querySelectorAll('.wide')].map(w => w.getBoundingClientRect().width)")
    letter = page.run(LETTER)
    assert widths == [pytest.approx(2 * letter, abs=0.1)] * 2
    page.press("7")
    assert window(page) == ["vim"]
    assert page.text(".cursor") == "i"
    page.press("End")
    assert window(page) == ["你好 e\u0301!", "after"]
