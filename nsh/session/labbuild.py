# SPDX-License-Identifier: MIT
"""Building a lab: namespaces, then bridges, then links, then what each host has; all of it or nothing.

Each namespace has a netlink socket of its own, made inside and kept, so that
no process has to enter it again; a veth is one message, whose ends are put
where they belong, with indexes that were chosen, so that nobody has to ask.
"""

from __future__ import annotations

import _socket
import os
import select
import time

from nsh import nstypes
from nsh.helper import channel
from nsh.kernel.mountflags import MNT_DETACH, MS_BIND, MS_NODEV, MS_NOSUID
from nsh.net import labplan, messages, state
from nsh.ops import Clone, Mount, Op, Quiet, SetNs
from nsh.session import makers, moves, plans
from nsh.session.places import Place
from nsh.session.plans import Wishes
from nsh.session.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.helper.client import Peer
    from nsh.net.labplan import Address, Host, LabPlan, Link
    from nsh.net.messages import Request
    from nsh.session.session import Session

ROUTING = "routing"
"""The name of the NETLINK_ROUTE socket among a place's."""
_CARRIER_SECONDS = 2.0
_CARRIER_PAUSE = 0.005
_HOSTS_ABOVE = "127.0.0.1 localhost\n::1 localhost\n"


class Builder:
    """The work on one lab; `places` are those made so far, among the session's names only when all is done."""

    def __init__(self, session: Session, plan: LabPlan, title: str) -> None:
        self.session = session
        self.plan = plan
        self.places: dict[str, Place] = {}
        self.is_owned = False  # by a user namespace that was made for it
        self.owner = -1
        self._progress = Progress(title, 2 * len(plan.hosts) + 2 * len(plan.switches) + len(plan.links))
        self._opened: dict[str, int] = {}
        self._macs: dict[tuple[str, str], bytes] = {}
        self._indexes: dict[tuple[str, str], int] = {}
        self._next_index: dict[str, int] = {}
        self._makers: list[Peer] = []
        self._loose: list[list[int]] = []  # files of namespaces that are not in a place yet
        self._salt = os.urandom(2)

    def build(self) -> None:
        """Do all of it. Raises Refused, HelperLost, KeyboardInterrupt; then nothing of it is left."""
        try:
            self.owner = makers.owner_if_needed(self.session)
            self.is_owned = self.owner >= 0
            self._make_namespaces()
            self._make_bridges()
            self._make_links()
            self._furnish_hosts()
            self._await_links()
            self.session.interrupts.check()
        except BaseException:
            for place in self.places.values():
                place.close()
            for files in self._loose:
                channel.close_all(files)
            raise
        finally:
            self._progress.end()
            makers.dismiss(self._makers)
            for fd in self._opened.values():
                os.close(fd)
            if self.owner >= 0:
                os.close(self.owner)

    def _step(self) -> None:
        self._progress.step()
        self.session.interrupts.check()

    # Namespaces.

    def _make_namespaces(self) -> None:
        hosts = self.plan.hosts
        names = [*self.plan.switches, *(name for name, host in hosts.items() if not host.also)]
        found = makers.open_namespaces(
            self.session, ("net",), len(names), self._makers, owner=self.owner, routing=True, quiet=True
        )
        left = iter(names)
        for some in found:
            self._loose = some[::-1]
            while self._loose:
                self._keep(next(left), *self._loose.pop())
            self._progress.step(len(some))
        for host in hosts.values():
            if host.also:
                self._make_holder(host)
                self._step()

    def _keep(self, name: str, fd: int, sock: int) -> None:
        """A namespace that only files keep; where somebody else's user namespace owns it, that is of the place too."""
        if self.owner >= 0:
            place = moves.kept_open(self.session, ("net", "user"), name, [fd, os.dup(self.owner)])
        else:
            place = moves.kept_open(self.session, ("net",), name, [fd])
        self._enrol(place, sock)

    def _make_holder(self, host: Host) -> None:
        """A host that is in more than a network namespace of its own: a holder keeps it."""
        types = tuple(kind for kind in nstypes.NAMES if kind == "net" or kind in host.also)
        wishes = Wishes(hostname=host.name if "uts" in types else None)
        plan = [*plans.new_holder(types, wishes), Quiet()]
        if "mnt" in types:
            plan += self._hosts_file()
        if self.owner >= 0:
            plan = [Clone(), SetNs(1, nstypes.BY_NAME["user"].flag, "the owner"), *plan]
        place = moves.holder(self.session, types, host.name, wishes, plan, () if self.owner < 0 else (self.owner,))
        self.places[host.name] = place
        assert place.peer is not None, "a holder has one"
        if self.owner >= 0:
            place.types = tuple(kind for kind in nstypes.NAMES if kind in ("user", *types))
        reply = place.peer.request("socket", _socket.AF_NETLINK, _socket.SOCK_DGRAM, 0)
        self._opened[host.name] = os.open(f"/proc/{place.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._enrol(place, reply.fd(place.peer.title))

    def _hosts_file(self) -> list[Op]:
        """The calls that put a file with the names of all hosts over /etc/hosts, where there is one."""
        if self.session.seat.peer.request("read", "/etc/hosts").errno:
            return []
        lines = [
            f"{address.ip} {host.name}\n"
            for host in self.plan.hosts.values()
            for addresses in host.addresses.values()
            for address in addresses
        ]
        return [
            Mount("hosts", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV),
            Op("create", "/tmp/hosts", _HOSTS_ABOVE + "".join(lines)),
            Mount("/tmp/hosts", "/etc/hosts", None, MS_BIND),
            Op("umount2", "/tmp", MNT_DETACH),
        ]

    def _enrol(self, place: Place, sock: int) -> None:
        place.sockets[ROUTING] = _socket.socket(fileno=sock)
        messages.prepare(place.sockets[ROUTING])
        self.places[place.name] = place

    def _fd(self, name: str) -> int:
        return self._opened[name] if name in self._opened else self.places[name].fds["net"]

    # Devices.

    def _send(self, name: str, requests: list[Request]) -> None:
        messages.send(self.places[name].sockets[ROUTING], requests, f"{name}: ")

    def _make_bridges(self) -> None:
        first = self._first_index()
        for number, (name, switch) in enumerate(self.plan.switches.items()):
            self._send(name, [messages.bridge(labplan.BRIDGE, first, self._mac(2, number), stp=switch.stp)])
            self._indexes[name, labplan.BRIDGE] = first
            self._next_index[name] = first + 1
            self._step()
        for name in self.plan.hosts:
            self._next_index[name] = first

    def _first_index(self) -> int:
        """The first index that is free in a new namespace: 2, or more where the kernel puts tunnels into each."""
        for place in self.places.values():
            return max(link.index for link in state.links(place.sockets[ROUTING])) + 1
        return 2

    def _mac(self, kind: int, number: int) -> bytes:
        """A hardware address that is nobody's: of this lab, by its number (IEEE 802, locally administered)."""
        return bytes((kind << 4 | 2,)) + b"\x4e" + self._salt + number.to_bytes(2, "big")

    def _make_links(self) -> None:
        ports: dict[str, list[Request]] = {}
        for number, link in enumerate(self.plan.links):
            near, far = (self._end(end, mac) for end, mac in zip(link.ends, self._chosen(link, number), strict=True))
            name, other = link.near[0], link.far[0]
            near.fd = None  # it is where the message is sent
            near.up = link.up
            near.master = self._indexes.get((name, labplan.BRIDGE))
            self._send(name, [messages.veth(near, far, link.mtu)])
            bridge = self._indexes.get((other, labplan.BRIDGE))
            if bridge is not None:
                ports.setdefault(other, []).append(messages.port(far.index, bridge, is_up=link.up))
            self._step()
        for name, requests in ports.items():
            self._send(name, requests)

    def _chosen(self, link: Link, number: int) -> list[bytes | None]:
        """The hardware address of each end: those of hosts are known before, those of switches need not be."""
        found: list[bytes | None] = []
        for at, (end, mac) in enumerate(zip(link.ends, link.macs, strict=True)):
            if end[0] in self.plan.hosts:
                mac = self._macs[end] = mac or self._mac(0, 2 * number + at)
            found.append(mac)
        return found

    def _end(self, end: tuple[str, str], mac: bytes | None) -> messages.End:
        name, device = end
        index = self._indexes[end] = self._next_index[name]
        self._next_index[name] += 1
        return messages.End(device, self._fd(name), index, mac)

    # What each host has.

    def _furnish_hosts(self) -> None:
        acquainted = self._acquaintances()
        down = {end for link in self.plan.links if not link.up for end in link.ends}
        devices: dict[str, list[int]] = {name: [] for name in self.plan.hosts}
        for (name, device), index in self._indexes.items():
            if name in devices and (name, device) not in down:
                devices[name].append(index)
        for name, host in self.plan.hosts.items():
            requests = [messages.up(1), *(messages.up(index) for index in devices[name])]
            requests += acquainted.get(name, ())
            requests += self._addresses(host)
            requests += [_route(route) for route in host.routes]
            self._send(name, requests)
            self._step()

    def _await_links(self) -> None:
        """See that what was set up before its other end passes packets on: else the first ones would be lost."""
        waiting: dict[str, list[int]] = {}
        for link in self.plan.links:
            for end in link.ends if link.up else ():
                if end == link.near or end[0] in self.plan.switches:
                    waiting.setdefault(end[0], []).append(self._indexes[end])
        deadline = time.monotonic() + _CARRIER_SECONDS
        while waiting:
            found = {name: self._asleep(name, indexes) for name, indexes in waiting.items()}
            waiting = {name: indexes for name, indexes in found.items() if indexes}
            if waiting and time.monotonic() > deadline:
                return
            if waiting:
                select.select([], [], [], _CARRIER_PAUSE)
                self.session.interrupts.check()

    def _asleep(self, name: str, indexes: list[int]) -> list[int]:
        return messages.asleep(self.places[name].sockets[ROUTING], indexes, f"{name}: ")

    def _addresses(self, host: Host) -> list[Request]:
        return [
            messages.address(self._indexes.get((host.name, device), 1), address.packed, address.prefix)
            for device, addresses in host.addresses.items()
            for address in addresses
        ]

    def _acquaintances(self) -> dict[str, list[Request]]:
        """Permanent neighbours of each host: all that it reaches without a router, where those are not too many.

        The table of those that are found by ARP is one for all namespaces, and
        overflows in silence: net.ipv4.neigh.default.gc_thresh3, 1024 as a rule.
        """
        groups = self.plan.acquainted()
        if labplan.neighbour_count(groups) > labplan.MOST_NEIGHBOURS:
            return {}
        found: dict[str, list[Request]] = {}
        for group in groups:
            known = [(address.packed, self._macs[name, device]) for name, device, address in group]
            entries: dict[int, list[bytes]] = {}  # by the index of the device: as a rule it is the same in all hosts
            for at, (name, device, _) in enumerate(group):
                index = self._indexes[name, device]
                if index not in entries:
                    entries[index] = messages.neighbours(index, known)
                others = b"".join(entries[index][:at] + entries[index][at + 1 :])
                found.setdefault(name, []).append(messages.block(others, "RTM_NEWNEIGH(permanent)"))
        return found


def _route(route: labplan.Route) -> Request:
    to: Address = route.destination
    return messages.route(to.packed, to.prefix, route.gateway.packed)
