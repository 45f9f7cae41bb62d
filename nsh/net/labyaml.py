# SPDX-License-Identifier: MIT
"""The YAML of labs (docs/labs.md): read into a plan, every mistake with its line and column; and written.

Anchors and aliases are refused before anything is built of them: a cycle has
no end, and nine lines can stand for a billion nodes.
"""

from __future__ import annotations

import _socket

from nsh.errors import BadWord, UsageError
from nsh.names import check_name
from nsh.net.labplan import ALSO, LONGEST_DEVICE, Address, Host, LabPlan, Route, Switch
from nsh.printable import excerpt
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    import yaml

    from nsh.net.labplan import Link

    Node = Any  # of PyYAML: its stubs know neither the id of a node nor what its value is
    Mark = Any

LARGEST = 2 << 20  # bytes
_DEEPEST = 12  # levels of lists and mappings in each other
_SHORTEST_MTU, _LONGEST_MTU = 68, 65535
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_NO_WORDS = (*_TRUE, *_FALSE, "null", "y", "n")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def read(text: str, filename: str, prefix: str = "") -> tuple[LabPlan, str | None]:
    """The plan that a text describes, and the name it gives the lab. UsageError with FILE:LINE:COLUMN."""
    import yaml

    reader = _Reader(filename, prefix)
    try:
        reader.look_through(text)
        root = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise reader.wrong(error.problem_mark, said or str(error)) from error
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        raise UsageError(f"{filename}:{line}:{column}: a character that YAML does not allow") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{filename}: {' '.join(str(error).split())}") from error
    return reader.plan(root)


def _loader() -> type[yaml.SafeLoader]:
    """libyaml's where it was built in: ten times as fast."""
    import yaml

    fast: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return fast


