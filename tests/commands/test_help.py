# SPDX-License-Identifier: MIT
"""help, from the declarations of all commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsh import nstypes
from nsh.commands import FIRST_WORDS
from nsh.printable import columns
from nsh.registry import REGISTRY
from nsh.typefacts import FACTS
from nsh.words import word_type
from tests.fake_session import Lines
from tests.program import Program


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """An engine with nsh's own commands."""
    return Lines(tmp_path)


def test_help_lists_every_form_on_one_line(lines: Lines) -> None:
    """By category, with its summary."""
    assert lines("help all") == 0
    listed = {tuple(line.strip().split("  ", 1)) for line in lines.out.splitlines() if line.startswith("  ")}
    assert "\n\nlook:\n  " in lines.out
    assert {(name, summary.strip()) for name, summary in listed} == {(f.name, f.summary) for f in REGISTRY.all()}


def test_help_alone_fits_a_window(tmp_path: Path) -> None:
    """Every first word, by what it is for, in less than a screen of 80 by 24."""
    lines = Lines(tmp_path, width=80)
    assert lines("help") == 0
    shown = lines.out.splitlines()
    assert len(shown) < 20
    words = {word for line in shown for word in line.split()}
    assert {form.words[0] for form in REGISTRY.all()} <= words


def test_help_of_a_group_has_a_line_for_each(lines: Lines) -> None:
    """And nothing of the others."""
    assert lines("help look") == 0
    assert lines.out.startswith("look:\n  can ")
    assert "veth add" not in lines.out


@pytest.mark.parametrize("word", sorted(set(FIRST_WORDS) - set(nstypes.NAMES)))
def test_every_command_has_help(lines: Lines, word: str) -> None:
    """Usage, what it does, an example."""
    assert lines(f"help {word}") == 0
    assert "nsh> " in lines.out
    assert max(map(len, lines.out.splitlines())) <= 120


@pytest.mark.parametrize("name", nstypes.NAMES)
def test_every_type_has_help(lines: Lines, name: str) -> None:
    """What it isolates and what not, since which kernel, the manual page."""
    assert lines(f"help {name}") == 0
    for fact in (nstypes.BY_NAME[name].isolates, nstypes.BY_NAME[name].man, nstypes.BY_NAME[name].constant, "not  "):
        assert fact in lines.out


def test_help_of_two_words_is_of_that_form(lines: Lines) -> None:
    """And of one word, of all its forms."""
    lines("help uts hostname")
    assert "uts domainname" not in lines.out.splitlines()[0]
    lines("uts --help")
    assert {"uts hostname [NAME]", "uts domainname [NAME]"} <= set(lines.out.splitlines())


def test_help_searches(lines: Lines) -> None:
    """In names, text and manual pages; nothing found is a no."""
    assert lines("help -k setns") == 0
    assert "enter" in lines.out
    assert lines("help -k frobnicate") == 1
    assert (lines.out, lines.err) == ("", "no help contains 'frobnicate'\n")


def test_help_on_nothing_suggests(lines: Lines) -> None:
    """A mistyped word is a usage error."""
    assert lines("help entr") == 2
    assert "did you mean 'enter'?" in lines.err


def test_help_is_data_too(lines: Lines) -> None:
    """One object for each form, or for a type."""
    lines("help --json")
    assert {form["command"] for form in json.loads(lines.out)} == {form.name for form in REGISTRY.all()}
    lines("help pid --json")
    assert json.loads(lines.out)["manual"] == "pid_namespaces(7)"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("line", ["help", "help all", "help new", "help user", "help -k namespace"])
def test_help_fits_its_window(tmp_path: Path, width: int, line: str) -> None:
    """Broken at blanks, never in an option with its value."""
    lines = Lines(tmp_path, width=width)
    assert lines(line) == 0
    assert max(map(columns, lines.out.splitlines())) <= width
    if line == "help new":
        assert "[--propagation PROPAGATION]" in lines.out
        assert lines.out.splitlines()[0].startswith("new TYPES [NAME] ")


@pytest.mark.real
@pytest.mark.parametrize("name", nstypes.NAMES)
def test_the_lines_to_try_of_each_type_work(name: str, nsh: Program) -> None:
    """As they stand in its help, in a sandbox."""
    done = nsh("--sandbox", stdin="\n".join(FACTS[name].example))
    assert (done.status, "stdin:" in done.err) == (0, False), done.err


def test_help_completes_commands_their_words_and_types() -> None:
    """With what each does."""
    topic = word_type("topic")
    offers = dict(topic.complete_after(None, ("help",), "u"))  # type: ignore[arg-type]
    assert offers["uts"] == "the type: hostname and NIS domain name"
    assert offers["umask"] == "Show or set, in octal, which permissions new files do not get"
    assert dict(topic.complete_after(None, ("help", "uts"), "h")) == {  # type: ignore[arg-type]
        "hostname": "Show or set the hostname of the UTS namespace you are in"
    }
