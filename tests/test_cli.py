# SPDX-License-Identifier: MIT
"""The program: its options, its ways in, and bad input on each of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from nsh.cli import USAGE, main, read_options
from nsh.errors import UsageError
from tests.program import NSH, Program


@pytest.mark.parametrize(
    ("argv", "flags", "lines", "words", "is_file"),
    [
        ([], set(), None, [], False),
        (["demo.nsh", "-x", "a"], set(), None, ["demo.nsh", "-x", "a"], True),
        (["./demo"], set(), None, ["./demo"], True),
        (["--", "demo", "a"], set(), None, ["demo", "a"], True),
        (["-xk", "--", "demo"], {"echo", "keep_going"}, None, ["demo"], True),
        (["-c", "ls ns", "-x"], set(), "ls ns", ["-x"], False),
        (["-xc", "ls ns"], {"echo"}, "ls ns", [], False),
        (["--json", "ls", "ns", "--json"], {"json"}, None, ["ls", "ns", "--json"], False),
        (["-n"], {"check"}, None, [], False),
    ],
)
def test_the_command_line_is_read(
    argv: list[str], flags: set[str], lines: str | None, words: list[str], is_file: bool
) -> None:
    """Options end at the first word; a word with a `/` or `.nsh` is a script."""
    options = read_options(argv)

    assert (options.flags, options.lines, options.words, options.is_file) == (flags, lines, words, is_file)


@pytest.mark.parametrize(
    ("argv", "message"),
    [(["--sandbix"], "no such option: --sandbix"), (["-z"], "no such option: -z"), (["-c"], "-c needs the lines")],
)
def test_an_unknown_option_is_a_usage_error(argv: list[str], message: str) -> None:
    """Before anything is started."""
    with pytest.raises(UsageError, match=message):
        read_options(argv)


def test_version_and_help_start_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """They print on standard output and succeed."""
    assert main(["--version"]) == 0
    assert main(["--help"]) == 0
    assert main(["--sandbix"]) == 2
    out, err = capfd.readouterr()
    assert out.startswith("nsh ")
    assert out.endswith(USAGE)
    assert err == "nsh: no such option: --sandbix\nhint: did you mean '--sandbox'?\n"


def test_checking_starts_nothing(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """-n tells what is wrong, with status 2, or nothing."""
    (tmp_path / "demo.nsh").write_text("#!/usr/bin/env nsh\nnew uts a\nnew utz b\n")

    assert main(["-n", str(tmp_path / "demo.nsh")]) == 2
    assert main(["-n", "-c", "new uts a; ls ns"]) == 0
    assert capfd.readouterr().err.startswith(f"{tmp_path}/demo.nsh:3: utz: no such type")


# From here on the real program runs, over pipes


@pytest.mark.real
def test_a_word_is_a_command_and_its_words_are_not_split_again(nsh: Program) -> None:
    """`nsh WORD ARG...`: blanks, quotes, `;` and `$` in an argument are its own."""
    done = nsh("echo", "a  b; c", "$x", "'", "*", "")

    assert done == (0, "a  b; c $x ' * \n", "")
    assert nsh("nwe", "uts").status == 127


@pytest.mark.real
def test_a_script_has_a_name_arguments_and_line_numbers(nsh: Program, tmp_path: Path) -> None:
    """It stops at the first failure and says which line that was."""
    (tmp_path / "demo.nsh").write_bytes(b'#!/usr/bin/env nsh\r\n\r\necho $1 "$2"\r\n\r\nnew utz x\r\necho no')
    done = nsh("./demo.nsh", "a", "b c")

    assert (done.status, done.out) == (2, "a b c\n")
    assert done.err.splitlines()[:3] == ["./demo.nsh:5: utz: no such type of namespace", "  new utz x", "      ^^^"]


@pytest.mark.real
def test_lines_on_stdin_leave_the_rest_to_their_programs(nsh: Program) -> None:
    """No final newline is needed, blank lines end nothing."""
    text = "echo a\n\n\n# b\nsh -c 'read line; echo got $line'\nthis\necho c"

    assert nsh(stdin=text) == (0, "a\ngot this\nc\n", "")


@pytest.mark.real
@pytest.mark.parametrize(
    ("stdin", "status", "message"),
    [
        (b"\x7fELF\x02\x01\x01\0\0\0", 2, "a NUL byte"),
        (b"echo 'open\nnew uts a\n", 2, "stdin:1: the quote ' is open"),
        (b"\xff\xfe\n", 127, "unknown command: '\\xff\\xfe'"),
        (b"x" * 1_000_000, 127, "unknown command: 'xxx"),
        (b"new uts " + b"x" * 1_000_000, 2, "a name has at most 64 characters, this one 1000000"),
        (b"echo $(id)\n", 2, "there is no command substitution"),
    ],
)
def test_bad_input_is_one_clear_line(nsh: Program, stdin: bytes, status: int, message: str) -> None:
    """Right status, nothing made, nothing written that moves a cursor."""
    done = nsh(stdin=stdin)

    assert (done.status, done.out) == (status, "")
    assert message in done.err
    assert len(done.err) < 500
    assert all(line.isprintable() for line in done.err.splitlines())


@pytest.mark.real
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/nonexistent.nsh"], 'nsh: open("/nonexistent.nsh"): No such file or directory'),
        (["/"], 'nsh: open("/"): Is a directory'),
        (["/dev/zero"], 'nsh: read("/dev/zero"): File too large'),
        (["source", "/"], 'open("/"): Is a directory'),
    ],
)
def test_what_is_no_script_is_one_clear_line(nsh: Program, argv: list[str], message: str) -> None:
    """A missing file, a directory, a file without an end."""
    assert nsh(*argv) == (1, "", message + "\n")


@pytest.mark.real
def test_bytes_that_are_no_utf8_reach_the_program_as_they_are(nsh: Program, environment: dict[str, str]) -> None:
    """From standard input and from the command line."""
    del environment
    done = subprocess.run(
        [NSH, b"-c", b"printf %s \xff"], capture_output=True, env=nsh.environment, cwd=nsh.cwd, check=True
    )
    assert done.stdout == b"\xff"


@pytest.mark.real
def test_a_script_that_reads_itself_ends(nsh: Program, tmp_path: Path) -> None:
    """At once and with one line."""
    (tmp_path / "loop.nsh").write_text("source loop.nsh\n")
    done = nsh("./loop.nsh")

    assert done.status == 2
    assert "this script is being read already" in done.err


@pytest.mark.real
def test_json_of_a_refusal_is_one_object_on_stderr(nsh: Program) -> None:
    """Whatever way in, with `--json` in front or behind."""
    for argv in (["--json", "-c", "enter nobody"], ["show", "nobody", "--json"]):
        done = nsh(*argv)
        assert done.status == 1
        assert set(json.loads(done.err)) == {"error", "op", "errno", "hint"}


@pytest.mark.real
@pytest.mark.parametrize(("how", "status"), [(">&-", 1), (">/dev/full", 1), ("| true", 0)])
def test_output_that_goes_nowhere_is_no_traceback(nsh: Program, how: str, status: int) -> None:
    """Closed, full, or read by nobody."""
    done = subprocess.run(
        ["sh", "-c", f"{NSH} help {how}"], capture_output=True, text=True, env=nsh.environment, cwd=nsh.cwd, check=False
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert done.stderr == "" if status == 0 else done.stderr.startswith("nsh: standard output: ")


@pytest.mark.real
def test_a_pipe_that_breaks_is_the_signals_status(nsh: Program) -> None:
    """128 + SIGPIPE, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [NSH, "help"], stdout=pipe, stderr=subprocess.PIPE, env=nsh.environment, cwd=nsh.cwd, check=False
        )
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_session_in_order(nsh: Program, number: int) -> None:
    """Status 128 + N; the fixture sees that nothing is left."""
    with nsh.popen("-c", "new user,uts,pid a\necho ready\nsleep 1000") as process:
        assert process.stdout is not None
        while process.stdout.readline() not in (b"ready\n", b""):
            pass
        process.send_signal(number)

        assert process.wait(20) == 128 + number


