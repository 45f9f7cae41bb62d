# SPDX-License-Identifier: MIT
"""`nsh test` from outside: the real program, real sandboxes, real terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pexpect
import pytest

from nsh.transcript.outcome import Kind
from nsh.transcript.outside import ORDINARY, Options, play_document, unreadable_for_others
from nsh.transcript.parse import parse
from tests.program import NSH, TIMEOUT, Done, Program

ROOT = Path(__file__).resolve().parent.parent.parent
PASSES = "nsh> hostname\nhost"
FAILS = "nsh> hostname\nguest"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a page with one block."""

    def page(body: str, name: str = "page.md", head: str = "", attributes: str = "") -> Path:
        path = tmp_path / name
        path.write_text(f"---\nnsh: 1\n{head}---\n```nsh {attributes}\n{body}\n```\n")
        return path

    return page


@pytest.fixture
def test(nsh: Program) -> Callable[..., Done]:
    """`nsh test …`."""
    return lambda *argv, **environment: nsh("test", *map(str, argv), **environment)


@pytest.mark.real
def test_a_page_that_goes_as_it_says_passes(write: Write, test: Callable[..., Done]) -> None:
    """One line, and status 0."""
    done = test(write(PASSES))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("ok       ")
    assert "1 step" in done.out


@pytest.mark.real
def test_the_sandbox_is_the_page_s_own(write: Write, test: Callable[..., Done]) -> None:
    """Its host is called host, its files are its own, and two sessions share it."""
    path = write("nsh> touch /run/mark /tmp/mark\nnsh> bash -c 'echo $HOME; ls -d /tmp/mark'\n/tmp/home\n/tmp/mark")
    path.write_text(path.read_text() + "```nsh session=b\nnsh> ls /run/mark\n/run/mark\n```\n")
    assert test(path).status == 0
    assert not Path("/run/mark").exists()


@pytest.mark.real
def test_the_environment_is_made_from_nothing(write: Write, test: Callable[..., Done]) -> None:
    """The caller's settings do not reach the page."""
    body = "nsh> bash -c 'echo $LC_ALL $TZ $TERM $PAGER ${SECRET-none} ${NSH_AID-none}'\n"
    assert test(write(body + "C.UTF-8 UTC xterm-256color cat none none"), SECRET="x", TZ="Asia/Tokyo").status == 0


@pytest.mark.real
def test_pids_of_the_sandbox_are_numbers_of_their_own(write: Write, test: Callable[..., Done]) -> None:
    """No pid namespace inside comes to them, so equal numbers are equal processes."""
    assert test(write("nsh> bash -c 'echo $$'\n4[0-9]{3} (re)")).status == 0


@pytest.mark.real
def test_a_page_that_goes_otherwise_fails(write: Write, test: Callable[..., Done]) -> None:
    """Status 1, and the lines that differ with the page's line number."""
    path = write(FAILS)
    done = test(path)
    assert done.status == 1
    assert f"{path}:6: session host, step 1/1" in done.out
    assert "\n- guest\n+ host\n" in done.out


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("nsh> readlink /proc/4711/ns/uts", 2),
        ("no prompt", 2),
    ],
)
def test_a_bad_page_is_status_two(body: str, status: int, write: Write, nsh: Program) -> None:
    """It is not played; the line is named."""
    done = nsh("test", str(write(body)))
    assert done.status == status
    assert "page.md:5: " in done.out


@pytest.mark.real
def test_a_failed_setup_is_status_three(write: Write, test: Callable[..., Done]) -> None:
    """The page's own claim was never put to the test."""
    done = test(write("nsh> false", attributes="setup"))
    assert done.status == 3
    assert done.out.startswith("broken: ")


@pytest.mark.real
def test_only_skips_are_status_four(write: Write, test: Callable[..., Done]) -> None:
    """With the reason; `--no-skip` makes a failure of them."""
    path = write(PASSES, head="requires: [tool:no-such-tool]\n")
    done = test(path)
    assert (done.status, done.out.splitlines()[0]) == (
        4,
        f"skipped  {path} [{cli_mode()}]: requires tool:no-such-tool: no-such-tool is not installed",
    )
    assert test("--no-skip", path).status == 1


def cli_mode() -> str:
    return "root" if os.geteuid() == 0 else "rootless"


