# SPDX-License-Identifier: MIT
"""Netlink answers that no kernel would give: each decoder gives a value or one clear error, and comes to an end.

The answers are real ones, of a namespace with some of everything, with bytes
changed, left out and put in; and such as are made up from the first byte.
"""

from __future__ import annotations

import _socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.errors import NshError
from nsh.net import attributes, forwarding, masquerade, messages, rtnl, shaping, state
from tests.program import TIMEOUT

SETUP = """
ip link set lo up; ip link add br0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br0 up
ip link set v1 up alias 'two words'; ip link set br0 up; ip addr add 10.0.0.1/24 dev v1; ip addr add fd00::1/64 dev v1
ip route add 10.5.0.0/16 nexthop via 10.0.0.7 weight 3 nexthop via 10.0.0.8; ip route add blackhole 10.6.0.0/16
ip neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev v1; tc qdisc add dev v1 root tbf rate 1mbit burst 10k latency 5ms
"""
READ = """
import _socket, struct
sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, 0)
for kind, size in ((18, 16), (22, 8), (26, 12), (30, 12), (38, 20)):
    sock.sendto(struct.pack("=IHHII", 16 + size, kind, 0x301, 1, 0) + bytes(size), (0, 0))
    ended = False
    while not ended:
        answer, at = sock.recv(1 << 16), 0
        print(answer.hex())
        while at < len(answer):
            length, kind = struct.unpack_from("=IH", answer, at)
            ended, at = kind in (2, 3), at + (length + 3 & ~3)
"""
MOST = 64
"""Datagrams that are sent before silence."""


@cache
def real_answers() -> list[bytes]:
    """What the kernel says of devices, addresses, routes, neighbours and queues."""
    script = f"{SETUP}\nexec {sys.executable} -c '{READ}'"
    words = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=TIMEOUT)
    found = [bytes.fromhex(line) for line in done.stdout.split()]
    assert len(found) >= 10
    return found


class Change(NamedTuple):
    """What is done to an answer: at a place (of a thousand) so many bytes give way to others."""

    where: int
    length: int
    bytes: bytes


CHANGES = st.lists(st.builds(Change, st.integers(0, 1000), st.integers(0, 8), st.binary(max_size=8)), max_size=4)


class Hostile:
    """A socket that says it is netlink's and the kernel's; its answers carry the number that was asked with, or not."""

    family = _socket.AF_NETLINK

    def __init__(self, answers: list[bytes], keeps_number: bool) -> None:
        self._answers = deque(answers[:MOST])
        self._keeps_number = keeps_number
        self._number = 0

    def setsockopt(self, *_: object) -> None:
        """Whatever."""

    def settimeout(self, *_: object) -> None:
        """It never waits."""

    def send(self, request: bytes) -> None:
        """Remember the number of the last message of a request."""
        for one in attributes.messages(request):
            self._number = one.sequence

    sendall = send

    def recv(self, size: int) -> bytes:
        """The next answer; silence, as a timeout, when there is none."""
        if not self._answers:
            raise TimeoutError(11, "timed out")
        answer = bytearray(self._answers.popleft())
        if self._keeps_number and len(answer) >= 12:
            struct.pack_into("=I", answer, 8, self._number)
        return bytes(answer[:size])

    def recvmsg(self, size: int) -> tuple[bytes, list[object], int, tuple[int, int]]:
        """The same, from the kernel's port."""
        try:
            return self.recv(size), [], 0, (0, 0)
        except TimeoutError as error:
            raise BlockingIOError(11, "timed out") from error


def spoilt(answer: bytes, changes: list[Change]) -> bytes:
    """An answer with changes made."""
    for change in changes:
        at = change.where * len(answer) // 1000
        answer = answer[:at] + change.bytes + answer[at + change.length :]
    return answer


ASKING: list[Callable[[Any], object]] = [
    *(state.links, state.addresses, state.routes, state.neighbours, shaping.queues, masquerade.rules),
    *(lambda sock: state.link(sock, "v1"), lambda sock: state.kind_data(sock, "v1")),
    *(lambda sock: forwarding.is_on(sock, _socket.AF_INET), lambda sock: rtnl.ask_packed(sock, 16, bytes(16))),
    *(lambda sock: messages.send(sock, [messages.up(1), messages.up(2)]), lambda sock: messages.asleep(sock, [1, 2])),
    lambda sock: masquerade.remove(sock, [masquerade.Rule("nsh", 1, "x")], "x", all_of_them=True),
]


def ask_all(answers: list[bytes], keeps_number: bool) -> None:
    """Have every question answered like that: a value, or an error of ours."""
    for ask in ASKING:
        with suppress(NshError):
            ask(cast(_socket.socket, Hostile(answers, keeps_number)))


@pytest.mark.real
@given(st.lists(st.tuples(st.integers(0, 10**6), CHANGES), min_size=1, max_size=4), st.booleans())
def test_a_spoilt_answer_is_a_value_or_one_clear_error(drawn: list[tuple[int, list[Change]]], numbered: bool) -> None:
    """Real datagrams with bytes changed, too many or too few, in any order, to every question that nsh asks."""
    real = real_answers()
    ask_all([spoilt(real[which % len(real)], changes) for which, changes in drawn], numbered)


@given(st.lists(st.binary(max_size=120), max_size=4), st.booleans())
def test_an_answer_that_is_none_is_a_value_or_one_clear_error(answers: list[bytes], numbered: bool) -> None:
    """Bytes without any sense."""
    ask_all(answers, numbered)


HEADS = st.tuples(st.integers(0, 80), st.sampled_from([2, 3, 16, 20, 24, 28, 36]), st.integers(0, 0xFFFF))


@given(st.lists(st.tuples(HEADS, st.binary(max_size=60)), min_size=1, max_size=5))
def test_a_good_header_before_nonsense_is_a_value_or_one_clear_error(made: list[tuple[Any, bytes]]) -> None:
    """A kind that is known, lengths that lie, flags that promise words of the kernel's: NLMSG_ERROR and all."""
    data = [struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body for (_, kind, flags), body in made]
    lying = [struct.pack("=IHHII", length, kind, flags, 0, 0) + body for (length, kind, flags), body in made]
    ask_all(data, True)
    ask_all(lying, True)
