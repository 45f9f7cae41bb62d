# SPDX-License-Identifier: MIT
"""Requests go down as plain values; what comes up is text that can build nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsh.helper import wire

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats(allow_nan=False),
    lambda inner: st.tuples(inner) | st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.text(st.characters(blacklist_characters="\0=", codec="utf-8"))
VALUES = st.text(st.characters(blacklist_characters="\0", codec="utf-8"))


@given(st.integers(0, 2**63), st.text(st.characters(codec="utf-8")), st.tuples(PLAIN, PLAIN))
def test_a_request_arrives_as_it_was_sent(number: int, verb: str, arguments: tuple[object, object]) -> None:
    """Number, verb and arguments, of whatever plain values."""
    assert wire.unpack_request(wire.pack_request(number, verb, arguments)) == (number, verb, arguments)


@given(st.dictionaries(KEYS, VALUES))
def test_fields_arrive_as_they_were_sent(fields: dict[str, str]) -> None:
    """Text with blanks, equals signs, newlines, any script."""
    assert wire.unpack_fields(wire.pack_fields(dict(fields))) == fields


def test_bytes_that_are_no_utf8_survive() -> None:
    """A path may hold any byte: it comes back as it went."""
    path = b"/tmp/\xff\xfe".decode("utf-8", "surrogateescape")
    assert wire.unpack_fields(wire.pack_fields({"cwd": path})) == {"cwd": path}


def test_a_nul_in_a_value_cannot_make_a_field() -> None:
    """The separator is taken out of values: a hostname is no way to forge an answer."""
    assert wire.unpack_fields(wire.pack_fields({"hostname": "a\0errno=1"})) == {"hostname": "aerrno=1"}


@given(st.binary())
def test_any_bytes_are_fields_of_text(raw: bytes) -> None:
    """Whatever a hostile helper sends, out comes a dictionary of strings and nothing is raised."""
    fields = wire.unpack_fields(raw)
    assert {type(text) for field in fields.items() for text in field} <= {str}


@given(st.text())
def test_a_number_is_a_number_or_the_default(text: str) -> None:
    """No text raises; what int() would take beyond ASCII digits is not taken."""
    found = wire.number_in({"n": text}, "n", -7)
    assert found == -7 or str(found) == text or found == int(text)


def test_odd_numbers_are_not_taken() -> None:
    """Signs alone, doubled signs, other scripts' digits, blanks."""
    for text in ("", "-", "--1", "+1", " 1", "1 ", "٣", "²", "1_0", "0x1", "1.0", "1e3"):
        assert wire.number_in({"n": text}, "n", -7) == -7, text
    assert wire.number_in({}, "n", -7) == -7
    assert wire.number_in({"n": "-12"}, "n") == -12
