# SPDX-License-Identifier: MIT
"""An exported page in a real browser: read without JavaScript, played with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nsh.recording import html
from nsh.recording.plain import label_of
from nsh.recording.reel import reel_of
from tests.browser.chromium import Page
from tests.browser.looks import faint
from tests.recording.reels import HOSTILE
from tests.recording.takes import scene, shot, take

pytestmark = pytest.mark.slow

Show = Callable[..., Page]

STEPS = 28
BLOCKS = """
return [...document.querySelectorAll('.terminal')].map((terminal) => [
  terminal.querySelector('.label').innerText, [...terminal.querySelectorAll('pre')].map((pre) => pre.innerText)]);
"""
JUMP = """
const chapters = document.querySelector('.chapters');
chapters.value = [...chapters.options].find((option) => option.text === arguments[0]).value;
chapters.dispatchEvent(new Event('change'));
"""
WATCH = """
window.typed = [];
new MutationObserver(() => typed.push(performance.now()))
  .observe(document.querySelector('#step-1 .line'), {characterData: true, subtree: true});
"""
VISIBLE = (
    "return [...document.querySelectorAll('.step pre > *')].filter(e => getComputedStyle(e).visibility === 'visible')"
)


@pytest.fixture
def page(browser: Show, exported: Path) -> Page:
    """The exported page, wide and light."""
    return browser(exported / "uts.html")


def state(page: Page) -> str:
    """What the player is doing."""
    return str(page.run("return document.querySelector('.player').dataset.state"))


def at(page: Page) -> int:
    """The number of the last step that is shown."""
    return int(page.run("return document.querySelector('.player').dataset.at"))


def wait_for(page: Page, wanted: str, number: int) -> None:
    """Until the player does this at this step."""
    script = "(({state, at}) => state === arguments[0] && Number(at) === arguments[1])"
    page.wait(f"{script}(document.querySelector('.player').dataset)", wanted, number)


def shown(page: Page) -> list[int]:
    """The numbers of the steps whose command and output a reader sees."""
    script = "const seen = new Set(v().map(e => Number(e.closest('.step').id.slice(5)))); return [...seen]"
    found: list[int] = page.run(f"const v = () => {{ {VISIBLE} }}; {script}")
    return found


def step(page: Page, how: str, where: str) -> None:
    """Forward or back, by a button or by a key."""
    if how == "buttons":
        page.click(f".{where}")
    else:
        page.press({"forward": "ArrowRight", "back": "ArrowLeft"}[where])


def step_text(page: Page, number: int) -> str:
    """All that stands in a step's terminal."""
    return page.text(f"#step-{number} pre")


def test_without_javascript_everything_can_be_read(browser: Show, exported: Path) -> None:
    """The same text as the plain export, all of it visible, and no player."""
    page = browser(exported / "uts.html", javascript=False)
    texts = page.run(BLOCKS)
    assert as_text(texts) == (exported / "uts.txt").read_text()
    assert shown(page) == list(range(1, STEPS + 1))
    assert page.run("return document.querySelectorAll('.player, .copy, button').length") == 0
    assert "A process's namespaces are links" in page.shown("main")


def as_text(blocks: list[tuple[str, list[str]]]) -> str:
    """The blocks as the plain export writes them."""
    lines: list[str] = []
    session = ""
    for label, steps in blocks:
        if label != session:
            lines += [*([""] if lines else []), label_of(label)]
        session = label
        lines += [step.rstrip("\n") for step in steps]
    return "\n".join(lines) + "\n"


def test_at_first_the_page_is_there_to_be_read(page: Page) -> None:
    """With JavaScript too everything is shown until somebody plays."""
    assert (state(page), at(page), shown(page)) == ("reading", STEPS, list(range(1, STEPS + 1)))


@pytest.mark.parametrize("how", ["buttons", "keys"])
def test_the_player_steps_from_the_first_step_to_the_last_and_back(page: Page, how: str) -> None:
    """Forward types the next step, forward again has it done at once; back takes one away."""
    whole = [step_text(page, number) for number in range(1, STEPS + 1)]
    for number in range(1, STEPS + 1):
        step(page, how, "forward")
        wait_for(page, "stepping", number)
        step(page, how, "forward")
        wait_for(page, "paused", number)
        assert shown(page) == list(range(1, number + 1))
        assert step_text(page, number) == whole[number - 1]
        assert page.run("return document.querySelector('.current').id") == f"step-{number}"
    step(page, how, "forward")
    assert (state(page), at(page)) == ("paused", STEPS)
    for number in range(STEPS - 1, -1, -1):
        step(page, how, "back")
        wait_for(page, "paused", number)
    assert shown(page) == []
    page.press("Escape")
    assert (state(page), shown(page)) == ("reading", list(range(1, STEPS + 1)))


def test_a_command_is_typed_and_then_its_output_appears(page: Page) -> None:
    """Letter by letter, with the output still hidden; in the end the step is as it was."""
    whole = step_text(page, 1)
    page.run("document.querySelector('.speed').value = '0.5'")
    page.press("ArrowRight")
    page.wait("document.querySelector('#step-1 .command').textContent.startsWith('read')")
    assert step_text(page, 1) != whole
    assert page.run("return getComputedStyle(document.querySelector('#step-1 .output')).visibility") == "hidden"
    page.press("ArrowLeft")
    wait_for(page, "paused", 0)
    assert step_text(page, 1) == whole


