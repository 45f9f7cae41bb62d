# SPDX-License-Identifier: MIT
"""The YAML of labs (docs/labs.md): read into a plan, every mistake with its line and column; and written."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.net.labnodes import Nodes, is_null, quoted
from nsh.net.labplan import ALSO, Host, LabPlan, Switch
from nsh.printable import excerpt
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.net.labnodes import Node
    from nsh.net.labplan import Link, Route

LARGEST = 4 << 20  # bytes


def read(text: str, filename: str, prefix: str = "") -> tuple[LabPlan, str | None]:
    """The plan that a text describes, and the name it gives the lab. UsageError with FILE:LINE:COLUMN."""
    return read_node(Nodes(filename).compose(text), filename, prefix)


def read_node(root: Node, filename: str, prefix: str = "") -> tuple[LabPlan, str | None]:
    """The same, of what is composed already."""
    return _Reader(filename, prefix).plan(root)


class _Reader(Nodes):
    """Reads one file; `filename` and the marks of the nodes are for the messages."""

    def __init__(self, filename: str, prefix: str) -> None:
        super().__init__(filename)
        self._prefix = prefix
        self._plan = LabPlan("file")
        self._addressed: dict[tuple[str, str], Node] = {}  # (host, device): where that stands

    # The whole.

    def plan(self, root: Node) -> tuple[LabPlan, str | None]:
        """The plan in a document, and the name it has."""
        if root is None:
            raise UsageError(f"{self.filename}: there is nothing in it", "docs/labs.md says what may be")
        top = self.entries(root, ("name", "network", "hosts", "switches", "links"), "a lab")
        name = self.name(top["name"]) if "name" in top else None
        if "network" in top:
            self._plan.network = self.network(top["network"])
        for key, read in (("hosts", self._host), ("switches", self._switch)):
            if key in top:
                self._named(top[key], key, read)
        for node in self.items(top["links"], "links are a list") if "links" in top else ():
            self._link(node)
        for (host, device), at in self._addressed.items():
            if not self._plan.has_device(host, device):
                raise self.wrong(at.start_mark, f"{host} has no device {device}: no link ends there")
        if not self._plan.names:
            raise self.wrong(root.start_mark, "no hosts and no switches")
        self.checked(root, self._plan.address_all)
        return self._plan, name

    def _named(self, node: Node, what: str, read: Callable[[str, Node, Node], None]) -> None:
        """A mapping of names to what they have, or a list of names alone."""
        pairs: list[tuple[Node, Node]]
        if is_null(node):
            pairs = []
        elif node.id == "sequence":
            pairs = [(item, None) for item in node.value]
        else:
            pairs = self.pairs(node, f"{what} are a mapping, or a list of names")
        for key, value in pairs:
            name = self.name(key, self._prefix)
            if name in self._plan:
                raise self.wrong(key.start_mark, f"{name}: there are two of that name")
            read(name, key, value)

    # Hosts and switches.

    def _host(self, name: str, key: Node, value: Node) -> None:
        entries = self.entries(value, ("addresses", "routes", "with"), "a host")
        host = Host(name, self._types(entries["with"]) if "with" in entries else ())
        if "addresses" in entries:
            host.is_addressed = True
            for device, node in self.pairs(entries["addresses"], "addresses are a mapping, DEVICE: ADDRESS/PREFIX"):
                word = self.device(device)
                self._addressed[name, word] = device
                host.addresses[word] = [self.address(one) for one in self.one_or_more(node)]
        if "routes" in entries:
            pairs = self.pairs(entries["routes"], "routes are a mapping, default or NETWORK: GATEWAY")
            host.routes = [self.route(to, by) for to, by in pairs]
        self.checked(key, lambda: self._plan.add_host(host))

    def _switch(self, name: str, key: Node, value: Node) -> None:
        entries = self.entries(value, ("stp",), "a switch")
        stp = "stp" in entries and self.yes_or_no(entries["stp"])
        self.checked(key, lambda: self._plan.add_switch(Switch(name, stp=stp)))

    # Links.

    def _link(self, node: Node) -> None:
        """`[h1, s1:p1]`, or a mapping with `ends`, `mtu`, `up`."""
        entries = (
            {"ends": node} if node.id == "sequence" else self.entries(node, ("ends", "mtu", "up", "macs"), "a link")
        )
        if "ends" not in entries:
            raise self.wrong(node.start_mark, "a link needs its ends", "[h1, s1], or [h1:eth0, h2:eth0]")
        ends = self.items(entries["ends"], "the ends of a link are a list of two")
        if len(ends) != 2:
            raise self.wrong(entries["ends"].start_mark, f"a link has two ends, not {len(ends)}", "[h1, s1]")
        (one, first), (other, second) = (self._end(end) for end in ends)
        mtu = self.mtu(entries["mtu"]) if "mtu" in entries else None
        up = "up" not in entries or self.yes_or_no(entries["up"])
        macs = self._macs(entries["macs"]) if "macs" in entries else (None, None)
        self.checked(node, lambda: self._plan.connect(one, other, devices=(first, second), mtu=mtu, up=up, macs=macs))

    def _macs(self, node: Node) -> tuple[bytes | None, bytes | None]:
        """Of both ends, in their order; `~` for one that may be any."""
        found = self.items(node, "macs are a list of two, in the order of the ends")
        if len(found) != 2:
            raise self.wrong(node.start_mark, f"a link has two ends, not {len(found)}", "[02:00:00:00:00:01, ~]")
        one, other = (None if is_null(item) else self.hardware(item) for item in found)
        return one, other

    def _end(self, node: Node) -> tuple[str, str | None]:
        text = self.text(node, "an end of a link, as h1 or h1:eth0")
        plain, colon, device = text.partition(":")
        name = self._prefix + plain
        if name not in self._plan:
            hint = did_you_mean(name, self._plan.names) or "hosts and switches are listed above the links"
            raise self.wrong(node.start_mark, f"{excerpt(plain)}: there is no such host or switch", hint)
        return name, self.device(node, device) if colon else None

    # Words.

    def _types(self, node: Node) -> tuple[str, ...]:
        words = [self.text(item, "a type") for item in self.one_or_more(node)]
        for word, item in zip(words, self.one_or_more(node), strict=True):
            if word not in ALSO:
                hint = did_you_mean(word, ALSO) or f"one of: {', '.join(ALSO)}"
                raise self.wrong(item.start_mark, f"{excerpt(word)}: no type that a host can have too", hint)
        return tuple(kind for kind in ALSO if kind in words)


# Writing.


def write(plan: LabPlan, name: str) -> str:
    """A lab as YAML, which `read` reads."""
    base, prefix = plan.network
    lines = [f"name: {quoted(name)}", f"network: {base}/{prefix}", "hosts:" if plan.hosts else "hosts: {}"]
    lines += [f"  {quoted(host.name)}: {_host_text(host)}" for host in plan.hosts.values()]
    lines.append("switches:" if plan.switches else "switches: {}")
    lines += [f"  {quoted(one.name)}: {'{stp: true}' if one.stp else '{}'}" for one in plan.switches.values()]
    lines.append("links:" if plan.links else "links: []")
    lines += [f"  - {_link_text(link)}" for link in plan.links]
    return "\n".join(lines) + "\n"


def _host_text(host: Host) -> str:
    devices = (
        f"{quoted(device)}: [{', '.join(map(quoted, map(str, found)))}]" for device, found in host.addresses.items()
    )
    parts = [f"addresses: {{{', '.join(devices)}}}"]
    if host.routes:
        routes = (f"{quoted(_to_text(route))}: {quoted(route.gateway.ip)}" for route in host.routes)
        parts.append(f"routes: {{{', '.join(routes)}}}")
    if host.also:
        parts.append(f"with: [{', '.join(host.also)}]")
    return f"{{{', '.join(parts)}}}"


def _to_text(route: Route) -> str:
    return str(route.destination) if route.destination.prefix else "default"


def _link_text(link: Link) -> str:
    ends = f"[{', '.join(quoted(':'.join(end)) for end in link.ends)}]"
    if link.up and link.mtu is None and link.macs == (None, None):
        return ends
    mtu = "" if link.mtu is None else f", mtu: {link.mtu}"
    macs = ", ".join("~" if mac is None else quoted(mac.hex(":")) for mac in link.macs)
    chosen = "" if link.macs == (None, None) else f", macs: [{macs}]"
    return f"{{ends: {ends}{mtu}{'' if link.up else ', up: false'}{chosen}}}"
