# SPDX-License-Identifier: MIT
"""The zygote: the first helper, which never moves, is the parent of everything and sweeps up at the end."""

from __future__ import annotations

import _signal
import _socket
import errno
import os
import select
import sys
import time

from nsh.helper import wire
from nsh.helper.child import Helper, Life, keep_only
from nsh.kernel import proc, sched, unistd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_SWEEP_SECONDS = 10.0
_LOOK_AGAIN = 0.01
_LEFT_ALONE = (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGTSTP, _signal.SIGTTIN, _signal.SIGTTOU, _signal.SIGHUP)
_WATCHED = (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGTSTP)


class Zygote(Helper):
    """A helper whose children are its own; when the prompt is gone it ends every descendant."""

    parent_flag = 0

    def __init__(self, sock: _socket.socket, life: Life, proc_fd: int) -> None:
        super().__init__(sock, life)
        self.proc_fd = proc_fd
        self.spares = False

    def reap(self) -> None:
        """Reap whatever hangs off us, and tell the prompt without ever waiting for it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.mention(pid, status)

    def mention(self, pid: int, status: int) -> None:
        """Say that a child has ended; the prompt has pidfds and can do without."""
        fields = wire.pack_fields({"ev": "gone", "pid": pid, "status": status})
        try:
            self.sock.send(b"i" + fields, _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EPIPE, errno.ECONNRESET):
                raise

    def do_sentinel(self, fds: list[int]) -> tuple[dict[str, object], tuple[int, ...]]:
        """Put a watcher into the group of the process behind fds[1]; signals of the keyboard go to socket fds[0]."""
        pid, pidfd = sched.clone3(0)
        if pid == 0:
            _watch_keyboard(self, fds)
        os.close(pidfd)
        return {}, ()

    def do_spare(self, _fds: list[int]) -> tuple[dict[str, object], tuple[int, ...]]:
        """Do not sweep at the end: daemons go on, as children of whoever adopts them."""
        self.spares = True
        return {}, ()

    def end(self) -> NoReturn:
        """The prompt is gone: end everything that descends from us."""
        if not self.spares:
            self.sweep()
        os._exit(0)

    def sweep(self) -> None:
        """Kill and reap our children until there are none; the orphans of each become ours (we are subreaper)."""
        _signal.set_wakeup_fd(-1)
        deadline = time.monotonic() + _SWEEP_SECONDS
        while time.monotonic() < deadline:
            killed = [pid for pid in self.children() if _was_killed(pid)]
            try:
                ended, _ = os.waitpid(-1, 0 if killed else os.WNOHANG)
            except ChildProcessError:
                return
            if not ended:
                time.sleep(_LOOK_AGAIN)  # some live that /proc does not show us, or that are not ours to kill

    def children(self) -> list[int]:
        """Our children now, through the /proc of the start: somebody may have mounted over it since."""
        path = f"self/task/{os.getpid()}/children"
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc_fd)
        except OSError:
            return self._children_by_scan()  # a kernel without CONFIG_PROC_CHILDREN
        try:
            return [int(word) for word in os.read(fd, 1 << 20).split()]
        finally:
            os.close(fd)

    def _children_by_scan(self) -> list[int]:
        found = []
        for pid in proc.all_pids():
            try:
                parent = proc.status(pid)["PPid"]
            except (OSError, KeyError):
                continue
            if int(parent) == os.getpid():
                found.append(pid)
        return found


def _was_killed(pid: int) -> bool:
    """Send SIGKILL; False where it is gone already, or a set-uid program that is not ours to kill."""
    try:
        os.kill(pid, _signal.SIGKILL)
    except OSError:
        return False
    return True


def _watch_keyboard(zygote: Zygote, fds: list[int]) -> NoReturn:
    """Stand in a foreground group and pass on ^C, ^\\ and ^Z, which an init there would not feel."""
    try:
        zygote.sock.detach()
        group = proc.pid_of(fds[1])
        keep_only(zygote.life.alive_fd, fds[0])
        os.setpgid(0, group)
        zygote.life.die_with_zygote()
        zygote.life.rename("nsh: keyboard")
        os.set_blocking(fds[0], False)
        _signal.set_wakeup_fd(fds[0], warn_on_full_buffer=False)
        for signal in _WATCHED:
            _signal.signal(signal, _pass_on)
        watch = select.poll()
        watch.register(fds[0], select.POLLIN)
        watch.poll()  # until the prompt closes its end
    finally:
        os._exit(0)


def _pass_on(_number: int, _frame: object) -> None:
    """The wakeup fd has carried the signal's number to the prompt already."""


def become_zygote(sock: _socket.socket, host_fd: int, *, interactive: bool) -> NoReturn:
    """Live as the zygote: stdio on /dev/null, every other fd closed, subreaper, dead when the prompt is.

    The helper of host is made at once, with `host_fd` as its socket: the prompt
    will want it, and is still importing.
    """
    status = 1
    try:
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        keep_only(sock.fileno(), host_fd)
        for signal in _LEFT_ALONE:
            _signal.signal(signal, _signal.SIG_IGN)
        unistd.prctl(unistd.PR_SET_CHILD_SUBREAPER, 1)
        alive_read, alive_write = os.pipe2(os.O_CLOEXEC)
        os.set_inheritable(alive_read, False)
        life = Life(alive_write, interactive)
        if interactive:
            os.setpgid(0, 0)
        life.rename("nsh: zygote")
        zygote = Zygote(sock, life, os.open("/proc", os.O_PATH | os.O_CLOEXEC))
        _die_in_order(zygote)
        zygote.do_spawn([host_fd], [("clone3", 0)], "helper", "nsh: host")
        os.close(host_fd)
        zygote.serve()
    finally:
        os._exit(status)


def _die_in_order(zygote: Zygote) -> None:
    """Sweep when the prompt dies: its end of the socket closes, and TERM comes by PDEATHSIG."""

    def on_term(_number: int, _frame: object) -> None:
        zygote.end()

    _signal.signal(_signal.SIGTERM, on_term)
    unistd.prctl(unistd.PR_SET_PDEATHSIG, _signal.SIGTERM)
    watch = select.poll()
    watch.register(zygote.sock.fileno(), 0)
    if watch.poll(0):
        zygote.end()


def main(fd: int, host_fd: int) -> NoReturn:
    """The zygote of a prompt: a fresh interpreter with its sockets at these fds."""
    sys.excepthook = _say_nothing
    become_zygote(_socket.socket(fileno=fd), host_fd, interactive=True)


def _say_nothing(*_details: object) -> None:
    """A zygote has no terminal to complain to; the prompt sees that it is gone."""
