# SPDX-License-Identifier: MIT
"""Delay, loss and rate of what a device sends: the queueing disciplines netem and tbf (tc-netem(8), tc-tbf(8)).

A rate is kept by tbf, the rest is netem's; where both are wanted netem is the
root and tbf lies inside it.
"""

from __future__ import annotations

import errno
import time
from struct import Struct

from nsh import traced
from nsh.errors import BadWord, NotSupported, UsageError
from nsh.net import rtnl
from nsh.net.attributes import attribute, attributes, dump, number, text
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Sequence

    from nsh.net.attributes import Attributes

KINDS = ("netem", "tbf")

_RTM_GETQDISC = 38
_ROOT = 0xFFFFFFFF
_TCA_KIND, _TCA_OPTIONS = 1, 2
_NETEM_REORDER, _NETEM_CORRUPT, _NETEM_LATENCY64, _NETEM_JITTER64 = 3, 4, 10, 11
_TBF_PARMS, _TBF_RATE64, _TBF_BURST = 1, 4, 6
_TCMSG = Struct("=BxxxiIII")
_NETEM = Struct("=6I")
_TBF = Struct("=BBHhHI BBHhHI III")
_PAIR = Struct("=II")
_U64, _I64 = Struct("=Q"), Struct("=q")
_ETHERNET = 1  # TC_LINKLAYER_ETHERNET: the kernel computes times itself, without a table
_TICK = 64  # nanoseconds (PSCHED_SHIFT in Linux)
_ALL = 0xFFFFFFFF

_TIME = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_RATE = {
    "bit": 1,
    "kbit": 10**3,
    "mbit": 10**6,
    "gbit": 10**9,
    "bps": 8,
    "kbps": 8 * 10**3,
    "mbps": 8 * 10**6,
    "gbps": 8 * 10**9,
}
_LONGEST_DELAY = 3600 * _TIME["s"]
_LOWEST_RATE, _HIGHEST_RATE = 8, 100 * 10**9
_MOST_PACKETS = 10**7
_USUAL_LIMIT = 1000  # packets on their way, as tc has it
_LATENCY = 0.05  # seconds that a packet may wait for its turn before it is dropped
_SMALLEST_BURST = 1600  # bytes: one packet of Ethernet


class Shape:
    """What is done to what a device sends: nanoseconds, per cent, bits a second, packets; None where nothing is."""

    __slots__ = ("corrupt", "delay", "duplicate", "jitter", "limit", "loss", "rate", "reorder")

    def __init__(self) -> None:
        self.delay: int | None = None
        self.jitter: int | None = None
        self.loss: float | None = None
        self.duplicate: float | None = None
        self.corrupt: float | None = None
        self.reorder: float | None = None
        self.rate: int | None = None
        self.limit: int | None = None

    @property
    def wants_netem(self) -> bool:
        """Is there anything but a rate?"""
        return any(getattr(self, name) is not None for name in self.__slots__ if name != "rate")

    def as_json(self) -> dict[str, object]:
        """Milliseconds, per cent, bits a second, packets; null where nothing is done."""
        return {
            "delay_ms": None if self.delay is None else self.delay / 1e6,
            "jitter_ms": None if self.jitter is None else self.jitter / 1e6,
            "loss_percent": self.loss,
            "duplicate_percent": self.duplicate,
            "corrupt_percent": self.corrupt,
            "reorder_percent": self.reorder,
            "rate_bits": self.rate,
            "limit_packets": self.limit,
        }


def read(words: Sequence[str]) -> Shape:
    """`delay 20ms 5ms loss 1% rate 10mbit` as a Shape. Raises BadWord, UsageError."""
    shape = Shape()
    left = list(words)
    while left:
        name = left.pop(0)
        reader = _READERS.get(name)
        if reader is None:
            from nsh.spelling import did_you_mean

            hint = (
                did_you_mean(name, _READERS) or f"one of: {', '.join(_READERS)}; as in delay 20ms loss 1% rate 10mbit"
            )
            raise BadWord(excerpt(name) or "''", "no such setting", hint)
        if getattr(shape, name) is not None:
            raise UsageError(f"{name} is given twice")
        if not left:
            raise UsageError(f"{name} needs a value", f"for example {name} {_EXAMPLES[name]}")
        setattr(shape, name, reader(left.pop(0)))
        if name == "delay" and left and left[0] not in _READERS:
            shape.jitter = _read_time(left.pop(0))
    if shape.jitter is not None and shape.delay is not None and shape.jitter > shape.delay:
        raise BadWord(words[words.index("delay") + 2], "the jitter is longer than the delay it is to vary")
    if shape.reorder is not None and not shape.delay:
        raise UsageError("reorder wants a delay: what it picks is sent at once", "delay 20ms reorder 25%")
    return shape


