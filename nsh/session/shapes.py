# SPDX-License-Identifier: MIT
"""Delay, loss and rate of devices in places: put there, listed, taken away."""

from __future__ import annotations

from nsh.errors import SessionError
from nsh.net import shaping, state
from nsh.session import nets
from nsh.session.added import QUEUE
from nsh.session.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nsh.session.nets import Endpoint, Net
    from nsh.session.session import Session

_UNITS = ((10**9, "gbit"), (10**6, "mbit"), (10**3, "kbit"))


def put(session: Session, endpoint: Endpoint, words: Sequence[str]) -> None:
    """Shape what a device sends. Raises UsageError, SessionError, Refused, NotSupported; then it is as before."""
    shape = shaping.read(words)
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        found = shaping.queues(device.sock, device.index)
        root = next((one for one in found if one.is_root), None)
        if root is not None and not root.is_default and root.kind not in shaping.KINDS:
            raise SessionError(
                f"{device} sends through a queue that is not nsh's: {root.kind}",
                f"`!tc qdisc del dev {device.link.name} root` in that place removes it",
            )
        taken = {one.handle for one in found}
        if session.guard.added.concerns(device.there.net):
            _promise(session, device.link.name, root is None or root.is_default, str(device))
        shaping.put(device.sock, device.index, shape, str(device), taken)


def _promise(session: Session, name: str, is_default: bool, shown: str) -> None:
    """On the machine's own network: say in the ledger that the queue goes with us."""
    added = session.guard.added
    if not is_default and not added.has(QUEUE, name):
        raise SessionError(f"{shown} has a queue that nsh did not put there, and could not put back")
    if not added.has(QUEUE, name):
        added.begin(QUEUE, name)


def remove(session: Session, endpoint: Endpoint) -> None:
    """Send as the kernel does by itself. Raises SessionError, Refused."""
    with Reach(session) as reach:
        device = reach.own_device(endpoint)
        found = shaping.queues(device.sock, device.index)
        if not any(one.is_root and one.kind in shaping.KINDS for one in found):
            raise SessionError(f"{device} has no delay, loss or rate", "`netem ls` lists the devices that have")
        shaping.clear(device.sock, device.index, str(device))


def rows(session: Session, ref: str | None) -> list[dict[str, object]]:
    """A flat object for each device that is shaped, in one place or in all. Raises SessionError, Refused."""
    found = []
    for net in all_nets(session) if ref is None else [nets.find(session, ref)]:
        with nets.Closing(net.route_socket()) as sock:
            queues = shaping.queues(sock)
            names = {link.index: link.name for link in state.links(sock)} if queues else {}
        for index, name in names.items():
            shape = shaping.shape_of([one for one in queues if one.index == index])
            if shape is not None:
                found.append({"device": f"{net.name}:{name}", **shape.as_json()})
    return found


def all_nets(session: Session) -> Iterator[Net]:
    """The network namespaces of host and of each place that owns one."""
    seen = set()
    for name in ("host", *(place.name for place in session.places.values() if "net" in place.types)):
        net = nets.find(session, name)
        if net.inode not in seen:
            seen.add(net.inode)
            yield net


def rate_text(value: object) -> str:
    """Bits a second as tc(8) writes them: 10mbit."""
    number = value if isinstance(value, int) else 0
    for size, unit in _UNITS:
        if number >= size and number % (size // 1000) == 0:
            return f"{number / size:g}{unit}"
    return f"{number}bit"