class _Reader:
    """Reads one file; `filename` and the marks of the nodes are for the messages."""

    def __init__(self, filename: str, prefix: str) -> None:
        self._filename = filename
        self._prefix = prefix
        self._plan = LabPlan("file")
        self._addressed: dict[tuple[str, str], Node] = {}  # (host, device): where that stands

    def wrong(self, mark: Mark, what: str, hint: str | None = None) -> UsageError:
        """The mistake at a mark."""
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        return UsageError(f"{self._filename}{place}: {what}", hint)

    def look_through(self, text: str) -> None:
        """Refuse what would not end: aliases, and nesting without a bottom. Raises UsageError, yaml.YAMLError."""
        import yaml

        depth = 0
        for event in yaml.parse(text, Loader=_loader()):
            if isinstance(event, yaml.AliasEvent):
                raise self.wrong(event.start_mark, f"*{event.anchor}: aliases are not read here", "write it out")
            tag = getattr(event, "tag", None)
            if tag is not None:
                raise self.wrong(event.start_mark, f"{excerpt(tag)}: tags are not read here", "leave it out")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEEPEST:
                raise self.wrong(event.start_mark, f"nested more than {_DEEPEST} levels deep")

    # The whole.

    def plan(self, root: Node) -> tuple[LabPlan, str | None]:
        """The plan in a document, and the name it has."""
        if root is None:
            raise UsageError(f"{self._filename}: there is nothing in it", "docs/labs.md says what may be")
        top = self._entries(root, ("name", "network", "hosts", "switches", "links"), "a lab")
        name = self._name(top["name"]) if "name" in top else None
        if "network" in top:
            self._plan.network = self._network(top["network"])
        for key, read in (("hosts", self._host), ("switches", self._switch)):
            if key in top:
                self._named(top[key], key, read)
        for node in self._list(top["links"], "links are a list") if "links" in top else ():
            self._link(node)
        for (host, device), at in self._addressed.items():
            if not self._plan.has_device(host, device):
                raise self.wrong(at.start_mark, f"{host} has no device {device}: no link ends there")
        if not self._plan.names:
            raise self.wrong(root.start_mark, "no hosts and no switches")
        self._checked(root, self._plan.address_all)
        return self._plan, name

    def _named(self, node: Node, what: str, read: Callable[[str, Node, Node], None]) -> None:
        """A mapping of names to what they have, or a list of names alone."""
        pairs: list[tuple[Node, Node]]
        if _is_null(node):
            pairs = []
        elif node.id == "sequence":
            pairs = [(item, None) for item in node.value]
        else:
            pairs = self._pairs(node, f"{what} are a mapping, or a list of names")
        for key, value in pairs:
            name = self._name(key, self._prefix)
            if name in self._plan:
                raise self.wrong(key.start_mark, f"{name}: there are two of that name")
            read(name, key, value)

    # Hosts and switches.

    def _host(self, name: str, key: Node, value: Node) -> None:
        entries = self._entries(value, ("addresses", "routes", "with"), "a host")
        host = Host(name, self._types(entries["with"]) if "with" in entries else ())
        if "addresses" in entries:
            host.is_addressed = True
            for device, node in self._pairs(entries["addresses"], "addresses are a mapping, DEVICE: ADDRESS/PREFIX"):
                word = self._device(device)
                self._addressed[name, word] = device
                host.addresses[word] = [self._address(one) for one in self._one_or_more(node)]
        if "routes" in entries:
            pairs = self._pairs(entries["routes"], "routes are a mapping, default or NETWORK: GATEWAY")
            host.routes = [self._route(to, by) for to, by in pairs]
        self._checked(key, lambda: self._plan.add_host(host))

    def _switch(self, name: str, key: Node, value: Node) -> None:
        entries = self._entries(value, ("stp",), "a switch")
        stp = "stp" in entries and self._yes_or_no(entries["stp"])
        self._checked(key, lambda: self._plan.add_switch(Switch(name, stp=stp)))

    # Links.

    def _link(self, node: Node) -> None:
        """`[h1, s1:p1]`, or a mapping with `ends`, `mtu`, `up`."""
        entries = {"ends": node} if node.id == "sequence" else self._entries(node, ("ends", "mtu", "up"), "a link")
        if "ends" not in entries:
            raise self.wrong(node.start_mark, "a link needs its ends", "[h1, s1], or [h1:eth0, h2:eth0]")
        ends = self._list(entries["ends"], "the ends of a link are a list of two")
        if len(ends) != 2:
            raise self.wrong(entries["ends"].start_mark, f"a link has two ends, not {len(ends)}", "[h1, s1]")
        (one, first), (other, second) = (self._end(end) for end in ends)
        mtu = self._number(entries["mtu"], _SHORTEST_MTU, _LONGEST_MTU) if "mtu" in entries else None
        up = "up" not in entries or self._yes_or_no(entries["up"])
        self._checked(node, lambda: self._plan.connect(one, other, devices=(first, second), mtu=mtu, up=up))

    def _end(self, node: Node) -> tuple[str, str | None]:
        text = self._text(node, "an end of a link, as h1 or h1:eth0")
        plain, colon, device = text.partition(":")
        name = self._prefix + plain
        if name not in self._plan:
            hint = did_you_mean(name, self._plan.names) or "hosts and switches are listed above the links"
            raise self.wrong(node.start_mark, f"{excerpt(plain)}: there is no such host or switch", hint)
        return name, self._device(node, device) if colon else None

    # Words.

    def _entries(self, node: Node, known: Collection[str], what: str) -> dict[str, Node]:
        """The entries of a mapping, whose keys must be known ones; nothing at all is an empty one."""
        if node is None or _is_null(node):
            return {}
        found = {}
        for key, value in self._pairs(node, f"{what} is a mapping: {', '.join(known)}"):
            word = self._text(key, "a key")
            if word not in known:
                hint = did_you_mean(word, known) or f"{what} has: {', '.join(known)}"
                raise self.wrong(key.start_mark, f"{excerpt(word)}: {what} has no such key", hint)
            found[word] = value
        return found

    def _pairs(self, node: Node, otherwise: str) -> list[tuple[Node, Node]]:
        """Keys and values of a mapping, each key once."""
        if node.id != "mapping":
            raise self.wrong(node.start_mark, otherwise)
        seen = set()
        for key, _ in node.value:
            word = self._text(key, "a key")
            if word in seen:
                raise self.wrong(key.start_mark, f"{excerpt(word)}: given twice")
            seen.add(word)
        return list(node.value)

    def _list(self, node: Node, otherwise: str) -> list[Node]:
        if _is_null(node):
            return []
        if node.id != "sequence":
            raise self.wrong(node.start_mark, otherwise)
        return list(node.value)

    def _one_or_more(self, node: Node) -> list[Node]:
        return list(node.value) if node.id == "sequence" else [node]

    def _text(self, node: Node, what: str) -> str:
        if node.id != "scalar" or not node.value:
            raise self.wrong(node.start_mark, f"here should be {what}")
        return str(node.value)

    def _name(self, node: Node, prefix: str = "") -> str:
        name = prefix + self._text(node, "a name")
        self._checked(node, lambda: check_name(name))
        return name

    def _device(self, node: Node, text: str | None = None) -> str:
        word = self._text(node, "a device") if text is None else text
        if not 0 < len(word.encode()) <= LONGEST_DEVICE or word in (".", "..") or not _WORD.issuperset(word):
            why = f"a device's name has 1 to {LONGEST_DEVICE} letters, digits and . _ -"
            raise self.wrong(node.start_mark, f"{excerpt(word) or repr(word)}: {why}")
        return word

    def _types(self, node: Node) -> tuple[str, ...]:
        words = [self._text(item, "a type") for item in self._one_or_more(node)]
        for word, item in zip(words, self._one_or_more(node), strict=True):
            if word not in ALSO:
                hint = did_you_mean(word, ALSO) or f"one of: {', '.join(ALSO)}"
                raise self.wrong(item.start_mark, f"{excerpt(word)}: no type that a host can have too", hint)
        return tuple(kind for kind in ALSO if kind in words)

    def _address(self, node: Node) -> Address:
        """`10.0.0.1/16`, `fd00::1/64`."""
        text = self._text(node, "an address")
        plain, slash, length = text.partition("/")
        packed = _packed(plain)
        if packed is None:
            raise self.wrong(node.start_mark, f"{excerpt(text)}: not an address", "for example 10.0.0.1/16")
        bits = 8 * len(packed)
        if not slash or not (length.isascii() and length.isdigit() and len(length) < 4 and int(length) <= bits):
            raise self.wrong(node.start_mark, f"{excerpt(text)}: a prefix from /0 to /{bits} belongs behind it")
        return Address(packed, int(length))

    def _network(self, node: Node) -> tuple[str, int]:
        network = self._address(node)
        if len(network.packed) != 4 or network.prefix > 30:
            raise self.wrong(node.start_mark, f"{network}: the network is an IPv4 one, of /30 at most", "10.0.0.0/16")
        return _socket.inet_ntoa(network.network[1]), network.prefix

    def _route(self, to: Node, by: Node) -> Route:
        gateway = _packed(self._text(by, "a gateway"))
        if gateway is None:
            raise self.wrong(by.start_mark, f"{excerpt(by.value)}: not an address", "for example 10.0.0.254")
        if self._text(to, "a network") == "default":
            return Route(Address(bytes(len(gateway)), 0), Address(gateway, 8 * len(gateway)))
        network = self._address(to)
        if len(network.packed) != len(gateway):
            raise self.wrong(by.start_mark, f"{excerpt(by.value)}: network and gateway are not of the same family")
        if network.network[1] != network.packed:
            raise self.wrong(to.start_mark, f"{network}: has bits set behind its prefix")
        return Route(network, Address(gateway, 8 * len(gateway)))

    def _yes_or_no(self, node: Node) -> bool:
        word = self._text(node, "true or false").lower()
        if word not in (*_TRUE, *_FALSE):
            raise self.wrong(node.start_mark, f"{excerpt(word)}: here should be true or false")
        return word in _TRUE

    def _number(self, node: Node, least: int, most: int) -> int:
        word = self._text(node, "a number")
        if not (word.isascii() and word.isdigit() and len(word) < 10 and least <= int(word) <= most):
            raise self.wrong(node.start_mark, f"{excerpt(word)}: a number from {least} to {most} should be here")
        return int(word)

    def _checked(self, node: Node, act: Callable[[], object]) -> None:
        """Do something, and say where in the file it is about when it is refused."""
        try:
            act()
        except BadWord as error:
            raise self.wrong(node.start_mark, error.message, error.hint) from error
        except UsageError as error:
            raise self.wrong(node.start_mark, error.message, error.hint) from error


