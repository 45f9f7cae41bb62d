# SPDX-License-Identifier: MIT
"""Word types, names and quantities."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh import nstypes
from nsh.errors import BadWord, NameTaken, UsageError
from nsh.names import LARGEST_RANGE, read_names, reserve
from nsh.quantities import read_duration, read_integer
from nsh.session.session import Session
from nsh.words import TYPES, Choice, WordType, define, is_word_type, word_type
from tests.fake_session import FakePlace, FakeSession


@pytest.fixture
def fake(tmp_path: Path) -> FakeSession:
    """A session with two places."""
    session = FakeSession(tmp_path)
    session.places = {"web": FakePlace("web"), "box": FakePlace("box", ("uts", "net"))}
    session.variables = {"addr": "10.0.0.1"}
    return session


def read(kind: str, text: str, session: FakeSession) -> object:
    """What a word of this type means."""
    return word_type(kind).read(cast(Session, session), text)


def offers(kind: str, prefix: str, session: FakeSession) -> list[str]:
    """What completion offers."""
    return [text for text, _ in word_type(kind).complete(cast(Session, session), prefix)]


@pytest.mark.parametrize(
    ("text", "types"),
    [("uts", ("uts",)), ("pid,uts", ("uts", "pid")), ("uts,uts", ("uts",)), ("all", nstypes.NAMES)],
)
def test_types_are_a_set_in_one_order(text: str, types: tuple[str, ...], fake: FakeSession) -> None:
    """However they are typed, types come in the order of the manual's table, each once."""
    assert read("types", text, fake) == types


@pytest.mark.parametrize("text", ["", "utz", "uts,", ",", "uts pid", "UTS", "uts,all", "x" * 1000, "\x1b"])
def test_what_is_no_type_is_refused(text: str, fake: FakeSession) -> None:
    """One short line, without control characters."""
    with pytest.raises(BadWord) as error:
        read("types", text, fake)
    assert error.value.message.isprintable()
    assert len(error.value.message) < 120


@pytest.mark.parametrize(("typed", "meant"), [("utz", "uts"), ("mount", "mnt"), ("network", "net"), ("usr", "user")])
def test_a_mistyped_type_is_recognised(typed: str, meant: str, fake: FakeSession) -> None:
    """The hint names the type that was meant, also by its common name."""
    with pytest.raises(BadWord) as error:
        read("type", typed, fake)
    assert error.value.hint == f"did you mean '{meant}'?"


def test_completion_of_types_goes_on_behind_a_comma(fake: FakeSession) -> None:
    """Types that are in the list already are not offered again."""
    assert offers("types", "uts,p", fake) == ["uts,pid"]
    assert "uts,uts" not in offers("types", "uts,", fake)
    assert "all" in offers("types", "", fake)


@pytest.mark.parametrize("name", ["web1", "a.b", "x_y-z", "naïve", "名前", "a@b", "+", "0x", "x" * 64])
def test_a_name_may_be_letters_digits_and_a_few_signs(name: str) -> None:
    """Also of other scripts than ours."""
    assert read_names(name, ()) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "uts",
        "all",
        "host",
        "42",
        "٤٢",
        "-x",
        ".",
        "..",
        "../x",
        "a/b",
        "a:b",
        "a b",
        "a\tb",
        "\x1b[31m",
        "a'b",
        "a,b",
        "a[b",
        "x" * 65,
        "a\0b",
        "\udcff",
        "$x",
    ],
)
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    """For a type, a PID, an option, a path, a list, or that could move a terminal's cursor."""
    with pytest.raises(BadWord) as error:
        read_names(name, ())
    assert error.value.message.isprintable()
    assert error.value.exit_status == 2


def test_a_word_of_nsh_is_no_name() -> None:
    """What would be read as a command cannot be a place."""
    reserve(["frobnicate"])
    with pytest.raises(BadWord, match="word of nsh"):
        read_names("frobnicate", ())


def test_a_name_in_use_is_taken(fake: FakeSession) -> None:
    """A session error, status 1: the line was right, the name is not free."""
    with pytest.raises(NameTaken) as error:
        read("newname", "web", fake)
    assert error.value.exit_status == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [("h[1..3]", ["h1", "h2", "h3"]), ("h[08..10]", ["h08", "h09", "h10"]), ("h[7..7]", ["h7"])],
)
def test_a_range_is_a_list_of_names(text: str, names: list[str]) -> None:
    """A leading zero keeps the width."""
    assert read_names(text, ()) == names


