# SPDX-License-Identifier: MIT
"""Devices that are there: moved, renamed, set, joined to bridges, removed, by the endpoints that the user typed."""

from __future__ import annotations

import errno

from nsh.errors import Refused, SessionError, UsageError
from nsh.net import changes
from nsh.session import arrivals
from nsh.session.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.session.nets import Endpoint
    from nsh.session.newlinks import Wishes
    from nsh.session.reach import Device, There
    from nsh.session.session import Session


def move(session: Session, moved: Endpoint, place: str, name: str | None) -> None:
    """Put a device into another place, perhaps under another name. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        device, there = reach.own_device(moved), reach.at(place)
        chosen = name if name is not None else moved.device
        if device.there.net == there.net and name is None:
            raise SessionError(f"{device} is in {place} already", "`link rename` gives it another name")
        if name is None:
            arrivals.begin(session, there)
        else:  # Linux moves first and then renames: refused in the second, the device would be there by its old name
            arrivals.prepare(session, there, name)
        shown = f"{device}, to {there.label(chosen)}"

        def send(sender: There) -> None:
            with arrivals.OpenNets() as fds:
                attributes = fds.of(there, device.there)
                if name is not None:
                    attributes.append(("IFLA_IFNAME", name))
                changes.adjust(sender.sock, device.index, attributes, shown)

        try:
            arrivals.with_all_rights(device.there, send)
        except Refused as refusal:
            if refusal.errno == errno.EEXIST:
                refusal.hint = (
                    f"{there.label(chosen)} is there: `link move {device} {place} NAME` gives it another name"
                )
            raise
        arrivals.claim(session, there, chosen)


def rename(session: Session, endpoint: Endpoint, name: str) -> None:
    """Give a device another name. Raises NameTaken, NoSuchName, Refused."""
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        if name == endpoint.device:
            raise SessionError(f"{device} is its name already", f"link rename {device} NAME")
        try:
            changes.adjust(device.sock, device.index, [("IFLA_IFNAME", name)], f"{device}, name {name}")
        except Refused as refusal:
            if refusal.errno == errno.EEXIST:
                refusal.hint = arrivals.instead(device.there, name)
            raise


def adjust(session: Session, endpoint: Endpoint, wishes: Wishes) -> None:
    """Change MTU or hardware address. Raises NoSuchName, Refused, UsageError."""
    attributes = wishes.attributes()
    if not attributes:
        raise UsageError("nothing to set", "--mtu BYTES, --mac ADDRESS")
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        changes.adjust(device.sock, device.index, attributes, str(device))


def _all_or_none(devices: Sequence[Device], do: Callable[[Device], None], undo: Callable[[Device], None]) -> None:
    """Change some devices; when one cannot be, the others are put back."""
    done = []
    try:
        for device in devices:
            do(device)
            done.append(device)
    except Refused:
        for device in reversed(done):
            undo(device)
        raise


def set_up(session: Session, endpoints: Sequence[Endpoint], *, up: bool) -> None:
    """Set devices up or down; all, or none. Raises NoSuchName, Refused."""
    with Reach(session) as reach:
        _all_or_none(
            [reach.own_device(endpoint) for endpoint in endpoints],
            lambda device: changes.set_up(device.sock, device.index, str(device), up=up),
            lambda device: changes.set_up(device.sock, device.index, str(device), up=device.link.is_up),
        )


def remove(session: Session, endpoints: Sequence[Endpoint]) -> None:
    """Delete devices; first all are looked up. Raises NoSuchName, Refused."""
    with Reach(session) as reach:
        for device in [reach.own_device(endpoint) for endpoint in endpoints]:
            try:
                changes.remove(device.sock, device.index, str(device))
            except Refused as refusal:
                if refusal.errno != errno.ENODEV:  # it went with the other end of its veth, which was named too
                    raise


def attach(session: Session, bridge: Endpoint, ports: Sequence[Endpoint]) -> None:
    """Make devices ports of a bridge; first all are looked at. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        master = reach.own_device(bridge)
        if master.link.kind != "bridge":
            raise SessionError(
                f"{master} is no bridge: {master.link.kind or 'a device'}",
                "`link ls` shows the kind of each; `bridge add BRIDGE` makes one",
            )
        devices = [reach.own_device(port) for port in ports]
        for device in devices:
            _require_beside(device, master)
        _all_or_none(
            devices,
            lambda device: _set_master(device, master.index, f"master {master}"),
            lambda device: _set_master(device, device.link.master or 0, "as before"),
        )


def _set_master(device: Device, master: int, shown: str) -> None:
    changes.adjust(device.sock, device.index, [("IFLA_MASTER", master)], f"{device}, {shown}")


def _require_beside(device: Device, master: Device) -> None:
    if device.there.net != master.there.net:
        place = master.there.ref or "."
        raise SessionError(
            f"{device} and {master} are in two namespaces: a bridge and its ports are in one",
            f"link move {device} {place}",
        )
    if device.link.name == "lo":
        raise SessionError(f"{device}: lo cannot be a port of a bridge", "a port is one end of a veth, as a rule")


def detach(session: Session, ports: Sequence[Endpoint]) -> None:
    """Take devices out of their bridge; first all are looked at. Raises NoSuchName, Refused, SessionError."""
    with Reach(session) as reach:
        devices = [reach.own_device(port) for port in ports]
        loose = next((device for device in devices if device.link.master is None), None)
        if loose is not None:
            raise SessionError(f"{loose} is no port of a bridge", "`link ls` shows the bridge of each")
        for device in devices:
            _set_master(device, 0, "no master")
