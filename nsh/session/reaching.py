# SPDX-License-Identifier: MIT
"""pingall and pingpair: does every host reach every other?"""

from __future__ import annotations

import _socket

from nsh.errors import NoSuchName, SessionError, UsageError
from nsh.kernel import resources
from nsh.net import messages, pairs, state
from nsh.session import labs, makers, nets
from nsh.session.labbuild import ROUTING
from nsh.session.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.net.pairs import Outcome
    from nsh.session.places import Place
    from nsh.session.session import Session

ECHOING = "echoing"
"""The name of the raw ICMP socket among a place's."""
_AT_ONCE = 128 * 127  # neighbours that are permanent for a while: what is set up front for 128 hosts
_SPARE_FILES = 32
_FEW = 8
_BARS = "▁▂▃▄▅▆▇█"


class _Station:
    """A host that takes part: its place, the device and the address it answers at.

    `segment` is the same for those that reach each other without a router, as
    far as a lab's plan tells.
    """

    __slots__ = ("index", "ip", "mac", "packed", "place", "segment")

    def __init__(self, place: Place, ip: str, index: int, mac: str) -> None:
        self.place = place
        self.ip = ip
        self.packed = _socket.inet_aton(ip)
        self.index = index
        self.segment: int | None = None
        self.mac = bytes.fromhex(mac.replace(":", ""))


class Reached:
    """What came of it, with the names of the hosts in order."""

    __slots__ = ("addresses", "names", "outcome")

    def __init__(self, stations: Sequence[_Station], outcome: Outcome) -> None:
        self.names = [station.place.name for station in stations]
        self.addresses = [station.ip for station in stations]
        self.outcome = outcome


def all_pairs(session: Session, refs: Sequence[str], seconds: float) -> Reached:
    """Ask from each host to each other one; `refs` are labs and places, none means the only lab.

    Raises NoSuchName, SessionError, UsageError, Refused, KeyboardInterrupt.
    """
    places = _places(session, refs)
    if len(places) < 2:
        raise UsageError("it takes two hosts", "`pingall h1 h2`, or a lab: `lab star 4`, then `pingall`")
    return _reach(session, places, seconds)


def pair(session: Session, one: str | None, other: str | None, seconds: float) -> Reached:
    """The same for two hosts; those of the only lab that come first where none are named."""
    places = _places(session, [ref for ref in (one, other) if ref is not None])[:2]
    if len(places) < 2 or places[0] is places[1]:
        raise UsageError("it takes two hosts", "`pingpair h1 h2`")
    return _reach(session, places, seconds)


def _places(session: Session, refs: Sequence[str]) -> list[Place]:
    known = labs.of_session(session)
    found: dict[str, Place] = {}
    for ref in refs or [labs.find(session, None).name]:
        if ref in known and ref not in session.places:
            lab = known[ref]
            found.update((place.name, place) for place in lab.alive(session) if place.name in lab.plan.hosts)
            continue
        place = session.places.get(ref)
        if place is None:
            session.resolve(ref)  # says what is known of the name
            raise NoSuchName(f"{ref}: not a place of this session", "`ls places` lists them")
        if "net" not in place.ns:
            raise SessionError(f"{ref}: has no net namespace of its own", f"its types: {','.join(place.types)}")
        found[place.name] = place
    return list(found.values())


def _reach(session: Session, places: list[Place], seconds: float) -> Reached:
    left = resources.files_left() - _SPARE_FILES
    if len(places) > left:
        raise SessionError(
            f"{len(places)} hosts take as many sockets, and nsh may open {max(left, 0)} more files",
            "RLIMIT_NOFILE: start nsh with a higher `ulimit -n`",
        )
    with session.interrupts:
        stations = [_station(session, place) for place in places]
        _part(stations)
        _open_sockets(session, places)
        nodes = [pairs.Node(one.place.name, one.ip, one.place.sockets[ECHOING]) for one in stations]
        return Reached(stations, _ask(session, nodes, stations, seconds))


def _station(session: Session, place: Place) -> _Station:
    """Where a host answers, as the kernel has it now."""
    if ROUTING not in place.sockets:
        place.sockets[ROUTING] = nets.find(session, place.name).route_socket()
        messages.prepare(place.sockets[ROUTING])
    sock = place.sockets[ROUTING]
    devices = {link.index: link for link in state.links(sock)}
    for address in state.addresses(sock):
        device = devices.get(address.index)
        if device is not None and device.kind != "loopback" and not address.is_ipv6:
            messages.asleep(sock, [device.index])  # one that was just set up passes packets on once it was asked for
            return _Station(place, address.address, device.index, device.mac or "")
    raise SessionError(
        f"{place.name} has no IPv4 address that others could reach",
        f"for example `addr add {place.name}:DEV 10.1.1.2/24`",
    )


def _part(stations: list[_Station]) -> None:
    """Say of the hosts of labs who is on whose segment."""
    found: dict[tuple[str, bytes], int] = {}
    groups = [
        group
        for lab in {station.place.lab for station in stations}
        for group in (lab.plan.acquainted() if lab is not None else ())
    ]
    for number, group in enumerate(groups):
        found.update(((name, address.packed), number) for name, _, address in group)
    for station in stations:
        station.segment = found.get((station.place.name, station.packed))