@pytest.mark.parametrize(
    "text",
    ["h[3..1]", "h[a..b]", "h[]", "h[1]", "h[1..]", f"h[1..{LARGEST_RANGE + 1}]", "[1..3]", "-h[1..3]", "a/[1..2]"],
)
def test_a_range_that_cannot_be_is_refused(text: str) -> None:
    """Empty, huge, not of numbers, or of names that cannot be."""
    with pytest.raises(BadWord):
        read_names(text, ())


def test_a_range_with_one_name_in_use_is_taken() -> None:
    """All or nothing."""
    with pytest.raises(NameTaken, match="h2"):
        read_names("h[1..3]", ["h2"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("+86400", 86400),
        ("+1d", 86400),
        ("-30s", -30),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2w", 1209600),
        ("250ms", 0.25),
        ("0", 0),
    ],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    """Plain seconds or units, with a sign."""
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "+", "x", "1x", "h", "1h30", "--1", "1..2", "1e5", "9" * 30, "1h-30m", "٣"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """No guess is made."""
    with pytest.raises(BadWord):
        read_duration(text)


@given(st.text())
def test_a_duration_is_a_number_or_a_bad_word(text: str) -> None:
    """No text ends in anything else."""
    try:
        assert isinstance(read_duration(text), float)
    except BadWord:
        pass


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "9" * 30, "²"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Whole numbers from 0 on."""
    with pytest.raises(BadWord):
        read_integer(text)


@pytest.mark.parametrize("text", ["0:1000", "a:b:c", "0:0:0", "", "0:4294967295:2", "-1:0:1"])
def test_what_is_no_map_is_refused(text: str, fake: FakeSession) -> None:
    """INNER:OUTER:COUNT, root or none."""
    with pytest.raises(UsageError):
        read("map", text, fake)


def test_the_words_for_maps_are_themselves(fake: FakeSession) -> None:
    """`root` and `none` are for the session to work out."""
    assert [read("map", text, fake) for text in ("root", "none")] == ["root", "none"]


def test_a_place_must_exist(fake: FakeSession) -> None:
    """With what there is, or what was meant, in the hint."""
    assert [read("place", name, fake) for name in ("web", "host", ".")] == ["web", "host", "."]
    with pytest.raises(BadWord) as error:
        read("place", "wbe", fake)
    assert error.value.hint == "did you mean 'web'?"


def test_references_complete_to_places_and_files(fake: FakeSession, tmp_path: Path) -> None:
    """Names first; behind a slash, files."""
    (tmp_path / "uts").touch()
    (tmp_path / "net").mkdir()

    assert offers("ref", "", fake) == ["web", "box", "host", "."]
    assert offers("place", "b", fake) == ["box"]
    assert offers("ref", f"{tmp_path}/", fake) == [f"{tmp_path}/net/", f"{tmp_path}/uts"]
    assert offers("path", "/nonexistent/x", fake) == []


def test_a_variable_has_a_plain_name(fake: FakeSession) -> None:
    """The `$` is not part of it."""
    assert read("variable", "addr_1", fake) == "addr_1"
    assert offers("variable", "a", fake) == ["addr"]
    for text in ("$addr", "1a", "", "a-b", "ä"):
        with pytest.raises(BadWord):
            read("variable", text, fake)


def test_an_empty_path_is_refused(fake: FakeSession) -> None:
    """Any other text is a path."""
    assert read("path", "/x y", fake) == "/x y"
    with pytest.raises(BadWord):
        read("path", "", fake)


def test_a_choice_is_declared_where_it_is_used(fake: FakeSession) -> None:
    """`<state:choice(on,off)>` needs no type of its own."""
    assert is_word_type("choice(on,off)")
    assert read("choice(on,off)", "on", fake) == "on"
    assert offers("choice(on,off)", "o", fake) == ["on", "off"]
    with pytest.raises(BadWord, match="maybe"):
        read("choice(on,off)", "maybe", fake)
    assert not is_word_type("nonsense")


def test_a_command_module_can_bring_a_type_but_not_replace_one() -> None:
    """Two meanings of one type name would be a trap."""
    define(Choice("fruit", {"apple": ""}, "no fruit"))
    try:
        assert is_word_type("fruit")
        with pytest.raises(ValueError, match="fruit"):
            define(WordType("fruit"))
    finally:
        del TYPES["fruit"]


@given(st.text(), st.sampled_from(sorted(TYPES)))
def test_pure_types_read_or_refuse_anything(text: str, kind: str) -> None:
    """Whatever is typed, a pure type answers with a value or with a usage error."""
    if not TYPES[kind].is_pure:
        return
    try:
        TYPES[kind].parse(text)
    except UsageError:
        pass
