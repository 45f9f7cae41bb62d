# SPDX-License-Identifier: MIT
"""A session: where you sit, the places you made, the programs you run, and nothing left at the end."""

from __future__ import annotations

import _signal
import os
import sys

from nsh import traced
from nsh.errors import HelperLost, NshError, SessionError, Where
from nsh.helper import wire
from nsh.helper.client import Birth, Peer, mind_silence
from nsh.kernel import proc, resources
from nsh.ops import Clone, Op
from nsh.printable import printable, printable_lines
from nsh.session import births, farewell, ledger
from nsh.session.births import MapsWanted
from nsh.session.guard import Guard
from nsh.session.interrupt import Interrupts
from nsh.session.leads import after_clone, lead_in
from nsh.session.ledger import Ledger
from nsh.session.news import News
from nsh.session.places import Place, Seat, prompt_text
from nsh.session.story import Story

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.helper.birth import Zygote
    from nsh.session.births import Born
    from nsh.session.jobs import Jobs
    from nsh.session.programs import Job, Program
    from nsh.session.recorded import Recorded
    from nsh.session.refs import Target
    from nsh.session.rehearsal import Rehearsal
    from nsh.session.terminal import Terminal
    from nsh.session.tracing import Tracing
    from nsh.session.visits import Visit
    from nsh.traced import Call

_OPEN_FLAGS = {
    "r": os.O_RDONLY,
    "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
}
_NOT_FOR_PROGRAMS = ("NSH_AID", "NSH_HISTFILE")
MARK = "NSH_SESSION"  # in the environment of every program: see proc.mark