@pytest.mark.real
def test_a_folder_stands_for_its_transcripts(write: Write, test: Callable[..., Done], tmp_path: Path) -> None:
    """Other Markdown is passed over; `-k` picks by path or title."""
    write(PASSES, "a.md", head="title: First\n")
    write(FAILS, "b.md", head="title: Second\n")
    (tmp_path / "README.md").write_text("# Not a transcript\n")
    assert test(tmp_path).status == 1
    assert test("-k", "First", tmp_path).status == 0
    assert test("-k", "b.md", tmp_path).status == 1
    assert test("-k", "nothing", tmp_path).status == 4


@pytest.mark.real
def test_reports_for_machines(write: Write, test: Callable[..., Done], tmp_path: Path) -> None:
    """TAP on standard output, JUnit in a file."""
    write(PASSES, "a.md")
    write(FAILS, "b.md")
    done = test("--tap", "--junit", tmp_path / "report.xml", tmp_path)
    assert done.out.splitlines()[:2] == ["TAP version 13", "1..2"]
    assert "not ok 2 - " in done.out
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.mark.real
def test_update_makes_the_page_right(write: Write, test: Callable[..., Done]) -> None:
    """What it wrote passes, and a second update changes nothing."""
    path = write("nsh> new uts demo\nold\nnsh> on demo readlink /proc/self/ns/uts\nnsh> false\nnsh> hostname\nhost")
    assert test("--update", path).status == 0
    first = path.read_text()
    assert "old" not in first
    assert "nsh> false\n[1]\nnsh> hostname\nhost" in first
    assert test(path).status == 0
    assert test("--update", path).status == 0
    assert path.read_text() == first


@pytest.mark.real
def test_an_update_can_be_asked_about(write: Write, nsh: Program) -> None:
    """`-i` shows the difference and writes on y."""
    path = write(FAILS)
    before = path.read_text()
    done = nsh("test", "-i", str(path), stdin="n\n")
    assert (path.read_text(), done.status) == (before, 1)
    assert "write this? [y/N]" in done.out
    assert nsh("test", "-i", str(path), stdin="y\n").status == 0
    assert path.read_text() == before.replace("guest", "host")


def test_pages_are_not_changed_in_ci(write: Write, nsh: Program) -> None:
    """A test that mends itself is none."""
    for option in ("--update", "-i"):
        done = nsh("test", option, str(write(FAILS)), CI="true")
        assert done.status == 2
        assert "CI is set" in done.err


def test_explain_lists_what_is_not_literal(write: Write, nsh: Program) -> None:
    """Nothing is run."""
    lines = ["nsh> new uts demo", "demo  pid 8187  uts:[5000]", "nsh> readlink /proc/8187/ns/uts", "uts:[5000]"]
    lines += ["... (?)", "nsh> date", "13:13 %{day:int} ...", "nsh> echo %{day} 8187", "%{day} (root !)", "%{!day:int}"]
    lines += ["...", "a.* (re+)", "gone (absent)", "plain %%{ text", "8187 (eq)", "[!0]"]
    path = write("\n".join(lines))
    done = nsh("test", "--explain", str(path))
    assert [line.removeprefix(f"{path}:") for line in done.out.splitlines()] == [
        "6: pid      8187: bound here, another than every other sample that is alive",
        "6: ns       5000: bound here, another than every other sample that is alive",
        "7: pid      8187: typed as the value bound in line 6",
        "8: ns       5000: the value bound in line 6",
        "9: text     ...: any run of characters",
        "9: line     ...: may be missing",
        "11: clock    13:13: any of this shape",
        "11: named    %{day:int}: bound here",
        "11: text     ...: any run of characters",
        "12: named    %{day}: typed as the value bound in line 11",
        "13: named    %{day}: the value bound in line 11",
        "13: line     %{day}: needed only where root holds",
        "14: named    %{!day:int}: another value than the one bound in line 11",
        "15: lines    ...: any lines, as few as possible",
        "16: re       a.*: a pattern for the whole line",
        "16: line     a.*: once or more",
        "17: line     gone: must not be there",
        "20: status   [!0]: any but 0",
    ]
    assert nsh("test", "--explain", str(write("bad"))).status == 2


def test_a_page_of_the_real_host_is_refused(write: Write, nsh: Program) -> None:
    """It was recorded outside any sandbox, and would be played there."""
    done = nsh("test", str(write(PASSES, head="host: real\n")))
    assert done.status == 2
    assert "--host" in done.out


@pytest.mark.real
def test_a_page_of_the_real_host_is_played_there_when_asked(write: Write, test: Callable[..., Done]) -> None:
    """No sandbox: the hostname is the machine's."""
    path = write(f"nsh> hostname\n{os.uname().nodename} (eq)", head="host: real\n")
    assert test("--host", path).status == 0


