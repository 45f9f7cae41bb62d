# SPDX-License-Identifier: MIT
"""What is kept of a session while it is recorded."""

from __future__ import annotations

import tracemalloc

from nsh.recording.events import Event
from nsh.recording.record_session import Recording
from nsh.recording.redact import INSTEAD, redaction_of
from tests.program import AID

PIECE = 1 << 20


def mark(what: str) -> str:
    """As nsh writes it."""
    return f"\x1b]133;{what};aid={AID}\x07"


def test_the_output_of_a_command_is_written_and_not_kept() -> None:
    """Whatever it writes until the next prompt; what was typed is known all the same."""
    labels: list[str] = []

    def write(event: Event) -> None:
        if event.code == "m":
            labels.append(event.data)

    recording = Recording(write, AID, 80)
    recording.output(f"{mark('A')}nsh> {mark('B')}yes\r\n{mark('C')}")
    tracemalloc.start()
    for number in range(30):
        recording.output(str(number % 10) * PIECE)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 5 * PIECE
    assert labels == ["yes"]


def test_a_window_that_changes_while_a_secret_is_typed_has_its_new_size() -> None:
    """Only how the secret came about is left out."""
    events: list[Event] = []
    recording = Recording(events.append, AID, 80, redaction_of(["secret"]))
    recording.output(f"{mark('A')}nsh> {mark('B')}echo sXcret\x1b[5De")
    recording.resized(100, 30)
    recording.output(f"\x1b[4C\r\n{mark('C')}")
    recording.end(0)
    assert [event.data for event in events if event.code == "r"] == ["100x30"]
    assert [event.data for event in events if event.code == "m"] == [f"echo {INSTEAD}"]
    assert "Xcret" not in "".join(event.data for event in events)
