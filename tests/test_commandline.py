# SPDX-License-Identifier: MIT
"""nsh.commandline and nsh.subcommands: wrong words are said alike, in one line, and nothing is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh import subcommands
from nsh.errors import NshError, UsageError

WRONG = (
    ("record", "record: FILE is missing"),
    ("record --sandbox", "record: FILE is missing"),
    ("record --cast 9 x.cast", "record: --cast 9: is none of 3, 2"),
    ("record --idle soon x.cast", "record: --idle: 'soon' is not a duration such as 500ms, 10s or 2m"),
    ("play", "play: FILE is missing"),
    ("play --typing slow x.md", "play: --typing slow: is none of manual, auto, instant"),
    ("play --tape", "play: --tape: the word behind it is missing"),
    ("play one.md two.md", "play: one word too many: two.md"),
    ("export", "export: FILE is missing"),
    ("export --columns 0 x.md", "export: --columns: 0 is no number from 1 to 1000"),
    ("notes one two", "notes: one word too many: two"),
    ("test", "test: FILE is missing"),
    ("test --scale fast x.md", "test: --scale: 'fast' is no number"),
    ("import", "import: FILE is missing"),
)


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_wrong_word_is_one_line_with_the_usage_as_its_hint(line: str, said: str) -> None:
    """What argparse says in two lines of its own is one of ours, and the hint has the shortest right use."""
    word, *others = line.split()
    with pytest.raises(UsageError) as refused:
        subcommands.main(word, others)
    assert refused.value.message == said
    assert (refused.value.hint or "").startswith(f"nsh {word} ")
    assert f"nsh {word} --help" in (refused.value.hint or "")


@pytest.mark.parametrize("word", [word for word in subcommands.MODULES if word != "record"])
def test_an_option_that_is_not_known_is_named_even_where_the_file_is_missing(word: str) -> None:
    """A slip in an option is what is wrong, not the file that was not yet typed; `nsh record` hands it to nsh."""
    with pytest.raises(UsageError) as refused:
        subcommands.main(word, ["--nonsense=3"])
    assert refused.value.message == f"{word}: no such option: --nonsense"
    assert refused.value.hint == f"nsh {word} --help"


def test_a_slip_in_an_option_is_told_the_right_one() -> None:
    """--themes is no beginning of --theme that argparse would take, and no riddle."""
    with pytest.raises(UsageError) as refused:
        subcommands.main("play", ["--themes", "dark", "x.md"])
    assert refused.value.hint == "did you mean '--theme'?"


def test_a_value_may_begin_with_a_dash_and_have_blanks() -> None:
    """It is no option then, as argparse has it: what is missing is the file."""
    with pytest.raises(UsageError) as refused:
        subcommands.main("export", ["no.cast", "-o", "x.txt", "--redact", "-----BEGIN PRIVATE KEY-----"])
    assert refused.value.message.startswith("no.cast: ")


NOWHERE = ("play no.md", "test no.md", "import no.md", "notes no.md", "export no.md -o x.md", "export no.cast -o x.txt")


@pytest.mark.parametrize("line", [*NOWHERE, "record no/x.cast"])
def test_a_file_that_is_not_there_is_a_usage_error_of_all(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2, for nothing was tried; so it is where there is no folder for a recording."""
    monkeypatch.chdir(tmp_path)
    word, *others = line.split()
    with pytest.raises(NshError) as refused:
        subcommands.main(word, others)
    assert refused.value.exit_status == 2
    assert "No such file or directory" in refused.value.message


@pytest.mark.parametrize("word", subcommands.MODULES)
def test_the_help_of_each_tells_the_exit_status(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`nsh WORD --help` ends with what its status means."""
    with pytest.raises(SystemExit) as ended:
        subcommands.main(word, ["--help"])
    assert not ended.value.code
    assert "\nexit status: " in capsys.readouterr().out