def test_space_plays_and_pauses(page: Page) -> None:
    """It plays on from step to step, and stands still when it is paused."""
    page.run("document.querySelector('.speed').value = '4'")
    page.press(" ")
    page.wait("Number(document.querySelector('.player').dataset.at) >= 3")
    assert state(page) == "playing"
    page.press(" ")
    paused_at = at(page)
    assert state(page) == "paused"
    assert shown(page) == list(range(1, paused_at + 1))
    page.run("return new Promise(done => setTimeout(done, 1500))")  # nothing is to happen
    assert at(page) == paused_at


def test_it_plays_to_the_end_and_from_the_beginning_again(page: Page) -> None:
    """Play at the last step goes on, pauses there, and begins anew when it is pressed once more."""
    page.press("End")
    page.press("ArrowLeft")
    page.run("document.querySelector('.speed').value = '4'")
    page.click(".play")
    wait_for(page, "paused", STEPS)
    page.click(".play")
    wait_for(page, "playing", 1)


def test_who_has_read_half_of_it_plays_the_other_half(page: Page) -> None:
    """Playing begins where the reader is: what he scrolled past stays."""
    page.run("document.querySelector('#step-15').scrollIntoView({block: 'start', behavior: 'instant'})")
    page.press(" ")
    wait_for(page, "playing", 15)
    assert shown(page)[:14] == list(range(1, 15))


def test_twice_the_speed_is_half_the_time(page: Page) -> None:
    """Measured over the same step, at half and at four times the speed."""
    script = """
        const [speed, done] = [arguments[0], arguments[1]];
        const bar = document.querySelector('.player');
        document.querySelector('.speed').value = speed;
        document.querySelector('.back').click();
        const started = performance.now();
        const watching = new MutationObserver(() => {
          if (bar.dataset.state === 'paused') { watching.disconnect(); done(performance.now() - started); }
        });
        document.querySelector('.forward').click();
        watching.observe(bar, {attributes: true});
    """
    page.press("1")
    slow, fast = (page.driver.execute_async_script(script, speed) for speed in ("0.5", "4"))
    assert slow > 4 * fast
    page.press("-")
    assert page.run("return document.querySelector('.speed').value") == "3"


