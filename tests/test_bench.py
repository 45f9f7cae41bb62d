# SPDX-License-Identifier: MIT
"""What the bench writes down: a table and JSON that say the same, and plots that anybody can draw again."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import peers, results
from bench.__main__ import report
from bench.plot import Line, chart
from bench.results import Result
from bench.row import Row, Sample, Side, judge
from bench.rows import start

GROWTH = [Line("nsh", ((10, 0.01), (100, 0.09), (1000, 1.2))), Line("a <peer>", ((10, 0.1), (100, 1.0)))]


def sides(_stack: ExitStack) -> tuple[Side, Side]:
    """We take half a second, the peer one."""
    return lambda: Sample(0.5, "same"), lambda: Sample(1.0, "same")


ROW = Row("do it", "peer", 0.6, 4, sides, "doing it", 10, "peer")


def test_a_verdict_has_the_ratio_and_both_costs() -> None:
    """The median of the pairs' ratios, and the median seconds of each side."""
    verdict = judge(ROW)
    assert (verdict.ratio, verdict.ours, verdict.theirs) == (0.5, 0.5, 1.0)


def test_results_are_written_as_table_json_and_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a row that could not be measured, which is not within budget."""
    monkeypatch.setattr(results, "FOLDER", tmp_path / "bench")
    results.write([Result(ROW, judge(ROW)), Result(ROW._replace(what="other"), None, "no peer")])
    rows = json.loads((tmp_path / "bench/results.json").read_text())["rows"]
    assert [(row["nsh"], row["ratio"], row["within budget"], row["not measured"]) for row in rows] == [
        ("do it", 0.5, True, None),
        ("other", None, False, "no peer"),
    ]
    table = (tmp_path / "bench/results.md").read_text()
    assert "| `do it` | peer | 0.50 | 0.50 to 0.50 | 0.60 | ok |" in table
    assert "not measured: no peer" in table
    assert (tmp_path / "bench/growth-doing-it.svg").exists()


def test_a_peer_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row is not measured, which is not within budget; the other rows go on."""
    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    result = report(next(row for row in start.ROWS if row.against == peers.SHELLS[0].package))
    assert not result.is_good
    assert result.why == f"FileNotFoundError: {peers.SHELLS[0].package} is not installed"


def test_a_plot_has_every_point_once_inside_its_frame() -> None:
    """Rising to the right and upwards; the same lines give the same bytes, and names are no markup."""
    drawn = chart("growth", GROWTH)
    assert drawn == chart("growth", GROWTH)
    root = ElementTree.fromstring(drawn)
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    places = [(float(one.get("cx", 0)), float(one.get("cy", 0))) for one in circles]
    assert len(places) == 5
    assert all(70 <= x <= 490 and 40 <= y <= 350 for x, y in places)
    assert sorted(places[:3]) == places[:3]
    assert [y for _, y in places[:3]] == sorted((y for _, y in places[:3]), reverse=True)