class Session:
    """Everything one nsh knows. Its own process never changes namespace and never forks."""

    def __init__(self, zygote: Zygote, *, interactive: bool) -> None:
        self.status = 0
        self.variables: dict[str, str] = {}
        self.settings: dict[str, str] = {}
        self.history: list[str] = []
        self.places: dict[str, Place] = {}
        self.ended: dict[str, str] = {}
        self._seats: list[Seat] = []
        self.parked: list[Seat] = []
        self.visit: Visit | None = None
        self.interactive = interactive
        self.leave_running = False  # daemons survive the end of nsh
        self.one_shot = False  # one command of the command line
        self.interpret: Callable[[str], int] = _no_engine
        self.rehearse: Callable[[str, Rehearsal], int] = _no_rehearsal
        self.interrupts = Interrupts()
        self.terminal: Terminal | None = None
        self.recorded: Recorded | None = None  # at a prompt
        self._jobs: Jobs | None = None
        self.tracing: Tracing | None = None
        self.recent: list[Call] = []  # the calls of the last line, for `explain last`
        self.story = Story()
        self.proc_fd = -1
        self.null_fd = -1
        self.ledger = Ledger()
        self.pinned_by_us: set[str] = set()
        self.iceboxes: set[str] = set()  # cgroups that hold frozen processes
        self.in_sandbox = os.environ.get("NSH_SANDBOX") == "1"
        self.guard = Guard(self)
        self._zygote_handle = zygote
        self.zygote = Peer(zygote.sock, -1, "zygote")
        self.news = News(self)

    # Beginning and end.

    def start(self) -> None:
        """Make ready; the helper of host is waited for when it is first wanted. Raises SessionError."""
        if not proc.shows_us():
            from nsh.hints.mounts import no_proc

            raise SessionError(*no_proc())
        self.proc_fd = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
        self.null_fd = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self.zygote.pidfd = os.pidfd_open(self._zygote_handle.pid)
        self.zygote.pid = self._zygote_handle.pid
        traced.listen(self.recent.append)
        mind_silence(self.news.notice_stopped)
        self.interrupts.install()
        resources.allow_many_files()
        if self.interactive:
            from nsh.session.terminal import Terminal

            self.terminal = Terminal()

    @property
    def seats(self) -> list[Seat]:
        """Where you sit, and where you came from: host first. Raises HelperLost when host cannot be had."""
        if not self._seats:
            birth = Birth(self._zygote_handle.host_sock, [0], "nsh: host")
            born = births.arrive(birth, [Clone()], self.proc_fd, None, Where(os.getpid()), "zygote")
            environment = {k: v for k, v in os.environ.items() if k not in _NOT_FOR_PROGRAMS}
            own = proc.namespaces(os.getpid())
            environment[MARK] = proc.mark(os.getpid())
            self._seats.append(Seat(born.peer, own, born.cwd, environment))
        return self._seats

    @property
    def has_jobs(self) -> bool:
        """Have programs been run? Until then there is nothing to ask of them."""
        return self._jobs is not None and bool(self._jobs.current)

    @property
    def jobs(self) -> Jobs:
        """The programs of this session."""
        if self._jobs is None:
            from nsh.session.jobs import Jobs

            self._jobs = Jobs(self)
        return self._jobs

    def close(self) -> list[str]:
        """End everything that is not pinned and wait until it is gone; what there is to say of it."""
        said = farewell.report(self) if self.interactive else farewell.of_one_command(self) if self.one_shot else []
        with self.interrupts:
            if self.leave_running:
                said += farewell.spare(self, MARK)
            for place in self.places.values():
                place.close()
            if not self._seats:
                self._zygote_handle.host_sock.close()  # nobody ever asked for the helper of host
            for seat in [*self._seats, *self.parked]:
                seat.peer.close()
            self.zygote.sock.close()  # the zygote sweeps at the end of its socket
            try:
                os.kill(self._zygote_handle.pid, _signal.SIGCONT)  # one that was stopped could not
                os.waitpid(self._zygote_handle.pid, 0)
            except (ChildProcessError, ProcessLookupError):
                pass
        if self.terminal is not None:
            self.terminal.take_back()
            self.terminal.close()
        is_settled = self.guard.take_back() & self._is_thawed() & (not self.ledger.begun(ledger.PIN))
        self.ledger.close(keep=not is_settled)
        self.interrupts.uninstall()
        return said

    def say(self, line: str) -> None:
        """A line of talk, now: before a program takes the terminal."""
        sys.stderr.write(f"{printable_lines(line)}\n")
        sys.stderr.flush()
        if self.recorded is not None:
            self.recorded.hear(line)

    def _is_thawed(self) -> bool:
        """Take away the cgroups that held frozen processes; one that stays is left to `clean`, by the ledger."""
        if not self.iceboxes:
            return True
        from nsh.session import icebox

        return icebox.close(self)

    def ask(self, question: str) -> bool:
        """Ask at the terminal; anything but y or yes is no. Raises KeyboardInterrupt at ^C."""
        sys.stdout.write(f"{printable(question)} [y/N] ")
        sys.stdout.flush()
        self.interrupts.wait([0])
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    # Where we are.

    @property
    def seat(self) -> Seat:
        """Where you sit."""
        self.settle()
        return self.seats[-1]

    @property
    def host(self) -> Seat:
        """Where nsh was started."""
        return self.seats[0]

    def depth(self) -> int:
        """How many moves away from host."""
        return len(self.seats) - 1

    def prompt(self) -> str:
        """`nsh>`, `nsh[box]>`, `nsh[uts:web,net]>`."""
        return prompt_text(self.seat, self.host, self.places.values())

    def shell_pid(self) -> int:
        """The pid of the process you sit in, as it sees itself."""
        return proc.pids_of(self.seat.peer.pid)[-1]

    def names(self) -> list[str]:
        """The places of this session."""
        return list(self.places)

    def resolve(self, ref: str, kind: str | None = None) -> Target:
        """What a reference stands for; with `kind`, it must have that type. Raises NoSuchName, Refused."""
        from nsh.session import refs

        target = refs.resolve(self, ref)
        if kind is not None and kind not in target.ns:
            raise SessionError(f"{ref}: has no {kind} namespace of its own", f"its types: {','.join(target.types)}")
        return target

    def where(self, types: Sequence[str] = (), command: str = "new") -> Where:
        """What an error message needs to know of the process that was refused."""
        return Where(self.seat.peer.pid, tuple(types), command, self.read_there, session=self)

    # Making processes.

    def bear(
        self, plan: list[Op], fds: Sequence[int], role: str, title: str, maps: MapsWanted | None, where: Where
    ) -> Born:
        """Carry out a plan from where we sit. Raises Refused, HelperLost.

        After a plain `unshare pid` our own forks would be the init of the new
        namespace, and an init may not clone siblings: then a process is made
        outside and led to where we sit.
        """
        seat = self.seat
        with self.interrupts:
            self.interrupts.check()
            if not seat.later and not seat.is_init:
                return births.bear(seat.peer, plan, (self.proc_fd, *fds), role, title, maps, where)
            lead, lead_fds = lead_in(seat, self.host, len(fds) + 1)
            given = (self.proc_fd, *fds, *lead_fds)
            return births.bear(self.zygote, [*lead, *after_clone(plan)], given, role, title, maps, where)

    def sit(self, seat: Seat) -> None:
        """Sit in another process from now on."""
        self.seats.append(seat)

    def peers_in_use(self) -> set[Peer]:
        """Helpers that someone sits in, or that are kept for what hangs off them."""
        return {seat.peer for seat in [*self.seats, *self.parked]}

    def all_peers(self) -> set[Peer]:
        """Those, and helpers that only wait for their jobs."""
        if not self.has_jobs:
            return self.peers_in_use()
        return {*self.peers_in_use(), *(job.peer for job in self.jobs.current)}

    # Programs and files, as the process we sit in sees them.

    def run(self, programs: list[Program], *, background: bool = False, stdin: int | None = None) -> int:
        """Run programs here; the exit status of the last, 128 + N for signal N. Raises Refused."""
        if self.visit is not None and stdin is None and self.visit.can_run(programs, background=background):
            return self.visit.run(programs[0])
        with self.interrupts:
            job = self.jobs.launch(programs, background=background, stdin=stdin)
            self._remember_init(job)
            if background:
                self._note_background(job.number, job.pids)
                return 0
            try:
                return self.jobs.foreground(job)
            finally:
                self.news.learn_of_init()

    def _note_background(self, number: int, pids: list[int]) -> None:
        if self.interactive:
            self.say(f"[{number}] pid {pids[-1]}")

    def _remember_init(self, job: Job) -> None:
        """After a plain `unshare pid` the first program is pid 1 of the new namespace."""
        seat = self.seat
        if "pid" in seat.later and seat.init_pidfd < 0:
            seat.init_pidfd = os.dup(job.pidfds[0])
            seat.init_name = job.programs[0].argv[0]

    def find_program(self, word: str) -> bool:
        """Is there such a program on PATH here? On a visit its exec will tell."""
        if self.visit is not None:
            return True
        path = self.seat.environment.get("PATH", os.defpath)
        reply = self.seat.peer.request("find", word, path)
        return bool(reply.fields.get("found"))

    def open_file(self, path: str, mode: str) -> int:
        """A file as the process we sit in sees it; 'r', 'w' or 'a'. Raises Refused."""
        if "\0" in path:
            raise SessionError(f"{path!r}: a NUL byte cannot be in a path")
        reply = self.seat.peer.request("open", path, _OPEN_FLAGS[mode])
        if reply.errno:
            raise births.refused(f'open("{path}")', reply.errno, self.where())
        return reply.fd(self.seat.peer.title)

    def do_at_host(self, *ops: Op, fds: tuple[int, ...] = (), shown: str | None = None) -> None:
        """Do some ops in the helper of host, which never moves; `shown` names them in a refusal. Raises Refused."""
        peer = self.host.peer
        births.carry_out(peer, ops, (self.proc_fd, *fds), Where(peer.pid), shown)

    def do(self, *ops: Op, types: Sequence[str] = ()) -> None:
        """Do some ops in the process we sit in. Raises Refused."""
        births.carry_out(self.seat.peer, ops, (self.proc_fd,), self.where(types))
        self.story.did(self.seat, ops)

    def facts(self) -> dict[str, str]:
        """What the process we sit in knows of itself: hostname, domainname, cwd, uid, gid, umask."""
        return self.seat.peer.request("names").fields

    def number_of(self, fact: str) -> int:
        """One of the facts that is a number. Raises HelperLost."""
        value = wire.number_in(self.facts(), fact)
        if value < 0:
            raise HelperLost(f"{self.seat.peer.title}: does not know its {fact}")
        return value

    def read_there(self, path: str) -> str:
        """The beginning of a file as the process we sit in reads it, '' when it cannot.

        A relative path is one below the /proc of host.
        """
        return self.seat.peer.request("read", path, fds=(self.proc_fd,)).fields.get("text", "")

    # What happened meanwhile.

    def handle_events(self) -> None:
        """Take in what is waiting, without waiting."""
        self.news.take_all()

    def notices(self) -> list[str]:
        """What has happened since the last time, a line each."""
        with self.interrupts:
            lines = self.news.lines()
            if self.terminal is not None and not self.terminal.is_ours():
                self.terminal.take_back()
            return lines

    def happened(self) -> list[str]:
        """The same without jobs: what a script is told after each command."""
        with self.interrupts:
            return self.news.without_jobs()

    def event_filenos(self) -> list[int]:
        """The fds to watch while the prompt waits."""
        helpers = [peer.sock.fileno() for peer in self.all_peers() if not peer.lost]
        return [self.zygote.sock.fileno(), *helpers, *(self.jobs.output_fds() if self.has_jobs else ())]

    def about_to(self, words: tuple[str, ...]) -> None:
        """A command is going to run: nothing to do, but in a rehearsal."""

    def forget(self, place: Place) -> None:
        """Take a place out of the names."""
        self.places.pop(place.name, None)
        place.close()

    def on(self, ref: str) -> Visit:
        """Sit in REF for a while: a context manager. Raises NoSuchName, Refused."""
        from nsh.session.visits import Visit

        return Visit(self, ref)

    def settle(self) -> None:
        """Sit down where a visit leads, if that was put off. Raises Refused."""
        if self.visit is not None:
            self.visit.sit_down()

    def let_go(self, seat: Seat) -> None:
        """Be done with a seat; its helper stays while jobs or places hang off it."""
        if seat.init_pidfd >= 0:
            os.close(seat.init_pidfd)
            seat.init_pidfd = -1
        if seat.is_init and any(place.made_in is seat for place in self.places.values()):
            self.parked.append(seat)
        elif not self.jobs.of_peer(seat.peer):
            seat.peer.dismiss()


def _no_rehearsal(line: str, _session: Rehearsal) -> int:
    return _no_engine(line)


def _no_engine(_line: str) -> int:
    raise NshError("no engine reads lines here")
