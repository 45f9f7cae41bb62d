# SPDX-License-Identifier: MIT
"""The whole program, and what is left when it has ended: nothing, however it ended."""

from __future__ import annotations

import os
import signal

import pytest

from tests.program import Program, Shell

MAKE = "new user,uts,net,pid,mnt box\n"


@pytest.mark.real
def test_lines_on_stdin_are_run_and_their_status_is_ours(nsh: Program) -> None:
    """A pipe is a script: output on stdout, the last status as exit status, no prompt."""
    done = nsh(stdin=MAKE + "on box sh -c 'echo inside; exit 3'\n")
    assert done.status == 3
    assert done.out.splitlines()[-1] == "inside"


@pytest.mark.real
def test_a_failing_script_leaves_nothing(nsh: Program) -> None:
    """The first failure ends it, and what was made before goes away."""
    done = nsh(stdin=MAKE + "sleep 1000 &\nfalse\necho unreached\n")
    assert done.status == 1
    assert "unreached" not in done.out


@pytest.mark.real
def test_killed_outright_nsh_leaves_nothing(nsh: Program) -> None:
    """After SIGKILL in the middle of a session no process, mount or namespace stays."""
    process = nsh.popen("-c", MAKE + "setsid sleep 1000 &\nenter box\necho ready\nsleep 1000")
    assert process.stdout is not None
    while process.stdout.readline() not in (b"ready\n", b""):
        pass
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.terminal
def test_at_the_prompt_a_line_is_answered_and_quit_leaves_nothing(shell: Shell) -> None:
    """The prompt answers with output and status, and `quit` ends it with 0."""
    assert shell.do("new -q user,uts box").status == 0
    assert shell.do("on box hostname inside; on box hostname").out == "inside\n"
    assert shell.do("on box sh -c 'exit 7'").status == 7
    shell.type("quit")
    assert shell.wait_end() == 0


@pytest.mark.terminal
def test_a_closed_terminal_window_leaves_nothing(shell: Shell) -> None:
    """A hang-up ends everything, a program in the foreground too."""
    assert shell.do(MAKE.strip()).status == 0
    shell.type("on box sh -c 'echo up; exec sleep 1000'")
    shell.child.expect_exact("up")
    assert shell.child.pid is not None
    os.kill(shell.child.pid, signal.SIGHUP)
    shell.close()
