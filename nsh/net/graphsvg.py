# SPDX-License-Identifier: MIT
"""A graph as one SVG file that needs nothing else, and suits light and dark surroundings."""

from __future__ import annotations

from html import escape

from nsh.net.graphlayout import arrange, column_widths, parts
from nsh.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.graphlayout import Drawing, Path, Placed
    from nsh.net.graphscene import Scene

_X, _Y = 8.4, 22  # a character, in pixels: monospace of 14 px is at most that wide
_MARGIN = 2
_STYLE = """
  svg { color-scheme: light dark; --ground: #ffffff; --box: #f6f8fa; --ink: #1f2328; --soft: #59636e; --wire: #0969da;
        --good: #116329; --bad: #b42318; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --box: #161b22; --ink: #e6edf3; --soft: #9198a1; --wire: #58a6ff; --good: #3fb950;
          --bad: #ff7b72; } }
  .ground { fill: var(--ground); }
  text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink); white-space: pre; }
  .box { fill: var(--box); stroke: var(--soft); }
  .title { font-weight: bold; }
  .good { fill: var(--good); }
  .bad { fill: var(--bad); }
  .dim { fill: var(--soft); }
  .wire { fill: none; stroke: var(--wire); stroke-width: 1.5; }
  .many { stroke-width: 4; }
  .down { stroke: var(--bad); stroke-dasharray: 5 4; }
""".strip("\n")


def svg(scene: Scene, title: str) -> str:
    """The file's text."""
    drawings = _stacked(scene)
    width = (max((one.width for one in drawings), default=20) + 2 * _MARGIN) * _X
    height = (max((one.height for one in drawings), default=1) + _MARGIN) * _Y
    pieces = [piece for drawing in drawings for piece in _pieces(drawing)]
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(printable(title))}</title>",
            f"<style>\n{_STYLE}\n</style>",
            '<rect class="ground" width="100%" height="100%"/>',
            *pieces,
            "</svg>",
            "",
        ]
    )


def _stacked(scene: Scene) -> list[Drawing]:
    """What hangs together, one below the other."""
    drawings, y = [], 1
    for boxes, lines in parts(scene):
        drawing = arrange(boxes, lines, None)
        if drawing is not None:
            drawing.shift(_MARGIN, y)
            y = drawing.height + 1
            drawings.append(drawing)
    return drawings


def _pieces(drawing: Drawing) -> list[str]:
    return [_wire(path) for path in drawing.paths] + [piece for placed in drawing.boxes for piece in _box(placed)]


def _wire(path: Path) -> str:
    kind = "wire" + " many" * (path.line.count > 1) + " down" * (not path.line.works)
    (first_x, first_y), *rest = [(x * _X + _X / 2, y * _Y + _Y / 2) for x, y in path.points]
    return f'<path class="{kind}" d="M{first_x:.1f} {first_y:.1f}{"".join(f"L{x:.1f} {y:.1f}" for x, y in rest)}"/>'


def _box(placed: Placed) -> list[str]:
    box, x, y = placed.box, placed.x, placed.y
    left, top = x * _X + _X / 2, y * _Y - 4
    wide, high = (placed.width - 1) * _X, (placed.height - 1) * _Y + 12
    name, state, _ = column_widths(box)
    said = [
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="6"/>',
        _text(x + 2, y, box.title, "title"),
    ]
    if box.corner:
        said.append(_text(x + placed.width - 2, y, box.corner, box.corner_style, anchor="end"))
    for number, row in enumerate(box.rows):
        at = y + 1 + number
        said += [
            _text(x + 2, at, row.name, ""),
            _text(x + 4 + name, at, row.state, row.style),
            _text(x + 6 + name + state, at, row.detail, ""),
        ]
    return [piece for piece in said if piece]


def _text(x: int, y: int, text: str, kind: str, anchor: str = "") -> str:
    """One text; empty ones are left out."""
    if not text:
        return ""
    place = f'x="{x * _X:.1f}" y="{y * _Y + 16:.1f}"'
    klass = f' class="{kind}"' if kind else ""
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f"<text {place}{klass}{where}>{escape(text)}</text>"
