# SPDX-License-Identifier: MIT
"""A helper's life: one poll loop over its socket and its children; it never blocks elsewhere.

Helper and holder are made *by the process you sit in* with CLONE_PARENT, so
that permissions and nesting are right and yet everything is a child of the
zygote, which alone sweeps up.
"""

from __future__ import annotations

import _signal
import _socket
import os
import select
import time

from nsh.helper import channel, wire
from nsh.helper.programs import Programs
from nsh.helper.steps import perform
from nsh.helper.work import Did, work_through
from nsh.kernel import ipc, keys, mount, sched, unistd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_OBJECTS: dict[str, Callable[..., object]] = {
    "msgget": ipc.msgget,
    "semget": ipc.semget,
    "shmget": ipc.shmget,
    "remove": ipc.remove,
    "mq_create": ipc.mq_create,
    "mq_unlink": ipc.mq_unlink,
    "add_key": keys.add_key,
    "unlink_key": keys.unlink_key,
}
_LONGEST_READ = 65536
_HIGHEST_FD = 0x7FFFFFFF


class Life:
    """What every process of one nsh shares: the pipe that says the zygote lives, and how ps shows us."""

    __slots__ = ("alive_fd", "interactive", "title_area")

    def __init__(self, alive_fd: int, interactive: bool) -> None:
        self.alive_fd = alive_fd
        self.interactive = interactive
        self.title_area = unistd.argv_area()

    def rename(self, title: str) -> None:
        """Show as `title` in ps(1)."""
        unistd.set_title(self.title_area, title)
        unistd.set_comm("nsh")

    def die_with_zygote(self) -> None:
        """Ask for SIGKILL when the zygote dies; exit now if it is dead already."""
        unistd.prctl(unistd.PR_SET_PDEATHSIG, _signal.SIGKILL)
        # getppid() is 0 in a pid namespace, so ask the pipe whose only reader is the zygote.
        watch = select.poll()
        watch.register(self.alive_fd, 0)
        if watch.poll(0):
            os._exit(1)


