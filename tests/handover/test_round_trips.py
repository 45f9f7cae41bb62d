# SPDX-License-Identifier: MIT
"""What is written for another engine reads back as the same lab, and is what that engine's schema allows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.handover import kathara
from nsh.net.labplan import Host, LabPlan
from tests.handover import made

SCHEMAS = Path(__file__).resolve().parent / "schemas"
CLAB = jsonschema.Draft7Validator(json.loads((SCHEMAS / "clab.schema.json").read_text()))
RANDOM = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
EVERY_SHAPE = pytest.mark.parametrize(("shape", "sizes"), made.SHAPES)


def topology_schema() -> jsonschema.Draft7Validator:
    """The schema in the custom resource, and stricter: Kubernetes drops keys it does not know, here they are wrong."""
    text = (SCHEMAS / "clabernetes.containerlab.dev_topologies.yaml").read_text()
    schema = yaml.safe_load(text)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["metadata"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    _close(schema)
    return jsonschema.Draft7Validator(schema)


def _close(schema: dict[str, Any]) -> None:
    if "properties" in schema and "additionalProperties" not in schema:
        schema["additionalProperties"] = False
    for value in schema.get("properties", {}).values():
        _close(value)


TOPOLOGY = topology_schema()


def assert_plain(lines: list[str]) -> None:
    """Lines of ip(8), and nothing in them that a shell would read as more."""
    for line in lines:
        assert shlex.split(line)[0] == "ip"
        assert not set(line) & set(";|&$`<>(){}*?!\n"), line


@EVERY_SHAPE
def test_a_lab_of_each_shape_comes_back_from_containerlab(shape: str, sizes: tuple[int, ...]) -> None:
    """The same hosts, switches, links and addresses; and the schema of containerlab allows the file."""
    plan = made.drawn(shape, sizes)
    text, found, name = made.through_containerlab(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)
    CLAB.validate(yaml.safe_load(text))


@EVERY_SHAPE
def test_a_lab_of_each_shape_comes_back_from_clabernetes(shape: str, sizes: tuple[int, ...]) -> None:
    """The same; and the custom resource's own schema allows it, with a topology inside that containerlab's allows."""
    plan = made.drawn(shape, sizes)
    text, found, name = made.through_clabernetes(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)
    resource = yaml.safe_load(text)
    TOPOLOGY.validate(resource)
    CLAB.validate(yaml.safe_load(resource["spec"]["definition"]["containerlab"]))


@EVERY_SHAPE
def test_a_lab_of_each_shape_comes_back_from_kathara(shape: str, sizes: tuple[int, ...]) -> None:
    """The same hosts, switches, links and addresses."""
    plan = made.drawn(shape, sizes)
    _, found, name = made.through_kathara(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)


def through_containerlab(plan: LabPlan) -> None:
    """Whatever its names, devices, addresses, routes, types, MTUs and hardware addresses; no line is a shell's."""
    text, found, name = made.through_containerlab(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)
    topology = yaml.safe_load(text)
    CLAB.validate(topology)
    for node in topology["topology"]["nodes"].values():
        assert_plain((node or {}).get("exec", []))


def through_clabernetes(plan: LabPlan) -> None:
    """The same, with names that are DNS labels there."""
    text, found, name = made.through_clabernetes(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)
    TOPOLOGY.validate(yaml.safe_load(text))


def through_kathara(plan: LabPlan) -> None:
    """The same, with interfaces that are numbers there."""
    files, found, name = made.through_kathara(plan)
    assert (made.same(found), name) == (made.same(plan), made.LAB)
    for filename, text in files.items():
        if filename != kathara.CONF:
            assert_plain(text.splitlines())


EVERY_WAY = pytest.mark.parametrize("way", [through_containerlab, through_clabernetes, through_kathara])


@pytest.mark.slow
@EVERY_WAY
@settings(RANDOM, max_examples=200)
@given(data=st.data())
def test_each_of_two_hundred_labs_comes_back(way: Callable[[LabPlan], None], data: st.DataObject) -> None:
    """As many random ones for each of the three formats."""
    way(data.draw(made.labs(own_links=way is not through_kathara)))


@EVERY_WAY
@settings(RANDOM, max_examples=60)
@given(data=st.data())
def test_any_lab_comes_back(way: Callable[[LabPlan], None], data: st.DataObject) -> None:
    """The same with fewer, each time others."""
    way(data.draw(made.labs(own_links=way is not through_kathara)))


def test_a_link_of_a_host_with_itself_is_refused_for_kathara() -> None:
    """A collision domain has no device twice."""
    plan = LabPlan("file")
    plan.add_host(Host("a"))
    plan.connect("a", "a")
    with pytest.raises(UsageError, match="a:eth0 ↔ a:eth1: a collision domain"):
        made.through_kathara(plan)


def test_interfaces_keep_their_numbers_in_kathara_where_they_can() -> None:
    """eth1 is 1 though its link comes first; another name is given by the .startup."""
    plan = LabPlan("file")
    for name in "abc":
        plan.add_host(Host(name))
    plan.connect("a", "b", devices=("eth1", "wan"))
    plan.connect("a", "c", devices=("eth0", None))
    files, found, _ = made.through_kathara(plan)
    assert 'a[1]="l1"\nb[0]="l1"\na[0]="l2"\nc[0]="l2"\n' in files["lab.conf"]
    assert files["b.startup"].splitlines()[:3] == [
        "ip link set dev eth0 down",
        "ip link set dev eth0 name wan",
        "ip link set dev wan up",
    ]
    assert [link.ends for link in found.links] == [link.ends for link in plan.links]
