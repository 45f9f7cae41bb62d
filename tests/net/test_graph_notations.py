# SPDX-License-Identifier: MIT
"""SVG, DOT and Mermaid: each is what its reader wants, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.net.graph import End, Graph, Wire
from nsh.net.graphnotations import as_json, dot, mermaid
from nsh.net.graphscene import scene
from nsh.net.graphsvg import svg
from tests.net.made import Net
from tests.net.networks import NETWORKS

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '"]; click n0 href "javascript:alert(1)"',
    "</text><script>x</script>",
    "a&b<c>",
    "]>;]",
    "end",
    "%%{init}%%",
    "#quot;",
    "\\n",
    "é\x1b[0m\udcff",
]
NODE = r"(?:n\d+_\d+|x\d+)"
LABEL = r'"(?:[\w ._\-:/,\[\]()@\u0080-\U0010ffff]|#\d+;|<br/>)*"'
MERMAID = re.compile(
    rf"flowchart LR|  subgraph n\d+\[{LABEL}\]|(?:  )?  {NODE}\[{LABEL}\]|  end|  {NODE} (?:---|-\.-) {NODE}"
)

every_network = pytest.mark.parametrize("name", NETWORKS)


def hostile(names: list[str]) -> Graph:
    """Two namespaces and two devices by such names."""
    one, other, device, far = (names * 4)[:4]
    net = Net()
    net.space(one)
    net.space(other + "2")
    net.device(one, device, "veth", "10.0.0.1/24")
    net.device(other + "2", far)
    graph = net.graph()
    ends = [(space, space.links[-1]) for space in graph.spaces]
    graph.wires.append(Wire("veth", End(*ends[0]), End(*ends[1])))
    return graph


@every_network
def test_the_svg_is_whole_and_needs_nothing_else(name: str) -> None:
    """Well-formed XML without scripts, references or foreign elements; it knows light and dark."""
    text = svg(scene(NETWORKS[name]().graph()), "A & B")
    root = ElementTree.fromstring(text)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {"svg", "title", "style", "rect", "path", "text"}
    assert not re.search(r"href|url\(|@import|on\w+=", text)
    assert "prefers-color-scheme: dark" in text


@every_network
def test_the_svg_says_what_the_drawing_says(name: str) -> None:
    """Every name, state and address of the boxes is a text in it, and within its frame."""
    seen = scene(NETWORKS[name]().graph())
    root = ElementTree.fromstring(svg(seen, "x"))
    texts = [str(one.text) for one in root.iter(f"{SVG}text")]
    wanted = [word for box in seen.boxes for row in box.rows for word in (row.name, row.state, row.detail) if word]
    assert sorted(texts) == sorted([*wanted, *(box.title for box in seen.boxes), *(box.corner for box in seen.boxes)])
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    for one in (*root.iter(f"{SVG}text"), *root.iter(f"{SVG}rect")):
        if one.attrib.get("class") != "ground":
            assert 0 <= float(one.attrib["x"]) <= wide
            assert 0 <= float(one.attrib["y"]) <= high
    assert len(list(root.iter(f"{SVG}path"))) == len(seen.lines)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12), min_size=4, max_size=4))
def test_no_name_breaks_out(names: list[str]) -> None:
    """Names are text in all three notations, whatever stands in them."""
    names = [name.replace("\0", "") or "x" for name in names]
    graph = hostile(names)
    root = ElementTree.fromstring(svg(scene(graph), names[0]))
    assert "script" not in {one.tag.removeprefix(SVG) for one in root.iter()}
    for line in mermaid(graph).split("\n"):
        assert MERMAID.fullmatch(line), line
    for label in re.findall(r"label=<(.*)>\];", dot(graph)):
        ElementTree.fromstring(label)
    assert as_json(graph)["wires"]


@every_network
def test_mermaid_is_a_flowchart_by_rule(name: str) -> None:
    """Each line is one that the grammar knows; every node that a line joins is there; subgraphs end."""
    lines = mermaid(NETWORKS[name]().graph()).split("\n")
    assert lines[0] == "flowchart LR"
    for line in lines:
        assert MERMAID.fullmatch(line), line
    nodes = {match[1] for line in lines if (match := re.match(rf"\s+({NODE})\[", line))}
    joined = {
        end for line in lines if (match := re.fullmatch(rf"  ({NODE}) -\S+ ({NODE})", line)) for end in match.groups()
    }
    assert joined <= nodes
    assert sum(line.startswith("  subgraph") for line in lines) == lines.count("  end")


@every_network
def test_dot_joins_ports_that_are_there(name: str) -> None:
    """Each edge leads from a port to a port of the tables, which are well-formed."""
    text = dot(NETWORKS[name]().graph())
    ports = set()
    for node, label in re.findall(r"^  (n\d+) \[label=<(.*)>\];$", text, re.MULTILINE):
        ports |= {f"{node}:{cell.attrib['port']}" for cell in ElementTree.fromstring(label).iter("td") if cell.attrib}
    edges = re.findall(r"^  (\S+) -- (\S+) \[style=(?:solid|dashed)\];$", text, re.MULTILINE)
    assert len(edges) == len(NETWORKS[name]().graph().wires)
    assert {end for edge in edges for end in edge} <= ports


def test_graphviz_reads_it() -> None:
    """dot(1) takes every network, and one with hostile names, without a word."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("dot (Graphviz) is not installed")
    graphs = [network().graph() for network in NETWORKS.values()] + [hostile([name]) for name in HOSTILE]
    for graph in graphs:
        done = subprocess.run([program, "-Tsvg"], input=dot(graph).encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr.decode()) == (0, "")


def test_a_wire_to_what_is_not_drawn_names_it() -> None:
    """Limited to one namespace, all notations say where its veth leads; or that it was not seen."""
    graph = NETWORKS["pair"]().graph()
    limited = Graph(graph.spaces[:1], graph.wires)
    assert "→ netns1:veth1" in scene(limited).boxes[0].rows[0].detail
    assert "netns1:veth1" in dot(limited)
    assert "netns1:veth1" in mermaid(limited)
    unseen = Graph(graph.spaces[:1], [Wire("veth", graph.wires[0].one, None)])
    assert "→ not seen" in scene(unseen).boxes[0].rows[0].detail
    assert "not seen" in dot(unseen)
    assert "not seen" in mermaid(unseen)