class Helper:
    """A process that does on request what needs doing where it sits."""

    parent_flag = sched.CLONE_PARENT

    def __init__(self, sock: _socket.socket, life: Life) -> None:
        self.sock = sock
        self.life = life
        self.poll = select.poll()
        self.programs = Programs(self.tell, self.poll, life.interactive)
        self.wakeup = -1

    def tell(self, fds: tuple[int, ...] = (), **fields: object) -> None:
        """Send an event to the prompt."""
        self.send(fields, fds)

    def send(self, fields: dict[str, object], fds: tuple[int, ...] = ()) -> None:
        """Send an answer or event; when the prompt is gone there is nobody left to work for."""
        try:
            channel.send(self.sock, wire.pack_fields(fields), fds)
        except (BrokenPipeError, ConnectionResetError):
            self.end()

    def serve(self) -> NoReturn:
        """Work until the prompt closes the socket."""
        self.watch_children()
        self.poll.register(self.sock.fileno(), select.POLLIN)
        while True:
            for fd, _event in self.poll.poll():
                if fd == self.wakeup:
                    self.drain_wakeup()
                    self.reap()
                elif fd == self.sock.fileno():
                    self.take_request()
                else:
                    self.programs.exec_pipe_ready(fd)

    def watch_children(self) -> None:
        """Have SIGCHLD wake the loop through a pipe."""
        self.wakeup, write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, _no_action)
        self.poll.register(self.wakeup, select.POLLIN)

    def drain_wakeup(self) -> None:
        """Forget the signals that woke us."""
        while len(os.read(self.wakeup, 4096)) == 4096:
            pass

    def reap(self) -> None:
        """Take in what happened to our children."""
        self.programs.reap()

    def take_request(self) -> None:
        """Read one request, do it, answer it."""
        message = channel.receive(self.sock)
        if message is None:
            self.end()
        raw, fds = message
        number, verb, arguments = wire.unpack_request(raw)
        try:
            fields, sent = getattr(self, f"do_{verb}")(fds, *arguments)
        except OSError as error:
            fields, sent = {"errno": error.errno, "what": error.filename or ""}, ()
        finally:
            channel.close_all(fds)
        self.send({"re": number, **fields}, sent)
        channel.close_all(sent)
        self.programs.release_ready()

    def end(self) -> NoReturn:
        """Leave; programs die with us by their PDEATHSIG."""
        os._exit(0)

    # What can be asked. Each answers (fields, fds to send); an OSError becomes the answer's errno.

    def do_steps(self, fds: list[int], steps: list[Any]) -> tuple[dict[str, object], tuple[int, ...]]:
        """Do some ops here."""
        did = Did()
        for index, step in enumerate(steps):
            try:
                perform(step, fds)
            except OSError as error:
                return {"errno": error.errno, "step": index, "did": did.told(index)}, ()
            did.add(index)
        return {"did": did.told()}, ()

    def do_spawn(
        self, fds: list[int], plan: list[Any], role: str, title: str
    ) -> tuple[dict[str, object], tuple[int, ...]]:
        """Clone a process that works through the rest of the plan; fds[0] is its socket."""
        flags = plan[0][1] | self.parent_flag
        did = Did()
        pid, pidfd = sched.clone3(flags)
        if pid == 0:
            self.become(fds, plan, role, title)
        did.add(0, pid)
        born = _socket.socket(fileno=os.dup(fds[0]))
        channel.send(born, wire.pack_fields({"ev": "cloned", "step": 0, "did": did.told()}), (pidfd,))
        born.close()
        os.close(pidfd)
        return {}, ()

    def do_maps(
        self, fds: list[int], uid_map: str | None, gid_map: str | None
    ) -> tuple[dict[str, object], tuple[int, ...]]:
        """Write the ID maps of the process behind a pidfd, through the host's /proc; None maps root to us."""
        proc, pidfd = fds
        pid = _pid_behind(pidfd, proc)
        uid_text = uid_map if uid_map is not None else f"0 {os.geteuid()} 1"
        gid_text = gid_map if gid_map is not None else f"0 {os.getegid()} 1"
        fields: dict[str, object] = {"uid_map": uid_text, "gid_map": gid_text}
        did = Did()
        try:
            try:
                did.write(proc, pid, "gid_map", gid_text)
            except PermissionError:
                # Without CAP_SETGID the kernel wants setgroups(2) given up first (user_namespaces(7), Linux 3.19).
                did.write(proc, pid, "setgroups", "deny")
                fields["setgroups"] = "deny"
                did.write(proc, pid, "gid_map", gid_text)
            did.write(proc, pid, "uid_map", uid_text)
        except OSError as error:
            return {**fields, "errno": error.errno, "what": error.filename or "", "did": did.told()}, ()
        return {**fields, "did": did.told()}, ()

    def do_run(self, fds: list[int], *arguments: Any) -> tuple[dict[str, object], tuple[int, ...]]:
        """Start programs; fds are stdin, stdout, stderr and perhaps the terminal."""
        return self.programs.start(fds, *arguments)

    def do_release(self, _fds: list[int], job: int) -> tuple[dict[str, object], tuple[int, ...]]:
        """Let the programs of a held job through one gate."""
        self.programs.release(job)
        return {}, ()

    def do_job(
        self, fds: list[int], job: int, signal: int, to_front: bool
    ) -> tuple[dict[str, object], tuple[int, ...]]:
        """Signal a job; first give it the terminal in fds[0] if it goes to the front."""
        self.programs.signal(job, signal, fds[0] if to_front else None)
        return {}, ()

    def do_find(self, _fds: list[int], word: str, path: str) -> tuple[dict[str, object], tuple[int, ...]]:
        """Is there a program of that name on PATH here?"""
        candidates = [word] if "/" in word else [f"{directory or '.'}/{word}" for directory in path.split(":")]
        found = next((c for c in candidates if os.access(c, os.X_OK) and not os.path.isdir(c)), "")
        return {"found": found}, ()

    def do_open(self, _fds: list[int], path: str, flags: int) -> tuple[dict[str, object], tuple[int, ...]]:
        """Open a file as we see it."""
        return {}, (os.open(path, flags | os.O_CLOEXEC | os.O_NOCTTY, 0o666),)

    def do_socket(
        self, _fds: list[int], family: int, kind: int, protocol: int
    ) -> tuple[dict[str, object], tuple[int, ...]]:
        """A socket of our network namespace."""
        return {}, (_socket.socket(family, kind, protocol).detach(),)

    def do_read(self, fds: list[int], path: str) -> tuple[dict[str, object], tuple[int, ...]]:
        """The beginning of a file as we read it: some of /proc depends on the reader, not on who opened it.

        A relative path is one below the host's /proc, fds[0].
        """
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=fds[0] if fds else None)
        try:
            return {"text": os.read(fd, _LONGEST_READ).decode("utf-8", "replace")}, ()
        finally:
            os.close(fd)

    def do_lines(self, fds: list[int], paths: list[str]) -> tuple[dict[str, object], tuple[int, ...]]:
        """The first line of each of several files, as `read` reads one; an empty line for one that cannot be read."""
        found = []
        for path in paths:
            try:
                text = str(self.do_read(fds, path)[0]["text"])
            except OSError:
                text = ""
            found.append(text.partition("\n")[0])
        return {"text": "\n".join(found)}, ()

    def do_names(self, _fds: list[int]) -> tuple[dict[str, object], tuple[int, ...]]:
        """What this process knows of itself: host and domain name, directory, ids."""
        return {
            "hostname": os.uname().nodename,
            "domainname": unistd.getdomainname(),
            "cwd": _cwd(),
            "uid": os.geteuid(),
            "gid": os.getegid(),
            "umask": _umask(),
        }, ()

    def do_clocks(self, _fds: list[int]) -> tuple[dict[str, object], tuple[int, ...]]:
        """The clocks that a time namespace moves, in nanoseconds."""
        return {
            "monotonic": time.clock_gettime_ns(time.CLOCK_MONOTONIC),
            "boottime": time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        }, ()

    def do_object(self, _fds: list[int], call: str, *arguments: Any) -> tuple[dict[str, object], tuple[int, ...]]:
        """Make or remove an IPC object or a key here."""
        return {"value": _OBJECTS[call](*arguments)}, ()

    def do_keys(self, _fds: list[int]) -> tuple[dict[str, object], tuple[int, ...]]:
        """The keys of the user keyring, a line each."""
        return {"text": "\n".join(keys.of_user())}, ()

    def do_detached(self, _fds: list[int], fstype: str) -> tuple[dict[str, object], tuple[int, ...]]:
        """Mount a file system of ours where nobody sees it, and send the directory."""
        return {}, (mount.detached(fstype),)

    # The child's side of do_spawn.

    def become(self, fds: list[int], plan: list[Any], role: str, title: str) -> NoReturn:
        """In a fresh clone: forget the parent's fds, do the rest of the plan, then live as `role`.

        A `guarded` helper does so from a copy of the interpreter.
        """
        status = 1
        try:
            self.sock.detach()
            keep_only(self.life.alive_fd, *fds)
            born = _socket.socket(fileno=fds[0])
            self.life.die_with_zygote()
            if role == "guarded":
                from nsh.helper import image  # where it is wanted: among somebody else's files

                image.go_on(born, plan, fds[1:], title, self.life)
            elif (did := work_through(born, plan, fds[1:])) is not None:
                if role != "maker":
                    settle(born, fds[1:], role, title, self.life, did)
                channel.send(born, wire.pack_fields({"ev": "ready", "did": did.told()}))
            status = 0
        finally:
            os._exit(status)


