# SPDX-License-Identifier: MIT
"""OCI bundles put to the test: checked against the specification's schemas, and run by real runtimes.

They run in namespaces of the test's own. Over /sys/fs/cgroup lies there the
machine's cgroup2 tree, read-only: enough for the runtimes to find their way,
and nothing for them to change.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.program import TIMEOUT, scratch_environment

SCHEMAS = Path(__file__).parent / "schemas" / "oci"
RUNTIMES = {
    "runc": "runc --root /run/runc --rootless true",
    "crun": "crun --root /run/crun --cgroup-manager=disabled",
}
"""How each is called, so that it does without cgroups of its own."""

_SANDBOX = """
mount -t tmpfs -o mode=755 tests /run
hostname sandbox
ip link set lo up
tree=/sys/fs/cgroup
[ "$(stat -f -c %T $tree)" = cgroup2fs ] || tree=$tree/unified
mount --bind "$tree" /sys/fs/cgroup
mount -o remount,bind,ro /sys/fs/cgroup
"""


def config_of(bundle: Path) -> Any:
    """What a bundle's config.json says."""
    return json.loads((bundle / "config.json").read_text())


def check_schema(config: object) -> None:
    """Fail where a config.json is not what the specification says."""
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    resources = [(name, Resource.from_contents(schema, DRAFT4)) for name, schema in schemas.items()]
    main = schemas["config-schema.json"]
    jsonschema.Draft4Validator(main, registry=Registry().with_resources(resources)).validate(config)


def in_sandbox(script: str, cwd: Path, runtime: str = "") -> str:
    """What a script (bash, -e) prints in fresh namespaces, `$RUNTIME` being the runtime; it must succeed.

    bash stays the init to the end: with it all that was started ends.
    """
    if runtime and shutil.which(runtime) is None:
        pytest.skip(f"{runtime} is not installed")
    unshare = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*unshare, "--propagation", "private", "bash", "-ec", f"{_SANDBOX}{script}\n:"],
        cwd=cwd,
        env={**scratch_environment(cwd / "home"), "RUNTIME": RUNTIMES.get(runtime, "none")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def types_of(links: str, other: str) -> set[str]:
    """Which types differ between two outputs of `readlink /proc/self/ns/*`."""
    one, two = ({line for line in text.split() if "_for_" not in line and ":[" in line} for text in (links, other))
    return {line.partition(":")[0] for line in one - two}
