# SPDX-License-Identifier: MIT
"""firewall: what a place lets through."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("firewall ls [<ref:ref>]", man=("nft(8)", "iptables-save(8)"), category="network")
def firewall_ls(session: Session, ref: str | None = None) -> Result:
    """List the chains and rules where you are, or of a place: those of nftables and of iptables.

    A base chain is shown with its hook and its policy, what happens to a packet
    that no rule decides on. The programs nft and iptables-legacy-save read
    them; nothing is changed.

        nsh> firewall ls router
    """
    from nsh.session import firewalls  # with the first look, not with every start

    found, notes = firewalls.rows(session, ref)
    columns = (
        Column("by", "by", style="type"),
        Column("family", "family"),
        Column("table", "table", style="name"),
        Column("chain", "chain", style="name"),
        Column("hook", "hook"),
        Column("policy", "policy"),
        Column("rule", "rule"),
    )
    if not found:
        notes = [*notes, "no rules to show" if notes else "no rules: everything is let through"]
    return Table(columns, [row.as_json() for row in found], notes)
