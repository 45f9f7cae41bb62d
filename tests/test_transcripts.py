# SPDX-License-Identifier: MIT
"""The pages of docs/transcripts: what they prove, and that they could fail.

The pages themselves are played by the plugin nsh.transcript.pytest_plugin.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nsh.transcript.document import BadDocument, Block, Document, How
from nsh.transcript.frontmatter import is_transcript
from nsh.transcript.outcome import Kind, Outcome
from nsh.transcript.outside import Options, modes, own_mode, play_document
from nsh.transcript.parse import parse, read_document
from nsh.transcript.pytest_plugin import outcome_of
from tests.transcript.mutants import Mutant, Replay, block_of, mutants

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "transcripts"
PAGES = sorted(path for path in FOLDER.rglob("*.md") if is_transcript(path.read_text()))
TO_PROVE = {
    "uts.md": "U1 U2 U3 U4",
    "pid.md": "P1 P2 P3 P4 P5 P6 P7 P8 P9 P10",
    "mount.md": "M1 M2 M3 M4 M5",
    "user.md": "N1 N2 N3 N4 N5 N6 N7",
    "look.md": "G1 G2 G3 G4 G5 G7",
    "ipc.md": "I1 I2",
    "net-lo.md": "E1 E4 E9",
    "net-veth.md": "E5 E7 E8",
    "net-names.md": "E2 E3 E12",
    "net-routes.md": "E6",
    "net-bridge.md": "E10",
    "net-nat.md": "E11",
    "net-walls.md": "E13",
    "time-cgroup.md": "T1 C1",
    "limits.md": "L1 L2",
    "lifetime.md": "L3 L4 L5 L6 L7 L8",
    "chroot.md": "M6",
    "keys.md": "N8",
    "freeze.md": "P11",
    "errors.md": "G6",
}
"""The demos of the documents, by the page that shows them."""

OTHERS = sorted((Path(__file__).parent / "transcript" / "pages").glob("*.md"))
"""Pages on demos that are in no document, as somebody else would write them."""

RERUNS = 30
TIMES = 20
AT_ONCE = 4
"""Pages that are played at the same time on the busy machine."""
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
every_page = pytest.mark.parametrize("path", [*PAGES, *OTHERS], ids=lambda path: path.name)


def recorded(document: Document) -> Outcome:
    """What the page shows when it is played here."""
    if own_mode() not in modes(document):
        pytest.skip(f"{document.path.name} is not for {own_mode()}")
    outcome = outcome_of(document, own_mode())
    if outcome.kind is Kind.SKIPPED:
        pytest.skip(outcome.text)
    assert outcome.kind is Kind.PASSED, outcome.text
    return outcome


def test_every_demo_has_its_page() -> None:
    """Each id of the catalogue is proved where a reader would look for it."""
    proved = {path.name: " ".join(read_document(path).head.seeds) for path in PAGES}
    assert {name: proved.get(name) for name in TO_PROVE} == TO_PROVE


def test_the_pages_have_an_order() -> None:
    """The list of the folder names each of them once."""
    named = re.findall(r"^\d+\. \[(\S+)\]\(\1\)", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert sorted(named) == [str(path.relative_to(FOLDER)) for path in PAGES]


def proofs(document: Document) -> list[Block]:
    return [block for block in document.blocks if block.proves]


@page
def test_a_proof_shows_something(path: Path) -> None:
    """A block that proves an id has lines that are compared, not only `...`."""
    for block in proofs(read_document(path)):
        lines = [line for step in block.steps for line in step.lines]
        shown = [line for line in lines if line.how is not How.ANY and not line.optional]
        assert shown or any(step.statuses for step in block.steps), f"{path.name}:{block.first}"


@page
def test_a_page_can_be_read_as_a_page(path: Path) -> None:
    """A heading, words before every block but one that answers another, lines of a length that fits a screen."""
    document = read_document(path)
    lines = document.text.splitlines()
    assert any(line.startswith("# ") for line in lines)
    for block in document.blocks:
        before = [line for line in lines[: block.first - 1] if line.strip()][-1]
        assert before == "```" or re.search(r"\w", before), f"{path.name}:{block.first}"
    fenced = {number for block in document.blocks for number in range(block.first, block.last + 1)}
    assert [number for number, line in enumerate(lines, 1) if len(line) > 160 and number not in fenced] == []


@pytest.mark.real
@pytest.mark.terminal
@every_page
def test_a_wrong_page_fails(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of the page, made wrong in several ways, is noticed; what is not means the same by a named rule."""
    document = read_document(path)
    outcome = recorded(document)
    made = list(mutants(document, outcome))
    replay = Replay(document, outcome)
    survivors = [mutant for mutant in made if replay.passes(mutant)]
    rules = Counter(mutant.rule for mutant in survivors)
    with capsys.disabled():
        print(f"\n{path.name}: {len(made)} wrong pages, {len(made) - len(survivors)} noticed", dict(rules))
    assert [shown(document, mutant) for mutant in survivors if not mutant.rule] == []
    assert unprotected(document, outcome, made, survivors) == []


