# SPDX-License-Identifier: MIT
"""firewall: rulesets that nft and iptables made, listed from outside."""

from __future__ import annotations

import json

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

RULES = (
    "new user,net box -q\n"
    "box nft add table inet t\n"
    "box nft 'add chain inet t c { type filter hook input priority 0; policy drop; }'\n"
    "box nft add rule inet t c tcp dport 80 accept\n"
)


def test_a_place_without_rules_says_so(nsh: Program) -> None:
    """And has an empty array."""
    done = nsh("-c", "new user,net box -q\nfirewall ls box\nfirewall ls box --json")
    assert done.out == "[]\n"
    assert "no rules" in done.err


def test_rules_of_nftables_are_listed_from_outside_and_inside(nsh: Program) -> None:
    """Chains with hook and policy, rules as the program prints them."""
    done = nsh("-c", f"{RULES}firewall ls box --json\non box firewall ls --json")
    outside, inside = done.out.split("]\n[")
    assert outside[1:] == inside.strip()[:-1]
    told = [(row["by"], row["chain"], row["hook"], row["policy"], row["rule"]) for row in json.loads(outside + "]")]
    assert told == [("nft", "c", "input", "drop", None), ("nft", "c", None, None, "tcp dport 80 accept")]


@pytest.mark.root
def test_rules_of_the_older_iptables_are_listed_too(nsh: Program) -> None:
    """Of the tables that there are."""
    done = nsh("-c", "new user,net box -q\nbox iptables-legacy -A FORWARD -j ACCEPT\nfirewall ls box --json")
    told = [(row["by"], row["table"], row["chain"], row["policy"], row["rule"]) for row in json.loads(done.out)]
    assert ("iptables", "filter", "FORWARD", "accept", None) in told
    assert ("iptables", "filter", "FORWARD", None, "-j ACCEPT") in told


@pytest.mark.rootless
def test_what_may_not_be_known_is_not_left_out_in_silence(nsh: Program) -> None:
    """The kernel gave the list of the older tables to the machine's root."""
    done = nsh("-c", "new user,net box -q\nfirewall ls box")
    assert "not shown: tables of the older iptables (legacy)" in done.err


def test_a_missing_program_is_told_with_its_package(nsh: Program) -> None:
    """What cannot be shown is said, not left out in silence."""
    done = nsh("-c", "new user,net box -q\nfirewall ls box", PATH="/nonexistent")
    assert "nftables: apt-get install nftables" in done.err


def test_looking_changes_nothing(nsh: Program) -> None:
    """No table of the older iptables comes to be because somebody looked."""
    done = nsh("-c", "new user,net box -q\nfirewall ls box\n- box cat /proc/net/ip_tables_names")
    assert done.out == ""
