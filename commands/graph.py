# SPDX-License-Identifier: MIT
"""graph: the network as a drawing."""

from __future__ import annotations

from nsh.errors import BadWord, UsageError
from nsh.registry import command
from nsh.results import Result, Text, styled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.net.graph import Graph
    from nsh.session.session import Session


@command(
    "graph [<ref:ref>...] [--full] [--ascii] [--dot] [--mermaid] [--svg <file:hostpath>]",
    man=("veth(4)", "rtnetlink(7)", "network_namespaces(7)"),
    category="look",
)
def graph(
    session: Session,
    ref: Sequence[str] = (),
    *,
    full: bool = False,
    ascii: bool = False,
    dot: bool = False,
    mermaid: bool = False,
    file: str | None = None,
) -> Result:
    """Draw the network as the kernel holds it: namespaces, their devices, and the wires between them.

    Without REF: host, every place with a net namespace, every pinned name, and
    whatever their veths lead to. Many namespaces that are wired alike are one
    box; --full draws each. --dot and --mermaid print the notations of Graphviz
    and Mermaid, --svg writes a file for slides.

        nsh> graph
        nsh> graph netns1 host --svg net.svg
    """
    if sum((dot, mermaid, file is not None)) > 1:
        raise UsageError("--dot, --mermaid and --svg are three things", "one of them at a time")
    seen, notes = _look(session, ref)
    from nsh.net import graphnotations

    if dot or mermaid:
        text = graphnotations.dot(seen) if dot else graphnotations.mermaid(seen)
        return Text(text, graphnotations.as_json(seen), notes=notes)
    if file is not None:
        return _write_svg(session, seen, file, full, notes)
    return _Drawn(seen, full, ascii, notes)


class _Drawn(Result):
    """The drawing, as wide as there is room."""

    __slots__ = ("_fold", "_graph", "_unicode")

    def __init__(self, graph: Graph, full: bool, ascii: bool, notes: list[str]) -> None:
        super().__init__(0, notes)
        self._graph = graph
        self._fold = not full
        self._unicode = not ascii

    def text(self, width: int | None, color: bool) -> str:
        """Boxes and lines."""
        from nsh.net import graphscene, graphtext

        scene = graphscene.scene(self._graph, fold=self._fold)
        unicode = self._unicode and graphtext.speaks_unicode()
        lines = graphtext.draw(scene, width, unicode=unicode)
        return "\n".join("".join(styled(text, style, color) for text, style in line) for line in lines)

    def json(self) -> object:
        """Namespaces, devices, wires."""
        from nsh.net import graphnotations

        return graphnotations.as_json(self._graph)


def _look(session: Session, refs: Sequence[str]) -> tuple[Graph, list[str]]:
    """The graph of some references, or of all there is; and what could not be looked at."""
    from nsh.net.graph import look
    from nsh.session.networks import Views

    with Views(session) as views:
        if refs:
            return look(views.of(refs), views.all_others(), follow=False), []
        return look(views.everywhere(), views.others()), views.unseen


def _write_svg(session: Session, seen: Graph, path: str, full: bool, notes: list[str]) -> Result:
    from nsh.net import graphnotations, graphscene, graphsvg
    from nsh.session.newfile import NewFile

    if not path.endswith(".svg"):
        raise BadWord(path, "a drawing's name ends in .svg", f"graph --svg {path}.svg")
    session.about_to(("graph --svg",))
    scene = graphscene.scene(seen, fold=not full)
    with NewFile(path, session.host.cwd, force=True) as file:
        file.write(graphsvg.svg(scene, "A network of namespaces"))
    return _Written(graphnotations.as_json(seen), [f"{path}: {len(seen.spaces)} namespaces", *notes])


class _Written(Result):
    """Nothing to show but a note; the graph as data."""

    __slots__ = ("_data",)

    def __init__(self, data: object, notes: list[str]) -> None:
        super().__init__(0, notes)
        self._data = data

    def json(self) -> object:
        """The graph."""
        return self._data
