# SPDX-License-Identifier: MIT
"""The Pygments lexer."""

from __future__ import annotations

import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name, guess_lexer_for_filename
from pygments.token import Token

from nsh.highlighting import NshLexer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PLAIN = {Token.Text, Token.Text.Whitespace, Token.Generic.Output}
WORDS = [
    "nsh> ",
    "nsh[box]> ",
    "...> ",
    "new uts demo",
    "on demo ",
    "\n",
    "[1]",
    "hint: x",
    " (re)",
    "#: eq",
    "'",
    "$x",
    "%{a}",
]


def kinds(text: str) -> list[tuple[str, str]]:
    """What stands out in a text, each with its token's name."""
    found = NshLexer().get_tokens_unprocessed(text)
    return [(str(token).removeprefix("Token."), value) for _, token, value in found if token not in PLAIN]


def test_a_session_is_prompts_commands_and_output() -> None:
    """Words are coloured as at the prompt; of the output namespaces, headings, complaints, hints and the status."""
    text = (
        "nsh> new uts demo\ndemo  pid 8187  uts:[4026532386]\nnsh[demo]> leave\n"
        "nsh> link up x1\nx1: no such device\nhint: link ls\n[1]\n"
    )
    assert kinds(text) == [
        ("Generic.Prompt", "nsh"),
        ("Generic.Prompt", ">"),
        ("Keyword", "new"),
        ("Keyword.Type.Uts", "uts"),
        ("Name.Namespace", "demo"),
        ("Keyword.Type.Uts", "uts:[4026532386]"),
        ("Generic.Prompt", "nsh["),
        ("Generic.Prompt.Place", "demo"),
        ("Generic.Prompt", "]"),
        ("Generic.Prompt", ">"),
        ("Keyword", "leave"),
        ("Generic.Prompt", "nsh"),
        ("Generic.Prompt", ">"),
        ("Keyword", "link"),
        ("Keyword", "up"),
        ("Name.Entity", "x1"),
        ("Generic.Error", "x1: no such device"),
        ("Generic.Emph", "hint: link ls"),
        ("Generic.Traceback", "[1]"),
    ]


def test_what_is_said_to_the_test_is_told_from_what_is_shown() -> None:
    """Options of a command, suffixes and elisions have a token of their own; bound values are variables."""
    text = "nsh> ls places   #: eventually=2s\n...\nNAME  PID\nx.* (re)\n%{a:int}\n"
    found = {value: kind for kind, value in kinds(text)}
    assert found["#: eventually=2s"] == found["..."] == found[" (re)"] == "Comment.Preproc"
    assert found["%{a:int}"] == "Name.Variable"


def test_a_command_goes_on_behind_its_second_prompt() -> None:
    """`...> ` is a prompt, and what stands behind it is read as part of the command."""
    found = kinds("nsh> echo 'a\n...> b' | cat\nout\n")
    assert [value for kind, value in found if kind == "Literal.String"] == ["'a", "b'"]
    assert ("Name.Function", "cat") in found


def test_without_a_prompt_every_line_is_a_command() -> None:
    """A script: its first line may name its interpreter."""
    found = kinds("#!/usr/bin/env nsh\nnew net box  # a box\nbox ip link\n")
    assert found[0] == ("Comment.Hashbang", "#!/usr/bin/env nsh")
    assert [value for kind, value in found if kind.startswith("Comment") and kind != "Comment.Hashbang"] == ["# a box"]
    assert ("Name.Namespace", "box") in found
    assert ("Name.Function", "ip") in found


def test_places_may_be_named_from_outside() -> None:
    """A piece of a page does not say where its places come from; the page knows."""
    assert ("Name.Namespace", "box") not in kinds("nsh> box ps\n")
    inside = [(str(token), value) for _, token, value in NshLexer(places="box").get_tokens_unprocessed("nsh> box ps\n")]
    assert ("Token.Name.Namespace", "box") in inside


@given(st.lists(st.sampled_from(WORDS) | st.text()).map("".join))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    """Nothing is lost, added, moved, and no text is refused."""
    tokens = list(NshLexer().get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in tokens) == text
    assert [at for at, _, _ in tokens] == [
        sum(len(value) for _, _, value in tokens[:end]) for end in range(len(tokens))
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "docs")))
def test_a_whole_page_comes_out_as_it_went_in(path: Path) -> None:
    """Even a page that is no session at all."""
    text = path.read_text()
    assert "".join(value for _, _, value in NshLexer().get_tokens_unprocessed(text)) == text


def test_ten_times_the_text_takes_ten_times_as_long() -> None:
    """Nothing in it is worse than linear: a megabyte takes seconds, not hours."""

    def seconds(count: int) -> float:
        began = time.process_time()
        for _ in NshLexer().get_tokens_unprocessed("nsh> new uts a; 'x\nuts:[4026532386] ...\n[1]\n" * count):
            pass
        return time.process_time() - began

    seconds(10)
    assert seconds(2000) < 40 * max(seconds(200), 0.001)


def test_pygments_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its alias and for *.nsh, where NSIS's lexer, which has the same ending, knows less of what it sees."""
    entry = EntryPoint("nsh", "nsh.highlighting:NshLexer", "pygments.lexers")
    monkeypatch.setattr("pygments.plugin.iter_entry_points", lambda group: [entry] if group == entry.group else [])
    assert isinstance(get_lexer_by_name("nsh-session"), NshLexer)
    for text in ("nsh> ls ns\n", "#!/usr/bin/nsh\nls ns\n", "# boxes\n\nnew net box\n"):
        assert isinstance(guess_lexer_for_filename("x.nsh", text), NshLexer)
