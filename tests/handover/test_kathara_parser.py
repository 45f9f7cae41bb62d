# SPDX-License-Identifier: MIT
"""Kathará's own parser reads the folders that `lab save --kathara` writes, and finds in them what was in the lab.

Kathará brings the clients of Docker and Kubernetes with it, 200 MB that
nothing else here wants: `make test-all` keeps it in an environment of its own.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from nsh.handover import kathara
from nsh.net.labplan import LabPlan
from tests.handover import made

PYTHON = Path(__file__).resolve().parent.parent.parent / "build" / "kathara" / "bin" / "python"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="Kathará is not here: `make test-all` installs it where it can"),
]

PARSE = """
import json, sys
from Kathara.parser.netkit.LabParser import LabParser
for line in sys.stdin:
    lab = LabParser.parse(line.rstrip("\\n"))
    machines = {
        name: {
            "interfaces": {number: [one.link.name, one.mac_address] for number, one in machine.interfaces.items()},
            "image": machine.meta["image"],
            "envs": machine.meta["envs"],
        }
        for name, machine in lab.machines.items()
    }
    print(json.dumps({"name": lab.name, "machines": machines}), flush=True)
"""


class Parser:
    """Kathará's parser, waiting for folders."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([str(PYTHON), "-c", PARSE], stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def read(self, folder: Path) -> dict[str, Any]:
        """What it finds in one; that it finds no mistake is what the tests are about."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        found: dict[str, Any] = json.loads(line)
        return found


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    """One for all tests: it takes seconds to begin."""
    one = Parser()
    yield one
    one.process.communicate()


def written(folder: Path, plan: LabPlan) -> Path:
    """The folder of a lab."""
    folder.mkdir()
    for name, text in kathara.write(plan, kathara.RULE.fit(plan.names), ("lab", "lab"), "img", ["a remark"]).items():
        (folder / name).write_text(text)
    return folder


def assert_same(found: dict[str, Any], plan: LabPlan) -> None:
    """Every host and switch is a device; each link is a collision domain of its two ends, and of no other."""
    there = kathara.RULE.fit(plan.names)
    assert found["name"] == "lab"
    assert list(found["machines"]) == list(there.values())
    ends: dict[str, list[str]] = {}
    for name, machine in found["machines"].items():
        assert sorted(machine["interfaces"]) == [str(number) for number in range(len(machine["interfaces"]))]
        for domain, mac in machine["interfaces"].values():
            ends.setdefault(domain, []).append(f"{name} {mac}")
    wanted = [
        sorted(
            f"{there[name]} {None if mac is None else mac.hex(':')}"
            for (name, _), mac in zip(link.ends, link.macs, strict=True)
        )
        for link in plan.links
    ]
    assert sorted(map(sorted, ends.values())) == sorted(wanted)
    for name, host in plan.hosts.items():
        assert found["machines"][there[name]]["envs"].get("NSH_WITH", "") == ",".join(host.also)


@pytest.mark.parametrize(("shape", "sizes"), made.SHAPES)
def test_kathara_reads_labs_of_every_shape(shape: str, sizes: tuple[int, ...], parser: Parser, tmp_path: Path) -> None:
    """Devices, interfaces and collision domains are those of the lab."""
    plan = made.drawn(shape, sizes)
    assert_same(parser.read(written(tmp_path / "lab", plan)), plan)


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(plan=made.labs(own_links=False))
def test_kathara_reads_any_lab(parser: Parser, tmp_path_factory: pytest.TempPathFactory, plan: LabPlan) -> None:
    """Two hundred of them, with whatever names and addresses."""
    assert_same(parser.read(written(tmp_path_factory.mktemp("any") / "lab", plan)), plan)
