# SPDX-License-Identifier: MIT
"""The process that plays one page, in the sandbox made for it.

`python -m nsh.transcript.inside enter JOB RESULT` makes the sandbox and runs
`… play JOB RESULT` in it; JOB and RESULT are inherited file descriptors, so
that neither the page nor the answer needs a path that exists on both sides.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import secrets
import select
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from nsh.transcript.alive import Living
from nsh.transcript.document import BadDocument, Document
from nsh.transcript.outcome import Kind, Outcome, Seen, to_json
from nsh.transcript.parse import parse
from nsh.transcript.play import Played, Player, Prompt
from nsh.transcript.probes import ProbeBroke
from nsh.transcript.report import failure_text
from nsh.transcript.terminal import Terminal, TerminalBroken

FIRST_PID = 4000
"""Pids of the sandbox begin here: numbers of their own, which no pid namespace inside it comes to."""

GRACE = 60.0
"""Seconds beyond the page's own limit until its process is killed."""

HOME = "/tmp/home"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Job:
    """One page to play. `imports` is a folder for PYTHONPATH where nsh is not installed."""

    path: str
    text: str
    mode: str
    sandbox: bool = True
    update: bool = False
    keep: bool = False
    scale: float = 1.0
    imports: str = ""
    to_end: bool = False


def main(argv: list[str]) -> int:
    """`enter` or `play`; the exit status is 0 whenever an outcome was written."""
    what, job_fd, result_fd = argv[0], int(argv[1]), int(argv[2])
    with open(os.dup(job_fd), encoding="utf-8") as file:
        file.seek(0)
        job = Job(**json.load(file))
    if what == "enter" and job.sandbox:
        from nsh.sandbox import enter_sandbox

        again = [sys.executable, "-P", "-m", "nsh.transcript.inside", "play", *argv[1:]]
        return enter_sandbox(again, interactive=job.keep)
    os.set_inheritable(job_fd, False)
    os.set_inheritable(result_fd, False)
    outcome = play(job)
    with open(result_fd, "w", encoding="utf-8") as file:
        file.write(to_json(outcome))
    return 0


def play(job: Job) -> Outcome:
    """Plays the page here and now."""
    started = time.monotonic()
    path = Path(job.path)
    try:
        document = parse(path, job.text)
    except BadDocument as problem:
        return Outcome(path, job.mode, Kind.BAD, str(problem))
    # If we hang ourselves the process outside will kill us; it then has our stack to show.
    faulthandler.dump_traceback_later((document.head.total + GRACE / 2) * job.scale)
    Path(HOME).mkdir(exist_ok=True)
    outcome = _outcome(job, document)
    outcome.seconds = time.monotonic() - started
    return outcome


def _outcome(job: Job, document: Document) -> Outcome:
    blank = Outcome(document.path, job.mode, Kind.BROKEN, title=document.head.title)
    environment = environment_for(job.imports, job.sandbox)
    argv = [sys.executable, "-P", "-m", "nsh"]

    def open_prompt(_session: str) -> Terminal:
        return Terminal(argv, environment, "/", scale=job.scale)

    living = Living(first_pid=FIRST_PID if job.sandbox and begin_pids_at(FIRST_PID) else None)
    player = Player(document, job.mode, open_prompt, living, update=job.update, to_end=job.to_end)
    if job.keep:
        player.on_failure = hand_over
    try:
        played = player.play()
    except (ProbeBroke, TerminalBroken) as problem:
        return replace(blank, text=f"{document.path}: {problem}")
    if job.sandbox:
        played.left_behind += left_behind(job.scale)
    return told(replace(blank, probes=played.probes), document, played)


def told(blank: Outcome, document: Document, played: Played) -> Outcome:
    """The outcome in words."""
    outcome = replace(blank, kind=Kind.PASSED, steps=played.steps, edits=played.edits)
    outcome.seen = [Seen(*each) for each in played.observations]
    outcome.wrong = [failure.verdict.step.number for failure in played.failures]
    if played.skipped:
        return replace(outcome, kind=Kind.SKIPPED, text=played.skipped)
    found = [(failure.verdict.step.number, failure_text(failure)) for failure in played.failures]
    found += [(line, f"{document.path}:{line}: {why}") for line, why in played.unbound]
    texts = [text for _, text in sorted(found)] + [f"{document.path}: {what}" for what in played.left_behind]
    if played.failures or played.left_behind:
        outcome.kind = Kind.BROKEN if played.setup_failed else Kind.FAILED
    elif played.unbound:
        outcome.kind = Kind.BAD
    outcome.text = "\n".join(texts)
    return outcome


def hand_over(terminal: Prompt, session: str) -> None:
    """Gives the session of a failure to the user."""
    sys.stderr.write(f"session {session} is yours; ^] ends it\r\n")
    sys.stderr.flush()
    terminal.hand_over()


def environment_for(imports: str, sandbox: bool) -> dict[str, str]:
    """Made from nothing, so that no setting of the caller's can change a page. `imports` goes to PYTHONPATH."""
    environment = {
        "PATH": PATH,
        "HOME": HOME,
        "XDG_CONFIG_HOME": f"{HOME}/.config",
        "XDG_DATA_HOME": f"{HOME}/.local/share",
        "XDG_STATE_HOME": f"{HOME}/.local/state",
        "XDG_CACHE_HOME": f"{HOME}/.cache",
        "XDG_RUNTIME_DIR": "/tmp",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PAGER": "cat",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "NSH_HISTFILE": "/dev/null",
        "NSH_AID": secrets.token_hex(8),
    }
    if imports:
        environment["PYTHONPATH"] = imports
    if sandbox:
        environment["NSH_SANDBOX"] = "1"
    return environment


def begin_pids_at(number: int) -> bool:
    """Let the next process get a number above `number` (proc_sys_kernel(5), ns_last_pid); can that be done?

    Without CONFIG_CHECKPOINT_RESTORE pids stay small, and fewer of them can be compared.
    """
    try:
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(number), encoding="ascii")
    except OSError:
        return False
    return True


def left_behind(scale: float) -> list[str]:
    """Processes that outlived the sessions, after they had time to go."""
    deadline = time.monotonic() + 5.0 * scale
    while found := list(_others()):
        if time.monotonic() > deadline:
            return [f"left behind: {what}" for what in found]
        select.select([], [], [], 0.01)
    return []


def _others() -> list[str]:
    """The living processes of this sandbox but its init and ourselves."""
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) in (1, os.getpid()):
            continue
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        match = re.fullmatch(r"\d+ \((?P<name>.*)\) (?P<state>\S) .*", stat, re.DOTALL)
        if match and match["state"] not in "ZX":
            found.append(f"{match['name']} (pid {pid})")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
