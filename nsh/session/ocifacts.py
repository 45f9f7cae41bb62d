# SPDX-License-Identifier: MIT
"""What a container needs to know of a place, read in the place: for nsh.handover.oci."""

from __future__ import annotations

import _socket
import contextlib
import os

from nsh import nstypes
from nsh.errors import Refused, SessionError
from nsh.handover import oci, oci_limits, oci_mounts
from nsh.helper import wire
from nsh.kernel import proc
from nsh.net import masquerade, state
from nsh.session import clocks, identity, inventory, mounts, nets, pins, sysctls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nsh.handover.oci import Facts
    from nsh.helper.client import Peer
    from nsh.session.inventory import Scan
    from nsh.session.refs import Target
    from nsh.session.session import Session
    from nsh.session.sysctls import New

_IPC = ("msg", "sem", "shm")
_NS = 1_000_000_000
_FEW = 5
_NOBODY = 65534  # /proc/sys/kernel/overflowgid: a group that has no number there


def of_reference(session: Session, ref: str) -> tuple[Facts, str | None]:
    """All that is carried of a reference, and its own root at host, None where it has the host's.

    Raises NoSuchName, Refused, SessionError, HelperLost.
    """
    target = session.resolve(ref)
    kinds = tuple(kind for kind in nstypes.NAMES if kind in target.ns and target.ns[kind] != session.host.ns.get(kind))
    if not kinds:
        raise SessionError(f"{ref}: is in no namespace that host is not in", "for example `new user,pid,mnt,net box`")
    facts = oci.Facts(target.place.name if target.place is not None else target.label)
    facts.namespaces = {kind: _living_path(target, kind, ref) for kind in kinds}
    facts.inodes = {kind: target.ns[kind] for kind in kinds}
    with _process_in(session, target, ref) as peer:
        look(session, facts, peer, kinds)
        with sysctls.New(session) as new:
            facts.sysctls = settings(session, facts, peer, new)
        root = look_at_mounts(session, facts, peer.pid) if "mnt" in kinds else None
        _note_what_stays(session, facts, target, peer)
    give_root(facts)
    return facts, root


@contextlib.contextmanager
def _process_in(session: Session, target: Target, ref: str) -> Iterator[Peer]:
    """A process of ours that is there: its holder, else one that enters for a while."""
    if target.place is not None and target.place.peer is not None:
        yield target.place.peer
        return
    with session.on(ref):
        yield session.seat.peer


def _living_path(target: Target, kind: str, ref: str) -> str | None:
    """The file by which a namespace lives on without nsh: a pin, or the path that was given."""
    for pin in pins.all_pins():
        if (pin.kind, pin.inode) == (kind, target.ns[kind]):
            return pin.path
    return os.path.abspath(ref) if "/" in ref and not ref.startswith("/proc/") and target.place is None else None


def look(session: Session, facts: Facts, peer: Peer, kinds: tuple[str, ...]) -> None:
    """Ask a process that is in the place. Raises HelperLost, Refused."""
    fields = peer.request("names").fields
    facts.hostname, facts.domainname = fields.get("hostname", ""), fields.get("domainname", "")
    facts.uid, facts.gid = wire.number_in(fields, "uid", 0), wire.number_in(fields, "gid", 0)
    facts.umask = wire.number_in(fields, "umask", 0o022)
    read = reader(session, peer)
    _look_at_rights(facts, read("self/status"))
    facts.rlimits = oci_limits.that_differ(read("self/limits"), reader(session, session.host.peer)("self/limits"))
    facts.uid_map = [(one.inner, one.outer, one.count) for one in identity.read_map(peer.pid, "uid")]
    facts.gid_map = [(one.inner, one.outer, one.count) for one in identity.read_map(peer.pid, "gid")]
    if "time" in kinds:
        facts.offsets = clocks.offsets_of(peer.pid)


def reader(session: Session, peer: Peer) -> Callable[[str], str]:
    """How a process there reads a file below the host's /proc, '' where it cannot."""
    return lambda path: peer.request("read", path, fds=(session.proc_fd,)).fields.get("text", "")


def settings(session: Session, facts: Facts, peer: Peer, new: New) -> dict[str, str]:
    """The kernel settings that differ in what is to be made anew. Raises Refused, HelperLost."""
    kinds = tuple(kind for kind, path in facts.namespaces.items() if path is None or kind == "user")
    return sysctls.that_differ(session, kinds, peer, new)


def _look_at_rights(facts: Facts, status: str) -> None:
    """Capabilities, no_new_privs and supplementary groups of a process, by its /proc/self/status."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    sets = {name: identity.names_of(int(fields.get(field, "0"), 16)) for name, field in identity.SETS.items()}
    facts.capabilities = oci.capabilities(sets)
    facts.no_new_privileges = fields.get("NoNewPrivs", "0").strip() == "1"
    facts.groups = [group for group in map(int, fields.get("Groups", "").split()) if group not in (facts.gid, _NOBODY)]


def give_root(facts: Facts) -> None:
    """A container has a mount namespace of its own: its root directory is another than the machine's."""
    if facts.namespaces.get("mnt") is not None:
        facts.losses.append(f"{facts.name}: its pinned mnt namespace: a container has a root of its own, in a new one")
    facts.namespaces["mnt"] = None


