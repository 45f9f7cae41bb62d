# SPDX-License-Identifier: MIT
"""What is looked at before a talk begins: will the page play here, today, on this terminal?

Probes are tried in a sandbox, as for `nsh test`:
`python -m nsh.stage.preflight ASKED FOUND` is the process in there, told what
to look for, and answering, by inherited file descriptors.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nsh.errors import NshError, Refused
from nsh.loader import Loader
from nsh.printable import counted
from nsh.registry import REGISTRY
from nsh.repl.colours import line_pieces, places_in, reading_about
from nsh.sandbox import enter_sandbox
from nsh.session.preflight import PROGRAMS
from nsh.stage.orders import COMFORTABLE, Recording
from nsh.stage.programme import Programme, programme
from nsh.stage.rehearsal import Tape, read_tape
from nsh.stage.supervisor import all_of, errors_to
from nsh.transcript.document import Document, Role
from nsh.transcript.inside import PATH
from nsh.transcript.outside import environment, memory
from nsh.transcript.probes import ProbeBroke, answer

OK, DOUBT, BAD = "good", "doubt", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it is, in words, and what to type about it."""

    state: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How it looks in the sandbox: probe → (holds, why not), programs that are not there, why there is none at all."""

    answers: dict[str, tuple[bool, str]]
    missing: tuple[str, ...] = ()
    refused: str = ""


@dataclass(slots=True)
class Report:
    """All of it.

    `all_recorded`: why every step has to come from the tape; `hopeless`: there
    is none either; `no_sandbox`: not even that of a show can be made.
    """

    checks: list[Check]
    programme: Programme
    recordings: tuple[Recording, ...] = ()
    all_recorded: str = ""
    hopeless: bool = False
    no_sandbox: bool = False


Rehearsed = tuple[Check, Tape | None]
"""What is to be said about the rehearsal, and its tape."""


def look(document: Document, mode: str, rehearsed: Rehearsed, size: tuple[int, int], *, sandbox: bool) -> Report:
    """Look at everything. Nothing is raised for what is found."""
    found = look_inside(document, mode, sandbox=sandbox)
    script = programme(document, lambda names: all(found.answers.get(name, (False, ""))[0] for name in names))
    checks = [Check(OK, f"the page: {counted(script.count, 'step')}{_in_time(document)}")]
    checks += _place(found, sandbox)
    needs = [Check(BAD, f"requires {name}: {found.answers[name][1]}") for name in _failing(document, found)]
    checks += needs or [Check(OK, f"requires {name}") for name in document.head.requires if not found.refused]
    checks += _programs(found)
    checks += _terminal(size)
    recorded, kept = rehearsed
    report = Report([*checks, recorded], script, kept.recordings if kept else ())
    if found.refused or needs:
        report.all_recorded = found.refused or needs[0].text
        report.hopeless = not report.recordings
        report.no_sandbox = bool(found.refused)
    return report


def look_inside(document: Document, mode: str, *, sandbox: bool) -> Found:
    """Try the probes, and look for the programs, where the page will be played."""
    asked: dict[str, object] = {"probes": document.probe_names(), "programs": programs(document), "mode": mode}
    if not sandbox:
        return _read(_look_for(asked))
    with memory("asked") as asked_fd, memory("found") as found_fd, memory("said") as said_fd:
        os.write(asked_fd, json.dumps(asked).encode())
        argv = [sys.executable, "-P", "-m", "nsh.stage.preflight", str(asked_fd), str(found_fd)]
        try:
            with errors_to(said_fd):
                status = enter_sandbox(argv, environment=environment())
        except Refused as refused:
            return Found({}, refused=f"no sandbox can be made: {refused.message}")
        text, said = all_of(found_fd), all_of(said_fd)
    if status == 128 + signal.SIGINT:
        raise KeyboardInterrupt
    why = (said.strip().splitlines() or [f"status {status}"])[-1]
    return _read(json.loads(text)) if status == 0 else Found({}, refused=f"the sandbox ended: {why}")


def programs(document: Document) -> list[str]:
    """The programs that the page's commands start, as far as their lines tell."""
    REGISTRY.loader = REGISTRY.loader or Loader("/nonexistent")  # a page knows no commands of its player's own
    read = reading_about(REGISTRY, places_in(document.text))
    steps = [step for block in document.blocks if block.role is not Role.NORUN for step in block.steps]
    found = [text for step in steps for line in line_pieces(step.command, read) for role, text in line if _runs(role)]
    return sorted({text for text in found if "/" not in text and text.replace("-", "").replace(".", "").isalnum()})