def _open_sockets(session: Session, places: list[Place]) -> None:
    """A raw ICMP socket for each that has none, kept for the next time."""
    missing: dict[int, list[Place]] = {}
    for place in places:
        if ECHOING in place.sockets:
            continue
        if place.how == "fds":
            missing.setdefault(place.whole["user"], []).append(place)
        else:
            net = nets.find(session, place.name)
            place.sockets[ECHOING] = net.socket(_socket.AF_INET, _socket.SOCK_RAW, _socket.IPPROTO_ICMP)
    for group in missing.values():
        owner = group[0].fds.get("user", -1)
        opened = [place.fds["net"] for place in group]
        found = makers.sockets_in(session, opened, owner, _socket.AF_INET, _socket.SOCK_RAW, _socket.IPPROTO_ICMP)
        for place, sock in zip(group, found, strict=True):
            place.sockets[ECHOING] = sock


def _ask(session: Session, nodes: list[pairs.Node], stations: list[_Station], seconds: float) -> Outcome:
    """All rounds; of many hosts some at a time, with neighbours that are permanent meanwhile."""
    count = len(nodes)
    progress = Progress("pingall", count * (count - 1))

    def tick(done: int) -> None:
        progress.step(done)
        session.interrupts.check()

    work = pairs.Pairs(nodes, seconds, tick)
    distances = range(1, count)
    wave = count - 1 if count * (count - 1) <= _AT_ONCE else max(_AT_ONCE // (2 * count), 1)
    try:
        for start in range(0, count - 1, wave):
            rounds = distances[start : start + wave]
            known = _acquaint(stations, rounds) if wave < count - 1 else []
            try:
                work.run(rounds)
            finally:
                _forget(known)
    finally:
        progress.end()
    return work.outcome


def _acquaint(stations: Sequence[_Station], rounds: Sequence[int]) -> list[tuple[_Station, list[_Station]]]:
    """Permanent neighbours for some rounds: the table of those found by ARP would run over. Who got to know whom."""
    found = []
    for at, station in enumerate(stations):
        asked = (stations[(at + distance) % len(stations)] for distance in rounds)
        asking = (stations[(at - distance) % len(stations)] for distance in rounds)
        others = dict.fromkeys([*asked, *asking])
        known = [other for other in others if station.segment is not None and other.segment == station.segment]
        requests = [messages.neighbour(station.index, other.packed, other.mac) for other in known]
        messages.send(station.place.sockets[ROUTING], requests, f"{station.place.name}: ")
        found.append((station, known))
    return found


def _forget(acquainted: list[tuple[_Station, list[_Station]]]) -> None:
    for station, known in acquainted:
        requests = [messages.no_neighbour(station.index, other.packed) for other in known]
        messages.send(station.place.sockets[ROUTING], requests, f"{station.place.name}: ")


# What there is to say of it.


def rows(reached: Reached) -> list[dict[str, object]]:
    """A flat object for each pair, in order."""
    outcome = reached.outcome
    found: list[dict[str, object]] = []
    for one, other in sorted(outcome.asked):
        rtt, error = outcome.rtts.get((one, other)), outcome.refused.get((one, other))
        found.append(
            {
                "source": reached.names[one],
                "target": reached.names[other],
                "address": reached.addresses[other],
                "rtt_ms": None if rtt is None else round(rtt * 1000, 3),
                "error": None if error is None else error.strerror,
            }
        )
    return found


def summary(reached: Reached) -> list[str]:
    """How many pairs answered and how fast; which did not."""
    outcome, names = reached.outcome, reached.names
    rtts = outcome.rtts.values()
    line = f"{len(rtts)} of {len(outcome.asked)} pairs answered"
    if rtts:
        low, mean, high = (1000 * value for value in (min(rtts), sum(rtts) / len(rtts), max(rtts)))
        line += f"  rtt min/avg/max {low:.3f}/{mean:.3f}/{high:.3f} ms"
    silent = [pair for pair in outcome.lost if pair not in outcome.refused]
    lines = [line]
    if silent:
        lines.append(f"no answer: {_listed([f'{names[one]} → {names[other]}' for one, other in silent])}")
    by_reason: dict[str, list[str]] = {}
    for (one, other), error in sorted(outcome.refused.items()):
        by_reason.setdefault(error.strerror or str(error), []).append(f"{names[one]} → {names[other]}")
    lines += [f"{reason}: {_listed(found)}" for reason, found in by_reason.items()]
    return lines


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _FEW} more" if len(words) > _FEW else ""
    return ", ".join(words[:_FEW]) + more


def matrix(reached: Reached, width: int | None) -> list[str]:
    """A row for each source, a column for each target: round trips in ms, or a bar for each where that is too wide."""
    wide = max(5, *(len(name) for name in reached.names))
    count = len(reached.names)
    if width is not None and (wide + 1) * (count + 1) > width:
        return _bars(reached, wide)
    lines = [" ".join(name.rjust(wide) for name in ("", *reached.names))]
    for one, name in enumerate(reached.names):
        cells = (_cell(reached.outcome, one, other) for other in range(count))
        lines.append(" ".join(cell.rjust(wide) for cell in (name, *cells)))
    return lines


def _cell(outcome: Outcome, one: int, other: int) -> str:
    rtt = outcome.rtts.get((one, other))
    return "-" if one == other else "lost" if rtt is None else f"{rtt * 1000:.3f}"


def _bars(reached: Reached, wide: int) -> list[str]:
    rtts = reached.outcome.rtts
    top = max(rtts.values(), default=0.0)
    lines = []
    for one, name in enumerate(reached.names):
        cells = ("·" if one == other else _bar(rtts.get((one, other)), top) for other in range(len(reached.names)))
        lines.append(f"{name.rjust(wide)} {''.join(cells)}")
    return [*lines, f"{' ' * wide} {_BARS[0]} fast … {_BARS[-1]} {top * 1000:.3f} ms, x lost"]


def _bar(rtt: float | None, top: float) -> str:
    if rtt is None:
        return "x"
    return _BARS[min(int(rtt / top * len(_BARS)), len(_BARS) - 1)] if top else _BARS[0]
