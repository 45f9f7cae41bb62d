# SPDX-License-Identifier: MIT
"""Durations and offsets as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.quantities import read_duration
from nsh.session.clocks import duration, offset


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.4, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3600, "1h"),
        (86400, "1d"),
        (90061, "1d 1h 1m 1s"),
        (-90061.5, "-1d 1h 1m 1s"),
        (-0.5, "0s"),
        (None, "-"),
    ],
)
def test_a_clock_is_told_without_its_fraction(seconds: object, text: str) -> None:
    """Days, hours, minutes, seconds; what is zero is left out."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (86400.0, "+1d"), (-2.5, "-2.5s"), (0.000000001, "+0.000000001s"), (61.25, "+1m 1.25s"), (None, "-")],
)
def test_an_offset_has_a_sign_and_all_its_digits(seconds: object, text: str) -> None:
    """An offset of half a second is not none."""
    assert offset(seconds) == text


@given(st.integers(-(10**9), 10**9), st.sampled_from([0, 0.5, 0.25, 0.125]))
def test_an_offset_can_be_typed_as_it_was_shown(whole: int, fraction: float) -> None:
    """What `time show` prints is what `--boottime` takes."""
    shown = offset(float(whole + fraction))
    assert read_duration(shown.replace(" ", "")) == whole + fraction
