# SPDX-License-Identifier: MIT
"""`python -m tests.safety.model COUNT SEED`: random valid commands, held against a model of what they make.

Each sequence runs in one real session, on real namespaces: what the model
says exists must be in /proc, and nothing else: namespaces of places, seats and
programs, pins, devices and addresses; then all is taken back.
Prints how many sequences and commands there were, and what grew, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address
from pathlib import Path

from nsh.cli import make_session
from nsh.engine import Engine
from nsh.kernel import proc
from nsh.registry import REGISTRY
from nsh.session.session import Session
from tests.safety.machine import children, is_alive, until

TYPES = ("mnt", "uts", "ipc", "pid", "net", "cgroup", "time")
LENGTH = 12
"""Commands in a sequence."""

WARM = """new -q net a; new -q net,uts b; veth add a:v b:v; addr add a:v fd00::1/64; link ls a; pin b; unpin b
enter b; uts hostname; unshare net; leave; leave; on a sleep 1000 &
rm --kill a; rm b"""
"""Every kind of command once: what is loaded with the first of them is no growth."""

World = dict[str, str]
"""Type → which of the model's namespaces one is in."""


class Disagreement(AssertionError):
    """The machine is not as the model says."""


class Model:
    """What there should be: places with their namespaces, where one sits, hostnames, devices, pins, programs."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.host: World = {kind: f"host {kind}" for kind in TYPES}
        self.places: dict[str, World] = {}
        self.holders: dict[str, World] = {}
        self.seats: list[tuple[str, World]] = [("host", self.host)]
        self.hostnames: dict[str, str] = {}
        self.devices: dict[str, set[str]] = {}
        self.addresses: dict[tuple[str, str], set[str]] = {}
        self.pinned: set[str] = set()
        self.programs: list[World] = []
        self.made = 0

    @property
    def here(self) -> World:
        """The namespaces one sits in."""
        return self.seats[-1][1]

    def line(self) -> str:
        """A command that must succeed now; the model is as if it had."""
        makers: list[Callable[[], str | None]] = [self._new, self._new, self._enter, self._leave, self._unshare]
        makers += [self._name, self._veth, self._remove, self._address, self._pin, self._unpin, self._run]
        while True:
            line = self.dice.choice(makers)()
            if line is not None:
                return line

    def _fresh(self, kind: str) -> str:
        self.made += 1
        if kind == "net":
            self.devices[f"{kind} {self.made}"] = {"lo"}
        if kind == "uts":
            self.hostnames[f"{kind} {self.made}"] = self.hostnames.get(self.here["uts"], "machine")
        return f"{kind} {self.made}"

    def _new(self) -> str | None:
        name = self.dice.choice("abcdefgh")
        if name in self.places or self.here["pid"] != self.host["pid"]:
            return None  # what is made inside a pid namespace dies with it
        kinds = self.dice.sample(TYPES, self.dice.randrange(1, 4))
        self.places[name] = {kind: self._fresh(kind) for kind in kinds}
        self.holders[name] = {**self.here, **self.places[name]}
        return f"new -q {','.join(kinds)} {name}"

    def _enter(self) -> str | None:
        fit = self.enterable()
        if not fit or len(self.seats) > 4:
            return None
        name = self.dice.choice(fit)
        if (there := {**self.here, **self.places[name]}) != self.here:  # else one is there already, and stays
            self.seats.append((name, there))
        return f"enter {name}"

    def enterable(self) -> list[str]:
        """The places that can be entered from here: a pid namespace only from those above it (setns(2))."""
        above = self.here["pid"] == self.host["pid"]
        return [name for name, world in self.places.items() if above or "pid" not in world]

    def _leave(self) -> str | None:
        if len(self.seats) == 1:
            return None
        self.seats.pop()
        return "leave"

    def _unshare(self) -> str | None:
        kind = self.dice.choice(("uts", "net", "ipc", "cgroup", "mnt"))
        if len(self.seats) > 4:
            return None
        self.seats.append(("", {**self.here, kind: self._fresh(kind)}))
        return f"unshare {kind}"

    def _name(self) -> str | None:
        if self.here["uts"] == self.host["uts"]:
            return None  # the machine's own
        name = f"h{self.dice.randrange(100)}"
        self.hostnames[self.here["uts"]] = name
        return f"uts hostname {name}"

    def nets(self) -> list[tuple[str, str]]:
        """The places with a network of their own, and which it is."""
        return [(name, world["net"]) for name, world in self.places.items() if "net" in world]

    def _veth(self) -> str | None:
        nets = self.nets()
        if len(nets) < 2:
            return None
        ends = self.dice.sample(nets, 2)
        self.made += 1
        for _, net in ends:
            self.devices[net].add(f"v{self.made}")
        return "veth add " + " ".join(f"{name}:v{self.made}" for name, _ in ends)

    def _address(self) -> str | None:
        devices = [(name, net, device) for name, net in self.nets() for device in self.devices[net] - {"lo"}]
        if not devices:
            return None
        name, net, device = self.dice.choice(sorted(devices))
        self.made += 1
        self.addresses.setdefault((net, device), set()).add(f"fd00::{self.made:x}")
        return f"addr add {name}:{device} fd00::{self.made:x}/64"

    def _pin(self) -> str | None:
        # nsh does not pin a pid namespace, which cannot be entered without its init, and the kernel takes
        # only a mount namespace with a higher id, which it may not have.
        fit = [name for name, world in self.places.items() if not {"pid", "mnt"} & set(world)]
        fit = [name for name in fit if name not in self.pinned]
        if not fit:
            return None
        name = self.dice.choice(fit)
        self.pinned.add(name)
        return f"pin {name}"

    def _unpin(self) -> str | None:
        if not self.pinned:
            return None
        name = self.dice.choice(sorted(self.pinned))
        self.pinned.discard(name)
        return f"unpin {name}"

    def _run(self) -> str | None:
        fit = self.enterable()
        if not fit or len(self.programs) > 3:
            return None
        name = self.dice.choice(fit)
        self.programs.append({**self.here, **self.places[name]})
        return f"on {name} sleep 1000 &"

    def _remove(self) -> str | None:
        sat_in = {kind for _, world in self.seats for kind in world.values()}
        free = [name for name, world in self.places.items() if not sat_in & set(world.values())]
        if not free:
            return None
        return self.removal(self.dice.choice(free))

    def removal(self, name: str) -> str:
        """The line that ends a place where nobody sits, and the programs that live in it."""
        gone = self.places.pop(name)
        self.pinned.discard(name)
        living = [world for world in self.programs if set(world.values()) & set(gone.values())]
        self.programs = [world for world in self.programs if world not in living]
        del self.holders[name]
        kept = {world["net"] for world in (*self.holders.values(), *self.programs, *(world for _, world in self.seats))}
        for net in self.devices.keys() - kept:
            for device in self.devices.pop(net) - {"lo"}:
                for others in self.devices.values():  # a veth takes its other end along
                    others.discard(device)
        return f"rm --kill {name}" if living else f"rm {name}"


def compare(model: Model, session: Session) -> None:
    """Raises Disagreement: inodes of /proc are the same exactly where the model's namespaces are."""
    if set(session.places) != set(model.places):
        raise Disagreement(f"places {sorted(session.places)}, not {sorted(model.places)}")
    known: dict[str, int] = {}
    for kind, mine in model.host.items():
        _same(known, mine, _inode(os.getpid(), kind))
    for name, world in model.places.items():
        # The holder of a place is the first in its pid and time namespace, so its own links tell.
        _same_all(known, world, session.places[name].pid or 0)
    if len(session.seats) != len(model.seats):
        raise Disagreement(f"{len(session.seats)} seats, not {len(model.seats)}")
    for seat, (_, world) in zip(session.seats, model.seats, strict=True):
        _same_all(known, world, seat.peer.pid)
        for kind, mine in world.items():
            _same(known, mine, seat.ns[kind])
    _compare_programs(known, model, session)
    _compare_pins(known, model)
    if len(set(known.values())) != len(known):
        raise Disagreement(f"two namespaces of the model are one: {known}")


