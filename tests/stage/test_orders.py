# SPDX-License-Identifier: MIT
"""What goes into a sandbox as a job, and comes out as a result or as news, is the same on both sides."""

from __future__ import annotations

import pytest

from nsh.stage import orders
from nsh.stage.orders import AMBER, GOOD, QUIT, REBUILD, Carried, Job, News, Recording, Result
from nsh.transcript.judge import Piece

CARRIED = Carried("auto", 5, 12.5, "rows", {1: GOOD, 12: AMBER}, [3])
RECORDING = Recording(2, 0, "2026-11-22", (Piece(0.0, "\x1b[1mä\x1b[0m"), Piece(0.5, "b\r\n")), "nsh>", 1)


def test_a_job_comes_out_as_it_went_in() -> None:
    """With its recordings, and marks by number."""
    job = Job("page.md", "# é\n", "root", start_at=4, events=7, recordings=(RECORDING,), carried=CARRIED)
    assert orders.job_from_json(orders.job_to_json(job)) == job


def test_a_result_comes_out_as_it_went_in() -> None:
    """With all that is carried over."""
    result = Result(REBUILD, 3, CARRIED, "why")
    assert orders.result_from_json(orders.result_to_json(result)) == result


def test_news_are_one_line_and_come_out_as_they_went_in() -> None:
    """Also where a text has many lines."""
    news = News(2, 9, "waiting", expected=("a", "b"), notes=("slow\nhere",), diff="- a\n+ b", time=720.0)
    assert "\n" not in news.to_json()
    assert orders.news_from_json(news.to_json()) == news


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7", '{"ending": "quit"}'])
def test_what_is_no_order_is_refused(text: str) -> None:
    """As a ValueError, which says so."""
    for read in (orders.job_from_json, orders.result_from_json, orders.news_from_json):
        with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one too
            read(text)


@pytest.mark.parametrize(
    "fields",
    [
        '"step": "\\u001b[31m"',
        '"step": 1e999',
        '"step": 1, "judged": [1]',
        '"step": 1, "time": "soon"',
        '"step": 1, "elapsed": NaN',
        '"step": 1, "notes": ["a", 7]',
        f'"step": {"[" * 100_000}',
    ],
)
def test_what_comes_out_of_a_sandbox_is_looked_at(fields: str) -> None:
    """Nothing but what a show says is shown to the speaker, raw or at all."""
    rest = '"steps": 3, "state": "waiting", "expected": []' + ("" if "notes" in fields else ', "notes": []')
    with pytest.raises(ValueError, match=r"no |nested"):
        orders.news_from_json(f"{{{fields}, {rest}}}")


@pytest.mark.parametrize(
    "fields",
    [
        '"ending": "broken", "text": "\\u001b[31m", "carried": {"marks": {}}',
        '"ending": "rebuild", "step": "2", "carried": {"marks": {}}',
        '"ending": "quit", "carried": {"marks": {"1": 7}}',
        '"ending": "quit", "carried": []',
    ],
)
def test_a_result_is_looked_at(fields: str) -> None:
    """A show that broke wrote none."""
    with pytest.raises(ValueError, match=r"no |nested"):
        orders.result_from_json(f"{{{fields}}}")


def test_the_defaults_are_those_of_a_talk() -> None:
    """Typed by hand, from the first step, nothing carried."""
    job = Job("p", "", "root")
    assert (job.start_at, job.carried) == (1, Carried())
    assert Result(QUIT).carried.typing == "manual"