def _is_null(node: Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _packed(text: str) -> bytes | None:
    try:
        return _socket.inet_pton(_socket.AF_INET6 if ":" in text else _socket.AF_INET, text)
    except (OSError, ValueError, UnicodeError):
        return None


# Writing.


def write(plan: LabPlan, name: str) -> str:
    """A lab as YAML, which `read` reads."""
    base, prefix = plan.network
    lines = [f"name: {_quoted(name)}", f"network: {base}/{prefix}", "hosts:" if plan.hosts else "hosts: {}"]
    lines += [f"  {_quoted(host.name)}: {_host_text(host)}" for host in plan.hosts.values()]
    lines.append("switches:" if plan.switches else "switches: {}")
    lines += [f"  {_quoted(one.name)}: {'{stp: true}' if one.stp else '{}'}" for one in plan.switches.values()]
    lines.append("links:" if plan.links else "links: []")
    lines += [f"  - {_link_text(link)}" for link in plan.links]
    return "\n".join(lines) + "\n"


def _host_text(host: Host) -> str:
    devices = (
        f"{_quoted(device)}: [{', '.join(map(_quoted, map(str, found)))}]" for device, found in host.addresses.items()
    )
    parts = [f"addresses: {{{', '.join(devices)}}}"]
    if host.routes:
        routes = (f"{_quoted(_to_text(route))}: {_quoted(route.gateway.ip)}" for route in host.routes)
        parts.append(f"routes: {{{', '.join(routes)}}}")
    if host.also:
        parts.append(f"with: [{', '.join(host.also)}]")
    return f"{{{', '.join(parts)}}}"


def _to_text(route: Route) -> str:
    return str(route.destination) if route.destination.prefix else "default"


def _link_text(link: Link) -> str:
    ends = f"[{', '.join(_quoted(':'.join(end)) for end in link.ends)}]"
    if link.up and link.mtu is None:
        return ends
    mtu = "" if link.mtu is None else f", mtu: {link.mtu}"
    return f"{{ends: {ends}{mtu}{'' if link.up else ', up: false'}}}"


def _quoted(text: str) -> str:
    """A word of YAML; in quotes where it would be read as something else than a text."""
    is_plain = text[:1].isascii() and text[:1].isalpha() and _WORD.issuperset(text) and text.lower() not in _NO_WORDS
    if is_plain or (text[:1].isdigit() and "/" in text and ":" not in text):
        return text
    import json

    return json.dumps(text, ensure_ascii=False)
