# SPDX-License-Identifier: MIT
"""`nsh export` from outside: the real program, real sandboxes, real files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from nsh.recording.cast import read_cast, written
from nsh.recording.drafts import drafted
from nsh.recording.redact import INSTEAD
from nsh.transcript.outside import unreadable_for_others
from nsh.transcript.tokens import Scanner
from tests.program import NSH, TIMEOUT, Done, Program
from tests.recording.asciicast import problems
from tests.recording.reels import session

pytestmark = pytest.mark.once

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "transcripts"
FORMS = ("cast", "svg", "html", "md", "txt")
BODY = "nsh> hostname\nhost\nnsh> echo $$\n8182"
VALUES = f"""{BODY}
nsh> new uts demo
...
nsh> readlink /proc/$$/ns/uts
uts:[4026532386]
nsh> on demo readlink /proc/self/ns/uts
uts:[4026532387]"""

Write = Callable[..., Path]
Export = Callable[..., Done]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a page with one block."""

    def page(body: str = BODY, head: str = "", name: str = "talk.md") -> Path:
        path = tmp_path / name
        path.write_text(f"---\nnsh: 1\ntitle: A talk\n{head}---\n# A talk\n\n```nsh\n{body}\n```\n")
        return Path(name)

    return page


@pytest.fixture
def export(nsh: Program) -> Export:
    """`nsh export …`, in the test's folder."""
    return lambda *argv: nsh("export", *map(str, argv))


def left(folder: Path) -> list[str]:
    """The names of all files in a folder, hidden ones too, but what the fixtures made."""
    return sorted(name for name in os.listdir(folder) if name != "home")


@pytest.mark.real
def test_one_playing_gives_every_form(write: Write, export: Export, tmp_path: Path) -> None:
    """The cast keeps the rules, Markdown and text say what was shown, and nothing else is left."""
    done = export(write(), *(word for suffix in FORMS for word in ("-o", f"x.{suffix}")))
    assert done == (0, "", "")
    assert left(tmp_path) == sorted(["talk.md", *(f"x.{suffix}" for suffix in FORMS)])
    text = (tmp_path / "x.txt").read_text()
    assert re.fullmatch(r"nsh> hostname\nhost\nnsh> echo \$\$\n\d+\n", text)
    assert (tmp_path / "x.md").read_text() == f"# A talk\n\n```nsh\n{text}```\n"
    assert problems((tmp_path / "x.cast").read_text()) == []
    assert "\n# step 2 talk.md:10 ok\n" in (tmp_path / "x.cast").read_text()


@pytest.mark.real
def test_a_recording_is_converted(export: Export, tmp_path: Path) -> None:
    """To the other version and back, and to text."""
    (tmp_path / "x.cast").write_text(written(session(("hostname", "host\r\n"), ("echo one", "one\r\n"))))
    (tmp_path / "x.txt").write_text("nsh> hostname\nhost\nnsh> echo one\none\n")
    assert export("x.cast", "-o", "old.cast", "--cast", "2", "-o", "y.txt") == (0, "", "")
    assert export("old.cast", "-o", "new.cast") == (0, "", "")
    assert (tmp_path / "old.cast").read_text() == written(read_cast(tmp_path / "x.cast"), 2)
    assert written(read_cast(tmp_path / "new.cast"), 2) == (tmp_path / "old.cast").read_text()
    assert problems((tmp_path / "new.cast").read_text()) == []
    assert (tmp_path / "y.txt").read_text() == (tmp_path / "x.txt").read_text()


@pytest.mark.real
def test_with_samples_every_run_gives_the_same_bytes(write: Write, export: Export, tmp_path: Path) -> None:
    """A page whose values are others in each run, played twice; the slow tests play those of the documentation."""
    same_bytes(write(VALUES), export, tmp_path)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.md") if path.name != "README.md"))
def test_with_samples_every_page_gives_the_same_bytes(name: str, export: Export, tmp_path: Path) -> None:
    """All pages of the documentation that can be played here."""
    same_bytes(PAGES / name, export, tmp_path)