def shown(document: Document, mutant: Mutant) -> str:
    before = document.text.splitlines()[mutant.number - 1]
    after = mutant.text.splitlines()[mutant.number - 1]
    return f"{document.path.name}:{mutant.number}: {mutant.way}: {before!r} as {after!r}"


def unprotected(document: Document, outcome: Outcome, made: list[Mutant], survivors: list[Mutant]) -> list[str]:
    """Lines that were compared and have no mutant, and proofs of which no mutant of a line was noticed."""
    mutated = {mutant.number for mutant in made}
    missing = [
        f"line {line.number} has no mutant"
        for seen in outcome.seen
        for line in document.blocks[seen.block].steps[seen.step].lines
        if line.number not in mutated
    ]
    passed = {id(mutant) for mutant in survivors}
    noticed = {
        block_of(document, mutant.number).first
        for mutant in made
        if id(mutant) not in passed and mutant.way not in ("prompt", "add")
    }
    played = {document.blocks[seen.block].first for seen in outcome.seen}
    return missing + [
        f"the proof in line {block.first} has no mutant that fails"
        for block in proofs(document)
        if block.first in played and block.first not in noticed
    ]


@pytest.mark.real
@pytest.mark.terminal
@pytest.mark.slow
@page
def test_a_wrong_page_fails_when_it_is_really_played(path: Path) -> None:
    """The record is no special case: a sample of wrong pages, each played anew."""
    document = read_document(path)
    made = [mutant for mutant in mutants(document, recorded(document)) if not mutant.rule]
    for mutant in made[:: len(made) // (RERUNS // len(PAGES) + 1)]:
        try:
            wrong = parse(path, mutant.text)
        except BadDocument:
            continue  # noticed before it could be played
        assert play_document(wrong, own_mode(), Options()).kind is not Kind.PASSED, shown(document, mutant)


@pytest.fixture
def busy() -> Iterator[None]:
    """As many programs that only compute as there are processors; they end with the test."""
    argv = [sys.executable, "-c", "while True: pass"]
    hogs = [subprocess.Popen(argv) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


@pytest.mark.real
@pytest.mark.terminal
@pytest.mark.slow
@pytest.mark.parametrize("time", range(1, TIMES + 1))
def test_the_pages_pass_again_and_again_on_a_busy_machine(time: int, busy: None) -> None:
    """Not one fails that passed before: nothing in them, or in the runner, depends on being quick."""
    documents = [read_document(path) for path in [*PAGES, *OTHERS]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda document: play_document(document, own_mode(), Options()), documents))
    wrong = [outcome.text for outcome in outcomes if outcome.kind not in (Kind.PASSED, Kind.SKIPPED)]
    assert not wrong, "\n".join([f"time {time}", *wrong])