def test_keys_go_to_the_beginning_the_end_and_between(page: Page) -> None:
    """Home, End, digits."""
    for key, number in (("End", STEPS), ("Home", 0), ("5", STEPS // 2), ("0", 0)):
        page.press(key)
        wait_for(page, "paused", number)
        assert shown(page) == list(range(1, number + 1))


def test_the_slider_goes_anywhere(page: Page) -> None:
    """It has the arrow keys to itself while it has the focus, and says where it is."""
    page.press("Home")
    page.run("document.querySelector('.player input').focus()")
    page.press("ArrowRight")
    page.press("ArrowRight")
    wait_for(page, "paused", 2)
    assert page.run("return document.querySelector('.player input').getAttribute('aria-valuetext')") == f"2 / {STEPS}"


def test_a_heading_can_be_jumped_to(page: Page) -> None:
    """What stands above it has happened, what stands below has not."""
    page.run(JUMP, "Moving in")
    wait_for(page, "paused", 16)
    page.wait("document.querySelector('#moving-in').getBoundingClientRect().top < innerHeight / 2")


def test_commands_can_be_copied(page: Page) -> None:
    """By each step's button and by a key: the command as it was typed, without the prompt."""
    page.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.command("Emulation.setFocusEmulationEnabled", enabled=True)
    read = "navigator.clipboard.readText().then(arguments[0])"
    page.run("document.querySelector('#step-2').scrollIntoView({block: 'center'})")
    page.click("#step-2 .copy")
    page.wait("document.querySelector('#step-2 .copy').textContent === 'copied'")
    assert page.driver.execute_async_script(read) == "new uts demo"
    page.press("5")
    page.press("c")
    page.wait("document.querySelector('.heard').textContent === 'copied'")
    assert page.driver.execute_async_script(read) == "ls places"


def test_commands_can_be_copied_where_the_clipboard_is_not_given_to_pages(browser: Show, exported: Path) -> None:
    """As on a server without TLS: the old way does it, and the focus stays where it was."""
    page = browser(exported / "uts.html")
    page.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.command("Emulation.setFocusEmulationEnabled", enabled=True)
    page.run("window.real = navigator.clipboard; Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.click("#step-2 .copy")
    page.wait("document.querySelector('#step-2 .copy').textContent === 'copied'")
    assert page.run("return document.activeElement.className.split(' ')[0]") == "copy"
    assert page.driver.execute_async_script("real.readText().then(arguments[0])") == "new uts demo"


def test_help_shows_the_keys_and_keeps_them_to_itself(page: Page) -> None:
    """While it is open no key plays; Escape closes it and nothing else."""
    page.press("2")
    before = at(page)
    page.press("?")
    assert page.run("return document.querySelector('dialog').open") is True
    page.press("ArrowRight")
    page.press("Escape")
    page.wait("!document.querySelector('dialog').open")
    assert (at(page), state(page)) == (before, "paused")


def test_who_hears_the_page_is_told(page: Page) -> None:
    """Each control has a name, the group too, and a step is read out when it has come."""
    unnamed = "b => !b.getAttribute('aria-label') && !b.textContent.trim()"
    assert (
        page.run(
            f"return [...document.querySelectorAll('.player :is(button, select, input)')].filter({unnamed}).length"
        )
        == 0
    )
    page.press("2")
    assert page.text(".heard") == f"step 6 of {STEPS}: on demo hostname bash"
    assert page.run("return document.querySelector('.player').getAttribute('role')") == "group"


def test_the_player_speaks_the_language_of_the_page(browser: Show, tmp_path: Path) -> None:
    """On a Chinese page every word of it is Chinese, but for names of keys."""
    made = take("# 主机名\n\n每个命名空间有自己的主机名。", scene(shot("hostname", "host")))
    path = tmp_path / "page.html"
    path.write_text(html.write(reel_of(made), made))
    page = browser(path)
    words = page.run("return [...document.querySelectorAll('.player [aria-label], dialog')].map(e => e.ariaLabel)")
    words += page.run(
        "return [...document.querySelectorAll('dialog :is(h2, dd, button), .copy')].map(e => e.textContent)"
    )
    assert len(words) > 20
    assert [word for word in words if word.isascii()] == []
    page.press("End")
    assert page.text(".heard") == "第 1 步，共 1 步：hostname"


def test_the_focus_can_be_seen(page: Page) -> None:
    """Whoever goes by Tab sees where he is: a ring around the control."""
    page.run("document.querySelector('.back').focus()")
    page.press("Tab")
    style = page.run(
        "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseInt(s.outlineWidth)]"
    )
    assert style == ["solid", 2]


def test_less_motion_means_no_typing(browser: Show, exported: Path) -> None:
    """A step is there at once; playing still waits between steps."""
    page = browser(exported / "uts.html", reduced_motion=True)
    page.run(WATCH)
    page.press("ArrowRight")
    page.wait("!document.querySelector('.typing') && Number(document.querySelector('.player').dataset.at) === 1")
    assert page.run("return typed.at(-1) - typed[0]") < 50  # all letters in one go: nobody sees them one by one


@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_looks_right(browser: Show, exported: Path, width: int, dark: bool) -> None:
    """No sideways scrolling, text that stands out, while reading, while playing, and in the list of keys."""
    page = browser(exported / "uts.html", width=width, dark=dark)
    assert (page.overflow(), faint(page)) == (0, [])
    page.press("5")
    assert (page.overflow(), faint(page)) == (0, [])
    page.press("?")
    assert (page.overflow(), faint(page)) == (0, [])
    bar = page.run(
        "const r = document.querySelector('.player').getBoundingClientRect(); return [r.left, r.right, r.height]"
    )
    assert bar[0] >= 0
    assert bar[1] <= width
    assert bar[2] < 150
    chapters = page.run("return document.querySelector('.player .chapters').getBoundingClientRect().width")
    assert chapters >= 80  # pixels: room to read what it is for


def test_on_paper_there_is_no_player_and_everything_else(browser: Show, exported: Path) -> None:
    """Printed in the middle of a show, the page is whole, and light even for who likes it dark."""
    page = browser(exported / "uts.html", dark=True)
    page.press("3")
    page.prefers(dark=True, printed=True)
    assert shown(page) == list(range(1, STEPS + 1))
    assert page.run("return getComputedStyle(document.querySelector('.player')).display") == "none"
    assert (
        page.run("return getComputedStyle(document.querySelector('.terminal')).backgroundColor") == "rgb(252, 252, 253)"
    )


def test_the_page_asks_for_nothing_but_itself(page: Page) -> None:
    """One file."""
    page.press("ArrowRight")
    page.listen()
    assert {url for url in page.requests if not url.startswith("data:")} == {str(page.run("return location.href"))}


def test_hostile_text_does_nothing(browser: Show, tmp_path: Path) -> None:
    """A page whose every word is an attack: nothing runs, nothing is asked for, and it plays like any other."""
    steps = [shot(words, words) for words in HOSTILE]
    made = take(*(f"{words}\n\n[x]({words})" for words in HOSTILE), scene(*steps), title=HOSTILE[0])
    for name, text in (("page", html.write(reel_of(made), made)), ("film", html.write(reel_of(made), None))):
        path = tmp_path / f"{name}.html"
        path.write_text(text)
        page = browser(path)
        page.press("Home")
        page.press("End")
        page.press("c")
        assert page.run("return document.querySelectorAll('main :is(script, img, iframe, object)').length") == 0
        assert page.run("return document.scripts.length") == (1 if name == "page" else 2)
        page.listen()
        assert {url for url in page.requests if not url.startswith(("file:", "data:"))} == set()