def _compare_programs(known: dict[str, int], model: Model, session: Session) -> None:
    running = [job for job in session.jobs.current if not job.has_ended]
    if len(running) != len(model.programs):
        raise Disagreement(f"{len(running)} programs run, not {len(model.programs)}")
    for job, world in zip(running, model.programs, strict=True):
        _same_all(known, world, job.pids[-1])


def _compare_pins(known: dict[str, int], model: Model) -> None:
    pinned = {(kind, name): world for name in model.pinned for kind, world in model.places[name].items()}
    if (bound := _bound()).keys() != pinned.keys():
        raise Disagreement(f"pins {sorted(bound)}, not {sorted(pinned)}")
    for pin, inode in bound.items():
        _same(known, pinned[pin], inode)


def _same_all(known: dict[str, int], world: World, pid: int) -> None:
    for kind, mine in world.items():
        _same(known, mine, _inode(pid, kind))


def _bound() -> dict[tuple[str, str], int]:
    """{(type, name): inode} of the pins in the mount table."""
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if " - nsfs " in line:
            kind, _, inode = fields[3].rstrip("]").partition(":[")
            found[kind, os.path.basename(fields[4])] = int(inode)
    return found


def _same(known: dict[str, int], mine: str, inode: int) -> None:
    if known.setdefault(mine, inode) != inode:
        raise Disagreement(f"{mine} is {inode} here and {known[mine]} elsewhere")


