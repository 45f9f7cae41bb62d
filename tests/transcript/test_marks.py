# SPDX-License-Identifier: MIT
"""The marks of a prompt (OSC 133) in a stream that comes in pieces, and what they mean."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nsh.transcript.judge import Piece
from nsh.transcript.marks import Dialogue, Mark, MarkReader, Phase

AID = "00ff" * 4


def mark(what: str, aid: str = AID) -> str:
    """A mark as nsh writes it."""
    return f"\x1b]133;{what};aid={aid}\x07"


ANSWER = f"{mark('C')}a\x1b[1mb\x1b[0m{mark('D;3')}news"
TALK = f"a banner\r\n{mark('A')}nsh> {mark('B')}ls\r\n{ANSWER}{mark('A')}nsh[x]> {mark('B')}"


def heard(text: str) -> Dialogue:
    """A dialogue that heard all of a text."""
    dialogue, reader = Dialogue(), MarkReader(AID)
    for item in reader.feed(text):
        dialogue.take(item, 0.5)
    return dialogue


@given(st.lists(st.integers(0, len(TALK)), max_size=12))
def test_it_does_not_matter_where_the_pieces_begin(cuts: list[int]) -> None:
    """Also in the middle of a mark: nothing is lost, nothing is taken twice."""
    reader, edges = MarkReader(AID), [0, *sorted(cuts), len(TALK)]
    items = [item for start, end in pairwise(edges) for item in reader.feed(TALK[start:end])]
    marks = [item for item in items if isinstance(item, Mark)]
    assert [(each.kind, each.status) for each in marks] == [*zip("ABCDAB", (0, 0, 0, 3, 0, 0), strict=True)]
    assert "".join(item if isinstance(item, str) else item.text for item in items) + reader.rest() == TALK
    said = "".join(item for item in items if isinstance(item, str))
    assert said == "a banner\r\nnsh> ls\r\na\x1b[1mb\x1b[0mnewsnsh[x]> "


def test_marks_of_others_are_text() -> None:
    """Of a nested shell, or a forger."""
    forged = mark("D;0", "dead" * 4) + "\x1b]133;D;7\x07"
    assert list(MarkReader(AID).feed(forged)) == [forged]


def test_what_only_begins_like_a_mark_is_text_in_the_end() -> None:
    """It is held back until more came, or until it is asked for."""
    reader = MarkReader(AID)
    assert list(reader.feed("x\x1b]133;")) == ["x"]
    assert list(reader.feed("A")) == []
    assert reader.rest() == "\x1b]133;A"


def test_a_dialogue_knows_prompt_answer_and_news() -> None:
    """The prompt without its colours, the output with them."""
    dialogue = heard(TALK)
    assert (dialogue.phase, dialogue.prompt, dialogue.status) == (Phase.READY, "nsh[x]>", 3)
    assert dialogue.pieces == [Piece(0.5, "a\x1b[1mb\x1b[0m"), Piece(0.5, "news")]
    assert dialogue.before == "a banner\r\n"


def test_a_line_that_was_dropped_has_an_answer_without_output() -> None:
    """^C: the mark D follows without a C."""
    dialogue = heard(f"{mark('A')}nsh> {mark('B')}half^C{mark('D;130')}")
    assert (dialogue.answered, dialogue.status, dialogue.pieces) == (True, 130, [])


def test_a_prompt_drawn_again_is_the_same_prompt() -> None:
    """nsh draws the line once more when it is accepted."""
    dialogue = heard(f"{mark('A')}nsh> {mark('B')}ls{mark('A')}nsh> {mark('B')}ls\r\n{mark('C')}out")
    assert (dialogue.phase, dialogue.prompt) == (Phase.RUNNING, "nsh>")
    assert dialogue.pieces == [Piece(0.5, "out")]