def _parted(word: str, units: dict[str, int], example: str, what: str) -> float:
    """A number and its unit as a number of the smallest one. Raises BadWord."""
    lower = word.lower()
    digits = lower.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit, plain = lower[len(digits) :], digits.replace(".", "", 1)
    if unit not in units or not (plain.isascii() and plain.isdigit()) or len(plain) > 15:
        raise BadWord(excerpt(word) or "''", f"not {what}", f"for example {example}; units: {' '.join(units)}")
    return float(digits) * units[unit]


def _read_time(word: str) -> int:
    found = round(_parted(word, _TIME, "20ms", "a time with its unit"))
    if found > _LONGEST_DELAY:
        raise BadWord(excerpt(word), "longer than an hour")
    return found


def _read_rate(word: str) -> int:
    found = round(_parted(word, _RATE, "10mbit", "a rate with its unit"))
    if not _LOWEST_RATE <= found <= _HIGHEST_RATE:
        raise BadWord(excerpt(word), "a rate is between 8bit and 100gbit")
    return found


def _read_percent(word: str) -> float:
    digits = word.removesuffix("%")
    plain = digits.replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 15:
        raise BadWord(excerpt(word) or "''", "not a percentage", "for example 1%")
    if float(digits) > 100:
        raise BadWord(excerpt(word), "more than all of them", "0% to 100%")
    return float(digits)


def _read_packets(word: str) -> int:
    if not (word.isascii() and word.isdigit()) or not 0 < int(word[:18]) <= _MOST_PACKETS:
        raise BadWord(excerpt(word) or "''", "not a number of packets", f"1 to {_MOST_PACKETS}")
    return int(word)


_READERS = {
    "delay": _read_time,
    "loss": _read_percent,
    "duplicate": _read_percent,
    "corrupt": _read_percent,
    "reorder": _read_percent,
    "rate": _read_rate,
    "limit": _read_packets,
}
_EXAMPLES = {
    "delay": "20ms",
    "loss": "1%",
    "duplicate": "1%",
    "corrupt": "1%",
    "reorder": "25%",
    "rate": "10mbit",
    "limit": "1000",
}


class Queue:
    """A queueing discipline of a device, as the kernel holds it."""

    __slots__ = ("handle", "index", "kind", "options", "parent")

    def __init__(self, index: int, handle: int, parent: int, kind: str, options: bytes) -> None:
        self.index = index
        self.handle = handle
        self.parent = parent
        self.kind = kind
        self.options = options

    @property
    def is_root(self) -> bool:
        """Is it the one that the device sends through?"""
        return self.parent == _ROOT

    @property
    def is_default(self) -> bool:
        """Did the kernel put it there by itself?"""
        return self.handle == 0


def queues(sock: _socket.socket, index: int = 0) -> list[Queue]:
    """The queueing disciplines of a device, 0 for those of all. Raises Refused."""
    found = [read_queue(body) for body in dump(sock, "RTM_GETQDISC", _RTM_GETQDISC, _TCMSG.pack(0, index, 0, 0, 0))]
    return [one for one in found if one is not None and index in (0, one.index)]


def read_queue(body: bytes) -> Queue | None:
    """A tcmsg with its attributes; None where there is no header or no kind."""
    if len(body) < _TCMSG.size:
        return None
    _, index, handle, parent, _ = _TCMSG.unpack_from(body)
    found = attributes(body, _TCMSG.size)
    kind = text(found, _TCA_KIND)
    return Queue(index, handle, parent, kind, found.get(_TCA_OPTIONS, b"")) if kind else None


def shape_of(found: list[Queue]) -> Shape | None:
    """What the queues of one device do, None where none is netem or tbf."""
    shape = Shape()
    ours = [one for one in found if one.kind in KINDS]
    for one in ours:
        _READ[one.kind](shape, one.options)
    return shape if ours else None


def _read_netem(shape: Shape, options: bytes) -> None:
    if len(options) < _NETEM.size:
        return
    latency, limit, loss, _, duplicate, jitter = _NETEM.unpack_from(options)
    found = attributes(options, _NETEM.size)
    shape.delay = _nanoseconds(found, _NETEM_LATENCY64, latency) or None
    shape.jitter = _nanoseconds(found, _NETEM_JITTER64, jitter) or None
    shape.loss = _per_cent(loss)
    shape.duplicate = _per_cent(duplicate)
    shape.reorder = _per_cent(_first(found, _NETEM_REORDER))
    shape.corrupt = _per_cent(_first(found, _NETEM_CORRUPT))
    shape.limit = limit


def _read_tbf(shape: Shape, options: bytes) -> None:
    found = attributes(options)
    parms = found.get(_TBF_PARMS, b"")
    if len(parms) < _TBF.size:
        return
    octets = number(found, _TBF_RATE64) or _TBF.unpack_from(parms)[5]
    shape.rate = 8 * octets


