# SPDX-License-Identifier: MIT
"""save: from a session at a prompt to a page that `nsh test` passes, and to a script that runs."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nsh.errors import SessionError
from nsh.session import recorded
from nsh.session.newfile import NewFile
from nsh.session.recorded import Recorded
from tests.program import Program, Shell

SESSION = """\
# A name of one's own.
new user,uts demo
on demo hostname web1
demo uts hostname
enter demo
cat /proc/sys/kernel/hostname
bash -c 'echo out; echo err >&2; exit 3'
leave
sleep 1000 &
"""


def test_only_a_prompt_keeps_its_lines(nsh: Program) -> None:
    """A script is on disk already."""
    done = nsh("-c", "true\nsave x.md")
    assert done.status == 1
    assert "only a prompt keeps its lines" in done.err
    assert not (nsh.cwd / "x.md").exists()


@pytest.mark.real
@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        ("", "FILE is missing", 2),
        ("x.txt", "a page ends in .md, a script in .nsh", 2),
        ("x.md last", "what follows the file is `last COUNT`", 2),
        ("x.md first 3", "what follows the file is `last COUNT`", 2),
        ("x.md last 0", "what follows the file is `last COUNT`", 2),
        ("x.md", "no line to save", 1),
        ("there.md", "there.md: there is such a file already\nhint: save --force there.md", 1),
        ("no/such/x.md", "no/such/x.md: No such file or directory", 1),
    ],
)
def test_what_cannot_be_saved_is_said_and_leaves_no_file(words: str, said: str, status: int, nsh: Program) -> None:
    """In a line, and the file that is there stays."""
    (nsh.cwd / "there.md").write_text("kept")
    line = "" if words == "x.md" else "true\n"
    done = nsh("-i", stdin=f"{line}save {words}\n")
    assert said in done.err
    assert done.status == status
    assert (nsh.cwd / "there.md").read_text() == "kept"
    assert not (nsh.cwd / "x.md").exists()


@pytest.mark.real
def test_a_script_of_a_session_runs(nsh: Program) -> None:
    """Lines that failed may fail again; the file is written over only by --force."""
    assert nsh("-i", stdin=f"{SESSION}save s.nsh\nsave -f s.nsh\nsave -f s.nsh last 8\n").status == 0
    script = (nsh.cwd / "s.nsh").read_text()
    assert script.splitlines()[0] == "new user,uts demo"
    assert "\n- bash -c " in script
    done = nsh("s.nsh")
    assert (done.status, done.out.splitlines()[1:]) == (0, ["web1", "web1", "out"])


@pytest.mark.real
def test_a_page_of_a_sandbox_passes(nsh: Program) -> None:
    """Also in the sandbox of `nsh test`, from outside; a line with a blank before it is nobody's business."""
    lines = f"{SESSION} echo secret\nsave /tmp/s.md\ncat /tmp/s.md\n"
    done = nsh("--sandbox", "-i", stdin=lines)
    assert "/tmp/s.md: 9 lines\n" in done.err
    assert "left out, as they begin with a blank: 1\n" in done.err
    page = nsh.cwd / "s.md"
    page.write_text(f"---\n{done.out.partition('---')[2].rpartition('nsh> ')[0]}")
    text = page.read_text()
    assert "secret" not in text
    assert "norun" not in text
    assert "\nA name of one's own.\n\n```nsh\nnsh> new user,uts demo\n" in text
    assert "\nnsh[demo]> cat /proc/sys/kernel/hostname\nweb1\n" in text
    assert "exit 3'\nout\nerr\n[3]\n" in text
    again = nsh("test", "s.md")
    assert again.status == 0, again.out
    assert "8 steps" in again.out


