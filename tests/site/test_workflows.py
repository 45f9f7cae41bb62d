# SPDX-License-Identifier: MIT
"""The workflows: what they may do, and that what they call exists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pythons import VERSIONS

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
MAY_WRITE = {("docs.yml", "publish"): {"pages": "write", "id-token": "write"}}


def read(path: Path) -> dict[Any, Any]:
    """The workflow; YAML 1.1 reads its `on` as true."""
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text())
    return workflow


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    """Every step of every job."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def test_there_is_one_for_tests_and_one_for_the_site() -> None:
    """Both by the names that badges and people look for."""
    assert [path.name for path in WORKFLOWS] == ["docs.yml", "test.yml"]


@each
def test_a_workflow_may_read_the_repository_and_little_else(path: Path) -> None:
    """What may write does so in one job that runs nothing of the repository's; no secret is named."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions", {}) == MAY_WRITE.get((path.name, name), {})
        assert not (job.get("permissions") and any("run" in step for step in job["steps"]))
        assert job["timeout-minutes"] <= 60
    assert "secrets." not in path.read_text()
    assert "pull_request_target" not in workflow[True]


@each
def test_only_official_actions_are_used_at_a_major_version(path: Path) -> None:
    """A checkout leaves no token behind for what runs after it."""
    for step in steps(read(path)):
        used = step.get("uses", "actions/none@v1")
        assert re.fullmatch(r"actions/[\w-]+@v\d+", used)
        if used.startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


@each
def test_every_target_that_is_made_exists(path: Path) -> None:
    """The workflows say `make X` and nothing that only they know."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in steps(read(path)))
    made = set(re.findall(r"^(?:sudo (?:--\S+ )*)?make (\S+)", commands, re.MULTILINE))
    assert made
    assert made <= targets


def test_the_tests_run_with_every_python_that_nsh_is_for() -> None:
    """The matrix, the classifiers and `make test-pythons` name the same, and the first is the least that pip takes."""
    matrix = read(ROOT / ".github/workflows/test.yml")["jobs"]["root"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert (*matrix["python"],) == (*told,) == VERSIONS
    assert project["requires-python"] == f">={VERSIONS[0]}"


def test_the_site_is_published_from_where_it_is_built() -> None:
    """The folder that is handed to Pages is the one that `make docs` writes."""
    handed = [
        step["with"]["path"]
        for step in steps(read(ROOT / ".github/workflows/docs.yml"))
        if "path" in step.get("with", {})
    ]
    assert handed == ["build/site"]
