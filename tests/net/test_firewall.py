# SPDX-License-Identifier: MIT
"""Rulesets read from what their programs print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsh.net.firewall import read_nft, read_saved

NFT = """\
# Warning: table ip nat is managed by iptables-nft, do not touch!
table ip nat { # handle 1
\tchain POSTROUTING { # handle 1
\t\ttype nat hook postrouting priority srcnat; policy accept;
\t\toifname "lo" counter packets 0 bytes 0 masquerade # handle 2
\t}
}
table inet t { # handle 2
\tset s { # handle 1
\t\ttype ipv4_addr
\t\telements = { 10.0.0.1,
\t\t\t     10.0.0.2 }
\t}

\tchain c { # handle 3
\t\tip saddr @s accept # handle 4
\t\ttcp dport { 80, 443 } accept comment "} # handle 9 {" # handle 5
\t}
}
"""
SAVED = """\
*filter
:INPUT ACCEPT [0:0]
:mine - [0:0]
-A INPUT -p tcp -j mine
COMMIT
"""


def test_chains_and_rules_of_nft_are_rows() -> None:
    """What stands in quotes is text; the elements of a set are no rules."""
    rows = [(row.family, row.table, row.chain, row.rule, row.handle) for row in read_nft(NFT)]
    assert rows == [
        ("ip", "nat", "POSTROUTING", None, 1),
        ("ip", "nat", "POSTROUTING", 'oifname "lo" counter packets 0 bytes 0 masquerade', 2),
        ("inet", "t", None, "set s", 1),
        ("inet", "t", "c", None, 3),
        ("inet", "t", "c", "ip saddr @s accept", 4),
        ("inet", "t", "c", 'tcp dport { 80, 443 } accept comment "} # handle 9 {"', 5),
    ]
    base = read_nft(NFT)[0]
    assert (base.hook, base.policy) == ("postrouting", "accept")


def test_chains_and_rules_of_iptables_are_rows() -> None:
    """A built-in chain has its policy, one of the user's has none."""
    rows = [(row.table, row.chain, row.policy, row.rule) for row in read_saved(SAVED, "iptables")]
    assert rows == [
        ("filter", "INPUT", "accept", None),
        ("filter", "mine", None, None),
        ("filter", "INPUT", None, "-p tcp -j mine"),
    ]


@given(st.text(alphabet='{}# \n\t":-*Atable chin 0', max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    """A program that prints something else gives rows or none."""
    read_nft(text)
    list(read_saved(text, "ip6tables"))
