# SPDX-License-Identifier: MIT
"""The whole site, built from a copy of the tree with nothing made before, and seen in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from docs.site.pages import contents, tutorial
from tests.browser.chromium import Page
from tests.run import copy_for_everybody
from tests.site.links import broken, is_elsewhere, read_site

pytestmark = pytest.mark.slow

LONGEST = 600
SEEN = ("index", "docs/transcripts/net-veth", "docs/transcripts/uts", "docs/commands", "docs/failures", "search")


def make(tree: Path, target: str) -> subprocess.CompletedProcess[str]:
    """`make TARGET` there."""
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "PATH", "TMPDIR", "LANG")}
    return subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=tree,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in the repository, with an environment, in which nothing has been built."""
    folder = tmp_path_factory.mktemp("site")
    copy_for_everybody(folder)
    return folder / "tree"


@pytest.fixture(scope="session")
def site(tree: Path) -> Path:
    """The site that `make docs` builds there."""
    done = make(tree, "docs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    (tree / "first").write_text(done.stdout)
    return tree / "build" / "site"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The site as a web server has it: from a file no page may be fetched by another."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_lesson_is_played_or_said_not_to_be(tree: Path, site: Path) -> None:
    """A page that cannot be played here has no picture, and the build says why; the others have all there is."""
    said = dict(line.split(": ", 1) for line in (tree / "first").read_text().splitlines())
    for page in tutorial():
        name = Path(page).name
        assert said[name] == "played" or said[name].startswith("shown without a picture: ")
        files = [f"{folder}{name}.{kind}" for folder in ("", "zh/") for kind in ("svg", "html")]
        assert [(site / "play" / file).exists() for file in files] == [said[name] == "played"] * 4
    assert list((site / "play").glob("*-graph.svg"))


def test_what_has_not_changed_is_not_played_again(tree: Path, site: Path) -> None:
    """The second time only the pages are built, and all that was there is there again."""
    before = {path.relative_to(site) for path in site.rglob("*")}
    done = make(tree, "docs")
    assert done.returncode == 0, done.stderr
    assert ": played" not in done.stdout
    assert {path.relative_to(site) for path in site.rglob("*")} == before


def test_every_link_and_every_anchor_leads_somewhere(site: Path) -> None:
    """In both languages, on play pages too."""
    pages = read_site(site)
    assert len(pages) > 2 * len([page for part in contents() for page in part.pages])
    assert list(broken(pages)) == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No font, script, picture or style of any page, and nothing that a style sheet names."""
    loads = [address for found in read_site(site).values() for address in found.loads if is_elsewhere(address)]
    sheets = [path for path in site.rglob("*.css") if "url(http" in path.read_text() or "url(//" in path.read_text()]
    assert (loads, sheets) == ([], [])


def test_both_languages_have_the_same_pages_and_the_same_code(site: Path) -> None:
    """What was typed and what came is from one source."""
    english = {path.relative_to(site) for path in site.rglob("*.html")} - {
        path.relative_to(site) for path in (*(site / "zh").rglob("*.html"), *(site / "play").rglob("*.html"))
    }
    assert {path.relative_to(site / "zh") for path in (site / "zh").rglob("*.html")} == english


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("folder", ["", "zh/"], ids=["en", "zh"])
def test_pages_look_right(
    site: Path, browser: Callable[..., Page], tmp_path: Path, folder: str, width: int, dark: bool
) -> None:
    """Nobody scrolls sideways, text stands out from its ground, each picture is there, nothing complains."""
    for name in SEEN:
        page = browser(site / f"{folder}{name}.html", width=width, dark=dark)
        assert page.overflow() == 0, name
        ground, ink = page.run(_COLOURS)
        assert (max(ground) < 60, min(ink) > 180) if dark else (min(ground) > 230, max(ink) < 90), name
        assert (
            page.run("return [...document.images].filter(image => !image.naturalWidth).map(image => image.src)") == []
        )


_COLOURS = """
const style = getComputedStyle(document.body);
return [style.backgroundColor, style.color].map((text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number));
"""


def test_the_button_copies_what_was_typed(site: Path, browser: Callable[..., Page]) -> None:
    """No prompt and no output gets into the clipboard."""
    page = browser(site / "docs/transcripts/net-veth.html")
    page.run("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    page.run("document.querySelector('.copy-button').click()")
    copied = page.wait("window.copied")
    assert copied == "new net netns1\nveth add veth0 netns1:veth1\ngraph\nnetns1 ip link list\n"
    page.wait("document.querySelector('.copy-button').textContent === 'copied'")


def test_the_switch_leads_to_the_same_page_and_back(site: Path, browser: Callable[..., Page]) -> None:
    """In the header, in both directions."""
    page = browser(site / "docs/transcripts/uts.html")
    page.click(".content-icon-container .language-switch")
    page.wait("document.documentElement.lang.startsWith('zh')")
    assert page.run("return location.pathname").endswith("/zh/docs/transcripts/uts.html")
    page.click(".content-icon-container .language-switch")
    page.wait("document.documentElement.lang === 'en'")


@pytest.mark.parametrize(
    ("where", "wanted", "page"),
    [
        ("", "hostname", "uts.html"),
        ("zh/", "命名空间", "uts.html"),
        ("zh/", "主机名", "uts.html"),
        ("zh/", "veth", "net-veth.html"),
    ],
)
def test_search_finds_words_in_both_languages(
    served: str, browser: Callable[..., Page], where: str, wanted: str, page: str
) -> None:
    """Chinese has no blanks between words, and is found all the same."""
    shown = browser(f"{served}/{where}search.html?q={wanted}")
    shown.wait(f"document.querySelector('#search-results a[href*=\"{page}\"]') !== null")


def test_a_play_page_steps(site: Path, browser: Callable[..., Page]) -> None:
    """The way from a lesson to its play page and back."""
    page = browser(site / "zh/docs/transcripts/uts.html")
    page.click("a.play")
    page.wait("location.pathname.endsWith('/play/zh/uts.html') && document.readyState === 'complete'")
    assert page.run("return document.documentElement.lang").startswith("zh")
    page.click("main a")
    page.wait("location.pathname.endsWith('/zh/docs/transcripts/uts.html')")


def test_the_catalogues_are_up_to_date(tree: Path) -> None:
    """`make docs-messages` changes nothing: whoever changes a page brings its messages along."""
    catalogues = sorted((tree / "docs/site/locale").rglob("*.po"))
    before = {path: path.read_text() for path in catalogues}
    done = make(tree, "docs-messages")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in catalogues if path.read_text() != before[path]] == []
    assert sorted((tree / "docs/site/locale").rglob("*.po")) == catalogues


def test_pygmentize_knows_nsh_after_an_installation(tree: Path, tmp_path: Path) -> None:
    """The wheel declares the plugin: installed, it colours sessions by name and files by their ending."""
    wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(Path(sys.prefix) / "wheels")}
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(tree)]
    done = subprocess.run(pip, env={**os.environ, **wheels}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "a.nsh").write_text("#!/usr/bin/env nsh\nnew uts demo\n")
    environment = {**os.environ, "PYTHONPATH": str(target)}
    for argv in (["-l", "nsh-session"], []):
        command = [sys.executable, "-m", "pygments", *argv, "-f", "raw", str(tmp_path / "a.nsh")]
        shown = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        assert "Token.Keyword.Type.Uts\t'uts'" in shown
