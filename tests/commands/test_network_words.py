# SPDX-License-Identifier: MIT
"""Whatever is typed after the words of the network: done, or refused in a line. Never a bug, never a traceback."""

from __future__ import annotations

import random

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

START = (
    "- veth add a:x b:y --up\n- addr add a:x 10.0.0.1/24\n- addr add a:x fd00::1/64 --no-dad\n- bridge add a:br\n"
    "- link up a:lo\n"
)
WORDS = {
    "E": "a:x b:y a:lo lo x .:x a:br a:m0 nope:x a:é a:üüüüüüüü u:q '' a:x:y a:%d net:x 999999:lo $$:lo a:br0.1",
    "I": "10.0.0.1/24 10.0.0.1 fd00::1/64 fe80::1/64 0.0.0.0/0 ::/0 default 255.255.255.255/32 10.0.0.0/8 1.2.3/24"
    " ::ffff:1.2.3.4/96 fe80::1%x/64 10.0.0.1/024 fd00::2 fe80::9 224.0.0.1/4 2001:db8::/32 x",
    "N": "0 1 68 1500 65535 70000 -1 4294967296 x 99999999999999999999",
    "M": "02:00:00:00:00:01 ff:ff:ff:ff:ff:ff 0:0:0:0:0:0 zz",
    "P": "a b u . nope net 999999",
    "K": "dummy macvlan ipvlan vlan vxlan tun tap wireguard veth zz",
    "D": "x lo q %d",
}
FORMS = [
    *("veth add E E", "veth add E E --up", "veth add E E --mtu N --mac M", "link up E E", "link down E", "link rm E E"),
    *(
        "link move E P",
        "link move E P D",
        "link rename E D",
        "link set E --mtu N",
        "link set E --mac M",
        "addr add E I",
    ),
    *("addr add E I --no-dad", "addr del E I", "route add P I via I", "route add I dev D", "route add P I dev D"),
    *("route add P I via I --dev D --metric N", "route del P I", "route del I --via I", "route del P I --metric N"),
    *("bridge add E", "bridge attach E E E", "bridge detach E", "link add K E", "link add K E E --id N --up"),
    *(
        "link add K E E --mode D",
        "link add K E --id N --remote I --port N",
        "link ls P",
        "addr ls P",
        "route ls P --all",
    ),
    *("neigh ls P --json", "link ls --json"),
]


def lines(seed: int, count: int) -> str:
    """Forms with words from a hat, and now and then what the words speak of."""
    hat = random.Random(seed)
    made = []
    for number in range(count):
        form = hat.choice(FORMS)
        made.append((START if number % 12 == 0 else "") + "- " + " ".join(_filled(word, hat) for word in form.split()))
    return "\n".join(made)


def _filled(word: str, hat: random.Random) -> str:
    return hat.choice(WORDS[word].split(" ")) if word in WORDS else word


@pytest.mark.parametrize(
    ("seed", "count"), [(1, 150), *(pytest.param(seed, 1500, marks=pytest.mark.slow) for seed in range(2, 8))]
)
def test_no_words_of_the_network_are_too_much(seed: int, count: int, nsh: Program) -> None:
    """Each line that is refused says why, with nothing behind it that is for us rather than for the user."""
    done = nsh(
        stdin=f"new user,net box -q\nenter box\nnew net a -q\nnew net b -q\nnew uts u -q\n{lines(seed, count)}\n"
    )
    assert done.status == 0, done.err[-2000:]
    assert "Traceback" not in done.err
    assert "a bug in nsh" not in done.err
    assert done.err.count("hint: ") > count / 4
