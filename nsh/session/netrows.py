# SPDX-License-Identifier: MIT
"""Devices, addresses, routes and neighbours of a place as rows: what tables and `--json` show of them."""

from __future__ import annotations

from nsh.net import graph, state
from nsh.session.networks import Views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.graph import Graph, Space
    from nsh.net.state import Link
    from nsh.session.session import Session

    Row = dict[str, object]

HERE = "."


def links(session: Session, ref: str) -> list[Row]:
    """The devices of a place, with the other end of each veth wherever it is. Raises NoSuchName, Refused."""
    with Views(session) as views:
        # The namespaces of places and names are what an end is looked for in, strangers' only after those.
        found = graph.look(views.of([ref]), views.all_others(), follow=False)
        (space,) = found.spaces
        others = _other_ends(found, space, ref)
        return [_link(space, link, ref, others.get(link.index)) for link in space.links]


def _other_ends(found: Graph, space: Space, ref: str) -> dict[int, str]:
    """{index: endpoint} of what each device is wired to; a veth's wire is found from one of its two ends."""
    ends: dict[int, str] = {}
    for wire in found.wires:
        if wire.other is None:
            continue
        for one, other in ((wire.one, wire.other), (wire.other, wire.one)):
            if one.space is space and (one is wire.one or wire.kind == "veth"):
                ends[one.link.index] = label(ref, other.link.name) if other.space is space else str(other)
    return ends


def label(ref: str, device: str) -> str:
    """A device as it is typed."""
    return device if ref == HERE else f"{ref}:{device}"


def _link(space: Space, link: Link, ref: str, peer: str | None) -> Row:
    master = space.by_index.get(link.master or 0)
    return {
        "place": space.label,
        "device": label(ref, link.name),
        "index": link.index,
        "kind": link.kind,
        "up": link.is_up,
        "carrier": link.carrier,
        "mtu": link.mtu,
        "mac": link.mac,
        "peer": peer,
        "master": None if master is None else label(ref, master.name),
        "addresses": [address.text for address in space.addresses.get(link.index, [])],
    }


def _read(session: Session, ref: str) -> tuple[Space, Views]:
    views = Views(session)
    try:
        (view,) = views.of([ref])
        return graph.read(view), views
    except BaseException:
        views.__exit__()
        raise


def _name(space: Space, index: int | None, ref: str) -> str | None:
    link = space.by_index.get(index or 0)
    return None if link is None else label(ref, link.name)


def addresses(session: Session, ref: str) -> list[Row]:
    """The addresses of the devices of a place. Raises NoSuchName, Refused."""
    space, views = _read(session, ref)
    with views:
        return [
            {
                "place": space.label,
                "device": label(ref, link.name),
                "address": one.text,
                "family": "inet6" if one.is_ipv6 else "inet",
                "scope": one.scope,
                "up": link.is_up,
                "tentative": bool(one.flags & _TENTATIVE),
            }
            for link in space.links
            for one in space.addresses.get(link.index, [])
        ]


_TENTATIVE = 0x40  # IFA_F_TENTATIVE: IPv6 is still looking for another host that has it


def routes(session: Session, ref: str, *, every_table: bool) -> list[Row]:
    """The routes of a place: those of the main table, or of all. Raises NoSuchName, Refused."""
    space, views = _read(session, ref)
    with views:
        found = state.routes(space.view.sock, None if every_table else state.MAIN_TABLE)
        return [
            {
                "place": space.label,
                "destination": one.destination,
                "kind": one.kind,
                "via": one.gateway,
                "device": _name(space, one.index, ref),
                "metric": one.metric,
                "source": one.source,
                "scope": one.scope,
                "protocol": one.protocol,
                "table": one.table,
            }
            for one in found
        ]


def neighbours(session: Session, ref: str) -> list[Row]:
    """What a place knows of the hardware addresses around it. Raises NoSuchName, Refused."""
    space, views = _read(session, ref)
    with views:
        return [
            {
                "place": space.label,
                "address": one.address,
                "mac": one.mac,
                "device": _name(space, one.index, ref),
                "state": one.state.lower(),
            }
            for one in state.neighbours(space.view.sock)
            if one.state != "NOARP"
        ]