def look_at_mounts(session: Session, facts: Facts, pid: int, but: tuple[str, ...] = ()) -> str | None:
    """Note the mounts that only the place has; the directory of the host that is its root, if that is another.

    `but` are mount points that are seen to in another way. Raises Refused.
    """
    host = mounts.tree(session.host.peer.pid)
    root = None
    for row in mounts.differing(mounts.tree(pid), host):
        if row["only"] != "here" or row["covered"] or row["mountpoint"] in but:
            continue
        if row["mountpoint"] == "/":
            root = oci_mounts.source_of(row, host)
            continue
        found = oci_mounts.carried(row, host)
        if isinstance(found, str):
            facts.losses.append(f"{facts.name}: the mount at {row['mountpoint']}: {found}")
        elif not _is_of_every_container(found):
            facts.mounts.append(found)
            _note_files(facts, row, pid)
    return root


def _is_of_every_container(mount: dict[str, object]) -> bool:
    """proc at /proc and the like, which a container has anyhow."""
    common = oci_mounts.of_every_container({}, ())
    return any(one["destination"] == mount["destination"] and one["type"] == mount["type"] for one in common)


def _note_files(facts: Facts, row: dict[str, object], pid: int) -> None:
    if row["fstype"] not in ("tmpfs", "ramfs") or row["root"] != "/":
        return
    try:
        is_empty = not os.listdir(f"/proc/{pid}/root{row['mountpoint']}")
    except OSError:
        is_empty = False
    if not is_empty:
        facts.losses.append(f"{facts.name}: the files in the {row['fstype']} at {row['mountpoint']}")


# What stays behind.


def _note_what_stays(session: Session, facts: Facts, target: Target, peer: Peer) -> None:
    name = facts.name
    said = [
        *(_network(session, target, peer) if facts.namespaces.get("net", "") is None else ()),
        _objects(session, peer) if facts.namespaces.get("ipc", "") is None else "",
        *(_user(facts, peer) if facts.namespaces.get("user", "") is None else ()),
        _nested(session, target),
    ]
    facts.losses += [*(f"{name}: {one}" for one in said if one), *programs(session, facts, inventory.scan())]


def _network(session: Session, target: Target, peer: Peer) -> Iterator[str]:
    with nets.Closing(nets.Net(session, target).route_socket()) as sock:
        names = [link.name for link in state.links(sock) if link.kind != "loopback"]
    if names:
        yield f"the devices of its network, with what they have ({_listed(names)})"
    if filters_packets(session, peer):
        yield RULES


RULES = "its firewall rules"


def filters_packets(session: Session, peer: Peer) -> bool:
    """Are there rules where a process of ours is: tables of nf_tables, or of the older iptables (legacy)?"""
    read = reader(session, peer)
    if any(read(f"self/net/{family}_tables_names").strip() for family in ("ip", "ip6")):
        return True
    reply = peer.request("socket", _socket.AF_NETLINK, _socket.SOCK_RAW, masquerade.NETLINK_NETFILTER)
    if reply.errno:
        return False  # a kernel without it
    with nets.Closing(_socket.socket(fileno=reply.fd(peer.title))) as sock:
        try:
            return masquerade.has_tables(sock)
        except Refused:
            return False  # a kernel without nf_tables, or not ours to ask


def _objects(session: Session, peer: Peer) -> str:
    tables = (peer.request("read", f"sysvipc/{file}", fds=(session.proc_fd,)).fields.get("text", "") for file in _IPC)
    count = sum(max(len(text.splitlines()) - 1, 0) for text in tables)
    return f"{count} System V IPC object{'s' if count > 1 else ''}" if count else ""


def programs(session: Session, facts: Facts, scan: Scan) -> list[str]:
    """What is lost of programs of the user that are members of what is to be made anew."""
    wanted = set(facts.inodes.items())
    own = {one.pid for one in session.all_peers()} | {place.pid for place in session.places.values()}
    found = {pid for links, pids in scan.groups.items() if wanted & set(scan.namespaces(links)) for pid in pids}
    shown = [proc.command_of(pid) for pid in sorted(found - own) if not proc.is_zombie(pid)]
    names = [words.split()[0] for words in shown if words and not words.startswith("nsh: ")]
    return [f"{facts.name}: the programs that run in it ({_listed(names)})"] if names else []


def _user(facts: Facts, peer: Peer) -> Iterator[str]:
    try:
        with open(f"/proc/{peer.pid}/setgroups", encoding="ascii") as file:
            is_denied = file.read().strip() == "deny"
    except OSError as error:
        raise Refused(f'open("/proc/{peer.pid}/setgroups")', error.errno or 0) from error
    # Who may only map one id must deny it first, and so do runtimes (user_namespaces(7)).
    if is_denied and sum(count for _, _, count in facts.gid_map) > 1:
        yield "that setgroups(2) is denied"
    if is_denied and facts.groups:
        yield f"its supplementary groups ({_listed([str(group) for group in facts.groups])})"
        facts.groups = []
    if not facts.uid_map or not facts.gid_map:
        yield "a user namespace without ID maps, which runtimes refuse"


def _nested(session: Session, target: Target) -> str:
    names = [
        place.name
        for place in session.places.values()
        if place.made_in is not None and place.made_in.place is target.place is not None
    ]
    return f"the places made inside ({_listed(names)})" if names else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
