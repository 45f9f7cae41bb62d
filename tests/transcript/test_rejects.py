# SPDX-License-Identifier: MIT
"""A runner that can fail: pages that are wrong in one place each, really played, and what is said of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from nsh.transcript.outcome import Kind, Outcome
from nsh.transcript.outside import Options, own_mode, play_document
from nsh.transcript.parse import parse
from tests.program import Program

pytestmark = [pytest.mark.real, pytest.mark.terminal]

HEAD = "---\nnsh: 1\n---\n# A title\n"
BEGIN = 6
"""The line of the page where a body begins."""


class Wrong(NamedTuple):
    """A page that is wrong, the line (of its body) that is named, and what has to stand in the report."""

    body: str
    line: int
    said: tuple[str, ...]


WRONG = {
    "swapped inodes": Wrong(
        "nsh> new uts a\na  pid 5  uts:[4026532001]\nnsh> new uts b\nb  pid 6  uts:[4026532002]\n"
        "nsh> a readlink /proc/self/ns/uts\nuts:[4026532002]",
        6,
        ("- uts:[4026532002]  ", "+ uts:[40265", "4026532002 has stood for since line 9", "(steps 1-2 ok, folded)"),
    ),
    "an inode that should differ and does not": Wrong(
        "nsh> readlink /proc/self/ns/uts\nuts:[4026532001]\nnsh> new net a -q\nnsh> a readlink /proc/self/ns/uts\n"
        "uts:[4026532002]",
        5,
        ("- uts:[4026532002]", "must differ from", "4026532001", "bound: ns 4026532001→40265"),
    ),
    "an inode that should be the same and is not": Wrong(
        "nsh> readlink /proc/self/ns/uts\nuts:[4026532001]\nnsh> new uts a -q\nnsh> a readlink /proc/self/ns/uts\n"
        "uts:[4026532001]",
        5,
        ("- uts:[4026532001]", "must be 40265"),
    ),
    "a pid that is not 1": Wrong("nsh> new pid a -q\nnsh> enter a\nnsh[a]> echo $$\n1", 4, ("- 1", "+ 2")),
    "a lost packet": Wrong(
        "nsh> new net a -q\nnsh> on a ip link set lo up\nnsh> on a ip link add x type veth peer name y\n"
        "nsh> on a ip addr add 192.0.2.1/24 dev x\nnsh> on a ip link set x up\nnsh> on a ip link set y up\n"
        "nsh> on a !ping -c1 -W0.2 192.0.2.2\n...\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n...",
        9,
        ("- 1 packets transmitted, 1 received", "there is: 1 packets transmitted, 0 received, 100% packet loss"),
    ),
    "a missing line": Wrong("nsh> printf 'a\\nc\\n'\na\nb\nc", 3, ("  a\n- b", "\n  c\n")),
    "a line too many": Wrong("nsh> printf 'a\\nb\\nc\\n'\na\nc", 1, ("  a\n+ b", "\n  c\n")),
    "a line that must be absent": Wrong("nsh> printf 'a\\nb\\n'\n...\nb (absent)\n...", 3, ("- b (absent)",)),
    "a wrong status": Wrong("nsh> bash -c 'exit 3'\n[4]", 1, ("! the exit status is 3, not 4",)),
    "a failure where none was expected": Wrong("nsh> false", 1, ("! the exit status is 1, not 0",)),
    "a success where a failure was expected": Wrong("nsh> true\n[!0]", 1, ("! the exit status is 0, not any but 0",)),
    "a command that hangs": Wrong(
        "nsh> bash -c 'echo begun; sleep 1000' #: timeout=300ms\nbegun",
        1,
        ("  begun", "! no answer within 0.3 s"),
    ),
    "a prompt that is not where it says": Wrong(
        "nsh> new uts a -q\nnsh> enter a\nnsh> hostname\nhost", 3, ("! the prompt is nsh[a]>, not nsh>",)
    ),
    "a bare prompt that is not where it says": Wrong("nsh> new uts a -q\nnsh[a]>", 2, ("! the prompt is nsh>, not",)),
    "a session that is over": Wrong("nsh> quit\nnsh> hostname\nhost", 2, ("! the session has ended",)),
    "a name that is bound to another value": Wrong(
        "nsh> echo 5\n%{n:int}\nnsh> echo 6\n%{n}", 4, ("- %{n}", "+ 6", "%{n} must be 5 (line 7)", "bound: %{n}→5")
    ),
    "a name that should differ and does not": Wrong(
        "nsh> echo 5\n%{n:int}\nnsh> echo 5\n%{!n:int}", 4, ("- %{!n:int}", "+ 5", "%{n} must not be 5 (line 7)")
    ),
    "something that never comes true": Wrong(
        "nsh> ls /tmp/never #: eventually=200ms\n/tmp/never", 2, ("- /tmp/never", "! the exit status is 2, not 0")
    ),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """All of them, played once, a few at a time."""
    with ThreadPoolExecutor(4) as pool:
        outcomes = pool.map(lambda name: played(WRONG[name].body, name), WRONG)
        return dict(zip(WRONG, outcomes, strict=True))


def played(body: str, name: str = "page", head: str = HEAD) -> Outcome:
    """A page of one block, or of several if the body closes the first itself."""
    document = parse(Path(f"{name.replace(' ', '-')}.md"), f"{head}```nsh\n{body}\n```\n")
    return play_document(document, own_mode(), Options())


@pytest.mark.parametrize("name", WRONG)
def test_a_page_that_is_wrong_fails_and_is_told_why(name: str, outcomes: dict[str, Outcome]) -> None:
    """File, line, session and step; the lines that differ, and what stood for what."""
    outcome, wrong = outcomes[name], WRONG[name]
    assert outcome.kind is Kind.FAILED
    first = outcome.text.partition("\n")[0]
    assert first.startswith(f"{outcome.path}:{BEGIN - 1 + wrong.line}: session host, step "), first
    assert '"A title"' in first
    for text in wrong.said:
        assert text in outcome.text, outcome.text


def test_after_a_timeout_the_page_is_still_torn_down() -> None:
    """Where ^C brought the prompt back in the same terminal, with what was made in it; nothing else is played."""
    outcome = played(
        "nsh> new uts mine -q\nnsh> sleep 1000 #: timeout=200ms\nnsh> touch /tmp/mark\n```\n```nsh teardown\n"
        "nsh> ls /tmp/mark\nnot even tried\nnsh> mine hostname\nnot this"
    )
    assert outcome.kind is Kind.FAILED
    assert "! no answer within 0.2 s" in outcome.text
    assert "+ ls: cannot access '/tmp/mark'" in outcome.text
    assert "- not this\n+ host\n" in outcome.text.replace(" " * 16, "").replace("this  ", "this")
    assert "left behind" not in outcome.text


def test_a_command_that_ignores_ctrl_c_is_killed_with_its_session_and_torn_down() -> None:
    """The teardown gets a terminal of its own; nothing of the old session is left."""
    outcome = played(
        "nsh> bash -c 'trap \"\" INT TERM HUP; echo deaf; while true; do sleep 1000; done' #: timeout=200ms\n"
        "deaf\n```\n```nsh teardown\nnsh> pgrep -c sleep #: eventually=5s\n0\n[1]\nnsh> hostname\nnot this"
    )
    assert outcome.kind is Kind.FAILED
    assert "  deaf\n" in outcome.text
    assert "! no answer within 0.2 s" in outcome.text
    assert "step 2/2" in outcome.text
    assert "- not this" in outcome.text
    assert "left behind" not in outcome.text


def test_all_is_told_to_machines_too(nsh: Program) -> None:
    """TAP and JUnit have the same report; `-k` and `--mode` choose, `--no-skip` forgives nothing."""
    for name, body in (("good", "nsh> true"), ("wrong", "nsh> false"), ("bad", "nonsense")):
        (nsh.cwd / f"{name}.md").write_text(f"---\nnsh: 1\ntitle: the {name} one\n---\n```nsh\n{body}\n```\n")
    skipped = "---\nnsh: 1\nrequires: [kernel>=99]\n---\n```nsh\nnsh> true\n```\n"
    (nsh.cwd / "skipped.md").write_text(skipped)
    done = nsh("test", "--tap", "--junit", "out.xml", ".")
    assert done.status == 2
    lines = [line for line in done.out.splitlines() if not line.startswith("#")]
    mode = own_mode()
    assert lines == [
        "TAP version 13",
        "1..4",
        "not ok 1 - bad.md",
        f"ok 2 - good.md [{mode}]",
        f"ok 3 - skipped.md [{mode}] # SKIP requires kernel>=99: {lines[4].partition('>=99: ')[2]}",
        f"not ok 4 - wrong.md [{mode}]",
    ]
    assert "# ! the exit status is 1, not 0" in done.out
    suite = ElementTree.parse(nsh.cwd / "out.xml").getroot()
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert nsh("test", "-k", "the good", "good.md", "wrong.md").status == 0
    assert nsh("test", "--no-skip", "-k", "skip", "good.md", "skipped.md").status == 1
