# SPDX-License-Identifier: MIT
"""Delay, loss and rate as typed, as the kernel is told, and as it answers: a kernel without netem cannot be asked."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.net import shaping
from nsh.net.attributes import attribute
from nsh.net.shaping import Queue, Shape, read, read_queue, shape_of


def packed(shape: Shape) -> list[Queue]:
    """The queues of a device that is shaped so, as if the kernel had answered what it was told."""
    queues = []
    if shape.wants_netem:
        queues.append(Queue(2, 0x10000, 0xFFFFFFFF, "netem", shaping._netem(shape)))
    if shape.rate is not None:
        queues.append(Queue(2, 0x100000, 0x10001, "tbf", shaping._tbf(shape)))
    return queues


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("delay 20ms", {"delay_ms": 20, "limit_packets": 1000}),
        ("delay 20ms 5ms", {"delay_ms": 20, "jitter_ms": 5, "limit_packets": 1000}),
        ("delay 1.5s loss 1%", {"delay_ms": 1500, "loss_percent": 1, "limit_packets": 1000}),
        ("loss 0.1% duplicate 2% corrupt 3%", {"loss_percent": 0.1, "duplicate_percent": 2, "corrupt_percent": 3}),
        ("delay 10us reorder 25% limit 9", {"delay_ms": 0.01, "reorder_percent": 25, "limit_packets": 9}),
        ("rate 10mbit", {"rate_bits": 10_000_000, "limit_packets": None, "delay_ms": None}),
        ("rate 1MBps", {"rate_bits": 8_000_000}),
        ("rate 50gbit", {"rate_bits": 50_000_000_000}),
        ("delay 20ms rate 10mbit", {"delay_ms": 20, "rate_bits": 10_000_000}),
    ],
)
def test_what_is_typed_is_what_is_read_back(line: str, told: dict[str, object]) -> None:
    """Through the structures of the kernel, and back out of them."""
    shape = shape_of(packed(read(line.split())))
    assert shape is not None
    assert told.items() <= shape.as_json().items()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("delay", "needs a value"),
        ("delay 20", "not a time with its unit"),
        ("delay 2h", "not a time with its unit"),
        ("delay 3601s", "longer than an hour"),
        ("delay 1ms 2ms", "longer than the delay"),
        ("delay -1ms", "not a time"),
        ("loss 101%", "more than all"),
        ("loss x", "not a percentage"),
        ("loss 1% loss 2%", "given twice"),
        ("reorder 25%", "wants a delay"),
        ("rate 10", "not a rate with its unit"),
        ("rate 1bit", "between 8bit and 100gbit"),
        ("rate ١mbit", "not a rate"),
        ("limit 0", "not a number of packets"),
        ("los 1%", "no such setting"),
    ],
)
def test_a_mistake_is_named(line: str, words: str) -> None:
    """Before anything is asked of the kernel."""
    with pytest.raises(UsageError, match=words):
        read(line.split())


@given(st.lists(st.text(max_size=12), max_size=6))
def test_no_words_break_the_reading(words: list[str]) -> None:
    """A shape or one clear line."""
    with suppress(UsageError):
        read(words)


@given(st.binary(max_size=120), st.sampled_from(["netem", "tbf"]), st.binary(max_size=80))
def test_no_answer_breaks_the_reading_of_queues(body: bytes, kind: str, options: bytes) -> None:
    """Cut short or made up."""
    read_queue(body)
    shape_of([Queue(1, 1, 0xFFFFFFFF, kind, options), Queue(1, 1, 1, kind, attribute(1, options))])
