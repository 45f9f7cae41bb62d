# SPDX-License-Identifier: MIT
"""/proc/PID/cgroup, which shows paths below the cgroup root of whoever reads it (cgroup_namespaces(7))."""

from __future__ import annotations

from nsh.errors import Refused, SessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


def table(session: Session, ref: str) -> list[dict[str, object]]:
    """A row for each hierarchy: version, controllers, path from inside and outside. Raises Refused, SessionError."""
    target = session.resolve(ref, "cgroup")
    if target.pid is None:
        raise SessionError(f"{ref}: no process is in it to ask for its cgroup", "enter it, then `cgroup show`")
    outside = _read(f"/proc/{target.pid}/cgroup")
    with session.on(ref):
        inside = rows_of(session.read_there(f"{target.pid}/cgroup"))  # of the same process, by another reader
    return [
        {
            "hierarchy": number,
            "version": 2 if number == 0 else 1,
            "controllers": controllers or None,
            "inside": inside.get((number, controllers)),
            "outside": path,
        }
        for (number, controllers), path in outside.items()
    ]


def layout(rows: list[dict[str, object]]) -> str:
    """`v1 only`, `v2 only`, `hybrid` for both at once, or `none`."""
    versions = sorted({str(row["version"]) for row in rows})
    if len(versions) > 1:
        return "hybrid"
    return f"v{versions[0]} only" if versions else "none"


def _read(path: str) -> dict[tuple[int, str], str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return rows_of(file.read())
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error


def rows_of(text: str) -> dict[tuple[int, str], str]:
    """{(hierarchy, controllers): path}; hierarchy 0 is version 2 (cgroups(7))."""
    rows = [line.split(":", 2) for line in text.splitlines()]
    return {(int(row[0]), row[1]): row[2] for row in rows if len(row) == 3 and row[0].isdecimal()}