def same_bytes(page: Path, export: Export, tmp_path: Path) -> None:
    """Play a page twice; the files have the same bytes."""
    for run in "ab":
        done = export(page, "--samples", *(word for suffix in FORMS for word in ("-o", f"{run}.{suffix}")))
        if done.status == 4:
            pytest.skip(done.err.partition(" requires mod:")[2] or done.err)
        assert done == (0, "", "")
    for suffix in FORMS:
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.real
@pytest.mark.parametrize("name", ["", pytest.param("uts.md", marks=pytest.mark.slow)], ids=["short", "uts.md"])
def test_without_samples_only_values_differ(name: str, write: Write, export: Export, tmp_path: Path) -> None:
    """Text, times and colours of two runs are the same but for inodes, pids and the like."""
    page = PAGES / name if name else write(VALUES)
    for run in "ab":
        assert export(page, "-o", f"{run}.cast").status == 0
    one, other = (read_cast(tmp_path / f"{run}.cast") for run in "ab")
    assert [event[:2] for event in one.events] == [event[:2] for event in other.events]
    differing = [(a.data, b.data) for a, b in zip(one.events, other.events, strict=True) if a != b]
    for texts in differing:
        assert len({without_values(text) for text in texts}) == 1


def without_values(text: str) -> str:
    """The text with each value of a known type taken out."""
    found = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n"):
        for token in reversed(Scanner("echo $$").find(line.rstrip("\r"))):
            line = f"{line[: token.start]}<{token.kind.name}>{line[token.end :]}"
        found.append(line)
    return "\n".join(found)


@pytest.mark.real
def test_a_page_that_goes_another_way_is_refused(write: Write, export: Export, tmp_path: Path) -> None:
    """In one line with the step, and with what tells more; nothing is written."""
    done = export(write("nsh> hostname\nguest"), "-o", "x.cast")
    assert (done.status, done.out) == (1, "")
    first, second = done.err.splitlines()
    assert first.startswith("nsh: talk.md:9: session host, step 1/1")
    assert first.endswith("not as the page says")
    assert re.fullmatch(r"hint: nsh test --mode \w+ talk\.md", second)
    assert left(tmp_path) == ["talk.md"]


@pytest.mark.real
def test_a_skipped_page_is_refused_with_the_reason(write: Write, export: Export, tmp_path: Path) -> None:
    """Status 4, as from `nsh test`."""
    done = export(write(head="requires: [tool:no-such-tool]\n"), "-o", "x.cast")
    assert done.status == 4
    assert done.err.startswith("nsh: talk.md: skipped: requires tool:no-such-tool: ")
    assert left(tmp_path) == ["talk.md"]


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["talk.md"], "-o says what to write, and there is none\nhint: nsh export talk.md -o talk.html"),
        (["talk.md", "-o", "-"], "-o -: the suffix says what to write: .cast .svg .html .md .txt"),
        (["talk.md", "-o", "x.gif"], "-o x.gif: the suffix says what to write: .cast .svg .html .md .txt"),
        (["talk.md", "-o", "x.cast", "-o", "./x.cast"], "-o x.cast: given twice"),
        (["talk.md", "-o", "folder.cast"], "-o folder.cast: not a file"),
        (["talk.md", "-o", "nowhere/x.cast"], "-o nowhere/x.cast: no such folder: "),
        (["talk.md", "-o", "talk.md"], "-o talk.md: that is what is exported"),
        (["talk.md", "-o", "other.md"], "-o other.md: a transcript, which an export would destroy"),
        (["talk.md", "-o", "x.cast", "--step", "1"], "--step is for .svg"),
        (["talk.md", "-o", "x.cast", "--columns", "0"], "export: --columns: 0 is no number from 1 to 1000"),
        (["talk.md", "-o", "x.cast", "--redact", "re:("], "redact: re:(: no regular expression: "),
        (
            ["talk.md", "-o", "x.cast", "--mode", "root"],
            "talk.md: the page is not for the mode root\nhint: --mode rootless",
        ),
        (["bad.md", "-o", "x.cast"], "bad.md:1: a transcript begins with front matter"),
        (["latin.md", "-o", "x.cast"], "latin.md:1: not UTF-8"),
        (["missing.md", "-o", "x.cast"], "missing.md: No such file or directory"),
        (["folder.cast", "-o", "x.txt"], "folder.cast: Is a directory"),
        (["real.md", "-o", "x.cast"], "real.md: a page of a real host is not played in a sandbox"),
        (["old.cast", "-o", "x.md"], "-o x.md: a recording has no page\nhint: -o x.txt"),
        (["old.cast", "-o", "x.txt", "--samples"], "old.cast: --samples is for pages, not for recordings"),
        (["bad.cast", "-o", "x.txt"], "bad.cast:2: not JSON"),
    ],
    ids=range(20),
)
def test_what_cannot_be_is_refused_before_anything_is_played(
    argv: list[str], why: str, write: Write, export: Export, tmp_path: Path
) -> None:
    """Status 2, one line, at most a hint, and no file."""
    write(head="matrix: [rootless]\n")
    write(head="host: real\n", name="real.md")
    (tmp_path / "folder.cast").mkdir()
    write(name="other.md")
    (tmp_path / "bad.md").write_text("# no front matter\n")
    (tmp_path / "latin.md").write_bytes(b"\xff\n")
    (tmp_path / "old.cast").write_text('{"version": 2, "width": 80, "height": 24}\n')
    (tmp_path / "bad.cast").write_text('{"version": 2, "width": 80, "height": 24}\nnonsense\n')
    before = left(tmp_path)
    done = export(*argv)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"nsh: {why}")
    assert len(done.err.splitlines()) <= 2
    assert left(tmp_path) == before


