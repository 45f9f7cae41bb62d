# SPDX-License-Identifier: MIT
"""A take as Markdown and as text; a recording as text."""

from __future__ import annotations

from pathlib import Path

from nsh.recording.events import Event, Reel
from nsh.recording.plain import markdown, text, text_of
from nsh.recording.reel import reel_of
from nsh.recording.screens import developed
from nsh.transcript.parse import parse
from tests.recording.runs import block, take

TALK = f"""\
# A talk

Words. <!-- note: breathe -->

{block("nsh> true", "setup")}
{block("nsh> false" + chr(10) + "[1]")}
More words.

<!-- note: only for the speaker -->

{block("nsh> bash -c 'echo a" + chr(10) + "...> echo b'" + chr(10) + "a" + chr(10) + "...", "session=second")}
"""
SHOWN = ("", ("", 1), "a\r\n\x1b[31mb\x1b[0m\r\n")


def test_markdown_is_the_page_without_what_is_not_for_readers() -> None:
    """No front matter, notes or setup; what was really shown, with its status."""
    assert markdown(take(TALK, *SHOWN)) == (
        "# A talk\n\nWords. \n\n```nsh\nnsh> false\n[1]\n```\n\nMore words.\n\n"
        "```nsh session=second\nnsh> bash -c 'echo a\n...> echo b'\na\nb\n```\n"
    )


def test_markdown_is_a_transcript_again_with_a_head() -> None:
    """The commands, prompts and sessions are those of the page."""
    page = parse(Path("x.md"), "---\nnsh: 1\n---\n" + markdown(take(TALK, *SHOWN)))
    assert [(each.session, step.command) for each in page.blocks for step in each.steps] == [
        ("host", "false"),
        ("second", "bash -c 'echo a\necho b'"),
    ]


def test_a_fence_in_an_output_does_not_end_the_block() -> None:
    """The block's own fence is longer."""
    assert "````nsh\nnsh> cat\n```\n````\n" in markdown(take("~~~nsh\nnsh> cat\n```\n~~~\n", "```\r\n"))


def test_text_is_what_the_terminals_showed() -> None:
    """With a line where another terminal goes on."""
    assert text(take(TALK, *SHOWN)) == (
        "── terminal: host ──\nnsh> false\n\n── terminal: second ──\nnsh> bash -c 'echo a\n...> echo b'\na\nb\n"
    )


def test_a_recording_leaves_the_same_text() -> None:
    """What a terminal of its size shows of it."""
    found = take(block("nsh> uname\nLinux\nnsh> hostname\nhost"), "Linux\r\n", "host\r\n")
    assert text_of(developed(reel_of(found))) == text(found)


def test_what_was_overwritten_is_not_in_a_recording_s_text() -> None:
    """Backspaces, returns and erased lines leave what stands there in the end; nothing leaves nothing."""
    events = tuple(Event(0.1, "o", data) for data in ("abx\b", "c\r\n", "gone\r\x1b[Kd\r\n"))
    assert text_of(developed(Reel(80, 24, events))) == "abc\nd\n"
    assert text_of(developed(Reel(80, 24, ()))) == "\n"