def _runs(role: str) -> bool:
    return role in ("program", "unknown")


def _read(value: dict[str, object]) -> Found:
    answers, missing = value["answers"], value["missing"]
    assert isinstance(answers, dict)
    assert isinstance(missing, list)
    return Found({name: (bool(holds), str(why)) for name, (holds, why) in answers.items()}, tuple(missing))


def _look_for(asked: dict[str, object]) -> dict[str, object]:
    probes, names, mode = asked["probes"], asked["programs"], asked["mode"]
    assert isinstance(probes, list)
    assert isinstance(names, list)
    return {
        "answers": {name: _tried(name, str(mode)) for name in probes},
        "missing": [name for name in names if shutil.which(name, path=PATH) is None],
    }


def _tried(name: str, mode: str) -> tuple[bool, str]:
    try:
        found = answer(name, mode)
    except ProbeBroke as problem:
        return False, str(problem)
    return found.holds, found.why


def _failing(document: Document, found: Found) -> list[str]:
    return [name for name in document.head.requires if name in found.answers and not found.answers[name][0]]


def _in_time(document: Document) -> str:
    seconds = document.head.time
    return "" if seconds is None else f", {seconds / 60:.0f} minutes" if seconds >= 60 else f", {seconds:.0f} seconds"


def _place(found: Found, sandbox: bool) -> Iterator[Check]:
    if not sandbox:
        yield Check(DOUBT, "no sandbox: the page is played on this machine itself")
    elif found.refused:
        yield Check(BAD, found.refused, "nsh doctor")
    else:
        yield Check(OK, "a sandbox")


def _programs(found: Found) -> Iterator[Check]:
    if not found.missing and not found.refused:
        yield Check(OK, "the programs it starts")
    for name in found.missing:
        package = PROGRAMS.get(name)
        yield Check(DOUBT, f"{name} is not on PATH", f"apt-get install {package}" if package else "")


def _terminal(size: tuple[int, int]) -> Iterator[Check]:
    columns, rows = size
    is_small = columns < COMFORTABLE[0] or rows < COMFORTABLE[1]
    text = f"the terminal: {columns} columns, {rows} rows"
    wanted = f"{COMFORTABLE[0]} by {COMFORTABLE[1]} and more look better: use smaller letters"
    yield Check(DOUBT if is_small else OK, text, wanted if is_small else "")


def look_at_rehearsal(path: Path, document: Document) -> Rehearsed:
    """Is there a tape, and is it of this page?"""
    again = f"nsh play {document.path} --rehearse"
    try:
        tape = read_tape(path, document)
    except NshError as problem:
        return Check(DOUBT, f"the rehearsal: {problem.message}", again), None
    if tape is None:
        return Check(DOUBT, "no rehearsal: f will have nothing to show", again), None
    usable = f"{len(tape.recordings)} of {counted(tape.steps, 'step')}"
    if not tape.is_current:
        return Check(DOUBT, f"the rehearsal of {tape.date} was of another version of the page: {usable}", again), tape
    if len(tape.recordings) < tape.steps:
        return Check(DOUBT, f"the rehearsal of {tape.date} has {usable}", again), tape
    return Check(OK, f"the rehearsal of {tape.date}: {usable}"), tape


def main(argv: list[str]) -> int:
    """In the sandbox: answer what is asked."""
    asked_fd, found_fd = map(int, argv)
    asked = json.loads(os.pread(asked_fd, os.fstat(asked_fd).st_size, 0))
    os.write(found_fd, json.dumps(_look_for(asked)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