@pytest.mark.real
def test_a_bad_redaction_of_the_page_is_said_with_its_line(write: Write, export: Export) -> None:
    """The line of the front matter."""
    done = export(write(head='redact: [hostname, "re:*"]\n'), "-o", "x.cast")
    assert done == (2, "", "nsh: talk.md:4: redact: re:*: no regular expression: nothing to repeat at position 0\n")


@pytest.mark.real
def test_what_is_redacted_is_in_none_of_the_files(write: Write, export: Export, tmp_path: Path) -> None:
    """Page and command line say what; the finished files are searched."""
    page = write("nsh> printf 's3\\033[31msa\\033[0mme 4711\\n'\ns3same 4711", head='redact: ["s3same"]\n')
    outputs = [word for suffix in FORMS for word in ("-o", f"x.{suffix}")]
    assert export(page, *outputs, "--redact", "re:471\\d", "--check-redact") == (0, "", "")
    for suffix in FORMS:
        text = (tmp_path / f"x.{suffix}").read_text()
        assert INSTEAD in text
        assert "s3same" not in text
        assert "4711" not in text


@pytest.mark.real
def test_what_is_found_in_a_finished_file_keeps_all_of_them_back(write: Write, export: Export, tmp_path: Path) -> None:
    """What a form itself says (asciicast's own words) cannot be taken out: which it is, and where, is said."""
    done = export(write(), "-o", "x.txt", "-o", "x.cast", "--redact", "xterm-256color", "--check-redact")
    assert (done.status, done.out) == (1, "")
    assert done.err == "nsh: x.cast:1: xterm-256color is in it\nhint: nothing was written\n"
    assert left(tmp_path) == ["talk.md"]


@pytest.mark.real
def test_what_a_full_screen_program_painted_in_pieces_keeps_all_of_them_back(export: Export, tmp_path: Path) -> None:
    """It cannot be taken out of the stream, where it never stands in one piece; that it can be read is said."""
    events = ['[0.0, "o", "\\u001b[?1049hs3s"]', '[0.1, "o", "\\u001b[5;1Hrest\\u001b[1;4Hame"]']
    (tmp_path / "a.cast").write_text("\n".join(['{"version": 2, "width": 80, "height": 24}', *events, ""]))
    done = export("a.cast", "-o", "x.svg", "-o", "x.html", "--redact", "s3same", "--check-redact")
    assert (done.status, done.out) == (1, "")
    last = "nsh: a.cast: s3same can be read on the screen, 0.1 s after the beginning\nhint: nothing was written\n"
    assert done.err.endswith(last)
    assert left(tmp_path) == ["a.cast"]


