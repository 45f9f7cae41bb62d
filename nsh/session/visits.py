# SPDX-License-Identifier: MIT
"""`on REF LINE`: sit in a place for one line.

Most such lines are one program. It then needs no helper of its own there: the
program's process enters the place itself, between its clone and its exec (for a
pid namespace a sibling that it clones goes on). Only what needs a process to
sit in, a command that looks around or a pipeline, makes one.
"""

from __future__ import annotations

import errno
import os

from nsh.errors import Refused, UnknownCommand
from nsh.session import moves
from nsh.session.places import differing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.programs import Program
    from nsh.session.refs import Target
    from nsh.session.session import Session


class Visit:
    """A move that is undone at the end of a `with`, and made only when it is needed."""

    def __init__(self, session: Session, ref: str) -> None:
        self.session = session
        self.ref = ref
        self.depth = 0
        self._target: Target | None = None

    def __enter__(self) -> Session:
        self.session.settle()  # of a visit around this one
        self.depth = self.session.depth()
        self._target = self.session.resolve(self.ref)
        self.session.visit = self
        return self.session

    def __exit__(self, *_error: object) -> None:
        if self.session.visit is self:
            self.session.visit = None
        while self.session.depth() > self.depth:
            self.session.let_go(self.session.seats.pop())

    def sit_down(self) -> None:
        """Make the move: something needs a process that is there. Raises Refused."""
        self.session.visit = None
        if self._target is not None:
            moves.enter(self.session, self._target, None, is_visit=True)

    def can_run(self, programs: list[Program], *, background: bool) -> bool:
        """Can these programs enter by themselves?"""
        target, seat = self._target, self.session.seats[-1]
        if target is None or target.pid is None or len(programs) != 1 or background or seat.later:
            return False
        return not moves.needs_guard(self.session, target, self.moved())

    @property
    def target(self) -> Target | None:
        """Where the visit leads."""
        return self._target

    def moved(self) -> tuple[str, ...]:
        """The types in which the place is not where you sit."""
        target = self._target
        if target is None:
            return ()
        return tuple(kind for kind in differing(target.ns, self.session.seats[-1].ns) if kind in target.types)

    def run(self, program: Program) -> int:
        """Run one program that enters by itself; its exit status. Raises Refused, UnknownCommand."""
        session, target = self.session, self._target
        assert target is not None, "can_run was asked first"
        seat, moved = session.seats[-1], self.moved()
        plan, fds = moves.entering(target, moved, seat)
        steps = tuple(plan[1:])  # without the first clone: that is the program's own
        try:
            with session.interrupts:
                try:
                    job = session.jobs.launch(
                        [program], types=moved, steps=steps, more_fds=tuple(fds), seat=seat, into=target
                    )
                finally:
                    for fd in fds:
                        os.close(fd)
                return session.jobs.foreground(job)
        except Refused as refusal:
            word = program.argv[0]
            if refusal.errno == errno.ENOENT and "/" not in word and refusal.op == f'execve("{word}")':
                hint = f"there is no such program in {self.ref}"
                raise UnknownCommand(f"unknown command: '{word}'", hint) from refusal
            raise
