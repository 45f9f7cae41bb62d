# SPDX-License-Identifier: MIT
"""capture: what passes a device."""

from __future__ import annotations

from nsh.errors import BadWord
from nsh.registry import command
from nsh.results import Growing, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.session.capturing import Capture
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


class _Packets(Growing):
    """A line for each packet; as JSON an array with an object for each."""

    __slots__ = ("_capture",)

    def __init__(self, capture: Capture) -> None:
        super().__init__(self._run())
        self._capture = capture

    def _run(self) -> Iterator[str]:
        yield from self._capture.lines()
        self.notes = tuple(self._capture.summary())

    def json(self) -> object:
        """The array, when the last packet has come; nothing where they went to a file."""
        self._capture.rows = []
        for _ in self.lines():
            pass
        return None if self._capture.file is not None else self._capture.rows


@command(
    "capture <device:endpoint> [<file:hostpath>] [-c|--count <count:int>] [-t|--time <seconds:duration>]",
    man=("packet(7)", "pcap(5)", "tcpdump(8)"),
    category="network",
)
def capture(
    session: Session,
    device: Endpoint,
    file: str | None = None,
    *,
    count: int | None = None,
    seconds: float | None = None,
) -> Result:
    """Show the packets that pass a device, or write them to FILE, for tcpdump and Wireshark.

    It goes on until ^C, for -c COUNT packets, or for -t TIME. FILE is at host,
    whatever place you are in. For something to see, start a program beside it
    first: `netns1 !ping 10.1.1.1 &`.

        nsh> capture netns1:veth1 -c 4
        nsh> capture netns1:veth1 demo.pcap -t 10s
    """
    from nsh.session import capturing  # with the first capture, not with every start

    if count == 0:
        raise BadWord("0", "no packets to wait for", "-c 1 waits for one")
    if seconds is not None and seconds <= 0:
        raise BadWord(f"{seconds:g}", "not a time to wait", "-t 10s")
    return _Packets(capturing.start(session, device, file, count, seconds))
