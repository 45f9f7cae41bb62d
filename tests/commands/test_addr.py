# SPDX-License-Identifier: MIT
"""addr: addresses of both families, given, listed and taken away."""

from __future__ import annotations

import json

import pytest

from tests.commands.refusals import refused
from tests.program import Program

pytestmark = pytest.mark.real

PAIR = "new user,net box -q\nenter box\nnew net a -q\nnew net b -q\nveth add a:x b:y --up\n"


def addresses(text: str) -> list[tuple[str, str]]:
    """(device, address) of an `addr ls --json` at the end of what was printed, without those of lo and fe80::."""
    rows = json.loads(text[text.rindex("[") :])
    return [(row["device"], row["address"]) for row in rows if not row["address"].startswith(("fe80", "127.", "::1"))]


def test_both_families_are_given_listed_and_taken_away(nsh: Program) -> None:
    """A route to the network comes with each."""
    done = nsh(
        "-c",
        PAIR + "addr add a:x 10.1.1.1/24\naddr add a:x fd00::1/64 --no-dad\naddr add b:y 10.1.1.2/24\n"
        "addr add b:y fd00::2/64 --no-dad\non a ping -c 1 10.1.1.2\non a ping -c 1 fd00::2\nroute ls a\n"
        "addr del b:y 10.1.1.2/24\naddr ls b --json",
    )
    assert done.out.count(" 0% packet loss") == 2, done.err
    assert "10.1.1.0/24" in done.out
    assert "fd00::/64" in done.out
    assert addresses(done.out) == [("b:y", "fd00::2/64")]


def test_no_dad_is_seen_in_the_list(nsh: Program) -> None:
    """Without it an IPv6 address is tentative at first."""
    done = nsh("-c", PAIR + "addr add a:x fd00::1/64\naddr add a:x fd00::2/64 --no-dad\naddr ls a --json")
    rows = json.loads(done.out)
    assert [row["tentative"] for row in rows if row["address"] == "fd00::2/64"] == [False]
    assert [row["tentative"] for row in rows if row["address"] == "fd00::1/64"] == [True]


REFUSED = [
    ("addr add a:x 10.1.1.1/24", "File exists: ipv4: Address already assigned"),
    ("addr add a:x fd00::1/64", "File exists: ipv6: address already assigned"),
    ("addr add a:x ff02::1/64", "Cannot assign multicast address"),
    ("addr add a:x ::1/128", "::1 belongs to lo"),
    ("addr add a:x 10.1.1.1/33", "/33 is out of range"),
    ("addr add a:x 10.1.1.300/24", "300 is out of range: an octet is at most 255"),
    ("addr add a:x 10.1.1.1", "10.1.1.1/24"),
    ("addr add a:nope 10.1.1.1/24", "a:nope: no such device"),
    ("addr add nope:x 10.1.1.1/24", "nope: no such place"),
    ("addr del a:x 10.1.1.1/25", "a:x has 10.1.1.1/24"),
    ("addr del b:lo 10.1.1.1/24", "b:lo has no address"),
    ("addr ls nope", "nope: no such place"),
    ("addr add host:lo 10.1.1.1/24", "the machine's own"),
]


def test_what_is_refused_is_told_in_the_kernels_words_and_changes_nothing(nsh: Program) -> None:
    """Of a mistyped address the kernel is not asked."""
    before = f"{PAIR}addr add a:x 10.1.1.1/24\naddr add a:x fd00::1/64 --no-dad\n"
    (rows,) = refused(nsh, before, REFUSED, "addr ls a")
    assert [row["address"] for row in rows if not row["address"].startswith("fe80")] == ["10.1.1.1/24", "fd00::1/64"]