_READ = {"netem": _read_netem, "tbf": _read_tbf}


def _nanoseconds(found: Attributes, kind: int, ticks: int) -> int:
    return number(found, kind) or ticks * _TICK


def _first(found: Attributes, kind: int) -> int:
    value = found.get(kind, b"")
    return int(_PAIR.unpack_from(value)[0]) if len(value) >= _PAIR.size else 0


def _per_cent(value: int) -> float | None:
    return round(100 * value / _ALL, 4) if value else None


def put(sock: _socket.socket, index: int, shape: Shape, shown: str, taken: set[int]) -> None:
    """Replace the root queue of a device. Raises Refused, NotSupported; then the one before is still there, or none.

    `taken` are the handles that are in use: under one of those the kernel
    would only change what is there.
    """
    handle = next(n << 16 for n in (1, 2, 3) if n << 16 not in taken)
    if not shape.wants_netem:
        _set(sock, index, _ROOT, handle, "tbf", _tbf(shape), shown)
        return
    _set(sock, index, _ROOT, handle, "netem", _netem(shape), shown)
    if shape.rate is not None:
        try:
            _set(sock, index, handle | 1, 0x10 << 16, "tbf", _tbf(shape), shown)
        except BaseException:
            clear(sock, index, shown)
            raise


def clear(sock: _socket.socket, index: int, shown: str) -> None:
    """Remove the root queue of a device: the kernel's own takes its place. Raises Refused."""
    body = _TCMSG.pack(0, index, 0, _ROOT, 0)
    refused, said = _ask(sock, rtnl.RTM_DELQDISC, body, f"RTM_DELQDISC({shown})")
    if refused:
        raise rtnl.refused(f"RTM_DELQDISC({shown})", refused, said)


def _set(sock: _socket.socket, index: int, parent: int, handle: int, kind: str, options: bytes, shown: str) -> None:
    body = _TCMSG.pack(0, index, handle, parent, 0) + attribute(_TCA_KIND, kind) + attribute(_TCA_OPTIONS, options)
    op = f"RTM_NEWQDISC({shown}, {kind})"
    refused, said = _ask(sock, rtnl.RTM_NEWQDISC, body, op, rtnl.CREATE | rtnl.REPLACE)
    if not refused:
        return
    if refused == errno.ENOENT:
        option = f"CONFIG_NET_SCH_{kind.upper()}"
        hint = f"this kernel is built without {option}, or its module sch_{kind} is not there"
        more = "\na rate alone works without it: rate 10mbit" if kind == "netem" else ""
        raise NotSupported(op, refused, hint + more, said)
    raise rtnl.refused(op, refused, said)


def _ask(sock: _socket.socket, kind: int, body: bytes, op: str, flags: int = 0) -> tuple[int, str | None]:
    began = time.monotonic_ns()
    refused, said = rtnl.ask_packed(sock, kind, body, flags=flags)
    traced.tell("nsh", op, -1 if refused else 0, refused, time.monotonic_ns() - began)
    return refused, said


def _netem(shape: Shape) -> bytes:
    """struct tc_netem_qopt and its attributes (linux/pkt_sched.h)."""
    delay, jitter = shape.delay or 0, shape.jitter or 0
    ticks = (min(value // _TICK, _ALL) for value in (delay, jitter))
    gap = 1 if shape.reorder else 0
    limit = shape.limit or _USUAL_LIMIT
    options = _NETEM.pack(next(ticks), limit, _share(shape.loss), gap, _share(shape.duplicate), next(ticks))
    if shape.reorder:
        options += attribute(_NETEM_REORDER, _PAIR.pack(_share(shape.reorder), 0))
    if shape.corrupt:
        options += attribute(_NETEM_CORRUPT, _PAIR.pack(_share(shape.corrupt), 0))
    options += attribute(_NETEM_LATENCY64, _I64.pack(delay))
    return options + attribute(_NETEM_JITTER64, _I64.pack(jitter))


def _tbf(shape: Shape) -> bytes:
    """TCA_TBF_PARMS with a burst of 4 ms, which is what timers of 250 Hz need (tc-tbf(8))."""
    octets = max((shape.rate or 0) // 8, 1)
    burst = max(octets // 250, _SMALLEST_BURST)
    limit = min(int(octets * _LATENCY) + burst, _ALL)
    rate = (0, _ETHERNET, 0, -1, 0, min(octets, _ALL))
    parms = _TBF.pack(*rate, *(0,) * 6, limit, 0, 0)
    wide = attribute(_TBF_RATE64, _U64.pack(octets)) if octets > _ALL else b""
    return attribute(_TBF_PARMS, parms) + wide + attribute(_TBF_BURST, min(burst, _ALL))


def _share(percent: float | None) -> int:
    return round((percent or 0) * _ALL / 100)
