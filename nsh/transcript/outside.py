# SPDX-License-Identifier: MIT
"""Starts the process that plays a page: as whom, in a sandbox or not, and for how long at most."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import nsh
from nsh.transcript.document import BadDocument, Document
from nsh.transcript.frontmatter import MODES
from nsh.transcript.inside import GRACE, Job
from nsh.transcript.outcome import Kind, Outcome, from_json
from nsh.transcript.parse import read_document

ORDINARY = 1000
"""The uid and gid of a `rootless` run that root starts."""

_IDS_OF_A_SANDBOX = 65536

_ROOT = Path(nsh.__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller wants of every page."""

    host: bool = False
    update: bool = False
    keep: bool = False
    scale: float = 1.0
    to_end: bool = False


def play_file(path: Path, options: Options, mode: str = "") -> list[Outcome]:
    """Plays a page in each of its modes, or in one. Raises OSError if there is no such file."""
    try:
        document = read_document(path)
    except BadDocument as problem:
        return [Outcome(path, mode, Kind.BAD, str(problem))]
    return [play_document(document, each, options) for each in ([mode] if mode else modes(document))]


def modes(document: Document) -> list[str]:
    """The page's matrix; without one the mode is the caller's own."""
    return list(document.head.matrix) or [own_mode()]


def own_mode() -> str:
    """Root or rootless: what this process is. Root of a user namespace with a few ids is not root."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        ids = sum(int(line.split()[2]) for line in file)
    return MODES[0] if os.geteuid() == 0 and ids > _IDS_OF_A_SANDBOX else MODES[1]


def play_document(document: Document, mode: str, options: Options) -> Outcome:
    """Plays a page in one mode."""
    blank = Outcome(document.path, mode, Kind.SKIPPED, title=document.head.title)
    if document.head.host == "real" and not options.host:
        blank.kind = Kind.BAD
        blank.text = f"{document.path}: recorded on a real host; with --host it is played there, outside any sandbox"
        return blank
    if why := cannot_be(mode):
        blank.text = why
        return blank
    job = Job(
        path=str(document.path),
        text=document.text,
        mode=mode,
        sandbox=document.head.host != "real",
        update=options.update,
        keep=options.keep,
        scale=options.scale,
        imports=import_path(),
        to_end=options.to_end,
    )
    limit = (document.head.total + GRACE) * options.scale
    return _played(job, blank, None if options.keep else limit)


def cannot_be(mode: str) -> str:
    """Why this process cannot play a page in that mode; empty if it can."""
    if mode == own_mode():
        return ""
    if mode == "root":
        return "the mode root needs root"
    return unreadable_for_others()


@functools.cache
def unreadable_for_others() -> str:
    """Why an unprivileged user cannot run this very nsh; empty if he can."""
    try:
        run = subprocess.run(
            [sys.executable, "-c", "import nsh.transcript.inside"],
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=ORDINARY,
            group=ORDINARY,
            extra_groups=[],
        )
    except OSError as problem:
        return f"uid {ORDINARY} cannot run {sys.executable}: {problem.strerror}"
    if run.returncode == 0:
        return ""
    last = (run.stderr.strip().splitlines() or ["?"])[-1]
    return f"uid {ORDINARY} cannot run {sys.executable} from {_ROOT}: {last}"


@functools.cache
def import_path() -> str:
    """The folder to put on PYTHONPATH, empty where nsh is installed."""
    found = subprocess.run(
        [sys.executable, "-c", "import nsh; print(nsh.__file__)"], cwd="/", capture_output=True, text=True, check=False
    )
    same = found.returncode == 0 and Path(found.stdout.strip()).resolve().parent.parent == _ROOT
    return "" if same and "PYTHONPATH" not in os.environ else str(_ROOT)


def environment() -> dict[str, str]:
    """For a process that makes a sandbox, or is in it before a session is."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "NSH_TEST_MARK") if name in os.environ}
    return kept | ({"PYTHONPATH": path} if (path := import_path()) else {})


def _played(job: Job, blank: Outcome, limit: float | None) -> Outcome:
    """Runs the process and reads what it says."""
    with memory("job") as job_fd, memory("result") as result_fd:
        os.write(job_fd, json.dumps(asdict(job)).encode())
        argv = [sys.executable, "-P", "-m", "nsh.transcript.inside", "enter", str(job_fd), str(result_fd)]
        whom = None if job.mode == own_mode() else ORDINARY
        process = subprocess.Popen(
            argv,
            env=environment(),
            cwd="/",
            pass_fds=(job_fd, result_fd),
            stdin=None if job.keep else subprocess.DEVNULL,
            stdout=None if job.keep else subprocess.PIPE,
            stderr=None if job.keep else subprocess.STDOUT,
            text=True,
            errors="replace",
            user=whom,
            group=whom,
            extra_groups=None if whom is None else [],
        )
        try:
            said, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            said = f"{said}\nno end after {limit:.0f} s"
        finally:
            process.kill()
            process.wait()
        return _result(job, blank, result_fd, process.returncode, said or "")


def _result(job: Job, blank: Outcome, result_fd: int, status: int, said: str) -> Outcome:
    text = os.pread(result_fd, os.fstat(result_fd).st_size, 0).decode()
    if text and status == 0:
        return from_json(text)
    blank.kind = Kind.BROKEN
    blank.text = f"{job.path}: the sandbox ended with status {status}\n{said}".rstrip()
    return blank


@contextmanager
def memory(name: str) -> Iterator[int]:
    """A file without a name, for what goes into a sandbox or comes out of it; inheritable."""
    fd = os.memfd_create(name, 0)
    try:
        yield fd
    finally:
        os.close(fd)