@pytest.mark.real
@pytest.mark.terminal
def test_a_page_of_the_real_host_has_what_programs_wrote_if_that_was_asked_for(
    shell: Shell, nsh: Program, environment: dict[str, str]
) -> None:
    """Kept in its order, with what nsh showed; without `set record on` dots stand there. It plays with --host only."""
    first = ("new user,uts demo", "on demo hostname web1", "set record on", "on demo hostname", "ls types | head -n1")
    for line in first:
        assert shell.do(line).status == 0
    shown = shell.do("bash -c 'echo out; echo err >&2; echo $$; exit 3'")
    assert shown.status == 3
    assert shell.do("set record off").status == 0
    assert shell.do("bash -c 'test -t 1 && echo direct'").out == "direct\n"
    assert "s.md: 8 lines" in shell.do("save s.md").out
    text = (nsh.cwd / "s.md").read_text()
    assert "host: real\n" in text
    assert "nsh> on demo hostname web1\n...\n" in text
    assert "nsh> on demo hostname\nweb1\n" in text
    assert f"exit 3'\n{shown.out}[3]\n" in text
    assert "&& echo direct'\n...\n```\n" in text
    refused = nsh("test", "s.md")
    assert (refused.status, "with --host it is played there" in refused.out) == (2, True)
    played = nsh("test", "--host", "s.md")
    assert played.status == 0, played.out


@pytest.mark.real
@pytest.mark.terminal
def test_programs_that_are_recorded_are_on_a_terminal_still(shell: Shell) -> None:
    """They see its width, an inner shell is interactive, and ^C and ^Z reach them."""
    shell.do("set record on")
    assert shell.do("bash -c 'test -t 0 && test -t 1 && test -t 2 && tput cols'").out == "120\n"
    shell.type("less /etc/services")  # it reads keys from the terminal that it writes to
    shell.child.expect_exact("tcpmux")
    shell.child.send("q")
    assert shell.finish().status == 0
    shell.type("bash --norc -i")
    shell.child.expect_exact("bash-")
    shell.child.send("echo $((40+2)); exit 5\r")
    inner = shell.finish()
    assert ("\n42\n" in inner.out, inner.status) == (True, 5)
    shell.type("bash -c 'echo ready; exec sleep 1000'")
    shell.child.expect_exact("ready")
    shell.child.sendintr()
    assert shell.finish().status == 128 + signal.SIGINT
    shell.type("bash -c 'echo ready; exec sleep 1000'")
    shell.child.expect_exact("ready")
    shell.child.send("\x1a")
    assert "stopped" in shell.finish().out
    assert shell.do("jobs").status == 0


@pytest.mark.real
@pytest.mark.terminal
def test_saving_ends_at_ctrl_c(make_shell: Callable[..., Shell]) -> None:
    """No file is left, and the session goes on."""
    shell = make_shell("--sandbox")
    shell.type("cat")
    shell.child.send("\x04")
    assert shell.finish().status == 0
    shell.type("save /tmp/s.md")  # cat will wait there for a key that never comes
    shell.child.sendintr()
    assert shell.finish().status == 128 + signal.SIGINT
    assert shell.do("ls /tmp/s.md").status == 2
    assert shell.do("echo on").out == "on\n"


def test_lines_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, and how many is known."""
    monkeypatch.setattr(recorded, "LINES_KEPT", 2)
    kept = Recorded()
    for line in ("a", "b", "save x.md", "c"):
        kept.begin("nsh>", line)
        kept.end(0)
    assert kept.too_old == 2
    assert [line.text for line in kept.worth_saving(None)] == ["c"]
    with pytest.raises(SessionError, match="no line to save"):
        Recorded().worth_saving(None)


def test_news_belong_to_the_line_before_them() -> None:
    """They come before the next prompt, as in a page."""
    kept = Recorded()
    kept.hear("the greeting")
    kept.begin("nsh>", "a")
    kept.hear("one")
    kept.end(1)
    kept.hear("two")
    kept.begin("nsh>", " secret")
    kept.hear("three")
    kept.end(0)
    (line,) = kept.worth_saving(None)
    assert (line.pieces(), line.status, kept.hidden) == (["one", "two"], 1, 1)
    assert line.seconds <= time.monotonic()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What goes wrong on the way takes a new file away again, and leaves an old one as it was."""
    (tmp_path / "old").write_text("as it was")
    for name in ("old", "new"):
        with pytest.raises(KeyboardInterrupt), NewFile(name, str(tmp_path), force=True):
            raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "as it was"
    with NewFile("old", str(tmp_path), force=True) as file:
        file.write("short")
    assert (tmp_path / "old").read_text() == "short"
