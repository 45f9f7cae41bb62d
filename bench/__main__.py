# SPDX-License-Identifier: MIT
"""Measure every row, print the table, write it to docs/bench, and fail when one is over its budget.

`python -m bench [WORD...]` measures the rows whose name contains a word.
`python -m bench paper` is another table: labs beside those of Mininet's paper;
`python -m bench growth` a third: what each host costs, the more there are.
As root it moves into namespaces of its own first, as the tests do.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import bench.rows
from bench import growth, paper, peers
from bench.results import Result, write
from bench.row import AnswersDiffer, Row, judge
from tests import private
from tests.programs import PEERS, provide


def rows() -> Iterator[Row]:
    """The rows of all modules, in the order of the modules' names."""
    for module in sorted(pkgutil.iter_modules(bench.rows.__path__), key=lambda found: found.name):
        yield from importlib.import_module(f"bench.rows.{module.name}").ROWS


def report(row: Row) -> Result:
    """Measure a row and print its line."""
    try:
        verdict = judge(row)
    except (AnswersDiffer, AssertionError, OSError, subprocess.CalledProcessError) as error:
        print(f"{row.what:<40} not measured: {error!r}", flush=True)
        return Result(row, None, f"{type(error).__name__}: {error}".split("\n")[0])
    result = Result(row, verdict)
    spread = f"{verdict.low:.2f}-{verdict.high:.2f}"
    line = f"{row.what:<40} {row.against:<34} {verdict.ratio:>6.2f}  {spread:>11}  {row.budget:>6.2f}"
    print(f"{line}  {'ok' if result.is_good else 'OVER'}", flush=True)
    return result


def main(words: list[str]) -> int:
    """Print the table; 0 when every row is within budget."""
    if words == ["paper"]:
        return paper.main()
    if words == ["growth"]:
        return growth.main()
    chosen = [row for row in rows() if not words or any(word in row.what for word in words)]
    print(f"{'NSH':<40} {'AGAINST':<34} {'RATIO':>6}  {'HALF WITHIN':>11}  {'BUDGET':>6}", flush=True)
    results = [report(row) for row in chosen]
    if not words:
        write(results)
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    if not sys.argv[1:] and not private.is_inside():  # inside there is no way to fetch anything
        provide(PEERS, "rows")
        peers.provide()
    if os.geteuid() == 0 and not private.is_inside():
        argv = private.wrapped([sys.executable, "-m", "bench", *sys.argv[1:]])
        os.execvp(argv[0], argv)
    sys.exit(main(sys.argv[1:]))
