# SPDX-License-Identifier: MIT
"""Words read into arguments, as the synopsis says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from nsh.arguments import Call, Reader
from nsh.errors import BadWord, NameTaken, UsageError
from nsh.grammar import Token, parse_line, tokenize
from nsh.registry import Form
from nsh.results import Quiet, Result
from nsh.session.session import Session
from tests.fake_session import FakePlace, FakeSession
from tests.program import Program


def new(
    session: object,
    types: tuple[str, ...],
    name: str | None = None,
    *,
    map: tuple[object, ...] = (),
    boottime: float | None = None,
    proc: bool = False,
    no_proc: bool = False,
    quiet: bool = False,
    cmd: tuple[str, ...] = (),
) -> Result:
    """Make it.

    nsh> new
    """
    return Quiet()


def on(session: object, ref: str, line: str, *, quiet: bool = False) -> Result:
    """Do it there.

    nsh> on
    """
    return Quiet()


def many(session: object, names: tuple[str, ...], last: int | None = None, *, six: bool = False) -> Result:
    """Do it to many.

    nsh> many
    """
    return Quiet()


NEW = Form(
    "new <types:types> [<name:newname>] [--map <map:map>]... [--boottime <boottime:duration>] [--proc|--no-proc]"
    " [-q|--quiet] [-- <cmd:words>]",
    new,
)
ON = Form("on <ref:ref> <line:line> [-q|--quiet]", on, shows=False)
MANY = Form("many <names:text>... [-n|--last <last:int>] [-6|--six]", many)


@pytest.fixture
def fake(tmp_path: Path) -> FakeSession:
    """A session with one name in use."""
    session = FakeSession(tmp_path)
    session.places = {"web": FakePlace("web")}
    return session


def read(form: Form, line: str, session: FakeSession | None) -> Call:
    """The call that a line asks for; in a session `$x` stands for -q."""
    ((_, pipeline),) = parse_line(tokenize(line))
    words = pipeline.stages[0].words[1:]

    def expand(token: Token) -> str:
        return token.text if session is None else token.text.replace("$x", "-q")

    reader = Reader(form, cast(Session, session), expand, line, pipeline.end)
    return reader.read(words)


@pytest.mark.parametrize(
    ("form", "line", "arguments"),
    [
        (NEW, "new uts", {"types": ("uts",)}),
        (NEW, "new uts a", {"types": ("uts",), "name": "a"}),
        (NEW, "new -q uts --no-proc a", {"types": ("uts",), "name": "a", "quiet": True, "no_proc": True}),
        (NEW, "new user --map root --map=none", {"types": ("user",), "map": ("root", "none")}),
        (NEW, "new time --boottime -30s", {"types": ("time",), "boottime": -30.0}),
        (NEW, "new time --boottime=+1d", {"types": ("time",), "boottime": 86400.0}),
        (NEW, "new pid -- bash -c 'echo $$' -q", {"types": ("pid",), "cmd": ("bash", "-c", "echo $$", "-q")}),
        (NEW, "new uts h[1..2]", {"types": ("uts",), "name": ["h1", "h2"]}),
        (MANY, "many a -n3", {"names": ("a",), "last": 3}),
        (MANY, "many -6 -7", {"names": ("-7",), "six": True}),
        (ON, "on web ps -ef -q --json", {"ref": "web", "line": "ps -ef -q --json"}),
        (ON, "on -q web ps", {"ref": "web", "line": "ps", "quiet": True}),
        (ON, "on web ps | wc -l > f", {"ref": "web", "line": "ps | wc -l > f"}),
        (ON, "on web sleep 9 &", {"ref": "web", "line": "sleep 9 &"}),
        (ON, "on web 'a; b'", {"ref": "web", "line": "a; b"}),
        (ON, "on web 'a b' c", {"ref": "web", "line": "'a b' c"}),
        (ON, "on web 'a' > f", {"ref": "web", "line": "'a' > f"}),
        (ON, "on web echo $nope", {"ref": "web", "line": "echo $nope"}),
        (MANY, "many a b -n 3 c", {"names": ("a", "b", "c"), "last": 3}),
        (MANY, "many a -3 - -.5", {"names": ("a", "-3", "-", "-.5")}),
        (MANY, "many -- -a --last", {"names": ("-a", "--last")}),
        (MANY, "many $x", {"names": ("-q",)}),
    ],
)
def test_words_become_arguments(form: Form, line: str, arguments: dict[str, Any], fake: FakeSession) -> None:
    """Options stand anywhere before `--`; what a variable holds is never an option; a line is taken as typed."""
    assert read(form, line, fake).arguments == arguments


@pytest.mark.parametrize(
    ("form", "line", "marked", "message"),
    [
        (NEW, "new", "", "new: TYPES is missing"),
        (NEW, "new uts a b c", "b c", "too many words for new"),
        (NEW, "new uts --prc", "--prc", "new has no option --prc"),
        (NEW, "new uts -z", "-z", "new has no option -z"),
        (NEW, "new uts --map", "--map", "--map needs a value"),
        (NEW, "new uts --map -- ls", "--map", "--map needs a value"),
        (NEW, "new time --boottime 1d --boottime 2d", "--boottime", "--boottime is given twice"),
        (NEW, "new uts --proc --no-proc", "--no-proc", "--no-proc and --proc exclude each other"),
        (NEW, "new uts --quiet=yes", "--quiet=yes", "--quiet takes no value"),
        (NEW, "new uts a --", "--", "no command stands after '--'"),
        (NEW, "new time --boottime soon", "soon", "soon: not a duration"),
        (NEW, "new utz a", "utz", "utz: no such type of namespace"),
        (ON, "on", "", "on: REF is missing"),
        (ON, "on web", "", "on: LINE is missing"),
        (ON, "on --json web ls", "--json", "on has no option --json"),
        (MANY, "many", "", "many: NAMES is missing"),
    ],
)
def test_what_does_not_fit_is_marked(form: Form, line: str, marked: str, message: str, fake: FakeSession) -> None:
    """One clear line, and the word it is about; what is missing is marked at the end."""
    with pytest.raises(UsageError) as error:
        read(form, line, fake)
    assert error.value.message == message
    assert error.value.span is not None
    assert line[slice(*error.value.span)] == marked


def test_an_option_that_is_a_word_of_another_command_is_led_there(nsh: Program) -> None:
    """`lab save FOLDER --oci` is not `lab save --oci FOLDER`: its own usage is what helps."""
    for line, said in (("lab save x --oci", "usage: lab save --oci FOLDER"), ("save x y --oci", "help save")):
        error = nsh("-c", line).err
        assert error.startswith(f"--oci comes first, right behind {line.split(' x')[0]}\n")
        assert f"hint: {said}" in error


def test_a_mistyped_option_is_recognised(fake: FakeSession) -> None:
    """Also those that every form has."""
    for typed, meant in (("--no-porc", "--no-proc"), ("--jsno", "--json"), ("--hlep", "--help")):
        with pytest.raises(UsageError) as error:
            read(NEW, f"new uts {typed}", fake)
        assert error.value.hint == f"did you mean '{meant}'?"


def test_every_form_takes_json_and_help(fake: FakeSession) -> None:
    """Help is given whatever else is missing."""
    assert read(NEW, "new uts --json", fake).as_json
    assert read(NEW, "new --help", fake).wants_help
    assert read(ON, "on -h", fake).wants_help
    assert not read(ON, "on web ls -h", fake).wants_help


def test_a_name_in_use_is_no_usage_error(fake: FakeSession) -> None:
    """The line was right: status 1, not 2."""
    with pytest.raises(NameTaken):
        read(NEW, "new uts web", fake)


def test_without_a_session_only_what_is_always_wrong_is_wrong() -> None:
    """`nsh -n`: names are not looked at, nor what variables will hold; types are."""
    assert read(NEW, "new uts web", None).arguments["name"] == "web"
    assert read(NEW, "new $x", None).arguments["types"] == "$x"
    with pytest.raises(BadWord):
        read(NEW, "new utz web", None)
