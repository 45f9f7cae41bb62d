# SPDX-License-Identifier: MIT
"""The harness itself: what it emulates is so, and what no page may do is noticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, Page, is_foreign

pytestmark = pytest.mark.slow

STYLE = (
    "<style>body { color: rgb(1, 1, 1); } @media (prefers-color-scheme: dark) { body { color: rgb(9, 9, 9); } }</style>"
)


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[str], Path]:
    """A page with this in it."""

    def write(body: str) -> Path:
        path = tmp_path / "page.html"
        path.write_text(f"<!doctype html><meta charset=utf-8><title>t</title>{STYLE}{body}")
        return path

    return write


def test_a_page_has_the_width_and_the_colours_that_were_asked_for(
    browser: Callable[..., Page], page_of: Callable[[str], Path]
) -> None:
    """360 px are 360 px, and dark is dark; what is too wide is told by how much."""
    page = browser(page_of("<p style='width: 500px; margin: 0'>wide</p>"), width=360, dark=True)
    assert page.run("return innerWidth") == 360
    assert page.run("return getComputedStyle(document.body).color") == "rgb(9, 9, 9)"
    assert page.overflow() > 100
    page.prefers(dark=False)
    assert page.run("return getComputedStyle(document.body).color") == "rgb(1, 1, 1)"
    page.resize(1920)
    assert (page.run("return innerWidth"), page.overflow()) == (1920, 0)


def test_without_javascript_no_script_of_the_page_runs(
    browser: Callable[..., Page], page_of: Callable[[str], Path]
) -> None:
    """The page's scripts rest, ours still look at it."""
    path = page_of("<p>still</p><script>document.querySelector('p').textContent = 'run'</script>")
    assert browser(path, javascript=False).text("p") == "still"
    assert browser(path).text("p") == "run"


def test_keys_and_clicks_reach_the_page(browser: Callable[..., Page], page_of: Callable[[str], Path]) -> None:
    """They come as a reader's own: with names, and with the text that a letter has."""
    body = "<button onclick='this.textContent = `clicked`'>b</button><input><output></output>"
    page = browser(page_of(f"{body}<script>onkeydown = e => document.querySelector('output').append(e.key)</script>"))
    page.click("button")
    assert page.text("button") == "clicked"
    page.click("input")
    page.press("a")
    page.press("ArrowLeft")
    page.press(" ")
    page.wait("document.querySelector('output').textContent === 'aArrowLeft '")
    assert page.run("return document.querySelector('input').value") == " a"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param("<img src='http://192.0.2.1/x.png'>", "asked for http://192.0.2.1/x.png", id="address"),
        pytest.param("<script src='https://cdn.test/x.js'></script>", "asked for https://cdn.test/x.js", id="name"),
        pytest.param("<script>fetch('//cdn.test/y').catch(e => 0)</script>", "//cdn.test/y", id="scheme of the page"),
        pytest.param("<script>console.error('no good')</script>", "no good", id="console"),
        pytest.param("<script>undefined.x</script>", "Uncaught TypeError", id="exception"),
        pytest.param("<img src='gone.png'>", "ERR_FILE_NOT_FOUND", id="missing"),
    ],
)
def test_what_no_page_may_do_is_noticed(
    chromium: Chromium, page_of: Callable[[str], Path], body: str, problem: str
) -> None:
    """A request to another machine and a complaint on the console are told, whatever made them."""
    found = chromium.page(page_of(body)).problems()
    chromium.forget()
    assert any(problem in line for line in found), found


def test_a_page_is_only_told_of_what_happened_while_it_was_open(
    browser: Callable[..., Page], chromium: Chromium, page_of: Callable[[str], Path]
) -> None:
    """What an earlier page did is forgotten with it."""
    chromium.page(page_of("<script>console.error('before')</script>"))
    chromium.forget()
    page = browser(page_of("<p>quiet</p>"))
    assert page.problems() == []
    assert [url for url in page.requests if not url.endswith("page.html")] == []


@pytest.mark.parametrize(
    "url", ["https://cdn.test/x", "http://192.0.2.1/", "ws://a.test/", "http://localhost.evil.test/"]
)
def test_another_machine_is_foreign(url: str) -> None:
    """Names that only begin like ours are not ours."""
    assert is_foreign(url)


@pytest.mark.parametrize("url", ["file:///x", "data:text/plain,x", "http://localhost:8000/x", "http://127.0.0.1/x"])
def test_this_machine_is_not(url: str) -> None:
    """Files, what stands in the page itself, and a server started here."""
    assert not is_foreign(url)
