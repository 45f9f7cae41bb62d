# SPDX-License-Identifier: MIT
"""What happens behind the prompt's back: places, helpers and inits that end, told before the next line."""

from __future__ import annotations

import os

from nsh.errors import HelperLost, NshError, Where
from nsh.helper import channel, wire
from nsh.helper.client import becomes_readable, is_readable, wait_readable
from nsh.ops import Clone
from nsh.session import births

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.helper.client import Peer
    from nsh.session.places import Place
    from nsh.session.session import Session
    from nsh.session.stopped import Stopped


_WORD_SECONDS = 0.2
_SILENT_SECONDS = 1.0
_ENDINGS_KEPT = 4096  # of processes nobody has asked for: more than the hosts of a lab that are killed at once


class News:
    """What has happened in one session and has not been said yet."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._gone: dict[int, int] = {}
        self._unsaid: list[str] = []
        self._tidied: bool | None = False
        self._stopped: Stopped | None = None

    def take_all(self) -> None:
        """Take in what is waiting, without waiting. Raises HelperLost when nothing can go on."""
        self.take_zygote_news()
        if self.session.has_jobs:
            for peer in self.session.all_peers():
                self.session.jobs.take_news(peer)
        self.learn_of_init()
        self._check_places()
        self.check_seats()

    def lines(self) -> list[str]:
        """What has happened since the last time, a line each: also which jobs have ended."""
        lines = [*self.without_jobs(), *(self.session.jobs.notices() if self.session.has_jobs else ())]
        return [*lines, *self._after_the_dead()]

    def without_jobs(self) -> list[str]:
        """What has happened to places, and to where we sit."""
        self.take_all()
        lines, self._unsaid = self._unsaid, []
        return lines

    def take_zygote_news(self) -> None:
        """Learn which children of the zygote have ended, and how."""
        for event, fds in self.session.zygote.take_events():
            channel.close_all(fds)
            if event.get("ev") == "gone":
                self._gone[wire.number_in(event, "pid")] = wire.number_in(event, "status", 0)
        for pid in [*self._gone][:-_ENDINGS_KEPT]:
            del self._gone[pid]

    def _after_the_dead(self) -> list[str]:
        """Once, after the first line of a prompt: tidy up after an nsh that was killed together with its zygote."""
        if not self.session.interactive or self._tidied is None:
            return []
        if not self._tidied:
            self._tidied = True  # not before the first prompt: it costs a look at every process
            return []
        self._tidied = None
        from nsh.session import afterlife

        try:
            return afterlife.clean(self.session)
        except NshError as error:
            return [f"{error.message}; `clean` tries again"]

    def _check_places(self) -> None:
        for place in list(self.session.places.values()):
            if place.pidfd >= 0 and is_readable(place.pidfd):
                self._place_ended(place)

    def _place_ended(self, place: Place) -> None:
        what = "its init (pid 1)" if "pid" in place.types else "its holder"
        how = _ending(self._status_of(place.pid))
        line = f"{place.name} is gone: {what} {how}"
        if "pid" in place.types:
            line += ", and the kernel ended every member with it"
        if place.fds:
            self._unsaid.append(f"{place.name}: its holder {how}; open files keep its namespaces")
            place.lose_holder()
            return
        self._unsaid.append(line)
        self.session.ended[place.name] = f"{line}; make a new one"
        self.session.forget(place)

    def _status_of(self, pid: int | None) -> int | None:
        """How a child of the zygote ended; its word comes a moment after the end itself."""
        zygote = self.session.zygote  # it may speak of others first
        while pid not in self._gone and not zygote.lost and becomes_readable(zygote.sock.fileno(), _WORD_SECONDS):
            self.take_zygote_news()
        return self._gone.get(pid if pid is not None else -1)

    def check_seats(self) -> None:
        """When the process we sit in has died, sit in the one before."""
        while len(self.session.seats) > 1 and not self.session.seat.peer.is_alive():
            seat = self.session.seats.pop()
            seat.peer.close()
            back = self.session.prompt()
            self._unsaid.append(f"the process you sat in has ended ({seat.moved_by}): you are back in {back}")
            self._check_places()
        if not self.session.host.peer.is_alive():
            self._stand_in_for_host()

    def _stand_in_for_host(self) -> None:
        """The helper of host was killed: have another, or end when there is no zygote to make it. Raises HelperLost."""
        lost = self.session.host
        lost.peer.close()
        try:
            born = births.bear(
                self.session.zygote, [Clone()], (self.session.proc_fd,), "helper", "nsh: host", None, Where(os.getpid())
            )
        except HelperLost as error:
            raise HelperLost("the zygote is gone, and all it made with it: state unknown", "start nsh again") from error
        lost.peer = born.peer
        self._unsaid.append(
            "the helper of host was killed, and another stands in: whether what it was doing is done is unknown"
        )

    def notice_stopped(self) -> None:
        """A helper has been silent for a second: one that was stopped is let go on."""
        if self._stopped is None:
            from nsh.session.stopped import Stopped  # hardly ever wanted

            self._stopped = Stopped(self.session)
        self._stopped.look()

    def wait(self, fds: list[int], peer: Peer, programs: Sequence[int] = ()) -> list[int]:
        """Those of the fds that can be read, after waiting for one; none where that helper has spoken, or is gone.

        While it says nothing of programs that have ended, by their pidfds, it may have been stopped. Then the
        terminal is ours again, for ^C to reach us.
        """
        if peer.lost:
            return []  # its socket may be closed
        while not (ready := wait_readable(fds, 0 if peer.events else _SILENT_SECONDS)) and not peer.events:
            if all(is_readable(pidfd) for pidfd in programs):
                if self.session.terminal is not None and programs:
                    self.session.terminal.take_back()
                self.notice_stopped()
        return ready

    def learn_of_init(self) -> None:
        """Once that pid 1 has ended, nothing can be made in the namespace: say so, one time."""
        for seat in self.session.seats:
            if seat.init_pidfd >= 0 and not seat.init_died and is_readable(seat.init_pidfd):
                seat.init_died = True
                self._unsaid.append(
                    f"{seat.init_name} was pid 1 of the new pid namespace, and it has ended:"
                    " no process can be made in it again; `leave`"
                )


def _ending(status: int | None) -> str:
    if status is None:
        return "has ended"
    if os.WIFSIGNALED(status):
        import signal

        return f"was killed ({signal.Signals(os.WTERMSIG(status)).name})"
    return f"has ended with status {os.WEXITSTATUS(status)}"
