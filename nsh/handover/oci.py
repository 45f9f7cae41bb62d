# SPDX-License-Identifier: MIT
"""config.json of an OCI bundle: what was found of a place, in the words of the OCI runtime specification.

https://github.com/opencontainers/runtime-spec: config.md, config-linux.md.
"""

from __future__ import annotations

import nsh
from nsh import nstypes
from nsh.handover import oci_mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Json = dict[str, object]
    Map = Sequence[tuple[int, int, int]]

TYPES = {"mnt": "mount", "net": "network"}
"""What OCI calls a type, where it is not the word of /proc/PID/ns."""
HOLDING = ("sleep", "infinity")
"""What runs in a container that nothing was said of: it does what a holder does."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_VERSION, _VERSION_WITH_TIME = "1.0.2", "1.1.0"  # timeOffsets and domainname are of 1.1.0
_UNSET = ("", "(none)")


class Facts:
    """What a container is to be.

    `namespaces` is {type: path, None for one to be made}. Maps are (inner,
    outer, count) as the machine counts, of the machine where no user
    namespace is among them. `offsets` is {clock: (seconds,
    nanoseconds)}. `capabilities` has the sets by OCI's names. `mounts` are in
    OCI's form, without those that every container has, and `rlimits` those
    that nsh itself has not. `losses` is what is not carried.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.namespaces: dict[str, str | None] = {}
        self.inodes: dict[str, int] = {}
        self.uid_map: Map = ()
        self.gid_map: Map = ()
        self.hostname = ""
        self.domainname = ""
        self.mounts: list[Json] = []
        self.propagation = ""
        self.sysctls: dict[str, str] = {}
        self.offsets: dict[str, tuple[int, int]] = {}
        self.capabilities: dict[str, list[str]] = {}
        self.no_new_privileges = False
        self.uid = 0
        self.gid = 0
        self.umask = 0o022
        self.groups: list[int] = []
        self.rlimits: list[Json] = []
        self.losses: list[str] = []


class Stand:
    """What a bundle has that the place has not: a root directory, mounts that this wants, and what runs there."""

    __slots__ = ("args", "mounts", "read_only", "rootfs", "terminal")

    def __init__(
        self, rootfs: str, args: Sequence[str] = HOLDING, *, read_only: bool = False, terminal: bool = False
    ) -> None:
        self.rootfs = rootfs
        self.args = list(args)
        self.read_only = read_only
        self.terminal = terminal
        self.mounts: Sequence[Json] = ()


def config(facts: Facts, stand: Stand) -> Json:
    """All of config.json."""
    found: Json = {"ociVersion": _version(facts), "process": _process(facts, stand)}
    found["root"] = {"path": stand.rootfs, "readonly": stand.read_only}
    if "uts" in facts.namespaces and facts.namespaces["uts"] is None:
        if facts.hostname not in _UNSET:
            found["hostname"] = facts.hostname
        if facts.domainname not in _UNSET:
            found["domainname"] = facts.domainname
    common = oci_mounts.of_every_container(facts.namespaces, facts.gid_map)
    found["mounts"] = [*common, *stand.mounts, *facts.mounts]
    found["linux"] = _linux(facts)
    found["annotations"] = _annotations(facts)
    return found


def _version(facts: Facts) -> str:
    return _VERSION_WITH_TIME if "time" in facts.namespaces or facts.domainname not in _UNSET else _VERSION


def _process(facts: Facts, stand: Stand) -> Json:
    environment = [f"PATH={PATH}", "HOME=/"]
    user: Json = {"uid": facts.uid, "gid": facts.gid, "umask": facts.umask}
    found: Json = {
        "terminal": stand.terminal,
        "user": {**user, "additionalGids": facts.groups} if facts.groups else user,
        "args": stand.args,
        "env": [*environment, "TERM=xterm"] if stand.terminal else environment,
        "cwd": "/",
        "capabilities": facts.capabilities,
        "noNewPrivileges": facts.no_new_privileges,
    }
    return {**found, "rlimits": facts.rlimits} if facts.rlimits else found


def _linux(facts: Facts) -> Json:
    found: Json = {"namespaces": [_namespace(kind, facts.namespaces[kind]) for kind in _order(facts)]}
    if "user" in facts.namespaces:
        found["uidMappings"] = _mappings(facts.uid_map)
        found["gidMappings"] = _mappings(facts.gid_map)
    if "time" in facts.namespaces and facts.offsets:
        found["timeOffsets"] = {
            clock: {"secs": seconds, "nanosecs": rest} for clock, (seconds, rest) in facts.offsets.items()
        }
    if facts.sysctls:
        found["sysctl"] = dict(sorted(facts.sysctls.items()))
    if facts.propagation:
        found["rootfsPropagation"] = facts.propagation
    return found


def _order(facts: Facts) -> list[str]:
    return [kind for kind in nstypes.NAMES if kind in facts.namespaces]


def _namespace(kind: str, path: str | None) -> Json:
    found: Json = {"type": TYPES.get(kind, kind)}
    return {**found, "path": path} if path is not None else found


def _mappings(lines: Map) -> list[Json]:
    return [{"containerID": inner, "hostID": outer, "size": count} for inner, outer, count in lines]


def _annotations(facts: Facts) -> Json:
    found: Json = {
        "nsh.place": facts.name,
        "nsh.version": nsh.__version__,
        "nsh.namespaces": " ".join(f"{kind}:[{inode}]" for kind, inode in facts.inodes.items()),
    }
    return {**found, "nsh.not-carried": "; ".join(facts.losses)} if facts.losses else found


def capabilities(sets: dict[str, list[str]]) -> dict[str, list[str]]:
    """Sets as nsh names them (`net_raw`), as OCI does; those that have no name yet are left out."""
    return {
        kind: [f"CAP_{name.upper()}" for name in names if not name.startswith("cap_")] for kind, names in sets.items()
    }
