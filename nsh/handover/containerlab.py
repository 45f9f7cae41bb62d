# SPDX-License-Identifier: MIT
"""Labs as topologies of containerlab (FILE.clab.yml), and back: the kinds linux and bridge, links of type veth.

Links give addresses to no node of the kind linux, so each has them from `exec`
lines, which containerlab runs without a shell when all links are there. A
switch is a node that makes its bridge inside: the machine needs none.
https://containerlab.dev/manual/topo-def-file/
"""

from __future__ import annotations

import shlex

from nsh.handover import drawing, iplines
from nsh.handover.naming import Rule
from nsh.net.labnodes import Nodes, is_null, quoted
from nsh.net.labplan import DEFAULT_NETWORK, LabPlan
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.handover.iplines import Wrong
    from nsh.net.labnodes import Node
    from nsh.net.labplan import Link

ENGINE = "containerlab"
IMAGE = "ghcr.io/srl-labs/network-multitool"
"""Alpine with iproute2, ping, tcpdump: the image of containerlab's own examples that is only for testing networks."""
RULE = Rule("-._", 63)

LABEL_NAME, LABEL_TYPES, LABEL_LAB, LABEL_NETWORK = "nsh-name", "nsh-with", "nsh-lab", "nsh-network"
_UNUSED = (
    *("image", "image-pull-policy", "cmd", "entrypoint", "env", "env-files", "user", "cpu", "cpu-set", "memory"),
    *("shm-size", "ports", "dns", "mgmt-ipv4", "mgmt-ipv6", "restart-policy", "auto-remove", "startup-delay"),
)
"""What is about the container that a node is there, or about the machine around it."""
_OF_NODE = ("kind", "group", "network-mode", "labels", "exec", *_UNUSED)
_BRIDGES = ("bridge", "ovs-bridge")
_MODES = ("none", "bridge")


# Writing.


def write(plan: LabPlan, names: dict[str, str], lab: tuple[str, str], image: str, remarks: Sequence[str]) -> str:
    """A topology; `names` and `lab` (ours, theirs) say what all are called there, `remarks` become comments."""
    ends = iplines.ends_of(plan)
    lines = [*(f"# {remark}" for remark in remarks), f"name: {quoted(lab[1])}", "topology:"]
    lines += ["  defaults:", "    kind: linux", f"    image: {quoted(image)}"]
    lines.append("    network-mode: none # eth0 is the lab's; no node is on the engine's own network")
    base, prefix = plan.network
    kept = {LABEL_LAB: lab[0]} if lab[0] != lab[1] else {}
    if plan.network != DEFAULT_NETWORK:
        kept[LABEL_NETWORK] = f"{base}/{prefix}"
    lines += _label_lines(kept, 4)
    lines.append("  nodes:")
    for host in plan.hosts.values():
        kept = {LABEL_NAME: host.name} if names[host.name] != host.name else {}
        if host.also:
            kept[LABEL_TYPES] = ",".join(host.also)
        lines += _node_lines(names[host.name], kept, iplines.of_host(host, ends[host.name]))
    for switch in plan.switches.values():
        kept = {LABEL_NAME: switch.name} if names[switch.name] != switch.name else {}
        lines += _node_lines(names[switch.name], kept, iplines.of_switch(switch, ends[switch.name]))
    if plan.links:
        lines.append("  links:")
    for link in plan.links:
        lines += _link_lines(link, names)
    return "\n".join(lines) + "\n"


def _label_lines(labels: dict[str, str], indent: int) -> list[str]:
    if not labels:
        return []
    margin = " " * indent
    return [f"{margin}labels:", *(f"{margin}  {key}: {quoted(value)}" for key, value in labels.items())]


def _node_lines(name: str, labels: dict[str, str], commands: list[list[str]]) -> list[str]:
    lines = _label_lines(labels, 6)
    if commands:
        lines += ["      exec:", *(f"        - {_exec(command)}" for command in commands)]
    return [f"    {quoted(name)}:", *lines] if lines else [f"    {quoted(name)}: {{}}"]


