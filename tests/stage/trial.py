# SPDX-License-Identifier: MIT
"""A show on this terminal: `python trial.py PAGE RESULT [JOB]` with fields of the job as JSON; no supervisor.

It makes the sandbox, switches the screen and writes the result to a file, as
`nsh play` does, but shows once: a test looks itself at what is to be rebuilt.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from nsh.sandbox import enter_sandbox
from nsh.stage.orders import Job, job_from_json, job_to_json
from nsh.transcript.outside import import_path, own_mode


def main(page: str, result: str, more: str = "{}") -> int:
    """The exit status of the show."""
    job = Job(page, Path(page).read_text(encoding="utf-8"), own_mode(), imports=import_path())
    job = job_from_json(json.dumps({**json.loads(job_to_json(job)), **json.loads(more)}))
    job = replace(job, text=job.text)
    job_fd, result_fd = os.memfd_create("job", 0), os.memfd_create("result", 0)
    os.write(job_fd, job_to_json(job).encode())
    environment = {**os.environ, "PYTHONPATH": job.imports} if job.imports else dict(os.environ)
    argv = [sys.executable, "-m", "nsh.stage.show", str(job_fd), str(result_fd)]
    sys.stdout.write("\x1b[?1049h\x1b[2J")
    sys.stdout.flush()
    os.chdir("/")
    if job.sandbox:
        status = enter_sandbox(argv, interactive=True, environment=environment)
    else:
        status = os.spawnve(os.P_WAIT, argv[0], argv, environment)
    sys.stdout.write("\x1b[?1049l\x1b[?25h\x1b[m")
    sys.stdout.flush()
    Path(result).write_bytes(os.pread(result_fd, os.fstat(result_fd).st_size, 0))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
