# SPDX-License-Identifier: MIT
"""`nsh record`: the session is as ever, and the file has what was shown, however it ended."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from nsh.recording.cast import read_cast
from nsh.recording.events import Event
from tests.program import AID, MARK_C, NSH, SIZE, TIMEOUT, Program, Shell

MARK_B = f"\x1b]133;B;aid={AID}\x07"
MakeShell = Callable[..., Shell]


def events(path: Path, code: str) -> list[str]:
    """What the recording has of one kind."""
    return [event.data for event in read_cast(path).events if event.code == code]


def shown(path: Path) -> str:
    """All output in the recording."""
    return "".join(events(path, "o"))


@pytest.fixture
def cast(tmp_path: Path) -> Path:
    """Where the recording goes."""
    return tmp_path / "a.cast"


@pytest.fixture
def recorded(make_shell: MakeShell, cast: Path) -> Shell:
    """A prompt that is being recorded."""
    return make_shell("record", str(cast), "--norc")


def children(pid: int | None) -> list[int]:
    """The processes that this one started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.terminal
def test_a_session_is_recorded_with_a_marker_for_each_command(recorded: Shell, cast: Path) -> None:
    """What was shown, which commands, how it ended."""
    assert recorded.do("echo one").out == "one\n"
    assert recorded.do("bash -c 'exit 4'").status == 4
    recorded.type("quit")
    recorded.wait_end()
    assert "one\r\n" in shown(cast)
    assert events(cast, "m") == ["echo one", "bash -c 'exit 4'", "quit"]
    assert events(cast, "x") == ["0"]
    assert (read_cast(cast).columns, read_cast(cast).rows) == (120, 40)


@pytest.mark.terminal
def test_a_command_is_labelled_as_it_stood_there_when_it_was_run(recorded: Shell, cast: Path) -> None:
    """Not with the keys that led there; one that takes several rows is one line."""
    recorded.child.waitnoecho(TIMEOUT)
    long = "echo " + " ".join(str(number) for number in range(100))
    recorded.child.send("xecho tx\x7fwo\x01\x1b[3~\r")
    recorded.finish()
    recorded.do(long)
    recorded.type("quit")
    recorded.wait_end()
    assert events(cast, "m")[:2] == ["echo two", long]


@pytest.mark.terminal
def test_what_is_typed_unseen_is_not_recorded(recorded: Shell, cast: Path) -> None:
    """A password is typed where nothing is echoed."""
    recorded.type("bash -c 'read -s -p word: x; echo; echo ${#x} letters'")
    recorded.child.expect_exact("word:")
    recorded.child.send("hunter2\r")
    recorded.child.expect_exact("7 letters")
    recorded.finish()
    recorded.type("quit")
    recorded.wait_end()
    assert "7 letters" in shown(cast)
    assert "hunter2" not in cast.read_text()


@pytest.mark.terminal
def test_another_size_of_the_window_is_passed_on_and_recorded(recorded: Shell, cast: Path) -> None:
    """Programs see it, and so do players."""
    recorded.do("true")
    recorded.child.setwinsize(30, 90)
    recorded.type('bash -c \'until [ "$(stty size)" = "30 90" ]; do :; done; echo seen\'')
    recorded.child.expect_exact("seen\r\n")
    recorded.finish()
    recorded.type("quit")
    recorded.wait_end()
    assert "90x30" in events(cast, "r")


@pytest.mark.terminal
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_session_and_keeps_the_recording(recorded: Shell, cast: Path, number: signal.Signals) -> None:
    """The status says which."""
    recorded.do("echo kept")
    recorded.child.kill(number)
    assert recorded.wait_end() == 128 + number
    assert "kept\r\n" in shown(cast)


@pytest.mark.terminal
def test_the_recording_is_kept_when_the_window_is_closed(recorded: Shell, cast: Path) -> None:
    """Nobody is left to see the terminal."""
    recorded.do("echo kept")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), recorded.child.child_fd)
    recorded.child.wait()
    assert "kept\r\n" in shown(cast)


