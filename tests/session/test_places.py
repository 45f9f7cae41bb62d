# SPDX-License-Identifier: MIT
"""The prompt says where you are: by the name of a place, by types, and what only the next children are in."""

from __future__ import annotations

import _socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh import nstypes
from nsh.helper.client import Peer
from nsh.session.places import Place, Seat, differing, prompt_text

HOST = dict.fromkeys(nstypes.NAMES, 1)


def seat(*later: str, **moved: int) -> Seat:
    """A seat at host but for these types."""
    nowhere = _socket.socket()
    made = Seat(Peer(nowhere, -1, "nobody"), {**HOST, **moved}, "/", {})
    nowhere.close()
    made.later = later
    return made


def place(name: str, **own: int) -> Place:
    """A place that owns these namespaces."""
    made = Place(name, tuple(own), "holder")
    made.whole = {**HOST, **own}
    return made


BOX = place("box", uts=7, net=8)
WEB = place("web", uts=9)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (seat(), "nsh>"),
        (seat(uts=7, net=8), "nsh[box]>"),
        (seat(uts=9), "nsh[web]>"),
        (seat(uts=7), "nsh[uts:box]>"),
        (seat(uts=9, net=8), "nsh[uts:web,net:box]>"),
        (seat(uts=9, net=5), "nsh[uts:web,net]>"),
        (seat(net=5), "nsh[net]>"),
        (seat(time=5, mnt=5, user=5), "nsh[mnt,user,time]>"),
        (seat("pid"), "nsh[pid:next]>"),
        (seat("pid", "time", uts=9), "nsh[web,pid:next,time:next]>"),
        (seat("time", uts=5, net=8), "nsh[uts,net:box,time:next]>"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_prompt_says_where_you_are(where: Seat, text: str) -> None:
    """A whole place by its name, else each type that differs from host, in the order of the types."""
    assert prompt_text(where, seat(), [BOX, WEB]) == text


def test_a_place_without_types_of_its_own_names_nothing() -> None:
    """Where nothing differs from host you are at host, whatever places there are."""
    assert prompt_text(seat(), seat(), [place("empty")]) == "nsh>"


@given(*[st.dictionaries(st.sampled_from(nstypes.NAMES), st.integers(1, 2)) for _ in "ab"])
def test_what_differs_is_symmetric_and_in_order(one: dict[str, int], other: dict[str, int]) -> None:
    """A type that only one of them knows differs too."""
    found = differing(one, other)
    assert found == differing(other, one)
    assert list(found) == [name for name in nstypes.NAMES if one.get(name) != other.get(name)]


def test_a_place_as_json_is_flat_and_says_what_keeps_it() -> None:
    """Names and numbers only; the pid is null where open files keep it."""
    assert BOX.as_json() == {
        "name": "box",
        "pid": None,
        "how": "holder",
        "types": ["uts", "net"],
        "namespaces": ["uts:[7]", "net:[8]"],
    }
