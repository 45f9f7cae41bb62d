# SPDX-License-Identifier: MIT
"""Commands about network objects as lines of ip(8), for who has no nsh."""

from __future__ import annotations

from nsh.errors import NshError
from nsh.session.nets import Endpoint
from nsh.tongues.acts import Pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Arguments = dict[str, Any]
    Words = list[str | Endpoint]


class Line:
    """A line of ip(8): the place where it is said (None: where you are), and its words, of which some are places."""

    __slots__ = ("_words", "place")

    def __init__(self, place: str | None, *words: str | Endpoint) -> None:
        self.place = place
        self._words = words

    def words(self, variables: dict[str, str]) -> list[str | Pid]:
        """The words, a place as the pid of its holder. NshError where that is not known."""
        found: list[str | Pid] = ["ip"]
        for word in self._words:
            if isinstance(word, str):
                found.append(word)
                continue
            place = word.place or "."
            if place not in variables:
                raise NshError(f"{place} was not made by this session")
            found.append(Pid(variables[place]))
        return found


def of(words: tuple[str, ...], given: Arguments) -> list[Line]:
    """The lines for one command of nsh. NshError where there are none."""
    make = _LINES.get(" ".join(words))
    if make is None:
        raise NshError("only nsh has this command")
    lines: list[Line] = make(given)
    return lines


def _veth(given: Arguments) -> list[Line]:
    one, other = given["one"], given["other"]
    elsewhere: Words = ["netns", other] if one.place != other.place else []
    both = ["mtu", str(given["mtu"])] if given.get("mtu") is not None else []
    make = ["link", "add", one.device, *_extras(given), "type", "veth", "peer", "name", other.device, *both, *elsewhere]
    return [Line(one.place, *make), *(_up(end) for end in (one, other) if given.get("up"))]


def _bridge(given: Arguments) -> list[Line]:
    bridge = given["bridge"]
    lines = [Line(bridge.place, "link", "add", bridge.device, *_extras(given), "type", "bridge")]
    return [*lines, *([_up(bridge)] if given.get("up") else [])]


def _extras(given: Arguments) -> list[str]:
    pairs = (("mtu", given.get("mtu")), ("address", given.get("mac")))
    return [word for name, value in pairs if value is not None for word in (name, str(value))]


def _up(device: Endpoint) -> Line:
    return Line(device.place, "link", "set", device.device, "up")


def _link_add(given: Arguments) -> list[Line]:
    device, parent = given["device"], given.get("parent")
    if parent is not None and parent.place != device.place:
        raise NshError("its parent is in another place")
    under = ["link", parent.device] if parent is not None else []
    options = {"number": "id", "mode": "mode", "remote": "remote", "local": "local", "port": "dstport"}
    data = [word for key, name in options.items() if given.get(key) is not None for word in (name, _plain(given[key]))]
    if given["kind"] in ("tun", "tap"):
        lines = [Line(device.place, "tuntap", "add", "dev", device.device, "mode", given["kind"])]
    else:
        make = ["link", "add", *under, "name", device.device, *_extras(given), "type", given["kind"], *data]
        lines = [Line(device.place, *make)]
    return [*lines, *([_up(device)] if given.get("up") else [])]


def _plain(value: object) -> str:
    return str(getattr(value, "address", value))


def _set(*words: str) -> Any:
    """For each device, `ip link set DEV WORDS`."""
    return lambda given: [Line(one.place, "link", "set", one.device, *words) for one in _devices(given)]


def _devices(given: Arguments) -> list[Endpoint]:
    return list(given.get("devices") or given.get("ports") or [given["device"]])


def _move(given: Arguments) -> list[Line]:
    device, name = given["device"], given.get("name")
    target = Endpoint(given["place"], device.device)
    return [Line(device.place, "link", "set", device.device, "netns", target, *(["name", name] if name else []))]


def _attach(given: Arguments) -> list[Line]:
    bridge = given["bridge"]
    return [Line(port.place, "link", "set", port.device, "master", bridge.device) for port in given["ports"]]


def _remove(given: Arguments) -> list[Line]:
    return [Line(one.place, "link", "del", one.device) for one in _devices(given)]


def _address(verb: str) -> Any:
    def make(given: Arguments) -> list[Line]:
        device = given["device"]
        without = ["nodad"] if given.get("no_dad") else []
        return [Line(device.place, "addr", verb, str(given["address"]), "dev", device.device, *without)]

    return make


def _route_add(given: Arguments) -> list[Line]:
    by = ["dev", given["device"]] if given.get("device") else []
    metric = ["metric", str(given["metric"])] if given.get("metric") is not None else []
    to = given["destination"]
    family = ["-6"] if to is None and ":" in given["gateway_or_device"] else []
    words = [
        *family,
        "route",
        "add",
        "default" if to is None else str(to),
        given["how"],
        given["gateway_or_device"],
        *by,
        *metric,
        "proto",
        "static",
    ]
    return [Line(given.get("place"), *words)]


def _route_del(given: Arguments) -> list[Line]:
    to = given["destination"]
    pairs = (("via", given.get("gateway")), ("dev", given.get("device")), ("metric", given.get("metric")))
    more = [word for name, value in pairs if value is not None for word in (name, _plain(value))]
    return [Line(given.get("place"), "route", "del", "default" if to is None else str(to), *more)]


_LINES: dict[str, Any] = {
    "veth add": _veth,
    "bridge add": _bridge,
    "bridge attach": _attach,
    "bridge detach": _set("nomaster"),
    "link add": _link_add,
    "link up": _set("up"),
    "link down": _set("down"),
    "link move": _move,
    "link rename": lambda given: [
        Line(given["device"].place, "link", "set", given["device"].device, "name", given["name"])
    ],
    "link set": lambda given: [
        Line(given["device"].place, "link", "set", given["device"].device, *_extras(given)),
    ],
    "link rm": _remove,
    "addr add": _address("add"),
    "addr del": _address("del"),
    "route add": _route_add,
    "route del": _route_del,
}
