# SPDX-License-Identifier: MIT
"""config.toml and nshrc: what the user wants of every prompt."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nsh import aliases, palette
from nsh.loader import Loader
from nsh.registry import REGISTRY
from nsh.repl import startup
from tests.fake_session import Lines
from tests.program import Program, Shell

PAGE = Path(__file__).parent.parent.parent / "docs" / "prompt.md"


@pytest.fixture(autouse=True)
def own_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No alias and no colour outlives the test."""
    monkeypatch.setattr(palette, "_own", {})
    yield
    monkeypatch.undo()
    palette.use("dark")
    for name in (*aliases.aliases(REGISTRY), *aliases.ABBREVIATIONS):
        aliases.remove(REGISTRY, name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "nsh").mkdir()
    return tmp_path / "nsh"


@pytest.fixture
def begin(tmp_path: Path, folder: Path) -> Callable[[str], Lines]:
    """A session that begins with such a config.toml."""

    def start(text: str) -> Lines:
        (folder / "config.toml").write_text(text)
        lines = Lines(tmp_path)
        startup.begin(lines.engine, lines.engine.session)
        return lines

    return start


def test_the_file_sets_settings_aliases_abbreviations_and_colours(begin: Callable[[str], Lines]) -> None:
    """Without a word; true and false stand for on and off."""
    lines = begin(
        "[settings]\nedit = 'vi'\ntoolbar = true\ntheme = 'light'\n"
        "[aliases]\nnets = 'ls ns --type net'\n[abbreviations]\nnn = 'new net'\n[colors]\nuts = 'red'\n"
    )
    assert lines.err == ""
    assert lines.session.settings == {"edit": "vi", "toolbar": "on", "theme": "light"}
    assert aliases.aliases(REGISTRY) == {"nets": "ls ns --type net"}
    assert aliases.ABBREVIATIONS == {"nn": "new net"}
    assert (palette.colour("uts"), palette.colour("pid")) == ("red", palette.THEMES["light"]["pid"])


@pytest.mark.parametrize(
    ("text", "number", "message"),
    [
        ("[settings]\n\nthme = 'light'\n", 3, "no such setting: thme; did you mean 'theme'?"),
        ("[settings]\nedit = 'vii'", 2, "vii: edit cannot be that; did you mean 'vi'?"),
        ("# x\n[settings]\nedit = 5", 3, "edit: a text in quotes is wanted"),
        ("[alias]\na = 'b'\n", 1, "no such table: [alias]; did you mean 'aliases'?"),
        ("edit = 'vi'\n", 1, "no such table: [edit]"),
        ("\nsettings = 5\n", 2, "settings is a table: [settings]"),
        ("[aliases]\n'p q' = 'ps'\n", 2, "p q: ' ' cannot be in a name"),
        ("[settings]\nedit = 'vi'\n[aliases]\nls = 'ps'\n", 4, "ls: is a command of nsh"),
        ("aliases.ls = 'ps'\n", 1, "ls: is a command of nsh"),
        ("[colors]\nuts = 'purple'\n", 2, "uts: 'purple' is neither a colour nor an effect"),
        ("[colors]\nutss = 'red'\n", 2, "nothing has a colour of the name utss; did you mean 'uts'?"),
        ("[settings]\nedit = vi\n", 2, "Invalid value"),
        ("[settings\n", 1, "Expected ']'"),
        ("a = 'b'\na = 'c'\n", 2, "Cannot overwrite a value"),
    ],
)
def test_a_mistake_is_said_with_its_line(
    begin: Callable[[str], Lines], folder: Path, text: str, number: int, message: str
) -> None:
    """`FILE:LINE: what`, and what was meant."""
    lines = begin(text)
    assert lines.err.startswith(f"{folder}/config.toml:{number}: {message}")
    assert lines.err.count("\n") == 1


def test_a_mistake_does_not_cost_the_rest(begin: Callable[[str], Lines]) -> None:
    """What stands above and below it holds."""
    lines = begin("[settings]\nedit = 'vi'\nthme = 'x'\nsuggest = 'off'\n")
    assert lines.session.settings == {"edit": "vi", "suggest": "off"}


def test_the_lines_of_nshrc_run_and_one_that_fails_is_not_the_last(begin: Callable[[str], Lines], folder: Path) -> None:
    """It is said with file and line."""
    (folder / "nshrc").write_text("# mine\nlet greeting hello\nzzz\nset edit vi\n")
    lines = begin("")
    assert lines.session.variables == {"greeting": "hello"}
    assert lines.session.settings == {"edit": "vi"}
    assert lines.err.startswith(f"{folder}/nshrc:3: unknown command: 'zzz'")


