# SPDX-License-Identifier: MIT
"""The sandbox: a machine of one's own to break, made of two user namespaces.

The outer one arranges the mounts (nsh/sandbox_mounts.py). The inner one is
where nsh runs: what it inherits from a more privileged mount namespace is
locked (mount_namespaces(7)), so root inside can neither unmount nor remount it.
Root inside is an id that owns nothing on the machine, because the kernel lets
the real one write every sysctl by mere ownership of the file; see
docs/decisions/005-sandbox-ids.md.
"""

from __future__ import annotations

import _signal
import _socket
import fcntl
import os
import select
import sys

from nsh import hints, nstypes
from nsh.errors import Refused, Where
from nsh.kernel import mount, proc, sched, unistd
from nsh.kernel.foreground import give_terminal, stop_as_job
from nsh.kernel.mountflags import MS_PRIVATE, MS_REC
from nsh.sandbox_mounts import Files, fresh_proc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

ROOT_INSIDE = 0x7FFE0000  # first of 65536 ids that nobody has: above login.defs' users and systemd's containers
_OUTER = nstypes.mask(("user", "mnt", "pid"))
_INNER = nstypes.mask(("user", "mnt", "pid", "net", "uts", "ipc"))
_STOPPED, _GO_ON = b"s", b"c"


def enter_sandbox(
    argv: list[str],
    *,
    interactive: bool = False,
    environment: dict[str, str] | None = None,
    needed: tuple[str, ...] = (),
    stop: Callable[[], None] | None = None,
) -> int:
    """Run a program in a sandbox that ends with it; its exit status, 128 + N for signal N.

    `interactive` gives it the terminal as a process group of its own; when it stops, so do we, by `stop`.
    `needed` are files and directories that it must see, also where the sandbox is otherwise empty.
    Raises Refused when this machine does not let us.
    """
    program = _Inside(argv, interactive, dict(os.environ if environment is None else environment), needed)
    pid, pidfd, gate, news = _clone(_OUTER, program.outer)
    try:
        uid, gid = os.geteuid(), os.getegid()
        _write_maps(pid, _map_for(uid), _map_for(gid))
        os.write(gate, b".")
        return _accompany(pid, pidfd, gate, news, interactive, stop or stop_as_job)
    finally:
        _end(pid)
        for fd in (pidfd, gate, news):
            os.close(fd)


def _map_for(own: int) -> str:
    return f"0 {ROOT_INSIDE} 65536" if os.geteuid() == 0 and _may_map_any() else f"0 {own} 1"


def _may_map_any() -> bool:
    """Are the sandbox's ids ours to give? Not in a user namespace that maps only a few."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        rows = [[int(word) for word in line.split()] for line in file]
    return any(inner <= ROOT_INSIDE and inner + count >= ROOT_INSIDE + 65536 for inner, _outer, count in rows)


def _clone(flags: int, child: Callable[[int, int], int]) -> tuple[int, int, int, int]:
    """A child in new namespaces: (pid, pidfd, fd that opens its gate, fd of its news). Raises Refused."""
    gate_read, gate_write = os.pipe2(os.O_CLOEXEC)
    news_read, news_write = os.pipe2(os.O_CLOEXEC)
    try:
        pid, pidfd = sched.clone3(flags)
    except OSError as error:
        op = f"clone3(flags={nstypes.flags_text(flags)})"
        where = Where(os.getpid(), nstypes.names_of(flags))
        raise Refused(op, error.errno or 0, hints.explain("clone3", op, error.errno or 0, where)) from error
    if pid == 0:
        os.close(gate_write)
        os.close(news_read)
        _live(child, gate_read, news_write)
    os.close(gate_read)
    os.close(news_write)
    return pid, pidfd, gate_write, news_read


def _live(child: Callable[[int, int], int], gate: int, news: int) -> NoReturn:
    """In the child: say what went wrong, and never come back into the parent's code."""
    status = 125
    try:
        unistd.prctl(unistd.PR_SET_PDEATHSIG, _signal.SIGKILL)
        status = child(gate, news)
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"sandbox: {what}{error.strerror}\n")
        sys.stderr.flush()
    except KeyboardInterrupt:
        status = 128 + _signal.SIGINT
    finally:
        os._exit(status)


def _write_maps(pid: int, uid_map: str, gid_map: str) -> None:
    """Write the ID maps of a child. Raises Refused."""
    try:
        proc.write(f"/proc/{pid}/uid_map", uid_map)
        if os.geteuid() != 0:
            proc.write(f"/proc/{pid}/setgroups", "deny")
        proc.write(f"/proc/{pid}/gid_map", gid_map)
    except OSError as error:
        op = f'write({error.filename}, "{uid_map}")'
        where = Where(os.getpid(), ("user",))
        raise Refused(op, error.errno or 0, hints.explain("write", op, error.errno or 0, where)) from error


def _accompany(pid: int, pidfd: int, gate: int, news: int, interactive: bool, stop: Callable[[], None]) -> int:
    """Wait for the sandbox; ^C is its business; when it stops, stop, and take it along when continued."""
    kept = {number: _signal.signal(number, _signal.SIG_IGN) for number in (_signal.SIGINT, _signal.SIGQUIT)}
    watch = select.poll()
    watch.register(pidfd, select.POLLIN)
    watch.register(news, select.POLLIN)
    try:
        while True:
            ready = [fd for fd, _event in watch.poll()]
            if news in ready:
                if os.read(news, 1) == _STOPPED:
                    give_terminal(os.getpgrp())
                    stop()
                    os.write(gate, _GO_ON)
                else:
                    watch.unregister(news)
            if pidfd in ready:
                _, raw = os.waitpid(pid, 0)
                code = os.waitstatus_to_exitcode(raw)
                return 128 - code if code < 0 else code
    finally:
        if interactive:
            give_terminal(os.getpgrp())
        for number, handler in kept.items():
            _signal.signal(number, handler)