def _inode(pid: int, kind: str) -> int:
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino


class Run:
    """One session with an engine whose answers can be asked for."""

    def __init__(self) -> None:
        self.session = make_session(interactive=False)
        self.out: list[str] = []
        self.err: list[str] = []
        self.engine = Engine(self.session, REGISTRY, self.out.append, self.err.append, json=True)
        self.session.start()
        for line in WARM.split("\n"):
            self.do(line)

    def do(self, line: str) -> str:
        """Run a line that must succeed; what it printed."""
        self.out.clear()
        self.err.clear()
        if self.engine.run_line(line):
            raise Disagreement(f"{line}: {''.join(self.err)}")
        return "".join(self.out)

    def ask(self, model: Model) -> None:
        """Hostnames, as seen inside; devices and addresses, as the kernel and the session have them."""
        if (name := model.hostnames.get(model.here["uts"])) and self._hostname("") != name:
            raise Disagreement(f"the hostname is not {name}")
        for place in model.enterable():
            wanted_name = model.hostnames.get(model.places[place].get("uts", ""))
            if wanted_name is not None and self._hostname(f"on {place} ") != wanted_name:
                raise Disagreement(f"the hostname in {place} is not {wanted_name}")
        for place, net in model.nets():
            wanted = model.devices[net]
            # The kernel takes the other end of a veth away some time after its namespace is gone.
            until(partial(self._has_devices, place, wanted), f"{place} has {sorted(wanted)}")
            listed = {row["device"].partition(":")[2] for row in json.loads(self.do(f"link ls {place}"))}
            if listed != wanted:
                raise Disagreement(f"{place} is said to have {sorted(listed)}, not {sorted(wanted)}")
            addresses = {(dev, each) for dev in wanted for each in model.addresses.get((net, dev), ())}
            if (found := self._addresses(place)) != addresses:
                raise Disagreement(f"{place} has the addresses {sorted(found)}, not {sorted(addresses)}")

    def _hostname(self, where: str) -> str:
        return str(json.loads(self.do(f"{where}uts hostname"))["hostname"])

    def _has_devices(self, place: str, wanted: set[str]) -> bool:
        rows = Path(f"/proc/{self.session.places[place].pid}/net/dev").read_text().splitlines()[2:]
        return {row.partition(":")[0].strip() for row in rows} == wanted

    def _addresses(self, place: str) -> set[tuple[str, str]]:
        """(device, address) of all IPv6 addresses there but those that a device gets by itself."""
        rows = Path(f"/proc/{self.session.places[place].pid}/net/if_inet6").read_text().splitlines()
        found = {(row.split()[5], str(IPv6Address(int(row.split()[0], 16)))) for row in rows}
        return {(device, address) for device, address in found if device != "lo" and not address.startswith("fe80")}

    def sequence(self, seed: int) -> None:
        """One sequence; afterwards nothing of it is there. Raises Disagreement with all its lines."""
        model, lines = Model(random.Random(seed)), []
        try:
            for _ in range(LENGTH):
                lines.append(model.line())
                self.do(lines[-1])
                compare(model, self.session)
            self.ask(model)
            for line in ["leave"] * (len(model.seats) - 1) + [model.removal(name) for name in list(model.places)]:
                lines.append(line)
                self.do(line)
            del model.seats[1:]
            compare(model, self.session)
        except Disagreement as wrong:
            raise Disagreement(f"seed {seed}: {'; '.join(lines)}: {wrong}") from None


def main(count: int, seed: int) -> int:
    """Run the sequences; 1 when model and machine disagreed."""
    run = Run()
    sizes: list[dict[str, float]] = []
    tenth, started = max(count // 10, 1), time.monotonic()
    try:
        for number in range(count):
            run.sequence(seed + number)
            if (number + 1) % tenth == 0:
                sizes.append({**_size(), "ms": (time.monotonic() - started) * 1000 / tenth / LENGTH})
                started = time.monotonic()
    except Disagreement as wrong:
        print(wrong, file=sys.stderr)
        return 1
    finally:
        run.session.close()
    print(json.dumps({"sequences": count, "commands": count * LENGTH, "sizes": sizes}))
    return 0


def _size() -> dict[str, float]:
    """Open files of nsh, its helpers, and the memory of all, in KiB (proc_pid_status(5), VmRSS)."""
    (zygote,) = children(os.getpid())
    helpers = [zygote, *filter(is_alive, children(zygote))]
    memory = [int(proc.status(pid)["VmRSS"].split()[0]) for pid in (os.getpid(), *helpers)]
    return {"fds": len(os.listdir("/proc/self/fd")), "helpers": len(helpers), "kib": sum(memory)}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
