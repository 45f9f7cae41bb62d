# SPDX-License-Identifier: MIT
"""Carrying out a plan: a helper clones a process, which works through the ops and becomes a helper or a holder."""

from __future__ import annotations

import errno
import os

from nsh import traced
from nsh.errors import HelperLost, NotSupported, Refused
from nsh.helper import channel, wire
from nsh.helper.client import Birth, Peer
from nsh.kernel import proc
from nsh.ops import Op, WriteFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.errors import Where


class MapsWanted:
    """The ID maps that `writer` puts in place when the new process waits at its gate.

    `otherwise`, where it is set, writes them instead, given the process's pid:
    by set-uid programs, for a user who may not.
    """

    __slots__ = ("gid_map", "otherwise", "uid_map", "writer")

    def __init__(
        self, writer: Peer, uid_map: str | None, gid_map: str | None, otherwise: Callable[[int], None] | None = None
    ) -> None:
        self.writer = writer
        self.uid_map = uid_map
        self.gid_map = gid_map
        self.otherwise = otherwise


class Born:
    """What came of a plan: the process, where it stands, and the fds it gave."""

    __slots__ = ("cwd", "made", "peer")

    def __init__(self, peer: Peer, cwd: str, made: list[list[int]]) -> None:
        self.peer = peer
        self.cwd = cwd
        self.made = made


def refused(op: Op | str, number: int, where: Where) -> Refused:
    """The kernel's refusal of one op, with the cause as it can be probed here."""
    from nsh import hints  # with the first refusal, not with every start
    from nsh.session import surroundings

    kind = NotSupported if number == errno.ENOSYS else Refused
    name = op.name if isinstance(op, Op) else str(op).partition("(")[0]
    surroundings.complete(where)
    return kind(str(op), number, hints.explain(name, str(op), number, where))


def bear(
    worker: Peer,
    plan: Sequence[Op],
    fds: Sequence[int],
    role: str,
    title: str,
    maps: MapsWanted | None,
    where: Where,
) -> Born:
    """Have `worker` clone a process that works through `plan`; fds[0] is an fd of the host's /proc.

    Raises Refused, HelperLost. Nothing is left of a plan that was refused.
    """
    try:
        ours, theirs = channel.pair()
    except OSError as error:
        raise no_room(error) from error
    try:
        reply = worker.request("spawn", [op.wire() for op in plan], role, title, fds=(theirs.fileno(), *fds))
    except BaseException:
        ours.close()  # so that whoever was made sees the end
        raise
    finally:
        theirs.close()
    clones = [i for i, op in enumerate(plan) if op.name == "clone3"]
    birth = Birth(ours, clones, title, sum(op.sends for op in plan))
    if reply.errno:
        birth.give_up()
        traced.tell(worker.title, plan[0], -1, reply.errno)
        raise refused(plan[0], reply.errno, where)
    return arrive(birth, plan, fds[0], maps, where, worker.title)


def arrive(birth: Birth, plan: Sequence[Op], proc_fd: int, maps: MapsWanted | None, where: Where, worker: str) -> Born:
    """See a process through its plan until it serves. Raises Refused, HelperLost; then nothing is left of it.

    `worker` is the title of the process that was asked to make it.
    """
    try:
        stop = _next_stop(birth, plan, worker)
        gates = sum(op.name == "gate" for op in plan)
        while stop.get("ev") == "gate" and gates:
            gates -= 1
            if maps is not None:
                write_maps(maps, birth.pidfd, proc_fd, where)
            birth.open_gate()
            stop = _next_stop(birth, plan, worker)
        if stop.get("ev") not in ("ready", "refused") or (stop["ev"] == "refused" and not wire.errno_in(stop)):
            raise HelperLost(f"{birth.title}: says what cannot be while it is being made: state unknown")
        if stop["ev"] == "refused":
            raise refused(_refused_of(plan, stop), wire.errno_in(stop), where)
        peer = Peer(birth.sock, birth.keep(), birth.title)
    except OSError as error:
        birth.give_up()
        raise no_room(error) from error
    except BaseException:
        birth.give_up()
        raise
    return Born(peer, stop.get("cwd", ""), birth.made)


