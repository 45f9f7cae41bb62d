# SPDX-License-Identifier: MIT
"""Kinds of devices: what each is for, the option of the kernel that brings it, and the attributes it is made with."""

from __future__ import annotations

import errno
import os

from nsh.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.inet import Network

    Attribute = tuple[str, object]

LONGEST_NAME = 15  # bytes of a device's name: IFNAMSIZ is 16, with the NUL

OPTIONS = {
    "veth": ("CONFIG_VETH", "veth"),
    "bridge": ("CONFIG_BRIDGE", "bridge"),
    "dummy": ("CONFIG_DUMMY", "dummy"),
    "macvlan": ("CONFIG_MACVLAN", "macvlan"),
    "ipvlan": ("CONFIG_IPVLAN", "ipvlan"),
    "vlan": ("CONFIG_VLAN_8021Q", "8021q"),
    "vxlan": ("CONFIG_VXLAN", "vxlan"),
    "tun": ("CONFIG_TUN", "tun"),
    "tap": ("CONFIG_TUN", "tun"),
    "wireguard": ("CONFIG_WIREGUARD", "wireguard"),
}
"""{kind: (option of the kernel's configuration, its module)}."""

MACVLAN_MODES = {"private": 1, "vepa": 2, "bridge": 4, "passthru": 8, "source": 16}
IPVLAN_MODES = {"l2": 0, "l3": 1, "l3s": 2}


def missing(kind: str) -> str:
    """Why this kernel has no devices of that kind, as far as it can be read."""
    option, module = OPTIONS.get(kind, (f"CONFIG_{kind.upper()}", kind))
    found = _configured(option)
    if found is None:
        return f"this kernel has no {kind} devices: it needs {option}, built in or as the module {module}"
    if found == "m":
        return (
            f"{option} is the module {module} here, and it is not loaded: `modprobe {module}`, as root of the machine"
        )
    return f"this kernel has no {kind} devices: it was built without {option} ({_CONFIG})"


_CONFIG = "/proc/config.gz"


def _configured(option: str) -> str | None:
    """`y`, `m` or `` for an option of the running kernel, None where it does not tell."""
    import gzip

    try:
        with gzip.open(_CONFIG, "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, EOFError):
        return None
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{option}=")), "")


def link_info(kind: str, data: list[Attribute]) -> Attribute:
    """IFLA_LINKINFO, with IFLA_INFO_DATA where there is any."""
    attributes: list[Attribute] = [("IFLA_INFO_KIND", kind)]
    if data:
        attributes.append(("IFLA_INFO_DATA", {"attrs": data}))
    return "IFLA_LINKINFO", {"attrs": attributes}


def macvlan(mode: str | None) -> list[Attribute]:
    """The data of a macvlan: it shares the parent's wire, with a hardware address of its own. Raises UsageError."""
    return [("IFLA_MACVLAN_MODE", _one_of(mode or "bridge", "macvlan", MACVLAN_MODES))]


def ipvlan(mode: str | None) -> list[Attribute]:
    """The data of an ipvlan: it shares the parent's hardware address as well. Raises UsageError."""
    return [("IFLA_IPVLAN_MODE", _one_of(mode or "l2", "ipvlan", IPVLAN_MODES))]


def _one_of(mode: str, kind: str, modes: dict[str, int]) -> int:
    if mode not in modes:
        raise UsageError(f"--mode {mode}: {kind} has no such mode", f"one of: {', '.join(modes)}")
    return modes[mode]


def _numbered(kind: str, number: int | None, most: int) -> int:
    if number is None:
        raise UsageError(f"a {kind} has a number", "--id 42")
    if not 0 <= number <= most:
        raise UsageError(f"--id {number}: out of range", f"the number of a {kind} is 0 to {most}")
    return number


def vlan(number: int | None) -> list[Attribute]:
    """The data of a vlan: 802.1Q tag 0 to 4094. Raises UsageError."""
    return [("IFLA_VLAN_ID", _numbered("vlan", number, 4094))]


def vxlan(
    number: int | None, remote: Network | None, local: Network | None, port: int | None, lower: int | None
) -> list[Attribute]:
    """The data of a vxlan: a network number 0 to 2²⁴-1 over UDP, 4789 where no port is given. Raises UsageError."""
    number = _numbered("vxlan", number, (1 << 24) - 1)
    if port is not None and not 0 < port < 65536:
        raise UsageError(f"--port {port}: a UDP port is 1 to 65535", "--port 4789")
    if remote is not None and local is not None and remote.family != local.family:
        raise UsageError("--remote and --local: one is IPv4 and the other IPv6", "both of one family")
    data: list[Attribute] = [("IFLA_VXLAN_ID", number), ("IFLA_VXLAN_PORT", port or 4789)]
    for name, one in (("GROUP", remote), ("LOCAL", local)):
        if one is not None:
            data.append((f"IFLA_VXLAN_{name}{'6' if ':' in one.address else ''}", one.address))
    return [*data, ("IFLA_VXLAN_LINK", lower)] if lower is not None else data


# tun and tap are not made by netlink (Documentation/networking/tuntap.rst).

_TUNSETIFF, _TUNSETPERSIST = 0x400454CA, 0x400454CB
_IFF_TUN, _IFF_TAP, _IFF_NO_PI = 1, 2, 0x1000
TUN_FILE = "/dev/net/tun"


def make_tun(fd: int, kind: str, name: str) -> None:
    """Make a tun or tap device that stays, where /dev/net/tun was opened as `fd`, and close that. Raises OSError."""
    import fcntl
    from struct import pack

    flags = (_IFF_TUN if kind == "tun" else _IFF_TAP) | _IFF_NO_PI
    try:
        fcntl.ioctl(fd, _TUNSETIFF, pack("16sH22x", os.fsencode(name), flags))
        fcntl.ioctl(fd, _TUNSETPERSIST, 1)
    finally:
        os.close(fd)


def why_no_tun(number: int) -> str | None:
    """What to look at when /dev/net/tun cannot be opened."""
    if number == errno.EACCES:
        return (
            f"its mode keeps it for root of the machine; tun and tap want it open: `chmod 666 {TUN_FILE}`, as that root"
        )
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return missing("tun")
    return None
