# SPDX-License-Identifier: MIT
"""`python -m tests.safety.model COUNT SEED`: random valid commands, held against a model of what they make.

Each sequence runs in one real session, on real namespaces: what the model
says exists must be in /proc, and nothing else; then all is taken back.
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

from nsh.cli import make_session
from nsh.engine import Engine
from nsh.kernel import proc
from nsh.registry import REGISTRY
from nsh.session.session import Session
from tests.safety.machine import children, is_alive, until

TYPES = ("mnt", "uts", "ipc", "pid", "net", "cgroup", "time")
LENGTH = 12
"""Commands in a sequence."""

World = dict[str, str]
"""Type → which of the model's namespaces one is in."""


class Disagreement(AssertionError):
    """The machine is not as the model says."""


class Model:
    """What there should be: places with their namespaces, where one sits, hostnames, devices."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.host: World = {kind: f"host {kind}" for kind in TYPES}
        self.places: dict[str, World] = {}
        self.seats: list[tuple[str, World]] = [("host", self.host)]
        self.hostnames: dict[str, str] = {}
        self.devices: dict[str, set[str]] = {}
        self.made = 0

    @property
    def here(self) -> World:
        """The namespaces one sits in."""
        return self.seats[-1][1]

    def line(self) -> str:
        """A command that must succeed now; the model is as if it had."""
        makers: list[Callable[[], str | None]] = [self._new, self._new, self._enter, self._leave, self._unshare]
        makers += [self._name, self._veth, self._remove]
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
        return f"new -q {','.join(kinds)} {name}"

    def _enter(self) -> str | None:
        # A pid namespace is entered from those above it only (setns(2)).
        fit = [
            name for name, world in self.places.items() if "pid" not in world or self.here["pid"] == self.host["pid"]
        ]
        if not fit or len(self.seats) > 4:
            return None
        name = self.dice.choice(fit)
        if (there := {**self.here, **self.places[name]}) != self.here:  # else one is there already, and stays
            self.seats.append((name, there))
        return f"enter {name}"

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

    def _veth(self) -> str | None:
        nets = [(name, world["net"]) for name, world in self.places.items() if "net" in world]
        if len(nets) < 2:
            return None
        ends = self.dice.sample(nets, 2)
        self.made += 1
        for _, net in ends:
            self.devices[net].add(f"v{self.made}")
        return "veth add " + " ".join(f"{name}:v{self.made}" for name, _ in ends)

    def _remove(self) -> str | None:
        sat_in = {kind for _, world in self.seats for kind in world.values()}
        free = [name for name, world in self.places.items() if not sat_in & set(world.values())]
        if not free:
            return None
        name = self.dice.choice(free)
        gone = self.places.pop(name)
        for device in self.devices.get(gone.get("net", ""), set()) - {"lo"}:
            for others in self.devices.values():  # a veth takes its other end along
                others.discard(device)
        return f"rm {name}"


def compare(model: Model, session: Session) -> None:
    """Raises Disagreement: inodes of /proc are the same exactly where the model's namespaces are."""
    if set(session.places) != set(model.places):
        raise Disagreement(f"places {sorted(session.places)}, not {sorted(model.places)}")
    known: dict[str, int] = {}
    for kind, mine in model.host.items():
        _same(known, mine, _inode(os.getpid(), kind))
    for name, world in model.places.items():
        for kind, mine in world.items():
            # The holder of a place is the first in its pid and time namespace, so its own links tell.
            _same(known, mine, _inode(session.places[name].pid or 0, kind))
    for kind, mine in model.here.items():
        _same(known, mine, session.seat.ns[kind])
    if len(set(known.values())) != len(known):
        raise Disagreement(f"two namespaces of the model are one: {known}")


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

    def do(self, line: str) -> str:
        """Run a line that must succeed; what it printed."""
        self.out.clear()
        self.err.clear()
        if self.engine.run_line(line):
            raise Disagreement(f"{line}: {''.join(self.err)}")
        return "".join(self.out)

    def ask(self, model: Model) -> None:
        """What the session itself says of hostnames and devices."""
        if (name := model.hostnames.get(model.here["uts"])) and json.loads(self.do("uts hostname"))["hostname"] != name:
            raise Disagreement(f"the hostname is not {name}")
        for place, world in model.places.items():
            if "net" in world:
                wanted = model.devices[world["net"]]
                # The kernel takes the other end of a veth away some time after its namespace is gone.
                until(partial(self._has_devices, place, wanted), f"{place} has {sorted(wanted)}")

    def _has_devices(self, place: str, wanted: set[str]) -> bool:
        return {row["device"].partition(":")[2] for row in json.loads(self.do(f"link ls {place}"))} == wanted

    def sequence(self, seed: int) -> None:
        """One sequence; afterwards nothing of it is there. Raises Disagreement with all its lines."""
        model, lines = Model(random.Random(seed)), []
        try:
            for _ in range(LENGTH):
                lines.append(model.line())
                self.do(lines[-1])
                compare(model, self.session)
            self.ask(model)
            for line in ["leave"] * (len(model.seats) - 1) + [f"rm {' '.join(model.places)}"] * bool(model.places):
                lines.append(line)
                self.do(line)
        except Disagreement as wrong:
            raise Disagreement(f"seed {seed}: {'; '.join(lines)}: {wrong}") from None
        if self.session.places or len(self.session.seats) != 1:
            raise Disagreement(f"seed {seed}: something is left")


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
