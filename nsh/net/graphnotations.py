# SPDX-License-Identifier: MIT
"""A graph in the notations of others: Graphviz's DOT, Mermaid's flowcharts, JSON."""

from __future__ import annotations

from html import escape

from nsh.net.graphfold import state_of, worth_showing
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.graph import Graph, Space, Wire
    from nsh.net.state import Link


def dot(graph: Graph) -> str:
    """For Graphviz: a table for each namespace, a port for each device. `graph --dot | dot -Tpng` draws it."""
    lines = ["graph network {", "  rankdir=LR;", '  node [shape=plain, fontname="monospace"];']
    ids = _ids(graph)
    lines += [f"  {ids[space.inode]} [label=<{_dot_table(space)}>];" for space in graph.spaces]
    for number, wire in enumerate(graph.wires):
        lines += _dot_wire(number, wire, ids)
    return "\n".join([*lines, "}"])


def mermaid(graph: Graph) -> str:
    """For Mermaid: a subgraph for each namespace, a node for each device."""
    ids = _ids(graph)
    lines = ["flowchart LR"]
    for space in graph.spaces:
        lines.append(f'  subgraph {ids[space.inode]}["{_for_mermaid(space.label)}"]')
        for link in space.links:
            text = "<br/>".join(_for_mermaid(word) for word in _said(space, link))
            lines.append(f'    {ids[space.inode]}_{link.index}["{text}"]')
        lines.append("  end")
    for number, wire in enumerate(graph.wires):
        lines += _mermaid_wire(number, wire, ids)
    return "\n".join(lines)


def as_json(graph: Graph) -> dict[str, object]:
    """Three lists of flat objects: namespaces, devices, wires."""
    return {
        "namespaces": [
            {"type": "net", "inode": space.inode, "id": space.id, "name": space.name} for space in graph.spaces
        ],
        "devices": [_device(space, link) for space in graph.spaces for link in space.links],
        "wires": [
            {
                "kind": wire.kind,
                "one": str(wire.one),
                "other": None if wire.other is None else str(wire.other),
                "works": wire.works,
            }
            for wire in graph.wires
        ],
    }


def _device(space: Space, link: Link) -> dict[str, object]:
    master = space.by_index.get(link.master or 0)
    return {
        "place": space.label,
        "inode": space.inode,
        "device": link.name,
        "index": link.index,
        "kind": link.kind,
        "up": link.is_up,
        "carrier": link.carrier,
        "operstate": link.operstate,
        "mac": link.mac,
        "mtu": link.mtu,
        "master": None if master is None else master.name,
        "addresses": [address.text for address in space.addresses.get(link.index, [])],
    }


def _ids(graph: Graph) -> dict[int, str]:
    return {space.inode: f"n{number}" for number, space in enumerate(graph.spaces)}


def _said(space: Space, link: Link) -> list[str]:
    """What is said of a device, a line each."""
    kind = "" if link.kind in (None, "veth", "loopback") else f" ({link.kind})"
    return [f"{link.name}{kind} {state_of(link)[0]}", *(address.text for address in worth_showing(space, link))]


def _dot_table(space: Space) -> str:
    cells = [f"<td><b>{_for_dot(space.label)}</b></td>"]
    for link in space.links:
        text = "<br/>".join(_for_dot(word) for word in _said(space, link))
        cells.append(f'<td port="d{link.index}" align="left">{text}</td>')
    rows = "".join(f"<tr>{cell}</tr>" for cell in cells)
    return f'<table border="0" cellborder="1" cellspacing="0">{rows}</table>'


def _dot_wire(number: int, wire: Wire, ids: dict[int, str]) -> list[str]:
    """An edge; where its other end is not among the namespaces, a node that names it."""
    style = "solid" if wire.works else "dashed"
    far, extra = _far(number, wire, ids, "{}:d{}"), []
    if far == f"x{number}":
        extra = [f"  {far} [label=<{_for_dot(_elsewhere(wire))}>];"]
    near = _near(wire, ids, "{}:d{}")
    return [*extra, f"  {near} -- {far} [style={style}];"]


def _mermaid_wire(number: int, wire: Wire, ids: dict[int, str]) -> list[str]:
    far, extra = _far(number, wire, ids, "{}_{}"), []
    if far == f"x{number}":
        extra = [f'  {far}["{_for_mermaid(_elsewhere(wire))}"]']
    return [*extra, f"  {_near(wire, ids, '{}_{}')} {'---' if wire.works else '-.-'} {far}"]


def _near(wire: Wire, ids: dict[int, str], form: str) -> str:
    return form.format(ids[wire.one.space.inode], wire.one.link.index)


def _far(number: int, wire: Wire, ids: dict[int, str], form: str) -> str:
    if wire.other is None or wire.other.space.inode not in ids:
        return f"x{number}"
    return form.format(ids[wire.other.space.inode], wire.other.link.index)


def _elsewhere(wire: Wire) -> str:
    return "not seen" if wire.other is None else str(wire.other)


def _for_dot(text: str) -> str:
    """Safe within an HTML-like label."""
    return escape(printable(text))


def _for_mermaid(text: str) -> str:
    """Safe within a quoted label: all but letters, digits and a few marks by their numbers (Mermaid's entity codes)."""
    return "".join(char if char.isalnum() or char in " ._-:/,[]()@" else f"#{ord(char)};" for char in printable(text))
