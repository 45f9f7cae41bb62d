# SPDX-License-Identifier: MIT
"""`python -m bench paper`: the labs of Mininet's paper, built here, beside what the paper says of them.

B. Lantz, B. Heller, N. McKeown, "A Network in a Laptop", HotNets 2010, table 2:
a Debian 5 in a virtual machine on a laptop, switches by Open vSwitch, a shell
for each host. Other hardware and other switches, so this shows the shape of
things and no ratio. Memory is what nsh holds itself and what the kernel's
slabs and per-CPU areas grew by; where other things run, they are in it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.rows.network import Shell, settle
from nsh.net import labyaml
from nsh.net.labplan import LabPlan


class Told(NamedTuple):
    """A line of the paper: hosts, switches, seconds to set up and to stop, MB."""

    name: str
    line: str
    hosts: int
    switches: int
    setup: float
    stop: float
    memory: int


TABLE = (
    Told("Minimal", "lab star 2", 2, 1, 1.0, 0.5, 6),
    Told("Linear(100)", "lab linear 100", 100, 100, 70.7, 70.0, 112),
    Told("VL2(4,4)", "lab load {vl2}", 80, 10, 31.7, 14.9, 73),
    Told("FatTree(4)", "lab fattree 4", 16, 20, 17.2, 22.3, 66),
    Told("FatTree(6)", "lab fattree 6", 54, 45, 54.3, 56.3, 102),
    Told("Mesh(10,10)", "lab grid 10 10", 40, 100, 82.3, 92.9, 152),
    Told("Tree(4^4)", "lab tree 4 4", 256, 85, 168.4, 83.9, 233),
    Told("Tree(16^2)", "lab tree 2 16", 256, 17, 139.8, 39.3, 212),
    Told("Tree(32^2)", "lab tree 2 32", 1024, 33, 817.8, 163.6, 492),
)


def vl2(ports: int, above: int, servers: int) -> LabPlan:
    """VL2 (Greenberg and others, SIGCOMM 2009): switches for twenty servers each, two levels of others above them."""
    plan = LabPlan(f"vl2 {ports} {above}")
    top = plan.add_switches(ports // 2)
    middle = plan.add_switches(above)
    racks = plan.add_switches(ports * above // 4)
    for switch in middle:
        for one in top:
            plan.connect(one, switch)
    for at, rack in enumerate(racks):
        for one in (middle[2 * at % above], middle[(2 * at + 1) % above]):
            plan.connect(one, rack)
        for host in plan.add_hosts(servers):
            plan.connect(rack, host)
    plan.address_all()
    plan.break_loops()
    return plan


def megabytes(shell: Shell) -> float:
    """What nsh holds, and the kernel in slabs and per-CPU areas."""
    held = {line.split(":")[0]: int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines()}
    status = Path(f"/proc/{shell.process.pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return (own + held["SUnreclaim"] + held["Percpu"]) / 1024


def measured(shell: Shell, told: Told, line: str) -> tuple[float, float, float]:
    """Seconds up, seconds until the kernel is done with it, MB; the first host must reach the last."""
    settle()
    before = megabytes(shell)
    up, said = shell.do(line)
    assert f"  {told.hosts} hosts " in said, said
    memory = megabytes(shell) - before
    answered = shell.do(f"pingpair h1 h{told.hosts} -W 5")[1]
    assert answered.startswith("2 of 2"), answered
    start = time.perf_counter()
    shell.do("lab rm")
    settle()
    return up, time.perf_counter() - start, memory


def main() -> int:
    """Print the table."""
    print(f"{'':<12} {'HOSTS':>6} {'SWITCHES':>9} {'SET UP s':>10} {'paper':>7} {'STOP s':>8} {'paper':>7}", end="")
    print(f" {'MB':>6} {'paper':>6}", flush=True)
    with ExitStack() as stack:
        shell = Shell(stack)
        file = Path(stack.enter_context(TemporaryDirectory())) / "vl2.yaml"
        file.write_text(labyaml.write(vl2(4, 4, 20), "vl2"))
        for told in TABLE:
            up, down, memory = measured(shell, told, told.line.format(vl2=file))
            print(f"{told.name:<12} {told.hosts:>6} {told.switches:>9} {up:>10.2f} {told.setup:>7.1f}", end="")
            print(f" {down:>8.2f} {told.stop:>7.1f} {memory:>6.0f} {told.memory:>6}", flush=True)
    return 0
