# SPDX-License-Identifier: MIT
"""Who one is: ID maps read both ways, capability sets by their names (user_namespaces(7), capabilities(7))."""

from __future__ import annotations

from nsh.errors import NoSuchName, Refused
from nsh.kernel import proc
from nsh.session.maps import IdMap

OVERFLOW = 65534
_BY_NUMBER = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
    mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
"""
CAPABILITIES = tuple(_BY_NUMBER.split())  # linux/capability.h
_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def read_map(pid: int, kind: str) -> list[IdMap]:
    """The uid or gid map of a process's user namespace; outer ids as nsh's own counts them. Raises Refused."""
    path = f"/proc/{pid}/{kind}_map"
    try:
        with open(path, encoding="ascii") as file:
            rows = [[int(word) for word in line.split()] for line in file]
    except OSError as error:
        raise Refused(f'open("{path}")', error.errno or 0) from error
    return [IdMap(*row) for row in rows]


def outside(lines: list[IdMap], inner: int) -> int | None:
    """What an id inside is outside, None when it is not mapped."""
    for line in lines:
        if line.inner <= inner < line.inner + line.count:
            return line.outer + inner - line.inner
    return None


def inside(lines: list[IdMap], outer: int) -> int:
    """What an id of the outside is inside: the overflow id when it is not mapped."""
    for line in lines:
        if line.outer <= outer < line.outer + line.count:
            return line.inner + outer - line.outer
    return OVERFLOW


def capability_sets(pid: int) -> dict[str, list[str]]:
    """{set: names} of a process, over its own user namespace. Raises NoSuchName when it is gone."""
    try:
        fields = proc.status(pid)
    except OSError as error:
        raise NoSuchName(f"{pid}: no such process") from error
    return {name: names_of(int(fields.get(name, "0"), 16)) for name in _SETS}


def names_of(bits: int) -> list[str]:
    """The capabilities of a bit set, in the order of their numbers."""
    known = [name for number, name in enumerate(CAPABILITIES) if bits >> number & 1]
    return known + [f"cap_{n}" for n in range(len(CAPABILITIES), bits.bit_length()) if bits >> n & 1]


def keys_of(text: str) -> list[dict[str, object]]:
    """The lines of /proc/keys that the reader may see: serial, kind and description (keyrings(7))."""
    rows: list[dict[str, object]] = []
    for line in text.splitlines():
        words = line.split(None, 8)
        if len(words) == 9:
            rows.append(
                {
                    "serial": int(words[0], 16),
                    "flags": words[1],
                    "perms": words[4],
                    "uid": int(words[5]),
                    "gid": int(words[6]),
                    "kind": words[7],
                    "description": words[8],
                }
            )
    return rows
