# SPDX-License-Identifier: MIT
"""What a whole run of the bench found, written down: a table, the same as JSON, and a plot of how costs grow."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bench.plot import Line, chart
from bench.row import Row, Verdict

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "bench"


class Result(NamedTuple):
    """One row, and how it came out; `why` instead where it could not be measured."""

    row: Row
    verdict: Verdict | None
    why: str = ""

    @property
    def is_good(self) -> bool:
        """Was it measured, and within budget?"""
        return self.verdict is not None and self.verdict.ratio <= self.row.budget

    def as_json(self) -> dict[str, object]:
        """One flat object; times are medians in seconds."""
        found = self.verdict._asdict() if self.verdict else dict.fromkeys(Verdict._fields)
        return {
            "nsh": self.row.what.strip(),
            "against": self.row.against,
            "budget": self.row.budget,
            **{name: value and round(value, 6) for name, value in found.items()},
            "turns": self.row.turns,
            "within budget": self.is_good,
            "not measured": self.why or None,
        }


def write(results: list[Result]) -> None:
    """Write all of it into docs/bench."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "results.json").write_text(
        json.dumps({**machine(), "rows": [each.as_json() for each in results]}, indent=1) + "\n"
    )
    (FOLDER / "results.md").write_text("\n".join(table(results)) + "\n", encoding="utf-8")
    for title, lines in series(results).items():
        name = "growth-" + "".join(letter if letter.isalnum() else "-" for letter in title) + ".svg"
        (FOLDER / name).write_text(chart(title, lines), encoding="utf-8")


def machine() -> dict[str, object]:
    """What it ran on, as far as it matters for ratios."""
    return {"kernel": platform.release(), "python": platform.python_version(), "cpus": os.cpu_count()}


def table(results: Iterable[Result]) -> list[str]:
    """The page of results."""
    lines = [
        "# Results",
        "",
        "Written by `make bench`; how: [bench.md](../bench.md). The ratio is time of nsh to that of the peer,",
        "the median of the pairs, with what half of them lie between.",
        "",
        "| nsh | against | ratio | half within | budget | |",
        "|---|---|---|---|---|---|",
    ]
    for each in results:
        name = f"| `{each.row.what.strip()}` | {each.row.against} "
        if each.verdict is None:
            lines.append(f"{name}| | | {each.row.budget:.2f} | not measured: {each.why} |")
            continue
        low, high, said = each.verdict.low, each.verdict.high, "ok" if each.is_good else "over"
        lines.append(f"{name}| {each.verdict.ratio:.2f} | {low:.2f} to {high:.2f} | {each.row.budget:.2f} | {said} |")
    return lines


def series(results: Iterable[Result]) -> dict[str, list[Line]]:
    """The lines of each plot: ours and each peer's, by the number that the row was measured at."""
    points: dict[str, dict[str, dict[int, float]]] = {}
    for each in results:
        if each.row.series and each.verdict is not None:
            plot = points.setdefault(each.row.series, {})
            plot.setdefault("nsh", {})[each.row.number] = each.verdict.ours
            plot.setdefault(each.row.peer, {})[each.row.number] = each.verdict.theirs
    return {
        title: [Line(name, tuple(sorted(line.items()))) for name, line in plot.items()]
        for title, plot in points.items()
    }