@pytest.mark.real
def test_a_report_that_cannot_be_written_is_said(write: Write, test: Callable[..., Done], tmp_path: Path) -> None:
    """In a line, after the pages were played."""
    done = test("--junit", tmp_path / "no" / "report.xml", write(PASSES))
    assert done.status == 1
    assert "report.xml: No such file or directory" in done.err
    assert "Traceback" not in done.err


@pytest.mark.real
def test_root_of_a_few_ids_is_not_root(write: Write, environment: dict[str, str]) -> None:
    """A page for root does not pass as such in somebody's user namespace."""
    path = write(PASSES, head="matrix: [root, rootless]\n")
    argv = ["unshare", "--user", "--map-root-user", NSH, "test", str(path)]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"skipped  {path} [root]: the mode root needs root\nok       {path} [rootless]")


@pytest.mark.parametrize("argv", [("nofile.md",), ("--frobnicate", "x"), ()])
def test_a_wrong_call_is_said_in_a_line(argv: tuple[str, ...], nsh: Program) -> None:
    """No traceback."""
    done = nsh("test", *argv)
    assert done.status in (1, 2)
    assert "Traceback" not in done.err
    assert done.err


@pytest.mark.real
@pytest.mark.root
def test_root_plays_a_page_as_somebody_else_too(write: Write, test: Callable[..., Done]) -> None:
    """The matrix; where that user cannot read the program, the reason is said."""
    path = write("nsh> cat /proc/self/uid_map\n...", head="matrix: [root, rootless]\n")
    done = test(path)
    assert "[root]" in done.out.splitlines()[0]
    if unreadable_for_others():
        assert f"uid {ORDINARY} cannot run" in done.out.splitlines()[1]
    else:
        assert done.status == 0
        assert test("--mode", "rootless", path).out.startswith(f"ok       {path} [rootless]")


@pytest.mark.real
@pytest.mark.rootless
def test_nobody_becomes_root_for_a_page(write: Write, test: Callable[..., Done]) -> None:
    """The mode root is skipped for others."""
    done = test(write(PASSES, head="matrix: [root, rootless]\n"))
    assert done.status == 0
    assert "skipped  " in done.out
    assert "needs root" in done.out


@pytest.mark.real
@pytest.mark.terminal
def test_a_process_that_outlives_its_nsh_is_a_failure(write: Write) -> None:
    """Here the zygote, which would have seen to it, is killed first."""
    body = "nsh> setsid --fork sleep 1000\nnsh> bash -c 'pkill -KILL -f \"^nsh: zygote\"'\n...\n[!0]"
    document = parse(Path("page.md"), f"---\nnsh: 1\n---\n```nsh\n{body}\n```\n")
    outcome = play_document(document, cli_mode(), Options())
    assert outcome.kind is Kind.FAILED
    assert "left behind: sleep (pid 4" in outcome.text


@pytest.mark.terminal
def test_the_terminal_of_a_failure_can_be_kept(write: Write, environment: dict[str, str]) -> None:
    """`--keep` puts the user where the page failed; ^] goes on with the teardown and the report."""
    path = write("nsh> new uts demo\n...\nnsh> hostname\nguest")
    child = pexpect.spawn(NSH, ["test", "--keep", str(path)], env=environment, encoding="utf-8", timeout=TIMEOUT)
    try:
        child.expect("session host is yours")
        child.send("demo bash -c 'hostname kept; hostname'\r")
        child.expect("\x07kept\r\n")
        child.send("\x1d")
        child.expect("- guest\r\n\\+ host\r\n")
        child.expect(pexpect.EOF)
        assert child.wait() == 1
    finally:
        child.close(force=True)


@pytest.mark.real
def test_the_plugin_makes_tests_of_pages(write: Write, tmp_path: Path) -> None:
    """Named pages are played; a failure is the runner's report, a bad page an error, and neither has a traceback."""
    passes, fails, bad = write(PASSES, "passes.md"), write(FAILS, "fails.md"), write("nothing", "bad.md")

    def played(*pages: Path) -> str:
        options = ["-p", "nsh.transcript.pytest_plugin", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-q"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *map(str, pages)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ).stdout

    said = played(passes, fails)
    assert "1 failed, 1 passed" in said
    assert "\n- guest\n+ host\n" in said
    assert "output before the first prompt" in played(bad)
    assert "Traceback" not in said + played(bad)
