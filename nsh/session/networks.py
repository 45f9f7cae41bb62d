# SPDX-License-Identifier: MIT
"""The network namespaces that there are to look at: host, places, pinned names, and those of other processes."""

from __future__ import annotations

import _socket
import os

from nsh.errors import NshError
from nsh.kernel import proc
from nsh.net.graph import View
from nsh.session import discovery, inventory, makers, nets, pins
from nsh.session.labbuild import ROUTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nsh.session.places import Place
    from nsh.session.session import Session


class Views:
    """Network namespaces opened for looking; closed at the end of a `with`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: list[View] = []
        self.unseen: list[str] = []

    def __enter__(self) -> Views:
        return self

    def __exit__(self, *_error: object) -> None:
        for view in self._open:
            view.close()

    def of(self, refs: Sequence[str]) -> list[View]:
        """Those of some references, each once. Raises NoSuchName, Refused, SessionError, HelperLost."""
        found: dict[int, View] = {}
        for ref in refs:
            net = nets.find(self._session, ref)
            if net.inode not in found:
                found[net.inode] = self._view(net, self._name_of(net, ref))
        return list(found.values())

    def everywhere(self) -> list[View]:
        """Those of host, of every place and every pinned name, each once; what cannot be had is in `unseen`."""
        sockets = _sockets_of_places(self._session)
        found: dict[int, View] = {}
        try:
            for ref in dict.fromkeys(_references(self._session)):
                try:
                    net = nets.find(self._session, ref)
                    if net.inode not in found:
                        found[net.inode] = self._view(net, ref, sock=sockets.pop(net.inode, None))
                except NshError as error:  # a place that has just ended, a name that is not for us
                    self.unseen.append(f"{ref}: {error.message}")
        finally:
            for sock in sockets.values():
                sock.close()
        return list(found.values())

    def all_others(self) -> Iterator[View]:
        """All there are: for what is wired to those that were asked for."""
        yield from self.everywhere()
        yield from self.others()

    def others(self) -> Iterator[View]:
        """Those that only processes tell of, then those that only files keep, as far as this user may look."""
        known = {view.inode for view in self._open}
        for one in inventory.scan().in_order():
            if one.kind == "net" and one.inode not in known:
                known.add(one.inode)
                yield from self._strange(str(one.pid), f"pid {_best_known(one.pid, one.inode)}")
        for key in discovery.look().known:
            if key[0] == "net" and key[1] not in known:
                yield from self._strange(f"net:[{key[1]}]", f"net:[{key[1]}]")

    def _strange(self, ref: str, label: str) -> Iterator[View]:
        try:
            yield self._view(nets.find(self._session, ref), None, label)
        except NshError:
            return  # ended meanwhile, or not for us to look at

    def _name_of(self, net: nets.Net, ref: str) -> str:
        """What to call the namespace that a reference led to: a place's name rather than `.` or a pid."""
        if net.is_host:
            return "host"
        return net.place.name if net.place is not None else _place_of(self._session, net.inode) or ref

    def _view(self, net: nets.Net, name: str | None, label: str = "", sock: _socket.socket | None = None) -> View:
        sock = sock or net.route_socket()
        try:
            fd = net.open_fd()
        except BaseException:
            sock.close()
            raise
        view = View(name or label, name, net.inode, fd, sock)
        self._open.append(view)
        return view


def _best_known(pid: int, inode: int) -> int:
    """The process to call a namespace by: rather a program of somebody's than a helper of ours."""
    if not proc.command_of(pid).startswith("nsh: "):
        return pid
    members = inventory.members_of("net", inode)
    return next((one for one in members if not proc.command_of(one).startswith("nsh: ")), pid)


def _sockets_of_places(session: Session) -> dict[int, _socket.socket]:
    """{inode: a NETLINK_ROUTE socket in it} for places that no process keeps: by one maker for a hundred of them."""
    found: dict[int, _socket.socket] = {}
    missing: dict[int, list[Place]] = {}
    for place in session.places.values():
        if ROUTING in place.sockets:
            found[place.ns["net"]] = _socket.socket(fileno=os.dup(place.sockets[ROUTING].fileno()))
        elif place.how == "fds" and "net" in place.fds:
            missing.setdefault(place.whole.get("user", 0), []).append(place)
    for group in missing.values():
        owner = group[0].fds.get("user", -1)
        opened = [place.fds["net"] for place in group]
        made = makers.sockets_in(session, opened, owner, _socket.AF_NETLINK, _socket.SOCK_DGRAM, nets.NETLINK_ROUTE)
        found.update((place.ns["net"], sock) for place, sock in zip(group, made, strict=True))
    return found


def _references(session: Session) -> Iterable[str]:
    yield "host"
    for place in session.places.values():
        if "net" in place.types:
            yield place.name
    for one in pins.all_pins():
        if one.kind == "net" and one.inode is not None:
            yield one.name


def _place_of(session: Session, inode: int) -> str | None:
    return next((place.name for place in session.places.values() if place.ns.get("net") == inode), None)
