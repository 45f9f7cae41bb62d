# SPDX-License-Identifier: MIT
"""Labs as resources of clabernetes, which is containerlab on Kubernetes: a topology inside a Topology, and back.

https://containerlab.dev/manual/clabernetes/
"""

from __future__ import annotations

from nsh.handover import containerlab
from nsh.handover.naming import Rule
from nsh.net.labnodes import Nodes, is_null, quoted
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.net.labnodes import Node
    from nsh.net.labplan import LabPlan

ENGINE = "clabernetes"
IMAGE = containerlab.IMAGE
RULE = Rule("-", 30, is_lower=True, is_letter_first=True)
"""A DNS label has 63; deployments and services are called LAB-NODE."""
API = "clabernetes.containerlab.dev/v1alpha1"
_APIS = (API, "c9s.run/v1alpha1")
_LONGEST_LABEL = 63
_LABEL = Rule("-", _LONGEST_LABEL, is_lower=True)


# Writing.


def write(plan: LabPlan, names: dict[str, str], lab: tuple[str, str], image: str, remarks: Sequence[str]) -> str:
    """A resource; `names` and `lab` (ours, theirs) say what all are called there, `remarks` become comments."""
    text = containerlab.write(plan, names, lab, image, ())
    head = [
        *(f"# {remark}" for remark in remarks),
        f"apiVersion: {API}",
        "kind: Topology",
        "metadata:",
        f"  name: {quoted(lab[1])}",
        "spec:",
        "  connectivity: vxlan",
        "  naming: prefixed",
        "  expose:",
        "    disableExpose: true # nothing of the lab is to be reached from outside",
        "  definition:",
        "    containerlab: |",
    ]
    return "\n".join(head) + "\n" + "".join(f"      {line}\n" for line in text.splitlines())


# Reading.


def read(nodes: Nodes, root: Node, text: str, prefix: str) -> tuple[LabPlan, str | None, list[str]]:
    """The lab in a resource, its name, and remarks. UsageError with FILE:LINE:COLUMN."""
    top = nodes.entries(root, ("apiVersion", "kind", "metadata", "spec"), "a resource")
    _expect(nodes, root, top, "apiVersion", _APIS)
    _expect(nodes, root, top, "kind", ("Topology",))
    spec = nodes.entries(_needed(nodes, root, top, "spec"), _OF_SPEC, "spec")
    definition = nodes.entries(_needed(nodes, root, spec, "definition"), ("containerlab",), "definition")
    inner = _needed(nodes, root, definition, "containerlab")
    _check_metadata(nodes, _needed(nodes, root, top, "metadata"))
    topology = nodes.text(inner, "a topology of containerlab")
    reader = _Reader(nodes.filename, prefix, **_place(inner, text))
    inside = reader.compose(topology)
    if inside is None:
        raise nodes.wrong(inner.start_mark, "here should be a topology of containerlab")
    plan, name = reader.plan(inside)
    return plan, name, reader.remarks


_OF_SPEC = ("definition", "connectivity", "naming", "expose", "imagePull", "deployment", "statusProbes")


class _Reader(containerlab.Reader):
    """The same, with names that Kubernetes takes."""

    def _node(self, key: Node, value: Node) -> None:
        _check_label(self, key)
        super()._node(key, value)


def _needed(nodes: Nodes, root: Node, entries: dict[str, Node], key: str) -> Node:
    if key not in entries or is_null(entries[key]):
        raise nodes.wrong(root.start_mark, f"there is no `{key}`", "a Topology of clabernetes is read here")
    return entries[key]


def _expect(nodes: Nodes, root: Node, entries: dict[str, Node], key: str, known: Sequence[str]) -> None:
    node = _needed(nodes, root, entries, key)
    word = nodes.text(node, known[0])
    if word not in known:
        raise nodes.wrong(node.start_mark, f"{excerpt(word)}: a resource that nsh does not read", f"{key}: {known[0]}")


def _check_metadata(nodes: Nodes, node: Node) -> None:
    for key, value in nodes.pairs(node, "metadata is a mapping"):
        if key.value == "name":
            _check_label(nodes, value)


def _check_label(nodes: Nodes, node: Node) -> None:
    """A name as RFC 1123 has it. Raises UsageError."""
    word = nodes.text(node, "a name")
    if not _LABEL.allows(word):
        why = f"is no DNS label: at most {_LONGEST_LABEL} small letters, digits and -"
        raise nodes.wrong(node.start_mark, f"{excerpt(word)}: {why}")


def _place(node: Node, text: str) -> dict[str, int]:
    """Where in the file the text inside stands: below the `|`, by so many columns to the right."""
    if node.style != "|":
        return {"above": node.start_mark.line, "left": 0}
    above = node.start_mark.line + 1
    inside = node.value.splitlines()
    for line, plain in zip(text.splitlines()[above:], inside, strict=False):
        if plain.strip():
            return {"above": above, "left": len(line) - len(plain)}
    return {"above": above, "left": 0}
