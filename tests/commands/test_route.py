# SPDX-License-Identifier: MIT
"""route: ways to networks, by gateways and devices, in any place."""

from __future__ import annotations

import json

import pytest

from tests.commands.refusals import refused
from tests.program import Program

pytestmark = pytest.mark.real

PAIR = (
    "new user,net box -q\nenter box\nnew net a -q\nnew net b -q\nveth add a:x b:y --up\nveth add a:down b:down\n"
    "addr add a:x 10.1.1.1/24\naddr add a:x fd00::1/64 --no-dad\n"
)
Row = tuple[str, str | None, str | None, int | None]


def routes(text: str) -> list[Row]:
    """(destination, gateway, device, metric) of the static routes in a `route ls --json` at the end."""
    rows = json.loads(text[text.rindex("[") :])
    return [(r["destination"], r["via"], r["device"], r["metric"]) for r in rows if r["protocol"] == "static"]


def test_routes_lead_by_a_gateway_or_a_device_and_are_removed(nsh: Program) -> None:
    """In a place or here, of both families; the options tell two of one network apart."""
    done = nsh(
        "-c",
        PAIR + "route add a default via 10.1.1.2\nroute add a 10.2.0.0/16 dev x\nroute add a 10.3.0.1 via 10.1.1.2\n"
        "route add a default via fd00::2\nroute add a fd05::/64 via fe80::1 --dev x\n"
        "on a route add 10.2.0.0/16 via 10.1.1.3 --metric 7\nroute ls a --json",
    )
    assert done.status == 0, done.err
    assert set(routes(done.out)) == {
        ("default", "10.1.1.2", "a:x", None),
        ("10.2.0.0/16", None, "a:x", None),
        ("10.3.0.1/32", "10.1.1.2", "a:x", None),
        ("default", "fd00::2", "a:x", 1024),
        ("fd05::/64", "fe80::1", "a:x", 1024),
        ("10.2.0.0/16", "10.1.1.3", "a:x", 7),
    }


def test_a_route_is_removed_by_its_network_and_more_where_there_are_two(nsh: Program) -> None:
    """`default` is that of IPv4, ::/0 that of IPv6."""
    done = nsh(
        "-c",
        PAIR + "route add a default via 10.1.1.2\nroute add a 10.2.0.0/16 dev x\nroute add a default via fd00::2\n"
        "route add a 10.2.0.0/16 via 10.1.1.3 --metric 7\nroute del a default\nroute del a ::/0\n"
        "route del a 10.2.0.0/16 --metric 7\nroute ls a --json",
    )
    assert done.status == 0, done.err
    assert routes(done.out) == [("10.2.0.0/16", None, "a:x", None)]


REFUSED = [
    ("route add a default via 10.9.9.9", "Network is unreachable: Nexthop has invalid gateway"),
    ("route add a default via fe80::1", "say which, --dev DEV"),
    ("route add a 10.1.2.0/16 via 10.1.1.2", "the network it is in: 10.1.0.0/16"),
    ("route add a 10.2.0.0/33 dev x", "/33 is out of range"),
    ("route add a 10.2.0.0/16 dev down", "Network is down: Device for nexthop is not up"),
    ("route add a 10.2.0.0/16 dev nope", "a:nope: no such device"),
    ("route add a fd05::/64 via 10.1.1.2", "an IPv6 network has an IPv6 gateway"),
    ("route add a 10.2.0.0/16 dev x --dev x", "the device was given twice"),
    ("route add a 10.2.0.0/16 via 10.1.1.0/24", "without a prefix"),
    ("route add a 10.2.0.0/16 via 10.1.1.2 --metric 4294967296", "out of range"),
    ("route add a default gw 10.1.1.2", "one of: via, dev"),
    ("route add nope default via 10.1.1.2", "nope: no such place"),
    ("route add a 10.1.1.0/24 dev x --metric 0", "File exists"),
    ("route del a 10.7.0.0/16", "No such process"),
    ("route add host default via 10.1.1.2", "the machine's own"),
]


def test_a_route_that_cannot_be_is_one_line_with_a_hint(nsh: Program) -> None:
    """In the kernel's words where it was asked."""
    (rows,) = refused(nsh, PAIR, REFUSED, "route ls a")
    assert [row for row in rows if row["protocol"] == "static"] == []


def test_every_table_is_listed_on_request(nsh: Program) -> None:
    """That of local addresses is 255."""
    done = nsh("-c", PAIR + "route ls a --all --json")
    kinds = {(row["destination"], row["kind"], row["table"]) for row in json.loads(done.out)}
    assert ("10.1.1.1/32", "local", 255) in kinds
