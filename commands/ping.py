# SPDX-License-Identifier: MIT
"""ping: is a host there?"""

from __future__ import annotations

from nsh.errors import BadWord, NshError
from nsh.registry import command
from nsh.results import Growing, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.session.pinging import Ping
    from nsh.session.session import Session

_TROUBLE = 2  # ping(8): nothing could be sent
_AF_INET, _AF_INET6 = 2, 10
_LARGEST = 65507
_SHORTEST, _LONGEST = 0.001, 86400.0


class _Replies(Growing):
    """ping's lines; as JSON one object with a row for each reply."""

    __slots__ = ("_ping",)

    def __init__(self, ping: Ping) -> None:
        super().__init__(self._run())
        self._ping = ping

    def _run(self) -> Iterator[str]:
        yield from self._ping.lines()
        self.status = self._ping.status
        doubt = self._ping.doubt()
        self.notes = () if doubt is None else tuple(f"hint: {line}" for line in doubt.split("\n"))

    def json(self) -> object:
        """The object, when the last reply has come."""
        self._ping.rows = []
        for _ in self.lines():
            pass
        return self._ping.as_json()


@command(
    "ping <host:host> [-c|--count <count:int>] [-i|--interval <interval:duration>] [-W|--timeout <timeout:duration>]"
    " [-w|--deadline <deadline:duration>] [-s|--size <size:int>] [-q|--quiet] [-4|--ipv4] [-6|--ipv6]",
    man=("ping(8)", "icmp(7)", "raw(7)"),
    category="network",
)
def ping(
    session: Session,
    host: str,
    *,
    count: int | None = None,
    interval: float = 1.0,
    timeout: float = 10.0,
    deadline: float | None = None,
    size: int = 56,
    quiet: bool = False,
    ipv4: bool = False,
    ipv6: bool = False,
) -> Result:
    """Send ICMP echo requests from where you are, and tell of the replies as ping(8) does.

    HOST is an address, the name of a place (`ping netns2`), or any name that a
    program there would find. nsh sends the packets itself, on a socket made
    where you are; the program is `!ping`. -c ends it after so many requests,
    else ^C does; -i is the pause between two, -W how long a reply is waited
    for, -w how long all of it takes, -s the bytes of data. The status is 0
    where something answered, 1 where nothing did, 2 where nothing could be sent.

        nsh> new net netns1
        nsh> netns1 ping -c 1 127.0.0.1
    """
    from nsh.session import pinging  # with the first ping, not with every start

    _check(count, interval, timeout, deadline, size)
    family = _AF_INET6 if ipv6 else _AF_INET if ipv4 else None
    wish = pinging.Wish(count, interval, timeout, deadline, size, quiet)
    try:
        return _Replies(pinging.start(session, host, wish, family))
    except NshError as error:
        error.exit_status = _TROUBLE
        raise


def _check(count: int | None, interval: float, timeout: float, deadline: float | None, size: int) -> None:
    if count == 0:
        raise BadWord("0", "no requests to send", "-c 1 sends one")
    if size > _LARGEST:
        raise BadWord(str(size), f"a request holds at most {_LARGEST} bytes of data")
    for name, value in (("-i", interval), ("-W", timeout), ("-w", deadline)):
        if value is not None and not _SHORTEST <= value <= _LONGEST:
            raise BadWord(f"{value:g}", f"{name} is between 1ms and 1d", f"{name} 0.2, {name} 5s")