def _end(pid: int) -> None:
    """Whatever happened: kill the init of the sandbox, and with it all that is in it."""
    try:
        os.kill(pid, _signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass  # ended, and waited for


class _Inside:
    """The program and what it needs, on the way through both user namespaces."""

    def __init__(
        self, argv: list[str], interactive: bool, environment: dict[str, str], needed: tuple[str, ...]
    ) -> None:
        self.needed = needed
        self.argv = argv
        self.interactive = interactive
        self.environment = environment
        self.cwd = os.getcwd()
        self.title_area = unistd.argv_area()

    # The outer namespace: arrange the mounts, become root there, make the inner one.

    def outer(self, gate: int, news: int) -> int:
        """Pid 1 of the outer namespaces; the exit status of the inner."""
        _wait(gate)
        unistd.set_title(self.title_area, "nsh: sandbox (outer init)")
        mount.mount("none", "/", None, MS_REC | MS_PRIVATE, None)
        files = Files(self.environment.get("HOME", ""), (self.cwd, *self.needed))
        _become_root()
        files.arrange()
        pid, _pidfd, inner_gate, inner_news = _clone(_INNER, self.inner)
        _write_identity_maps(pid)
        os.write(inner_gate, b".")
        return _between(pid, gate, news, inner_gate, inner_news)

    # The inner namespace: nsh's host.

    def inner(self, gate: int, news: int) -> int:
        """Pid 1 of the sandbox: names it, gives it /proc and lo, starts the program, reaps."""
        _wait(gate)
        unistd.set_title(self.title_area, "nsh: sandbox (init)")
        mount.mount("none", "/", None, MS_REC | MS_PRIVATE, None)
        fresh_proc()
        unistd.sethostname("host")
        _loopback_up()
        try:
            os.chdir(self.cwd)
        except OSError:
            os.chdir("/")
        pid = os.fork()
        if pid == 0:
            self._exec()
        return self._reap(pid, gate, news)

    def _exec(self) -> NoReturn:
        try:
            if self.interactive:
                os.setpgid(0, 0)
                give_terminal(os.getpgrp())
            self.environment["NSH_SANDBOX"] = "1"
            os.execvpe(self.argv[0], self.argv, self.environment)
        except OSError as error:
            sys.stderr.write(f"sandbox: {self.argv[0]}: {error.strerror}\n")
            sys.stderr.flush()
        finally:
            os._exit(127)

    def _reap(self, pid: int, gate: int, news: int) -> int:
        """Wait for everything that ends; when the program stops, say so and continue it when told."""
        options = os.WUNTRACED if self.interactive else 0
        while True:
            ended, raw = os.waitpid(-1, options)
            if ended != pid:
                continue
            if os.WIFSTOPPED(raw):
                os.write(news, _STOPPED)
                if not os.read(gate, 1):
                    return 129
                give_terminal(pid)
                os.kill(pid, _signal.SIGCONT)
                continue
            code = os.waitstatus_to_exitcode(raw)
            return 128 - code if code < 0 else code


def _between(pid: int, gate: int, news: int, inner_gate: int, inner_news: int) -> int:
    """Pid 1 of the outer namespaces: pass news up and orders down until the inner ones end."""
    watch = select.poll()
    watch.register(inner_news, select.POLLIN)
    while True:
        watch.poll()
        word = os.read(inner_news, 1)
        if not word:
            break
        os.write(news, word)
        os.write(inner_gate, os.read(gate, 1) or _GO_ON)
    while True:
        ended, raw = os.waitpid(-1, 0)
        if ended == pid:
            code = os.waitstatus_to_exitcode(raw)
            return 128 - code if code < 0 else code


def _wait(gate: int) -> None:
    if not os.read(gate, 1):
        os._exit(125)


def _become_root() -> None:
    """Take the ids that the map calls 0; with the ids of the start we could still read a private home."""
    try:
        os.setgroups([])
    except PermissionError:
        pass  # setgroups is `deny` for an ordinary user
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    unistd.prctl(unistd.PR_SET_DUMPABLE, 1)  # else /proc/self would belong to the real root
    unistd.prctl(unistd.PR_SET_PDEATHSIG, _signal.SIGKILL)


def _write_identity_maps(pid: int) -> None:
    """Map into the inner namespace what is mapped in ours, as the same ids."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}", encoding="ascii") as file:
            rows = [line.split() for line in file]
        text = "\n".join(f"{inner} {inner} {count}" for inner, _outer, count in rows)
        if name == "gid_map" and _setgroups_denied():
            proc.write(f"/proc/{pid}/setgroups", "deny")
        proc.write(f"/proc/{pid}/{name}", text)


def _setgroups_denied() -> bool:
    with open("/proc/self/setgroups", encoding="ascii") as file:
        return file.read().strip() == "deny"


def _loopback_up() -> None:
    """The lo of a host is up; that of a new network namespace is not (netdevice(7))."""
    sock = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
    try:
        up_and_running = (0x1 | 0x40).to_bytes(2, sys.byteorder)
        fcntl.ioctl(sock.fileno(), 0x8914, b"lo".ljust(16, b"\0") + up_and_running.ljust(24, b"\0"))
    finally:
        sock.close()