@pytest.mark.real
def test_a_file_that_is_there_is_replaced_whole_or_not_at_all(write: Write, export: Export, tmp_path: Path) -> None:
    """Through a link, too; where another one of them cannot be written it stays as it was."""
    (tmp_path / "kept").write_text("old")
    (tmp_path / "x.txt").symlink_to("kept")
    assert export(write(), "-o", "x.txt", "-o", f"{'x' * 252}.txt").status == 2
    assert (tmp_path / "kept").read_text() == "old"
    assert left(tmp_path) == ["kept", "talk.md", "x.txt"]
    assert export("talk.md", "-o", "x.txt") == (0, "", "")
    assert (tmp_path / "x.txt").is_symlink()
    assert (tmp_path / "kept").read_text().startswith("nsh> hostname\n")


def test_a_full_disk_leaves_what_was_there(nsh: Program, tmp_path: Path) -> None:
    """Here the size of a file is limited (setrlimit(2)), which fails in the same place."""
    lines = "".join(f'[0.1, "o", "{"x" * 70}\\r\\n"]\n' for _ in range(2000))
    (tmp_path / "long.cast").write_text(f'{{"version": 3, "term": {{"cols": 80, "rows": 24}}}}\n{lines}')
    (tmp_path / "x.txt").write_text("old")
    limited = ["bash", "-c", f'trap "" XFSZ; ulimit -f 50; exec {NSH} export long.cast -o x.txt']
    done = subprocess.run(limited, cwd=tmp_path, env=nsh.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "nsh: x.txt: File too large\n")
    assert (tmp_path / "x.txt").read_text() == "old"
    assert left(tmp_path) == ["long.cast", "x.txt"]


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_signal_while_the_page_is_played_leaves_nothing(
    number: signal.Signals, write: Write, nsh: Program, tmp_path: Path
) -> None:
    """No sandbox, no file, no traceback; the status tells the signal."""
    page = write("nsh> sleep 600\nnsh> hostname\nhost", head="timeout: 10m\ntotal: 10m\n")
    argv = [NSH, "export", str(page), "-o", "x.cast"]
    process = subprocess.Popen(argv, cwd=tmp_path, env=nsh.environment, stderr=subprocess.PIPE, text=True)
    wait_for_child(process.pid, "sleep")
    process.send_signal(number)
    _, said = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, said) == (128 + number, "")
    assert left(tmp_path) == ["talk.md"]


@pytest.mark.terminal
def test_on_a_terminal_it_says_what_it_does_while_it_does_it(write: Write, nsh: Program, tmp_path: Path) -> None:
    """The line is gone in the end, before what there is to say."""
    child = pexpect.spawn(
        NSH,
        ["export", str(write("nsh> hostname\nguest")), "-o", "x.cast"],
        env=dict(nsh.environment),
        cwd=tmp_path,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    said = child.read()
    child.close()
    assert said.startswith("playing talk.md …\r\x1b[Knsh: talk.md:9: session host")
    assert child.exitstatus == 1


def wait_for_child(pid: int, name: str) -> None:
    """Wait until a process has a descendant of this name (proc_pid_task_children(5))."""
    while not any(command(child) == name for child in descendants(pid)):
        os.sched_yield()


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in children for each in (child, *descendants(child))]


def command(pid: int) -> str:
    """The name of a process; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.mark.real
@pytest.mark.root
def test_the_mode_is_asked_for_or_the_page_s_only_one(write: Write, export: Export, tmp_path: Path) -> None:
    """Root plays a rootless page as an ordinary user."""
    if why := unreadable_for_others():
        pytest.skip(f"AppArmor or a private checkout: {why}")
    page = write(
        "nsh> bash -c 'wc -l < /proc/self/uid_map; cut -d/ -f1 /proc/self/uid_map | wc -w'\n...", "matrix: [rootless]\n"
    )
    assert export(page, "-o", "x.txt").status == 0
    assert (tmp_path / "x.txt").read_text().startswith("nsh> bash")


def test_a_name_may_be_as_long_as_names_are(tmp_path: Path) -> None:
    """Also beside it, where the file is written first."""
    target = tmp_path / ("x" * 255)
    with drafted() as drafts:
        drafts.add(target, b"all of it")
        drafts.publish()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x" * 255, b"all of it")]