@pytest.mark.real
def test_keep_going_and_echo(nsh: Program) -> None:
    """-k runs all and fails at the end; -x shows each line on standard error."""
    done = nsh("-xk", "-c", "false\necho b")

    assert (done.status, done.out) == (1, "b\n")
    assert done.err == "+ false\n-c:1: status 1: false\n+ echo b\n"


@pytest.mark.real
def test_an_interrupt_ends_a_script_and_leaves_nothing(nsh: Program) -> None:
    """^C at a program goes to the whole group: status 130, the next line does not run."""
    text = "new uts,pid a\nsh -c 'echo ready; exec sleep 1000'\necho after"
    with subprocess.Popen(
        [NSH, "-k", "-c", text], stdout=subprocess.PIPE, env=nsh.environment, cwd=nsh.cwd, process_group=0
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != b"ready":
            pass
        os.killpg(process.pid, signal.SIGINT)

        assert process.wait(20) == 128 + signal.SIGINT
        assert not process.stdout.read()


@pytest.mark.real
def test_a_plain_prompt_works_over_a_pipe(nsh: Program) -> None:
    """-i: prompts on standard output, lines on standard input, the end is as Ctrl-D."""
    done = nsh("-i", stdin="echo hi\nnew utz a\n")

    assert done.status == 2
    assert done.out == "nsh> hi\nnsh> nsh> \n"
    assert "utz: no such type" in done.err