def carry_out(worker: Peer, ops: Sequence[Op], fds: Sequence[int], where: Where, shown: str | None = None) -> None:
    """Have a helper do some ops where it sits; fds[0] is an fd of the host's /proc. Raises Refused, HelperLost.

    `shown` is what a refusal calls them, where their own names would say too much.
    """
    reply = worker.request("steps", [op.wire() for op in ops], fds=tuple(fds))
    tell_steps(worker.title, ops, reply.fields)
    if reply.errno:
        raise refused(shown or _refused_of(ops, reply.fields), reply.errno, where)


def _refused_of(ops: Sequence[Op], fields: dict[str, str]) -> Op:
    """The op that a helper says was refused; one of them, whatever it says."""
    return ops[min(max(wire.number_in(fields, "step", 0), 0), len(ops) - 1)]


def _next_stop(birth: Birth, plan: Sequence[Op], worker: str) -> dict[str, str]:
    """Wait as `Birth.next_stop`, and tell what was done on the way, in the order of the plan."""
    stop = birth.next_stop()
    did, birth.did = sorted(birth.did), []
    if traced.is_heard():
        number = wire.errno_in(stop) if stop.get("ev") == "refused" else 0
        for index, value, took in did:
            if index < len(plan):
                by = worker if index == 0 else birth.title
                tell_step(by, plan[index], value, number if value < 0 else 0, took)
    return stop


def tell_step(by: str, op: Op, value: int, number: int, took: int) -> None:
    """Tell of one op that was done; one that stands for several calls is told as those."""
    for single in op.calls():
        traced.tell(by, single, value or single.success, number, took // len(op.calls()))


def tell_steps(by: str, ops: Sequence[Op], fields: dict[str, str]) -> None:
    """Tell of ops that a helper did on request, from its answer."""
    if traced.is_heard():
        for what, value, took in wire.steps_in(fields):
            if what.isdecimal() and int(what) < len(ops):
                tell_step(by, ops[int(what)], value, wire.errno_in(fields) if value < 0 else 0, took)


def no_room(error: OSError) -> Refused:
    """nsh itself has no room for another open file."""
    hint = "nsh has as many files open as it may (RLIMIT_NOFILE): `rm` places, or start it with a higher `ulimit -n`"
    return Refused(str(error.filename or "socketpair"), error.errno or errno.EMFILE, hint)


def write_maps(maps: MapsWanted, pidfd: int, proc_fd: int, where: Where) -> None:
    """Write uid_map and gid_map of the process behind a pidfd. Raises Refused, SessionError."""
    if maps.otherwise is not None:
        maps.otherwise(proc.pid_of(pidfd))
        return
    reply = maps.writer.request("maps", maps.uid_map, maps.gid_map, fds=(proc_fd, pidfd))
    if traced.is_heard():
        _tell_writes(maps.writer.title, proc.pid_of(pidfd), reply.fields)
    if reply.errno:
        file = os.path.basename(reply.fields.get("what", "uid_map")) or "uid_map"
        text = maps.gid_map if file == "gid_map" else maps.uid_map
        shown = (text if text is not None else "0 …").replace("\n", "\\n")
        raise refused(f'write(/proc/PID/{file}, "{shown}")', reply.errno, where)


def _tell_writes(by: str, pid: int, fields: dict[str, str]) -> None:
    """Tell of the files of a process that were written, from the answer of who wrote them."""
    for file, value, took in wire.steps_in(fields):
        op = WriteFile(f"/proc/{pid}/{file}", fields.get(file, ""))
        traced.tell(by, op, max(value, -1), -value if value < 0 else 0, took)