def settle(born: _socket.socket, fds: list[int], role: str, title: str, life: Life, did: Did) -> NoReturn:
    """Become a helper or a holder, say so, and serve."""
    channel.close_all(fds)
    life.die_with_zygote()  # again: a change of uid has cleared it
    life.rename(title)
    if role == "holder" or life.interactive:
        os.setpgid(0, 0)
    process = Holder(born, life) if role == "holder" else Helper(born, life)
    process.tell(ev="ready", cwd=_cwd(), did=did.told())
    process.serve()


class Holder(Helper):
    """A process that keeps a place: the init of its pid namespace, where there is one."""

    def watch_children(self) -> None:
        """Let the kernel reap orphans by itself; and keep no handle on a tree that pivot_root may hide."""
        _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)
        os.chdir("/")


def keep_only(*fds: int) -> None:
    """Close every fd from 3 on but these."""
    start = 3
    for fd in sorted(set(fds)):
        if fd >= start:
            os.closerange(start, fd)
            start = fd + 1
    os.closerange(start, _HIGHEST_FD)


def _no_action(_signal: int, _frame: object) -> None:
    """A handler, so that the wakeup fd is written."""


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""  # the directory was removed


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _pid_behind(pidfd: int, proc: int) -> int:
    """The pid of a pidfd in the pid namespace of that /proc."""
    fd = os.open(f"self/fdinfo/{pidfd}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        lines = os.read(fd, 4096).decode().splitlines()
    finally:
        os.close(fd)
    return next(int(line[4:]) for line in lines if line.startswith("Pid:"))