def _exec(command: list[str]) -> str:
    """A line as containerlab splits it; plain for YAML too, as all its words are: in quotes where they are not."""
    line = shlex.join(command)
    is_plain = not any(sign in line for sign in "'\"#{}[],&*!|>%@`\\") and ": " not in f"{line} "
    return line if is_plain else quoted(line)


def _link_lines(link: Link, names: dict[str, str]) -> list[str]:
    ends = [(names[name], device) for name, device in link.ends]
    if link.macs == (None, None):
        both = ", ".join(quoted(":".join(end)) for end in ends)
        lines = [f"    - endpoints: [{both}]"]
    else:
        lines = ["    - type: veth", "      endpoints:"]
        for (name, device), mac in zip(ends, link.macs, strict=True):
            address = "" if mac is None else f", mac: {quoted(mac.hex(':'))}"
            lines.append(f"        - {{node: {quoted(name)}, interface: {quoted(device)}{address}}}")
    return lines if link.mtu is None else [*lines, f"      mtu: {link.mtu}"]


# Reading.


class Reader(Nodes):
    """Reads one topology; `remarks` says what of it means nothing here."""

    def __init__(self, filename: str, prefix: str, *, above: int = 0, left: int = 0) -> None:
        super().__init__(filename, above=above, left=left)
        self.remarks: list[str] = []
        self._prefix = prefix
        self._drawing = drawing.Drawing()
        self._groups: dict[str, dict[str, Node]] = {}
        self._defaults: dict[str, Node] = {}
        self._unused: set[str] = set()

    def plan(self, root: Node) -> tuple[LabPlan, str | None]:
        """The lab, and its name. UsageError with FILE:LINE:COLUMN."""
        top = self.entries(root, ("name", "prefix", "mgmt", "topology"), "a topology")
        if "topology" not in top:
            raise self.wrong(root.start_mark, "a topology of containerlab has a key `topology`")
        known = ("defaults", "kinds", "groups", "nodes", "links")
        parts = self.entries(top["topology"], known, "topology")
        self._inherited(parts)
        if "nodes" not in parts:
            raise self.wrong(root.start_mark, "no nodes")
        for key, value in self.pairs(parts["nodes"], "nodes are a mapping"):
            self._node(key, value)
        for node in self.items(parts["links"], "links are a list") if "links" in parts else ():
            self._link(node)
        if not self._drawing.nodes:
            raise self.wrong(parts["nodes"].start_mark, "no nodes")
        self.remarks += drawing.unused(self._unused)
        return self._drawing.plan(), self._lab_name(top)

    def _lab_name(self, top: dict[str, Node]) -> str | None:
        labels = self._labels(self._defaults)
        found = labels.get(LABEL_LAB, top.get("name"))
        return None if found is None else drawing.title(self.text(found, "a name"), self.remarks)

    def _inherited(self, parts: dict[str, Node]) -> None:
        """What all nodes have, or those of a group."""
        if "defaults" in parts:
            self._defaults = self._settings(parts["defaults"])
            network = self._labels(self._defaults).get(LABEL_NETWORK)
            if network is not None:
                self._drawing.network = self.network(network)
        if "groups" in parts:
            for key, value in self.pairs(parts["groups"], "groups are a mapping"):
                self._groups[self.text(key, "a name")] = self._settings(value)
        if "kinds" in parts:
            for key, value in self.pairs(parts["kinds"], "kinds are a mapping"):
                self._known_kind(key)
                self._settings(value)

    def _settings(self, node: Node) -> dict[str, Node]:
        """The settings of a group or of all nodes: lines to run are only read at the node that runs them."""
        found = self.entries(node, [word for word in _OF_NODE if word != "exec"], "what several nodes have")
        self._unused.update(set(found).intersection(_UNUSED))
        if "network-mode" in found:
            self._mode(found["network-mode"])
        return found

    def _mode(self, node: Node) -> None:
        word = self.text(node, "none")
        if word not in _MODES:
            raise self.wrong(node.start_mark, f"network-mode: {excerpt(word)}: each host of a lab has its own network")

    def _labels(self, entries: dict[str, Node]) -> dict[str, Node]:
        """Our own labels of a node; what others say is nothing that a lab has."""
        if "labels" not in entries or is_null(entries["labels"]):
            return {}
        return {str(key.value): value for key, value in self.pairs(entries["labels"], "labels are a mapping")}

    # Nodes.

    def _node(self, key: Node, value: Node) -> None:
        label = self.text(key, "a name")
        entries = self.entries(value, _OF_NODE, "a node that nsh reads")
        self._unused.update(set(entries).intersection(_UNUSED))
        if "network-mode" in entries:
            self._mode(entries["network-mode"])
        labels = self._labels(entries)
        name = self.name(labels.get(LABEL_NAME, key), self._prefix)
        node = drawing.Node(name, self._wrong_at(key), is_switch=self._is_bridge(key, entries))
        if LABEL_TYPES in labels:
            words = self.text(labels[LABEL_TYPES], "a list of types")
            node.also = self.checked(labels[LABEL_TYPES], lambda: drawing.also_of(words))
        if "exec" in entries:
            if node.is_switch:
                raise self.wrong(entries["exec"].start_mark, "a bridge runs nothing")
            for line in self.items(entries["exec"], "exec is a list of lines"):
                node.furniture.take(self._split(line), self._wrong_at(line))
        self._drawing.add(label, node)

    def _is_bridge(self, key: Node, entries: dict[str, Node]) -> bool:
        """Which kind a node is of: its own, its group's, or everybody's."""
        group = self._groups.get(str(entries["group"].value), {}) if "group" in entries else {}
        for settings in (entries, group, self._defaults):
            if "kind" in settings:
                return self._known_kind(settings["kind"]) in _BRIDGES
        raise self.wrong(key.start_mark, f"{excerpt(str(key.value))}: of no kind", "kind: linux")

    def _known_kind(self, node: Node) -> str:
        word = self.text(node, "a kind")
        if word != "linux" and word not in _BRIDGES:
            raise self.wrong(
                node.start_mark, f"{excerpt(word)}: a kind that nsh has not", f"linux, {', '.join(_BRIDGES)}"
            )
        return word

    def _split(self, node: Node) -> list[str]:
        line = self.text(node, "a line to run")
        try:
            return shlex.split(line)
        except ValueError:
            raise self.wrong(node.start_mark, f"{excerpt(line)}: a quote that does not end") from None

    def _wrong_at(self, node: Node) -> Wrong:
        return lambda what, hint: self.wrong(node.start_mark, what, hint)

    # Links.

    def _link(self, node: Node) -> None:
        for key, kind in self.pairs(node, "a link is a mapping"):
            if key.value == "type" and self.text(kind, "veth") != "veth":
                raise self.wrong(kind.start_mark, f"{excerpt(kind.value)}: a type of link that nsh has not", "veth")
        entries = self.entries(node, ("type", "endpoints", "mtu", "labels", "vars"), "a link")
        if "endpoints" not in entries:
            raise self.wrong(node.start_mark, "a link needs its endpoints", '["h1:eth1", "h2:eth1"]')
        found = self.items(entries["endpoints"], "the endpoints of a link are a list of two")
        if len(found) != 2:
            raise self.wrong(entries["endpoints"].start_mark, f"a link has two ends, not {len(found)}")
        (one, first), (other, second) = (self._end(end) for end in found)
        mtu = self.mtu(entries["mtu"]) if "mtu" in entries else None
        wire = drawing.Wire([one, other], self._wrong_at(node), mtu=mtu, macs=(first, second))
        self._drawing.wires.append(wire)

    def _end(self, node: Node) -> tuple[tuple[str, str], bytes | None]:
        """`h1:eth1`, or a mapping of `node`, `interface`, `mac`."""
        if node.id == "scalar":
            label, colon, device = self.text(node, "NODE:DEVICE").partition(":")
            if not colon:
                raise self.wrong(node.start_mark, f"{excerpt(label)}: which device?", f"{excerpt(label)}:eth1")
            return (label, self.device(node, device)), None
        entries = self.entries(node, ("node", "interface", "mac", "vars"), "an end of a link")
        for key in ("node", "interface"):
            if key not in entries:
                raise self.wrong(node.start_mark, f"an end of a link needs its {key}")
        mac = self.hardware(entries["mac"]) if "mac" in entries else None
        return (self.text(entries["node"], "a node"), self.device(entries["interface"])), mac
