# SPDX-License-Identifier: MIT
"""iperf: how fast is the network between two places?"""

from __future__ import annotations

from nsh.errors import BadWord
from nsh.registry import command
from nsh.results import Growing, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session
    from nsh.session.streaming import Measurement

_LONGEST = 86400.0


class _Speed(Growing):
    """A line for each second; as JSON one object for all of it."""

    __slots__ = ("_measurement",)

    def __init__(self, measurement: Measurement) -> None:
        super().__init__(measurement.lines())
        self._measurement = measurement

    def json(self) -> object:
        """The object, when the time is over."""
        for _ in self.lines():
            pass
        return self._measurement.as_json()


@command(
    "iperf <client:ref> <server:ref> [-t|--time <seconds:duration>] [-u|--udp]",
    man=("tcp(7)", "udp(7)"),
    category="network",
)
def iperf(session: Session, client: str, server: str, *, seconds: float = 3.0, udp: bool = False) -> Result:
    """Send as fast as it goes from one place to another, and tell how fast that was.

    Both ends are nsh's own, so no program is needed there; one core does all
    the work, and that is the limit where the network is none. TCP, or with -u
    UDP, which also tells what was lost; for 3 s, or -t TIME, or until ^C. The
    programs are `!iperf3`.

        nsh> iperf netns1 netns2
        nsh> iperf netns1 netns2 -u -t 10s
    """
    from nsh.session import streaming  # with the first measurement, not with every start

    if not 0.1 <= seconds <= _LONGEST:
        raise BadWord(f"{seconds:g}", "-t is between 100ms and 1d", "-t 10s")
    return _Speed(streaming.start(session, client, server, seconds, is_udp=udp))