def test_what_is_no_text_is_said(begin: Callable[[str], Lines], folder: Path) -> None:
    """Bytes, a directory of that name, a file that nobody may read."""
    (folder / "nshrc").mkdir()
    lines = begin("")
    assert lines.err == f"{folder}/nshrc: Is a directory\n"
    (folder / "config.toml").write_bytes(b"a = '\xff'")
    startup.begin(lines.engine, lines.engine.session)
    assert f"{folder}/config.toml: is no UTF-8 text (byte 5)\n" in lines.err


@pytest.mark.root
def test_another_users_files_are_left_alone(begin: Callable[[str], Lines], folder: Path) -> None:
    """As under sudo with a home that is not root's: they would be run with root's rights."""
    (folder / "nshrc").write_text("let stolen yes\n")
    os.chown(folder / "nshrc", 1234, 1234)
    lines = begin("")
    assert lines.err == f"{folder}/nshrc: belongs to another user, so nsh does not read it\n"
    assert lines.session.variables == {}


@pytest.fixture
def home(environment: dict[str, str]) -> Path:
    """Where the program's configuration is, with an alias and a line that speaks."""
    folder = Path(environment["XDG_CONFIG_HOME"]) / "nsh"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[aliases]\nhello = 'echo hello'\n[abbreviations]\nhi = 'echo hi'\n")
    (folder / "nshrc").write_text("echo started\n")
    return folder


@pytest.mark.real
@pytest.mark.usefixtures("home")
def test_only_a_prompt_is_configured(nsh: Program) -> None:
    """A script means the same for everybody; `--norc` is a prompt as it comes."""
    assert nsh("-i", stdin="hello\nhi\n").out == "started\nnsh> hello\nnsh> nsh> echo hi\nhi\nnsh> \n"
    assert nsh("-i", "--norc", stdin="hello\n").out == "nsh> nsh> \n"
    assert nsh("-c", "hello").status == 127
    assert nsh(stdin="hello\n").status == 127


@pytest.mark.real
@pytest.mark.usefixtures("home")
def test_a_prompt_in_a_sandbox_is_configured_too(environment: dict[str, str]) -> None:
    """Though the rest of the home is hidden there."""
    done = Program(environment, Path("/"))("--sandbox", "-i", stdin="hello\n")
    assert (done.status, done.out) == (0, "started\nnsh> hello\nnsh> \n"), done.err


@pytest.mark.terminal
def test_nshrc_may_move_and_may_quit(home: Path, make_shell: Callable[..., Shell]) -> None:
    """The first prompt then stands where it led to; or there is none."""
    (home / "nshrc").write_text("new user,uts own -q\nenter own\n")
    shell = make_shell()
    shell.child.expect_exact("nsh[")
    shell.do("quit")
    assert shell.wait_end() == 0
    (home / "nshrc").write_text("quit\n")
    assert make_shell().wait_end() == 0


def fences(language: str) -> list[str]:
    """The examples in docs/prompt.md."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.real
def test_the_files_in_the_documentation_work_as_they_stand(nsh: Program, home: Path) -> None:
    """Configuration without a complaint; a command of one's own in help, in a place, and as JSON."""
    (config,), (own,) = fences("toml"), fences("python")
    (home / "config.toml").write_text(config)
    (home / "nshrc").unlink()
    (home / "commands").mkdir()
    (home / "commands" / "greet.py").write_text(own)
    lines = "nets | head -1\ngreet me\ngreet me --json\nhelp greet | head -1\nhelp all | grep -A1 'your own'\n"
    done = nsh("-i", stdin=lines)
    assert done.out.replace("nsh> ", "").splitlines()[1:-1] == [
        "hello me",
        '{"greeting": "hello me"}',
        "greet NAME",
        "your own:",
        "  greet  Greet somebody.",
    ], done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_that_name\n", ":1: No module named 'nothing_of_that_name'"),
        ("\nx = (\n", ":2: '(' was never closed"),
        ("x = 1\nx.y()\n", ":2: 'int' object has no attribute 'y'"),
        ("\n\n1 / 0\n", ":3: division by zero"),
    ],
)
def test_a_command_file_that_is_wrong_is_said_with_its_line(
    folder: Path, tmp_path: Path, text: str, message: str
) -> None:
    """In one line; the session goes on."""
    (folder / "commands").mkdir()
    (folder / "commands" / "wrong.py").write_text(text)
    lines = Lines(tmp_path)
    lines.engine.registry.loader, before = startup_loader(folder), lines.engine.registry.loader
    try:
        assert lines("wrong") == 1
    finally:
        lines.engine.registry.loader = before
    assert lines.err.startswith(f"{folder}/commands/wrong.py{message}"), lines.err


def startup_loader(folder: Path) -> Loader:
    """What finds the commands in a folder."""
    return Loader(f"{folder}/commands")
