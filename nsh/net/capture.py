# SPDX-License-Identifier: MIT
"""Packets from a packet socket (packet(7)), and the format that tcpdump and Wireshark read (pcap(5))."""

from __future__ import annotations

import _socket
import errno
import os
from struct import Struct

from nsh.errors import Refused
from nsh.net import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 262144  # bytes kept of a packet, as tcpdump does

_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_AUXDATA = 263, 6, 8
_OUTGOING = 4  # PACKET_OUTGOING
_SO_TIMESTAMPNS, _SO_RCVBUF = 35, 8
_ROOM = 8 << 20  # bytes; the kernel gives what net.core.rmem_max allows
_ETHERNET, _LOOPBACK = 1, 772  # ARPHRD_ETHER, ARPHRD_LOOPBACK: a header of Ethernet comes along
_VLAN_VALID = 1 << 4
_LARGEST_ANCILLARY = 256

_TIMESPEC = Struct("=qq")
_AUXDATA = Struct("=IIIHHHH")
_STATISTICS = Struct("=II")
_FILE_HEADER = Struct("=IHHiIII")
_RECORD = Struct("=IIII")
_NANOSECONDS = 0xA1B23C4D  # the magic number of files with nanoseconds


class Taken:
    """One packet: when (nanoseconds since 1970), its bytes, how long it was."""

    __slots__ = ("at", "data", "length")

    def __init__(self, at: int, data: bytes, length: int) -> None:
        self.at = at
        self.data = data
        self.length = length


class Tap:
    """A packet socket bound to one device; what passes there from now on waits in it."""

    __slots__ = ("_is_loopback", "kind", "sock")

    def __init__(self, sock: _socket.socket, device: str) -> None:
        self.sock = sock
        sock.setblocking(False)
        sock.setsockopt(_socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.setsockopt(_socket.SOL_SOCKET, _SO_RCVBUF, _ROOM)
        sock.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        try:
            sock.bind((device, _ETH_P_ALL))
        except OSError as error:
            raise Refused(f"bind({device})", error.errno or 0) from error
        hardware = sock.getsockname()[3]
        self._is_loopback = hardware == _LOOPBACK
        self.kind = packets.ETHERNET if hardware in (_ETHERNET, _LOOPBACK) else packets.RAW

    def take(self) -> Iterator[Taken]:
        """What has come, without waiting. Refused when the device went down or away."""
        while True:
            try:
                data, ancillary, _, sender = self.sock.recvmsg(LONGEST, _LARGEST_ANCILLARY, _socket.MSG_TRUNC)
            except BlockingIOError:
                return
            except OSError as error:
                raise Refused("recvmsg", error.errno or errno.EIO) from error
            if not (self._is_loopback and sender[2] == _OUTGOING):  # on lo each packet comes twice
                yield _taken(data, ancillary)

    def dropped(self) -> int:
        """How many packets the kernel had no room for since it was last asked."""
        answer = self.sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        return int(_STATISTICS.unpack(answer)[1]) if len(answer) == _STATISTICS.size else 0


def _taken(data: bytes, ancillary: list[tuple[int, int, bytes]]) -> Taken:
    at, length = 0, len(data)
    for level, kind, value in ancillary:
        if level == _socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(value)
            at = seconds * 1_000_000_000 + nanoseconds
        elif level == _SOL_PACKET and kind == _PACKET_AUXDATA and len(value) >= _AUXDATA.size:
            status, length, _, _, _, tag, protocol = _AUXDATA.unpack_from(value)
            if status & _VLAN_VALID and len(data) >= 12:  # the kernel has taken the tag out
                data = data[:12] + (protocol or 0x8100).to_bytes(2, "big") + tag.to_bytes(2, "big") + data[12:]
                length += 4
    return Taken(at, data, max(length, len(data)))


class File:
    """A pcap file. What was written is in the file, also when nsh is killed."""

    __slots__ = ("_fd", "path")

    def __init__(self, path: str, kind: int) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        except (OSError, ValueError) as error:
            hint = "FILE is one of host, whatever place you are in"
            raise Refused(f'open("{path}")', getattr(error, "errno", None) or errno.EINVAL, hint) from error
        self._write(_FILE_HEADER.pack(_NANOSECONDS, 2, 4, 0, 0, LONGEST, kind))

    def add(self, taken: list[Taken]) -> None:
        """Write some packets. Raises Refused, as for a full disk."""
        self._write(b"".join(record(one) for one in taken))

    def close(self) -> None:
        """Be done with it."""
        os.close(self._fd)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            raise Refused(f'write("{self.path}")', error.errno or 0) from error


def record(one: Taken) -> bytes:
    """One packet as it stands in the file."""
    seconds, nanoseconds = divmod(one.at, 1_000_000_000)
    return _RECORD.pack(seconds & 0xFFFFFFFF, nanoseconds, len(one.data), one.length) + one.data