@pytest.mark.terminal
def test_the_recording_is_kept_when_nsh_is_killed(recorded: Shell, cast: Path) -> None:
    """The status says by which signal."""
    recorded.do("echo kept")
    os.kill(children(recorded.child.pid)[0], signal.SIGKILL)
    assert recorded.wait_end() == 128 + signal.SIGKILL
    assert "kept\r\n" in shown(cast)
    assert events(cast, "x") == ["137"]


class Bash:
    """A shell that starts a recorder as its job."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.child = pexpect.spawn(
            "bash",
            ["--norc"],
            env={**environment, "PS1": "ready: ", "NSH_AID": AID},
            cwd=str(folder),
            dimensions=SIZE,
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        self.child.delaybeforesend = None
        self.child.expect_exact("ready: ")

    def record(self) -> int:
        """Start one, and wait for the prompt in it; the pid of the nsh that it started."""
        self.child.sendline(f"stty -a > before; {NSH} record x.cast --norc; echo ended $?; stty -a > after")
        self.child.expect_exact(MARK_B)
        (recorder,) = children(self.child.pid)
        return children(recorder)[0]

    def end(self) -> None:
        """Leave the shell."""
        self.child.expect_exact("ready: ")
        self.child.sendline("exit")
        self.child.expect_exact(pexpect.EOF)
        self.child.close()


@pytest.fixture
def bash(environment: dict[str, str], tmp_path: Path) -> Iterator[Bash]:
    """A shell with job control."""
    bash = Bash(environment, tmp_path)
    yield bash
    bash.child.close(force=True)


@pytest.mark.terminal
@pytest.mark.parametrize("status", [0, 137])
def test_the_terminal_has_its_modes_again(bash: Bash, tmp_path: Path, status: int) -> None:
    """After quit, and after a death."""
    pid = bash.record()
    if status:
        os.kill(pid, signal.SIGKILL)
    else:
        bash.child.send("quit\r")
    bash.child.expect_exact(f"ended {status}\r\n")
    bash.end()
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()


@pytest.mark.terminal
def test_a_session_that_stops_stops_the_job_and_goes_on_with_it(bash: Bash, tmp_path: Path) -> None:
    """The shell gets its terminal back, and `fg` goes on."""
    os.kill(bash.record(), signal.SIGSTOP)
    bash.child.expect_exact("Stopped")
    bash.child.sendline("stty -a > stopped; fg")
    bash.child.send("echo back again\r")
    bash.child.expect_exact(f"{MARK_C}back again")
    bash.child.send("quit\r")
    bash.end()
    assert (tmp_path / "before").read_text() == (tmp_path / "stopped").read_text()
    assert "echo back again" in events(tmp_path / "x.cast", "m")


@pytest.mark.real
def test_lines_on_standard_input_are_typed_and_recorded(nsh: Program, cast: Path) -> None:
    """Each when the one before has answered; the status is the session's."""
    done = nsh("record", str(cast), "--norc", stdin="echo one\nbash -c 'exit 3'\necho two")
    assert events(cast, "m") == ["echo one", "bash -c 'exit 3'", "echo two", "quit"]
    assert (done.status, events(cast, "x")) == (0, ["0"])
    assert "nsh: recorded 4 commands" in done.err


@pytest.mark.real
def test_the_exit_status_is_that_of_nsh(nsh: Program, cast: Path) -> None:
    """Also of lines, and of a script."""
    assert nsh("record", str(cast), "-c", "bash -c 'echo out; exit 7'").status == 7
    assert events(cast, "x") == ["7"]
    (cast.parent / "a.nsh").write_text("echo from a script\n")
    assert nsh("record", "--force", str(cast), "--", "./a.nsh").status == 0
    assert "from a script\r\n" in shown(cast)


