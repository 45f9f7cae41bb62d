# SPDX-License-Identifier: MIT
"""clone3(2) from Python: the child is a whole interpreter, and the parent's signals are not its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nsh import nstypes

pytestmark = pytest.mark.real

CHILDREN = """
import _signal, _socket, os, sys
sys.path.insert(0, sys.argv[1])
from nsh.kernel import sched
flags, count = int(sys.argv[2]), int(sys.argv[3])
_signal.signal(_signal.SIGCHLD, lambda number, frame: None)
wakeup, write_end = os.pipe2(os.O_NONBLOCK)
_signal.set_wakeup_fd(write_end)
for number in range(count):
    ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    pid, pidfd = sched.clone3(flags)
    if pid == 0:
        import json, subprocess, threading
        good = _signal.getsignal(_signal.SIGCHLD) is _signal.SIG_DFL and _signal.set_wakeup_fd(-1) == -1
        thread = threading.Thread(target=lambda: theirs.send(json.dumps({"good": good}).encode()))
        thread.start()
        thread.join()
        _signal.pthread_kill(threading.main_thread().ident, 0)
        os._exit(subprocess.call(["true"]) if not flags & 0x20000000 or os.getpid() == 1 else 9)
    theirs.close()
    assert ours.recv(100) == b'{"good": true}'
    ended, status = os.waitpid(pid, 0)
    assert (ended, status) == (pid, 0), status
    os.close(pidfd)
    ours.close()
print(count)
"""


def run(flags: int, count: int) -> None:
    """Clone that many children one after the other, in an interpreter of their own."""
    root = __file__.removesuffix("/tests/kernel/test_sched.py")
    argv = [sys.executable, "-I", "-S", "-c", CHILDREN, root, str(flags), str(count)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, str(count)), done.stderr


SETS = [0, nstypes.mask(("user",)), nstypes.mask(nstypes.NAMES)]


@pytest.mark.parametrize("flags", SETS, ids=nstypes.flags_text)
def test_a_cloned_child_can_do_all_that_a_forked_one_can(flags: int) -> None:
    """Threads, imports, sockets, programs of its own: ten of ten."""
    run(flags, 10)


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.parametrize("name", nstypes.NAMES)
def test_hundreds_of_clones_of_each_type(name: str) -> None:
    """None hangs, none fails."""
    run(nstypes.BY_NAME[name].flag, 250)
