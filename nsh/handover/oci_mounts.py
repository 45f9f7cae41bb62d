# SPDX-License-Identifier: MIT
"""The mounts of a container: those that each one needs, and those that a place has and its host has not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Json = dict[str, object]
    Row = Mapping[str, object]

_SAFE = ["nosuid", "noexec", "nodev"]
_KEPT_OPTIONS = ("ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "strictatime")
_TMPFS_OPTIONS = ("size=", "mode=", "nr_inodes=", "uid=", "gid=")
_OVERLAY_OPTIONS = ("lowerdir=", "upperdir=", "workdir=")
_MADE_ANEW = ("proc", "sysfs", "mqueue", "devpts", "cgroup2", "ramfs")
_TTY_GROUP = 5


def of_every_container(namespaces: Mapping[str, str | None], gid_map: Sequence[tuple[int, int, int]]) -> list[Json]:
    """proc, /dev, and what of /dev and /sys may be mounted there.

    In a user namespace a fresh one is only to be had of what that owns
    (user_namespaces(7)): else the machine's is bound, or left out. `gid_map` is
    that of the container, or of the machine where it has none of its own.
    """
    is_mapped = "user" in namespaces
    found = [_proc(bound=is_mapped and "pid" not in namespaces)]
    found.append(_mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]))
    has_tty = any(inner <= _TTY_GROUP < inner + count for inner, _, count in gid_map)
    terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    found.append(_mount("/dev/pts", "devpts", "devpts", [*terminals, "gid=5"] if has_tty else terminals))
    found.append(_mount("/dev/shm", "tmpfs", "shm", [*_SAFE, "mode=1777", "size=65536k"]))
    if "ipc" in namespaces or not is_mapped:
        found.append(_mount("/dev/mqueue", "mqueue", "mqueue", _SAFE))
    if "net" in namespaces or not is_mapped:
        found.append(_mount("/sys", "sysfs", "sysfs", [*_SAFE, "ro"]))
    return found


def _proc(*, bound: bool) -> Json:
    return _mount("/proc", "bind", "/proc", ["rbind", *_SAFE]) if bound else _mount("/proc", "proc", "proc", _SAFE)


def _mount(destination: str, kind: str, source: str, options: Iterable[str]) -> Json:
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}


def carried(row: Row, host: Sequence[Row]) -> Json | str:
    """A mount of the place in OCI's form, or why there is none; `host` are the host's mounts."""
    point, kind = str(row["mountpoint"]), str(row["fstype"])
    if point.startswith(("/proc/", "/sys/")):
        return "runtimes mount nothing inside /proc and /sys"
    options = [word for word in _KEPT_OPTIONS if word in str(row["options"]).split(",")]
    if row["root"] == "/" and kind == "tmpfs":
        return _mount(point, kind, str(row["source"]), options + _of(row, _TMPFS_OPTIONS))
    if row["root"] == "/" and kind == "overlay":
        return _mount(point, kind, "overlay", options + _of(row, _OVERLAY_OPTIONS))
    if row["root"] == "/" and kind in _MADE_ANEW:
        return _mount(point, kind, str(row["source"]), options)
    source = source_of(row, host)
    if source is None:
        return f"a {kind} that only this place sees"
    return _mount(point, "bind", source, ["bind", *options])


def _of(row: Row, wanted: tuple[str, ...]) -> list[str]:
    return [word for word in str(row["super_options"]).split(",") if word.startswith(wanted)]


def source_of(row: Row, host: Sequence[Row]) -> str | None:
    """The path at host of what a mount shows, None where no mount of the host shows it."""
    best: tuple[int, str] | None = None
    for other in host:
        if other["device"] != row["device"] or other.get("covered"):
            continue
        above, below = str(other["root"]).rstrip("/"), str(row["root"]).rstrip("/")
        if below == above or below.startswith(f"{above}/"):
            rest = below[len(above) :]
            path = str(other["mountpoint"]).rstrip("/") + rest
            if best is None or len(above) > best[0]:
                best = len(above), path or "/"
    return best[1] if best is not None else None


def propagation(tags: str) -> str:
    """OCI's word for how a root mount propagates, `` for private, which is what runtimes do by themselves."""
    if "shared:" in tags:
        return "shared"
    return "slave" if "master:" in tags else ""
