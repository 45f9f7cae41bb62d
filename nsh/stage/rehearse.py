# SPDX-License-Identifier: MIT
"""`nsh play --rehearse`: play all steps, tell all that fail, and keep what the others showed for the day they do."""

from __future__ import annotations

from pathlib import Path

from nsh.commandline import NotForHere
from nsh.errors import UsageError
from nsh.outlets import say
from nsh.printable import counted, printable
from nsh.recording.cast import written
from nsh.recording.drafts import drafted
from nsh.recording.redact import redaction_of
from nsh.stage.rehearsal import read_tape, reel_of_rehearsal
from nsh.transcript.document import Document
from nsh.transcript.outcome import EXIT_STATUS, Kind, Outcome, Seen
from nsh.transcript.outside import Options, play_document


def rehearse(document: Document, mode: str, tape: Path, options: Options) -> int:
    """Play the page and write the tape; the exit status is that of `nsh test`. Raises NshError."""
    redaction = redaction_of(document.head.redact, f"{document.path}: ")
    _check(tape, document)
    outcome = play_document(document, mode, options)
    if outcome.kind is Kind.SKIPPED:
        raise NotForHere(f"{document.path}: cannot be rehearsed here: {outcome.text}")
    if outcome.text:
        say(f"{outcome.text}\n")
    good = _good(document, outcome)
    if good and (outcome.kind is Kind.PASSED or not _has_more(tape, document, len(good))):
        with drafted() as drafts:
            drafts.add(tape, written(redaction.reel(reel_of_rehearsal(document, good))).encode("utf-8", "replace"))
            drafts.publish()
        _tell(f"{tape}: {_told(outcome, good)}")
    elif good:
        _tell(f"{tape}: left as it was: it has more steps than went well now")
    return EXIT_STATUS[outcome.kind]


def _check(tape: Path, document: Document) -> None:
    """Before minutes of playing: can the tape be written there, and is nothing else?"""
    if tape.resolve() == document.path.resolve():
        raise UsageError(f"{tape}: is the page itself")
    read_tape(tape, document)
    with drafted() as drafts:
        drafts.add(tape, b"")


def _good(document: Document, outcome: Outcome) -> list[Seen]:
    """The steps that went as the page says."""
    return [seen for seen in outcome.seen if document.blocks[seen.block].steps[seen.step].number not in outcome.wrong]


def _has_more(tape: Path, document: Document, count: int) -> bool:
    """Does the tape of an earlier rehearsal stand in for more steps than these?"""
    before = read_tape(tape, document)
    return before is not None and len(before.recordings) > count


def _told(outcome: Outcome, good: list[Seen]) -> str:
    if outcome.kind is Kind.PASSED:
        return (
            f"{counted(len(good), 'step')}, {outcome.seconds:.1f} s; nsh play plays them where one fails on stage (f)"
        )
    lines = ", ".join(map(str, outcome.wrong))
    wrong = f"; not as the page says: line{'' if len(outcome.wrong) == 1 else 's'} {lines}" if lines else ""
    return (
        f"the {counted(len(good), 'step')} that went well{wrong}; mend the page, or what it wants, and rehearse again"
    )


def _tell(text: str) -> None:
    say(f"nsh: {printable(text)}\n")