@pytest.mark.real
def test_version_2_has_times_since_the_start_and_no_exit(nsh: Program, cast: Path) -> None:
    """For older players."""
    nsh("record", "--cast", "2", "--title", "old", str(cast), "-c", "echo one")
    assert cast.read_text().startswith('{"version": 2, "width": 100, "height": 30')
    assert read_cast(cast).title == "old"
    assert events(cast, "x") == []


@pytest.mark.real
def test_a_file_that_is_there_is_not_replaced(nsh: Program, cast: Path) -> None:
    """Unless that is asked for; and then only when the new one is whole."""
    cast.write_text("precious")
    done = nsh("record", str(cast), "-c", "echo one")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"nsh: {cast}: is there already\nhint: another name, or --force to replace it\n"
    assert cast.read_text() == "precious"
    assert nsh("record", "--force", str(cast), "-c", f"cat {cast}").out == "precious"
    assert "precious" in shown(cast)


@pytest.mark.parametrize(
    ("where", "why"),
    [("no/such/a.cast", "No such file or directory"), (".", "is a folder"), ("/dev/full", "no regular")],
)
@pytest.mark.real
def test_where_no_file_can_be_nothing_is_started(nsh: Program, where: str, why: str) -> None:
    """One line says why."""
    done = nsh("record", where, "-c", "echo one")
    assert (done.status, done.out) == (2, "")
    assert why in done.err.splitlines()[0]


@pytest.mark.real
def test_nothing_but_the_recording_is_left_in_its_folder(nsh: Program, cast: Path) -> None:
    """The draft has become it."""
    nsh("record", str(cast), "-c", "echo one")
    assert [path.name for path in cast.parent.iterdir() if path.is_file()] == ["a.cast"]


@pytest.mark.real
def test_a_recorded_session_is_not_recorded_again(nsh: Program, cast: Path) -> None:
    """Both would hear the same."""
    done = nsh("record", str(cast), "-c", f"{NSH} record other.cast")
    assert f"is being recorded already, to {cast}" in done.out


@pytest.mark.real
def test_what_a_full_disk_takes_no_more_is_said_in_a_line(nsh: Program, cast: Path) -> None:
    """The session goes on; what came before is a whole recording."""
    limit = 4096
    done = subprocess.run(
        [NSH, "record", str(cast), "-c", "seq 5000; echo done"],
        env=nsh.environment,
        cwd=nsh.cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 0
    assert "done" in done.stdout
    assert f"nsh: {cast}: File too large; what came before that is there\n" in done.stderr
    assert cast.stat().st_size <= limit
    assert read_cast(cast).columns == 100


@pytest.mark.terminal
def test_a_secret_is_not_written_wherever_its_letters_come_from(make_shell: MakeShell, cast: Path) -> None:
    """Typed key by key, shown in pieces and colours, suggested by the history and typed over."""
    shell = make_shell("record", str(cast), "--norc", "--redact", "swordfish", "--redact", "re:[0-9]{4}-[0-9]{4}")
    shell.do("echo swordfish")
    shell.child.waitnoecho(TIMEOUT)
    for key in "echo swordfish":
        shell.child.send(key)
    shell.child.send("\r")
    shell.finish()
    shell.do(r"bash -c 'for p in sw ord \\e[31mfi sh; do printf $p; done; echo; printf 1234-; echo 5678'")
    shell.type("quit")
    shell.wait_end()
    text = cast.read_text()
    assert "swordfish" not in text
    assert "5678" not in re.sub(r"aid=\w+", "", text).replace("echo 5678", "")
    assert not any("swordfish" in state for state in screens(cast))


def screens(cast: Path) -> Iterator[str]:
    """What a player shows after each event."""
    import pyte

    reel = read_cast(cast)
    screen = pyte.Screen(reel.columns, reel.rows)
    stream = pyte.Stream(screen)
    for event in outputs(reel.events):
        stream.feed(event)
        yield "\n".join(screen.display)


def outputs(found: tuple[Event, ...]) -> Iterator[str]:
    """The output among events."""
    return (event.data for event in found if event.code == "o")
