# SPDX-License-Identifier: MIT
"""`lab save --oci`: a bundle for each host and switch of a lab, and the lines of ip(8) that make its network."""

from __future__ import annotations

import _socket
import contextlib

from nsh.handover import losses, oci, oci_network, oci_scripts
from nsh.handover.naming import Rule
from nsh.handover.oci_network import Node
from nsh.handover.oci_scripts import Part
from nsh.net import forwarding, graph, shaping, state
from nsh.session import inventory, ocibundle, ocifacts, sysctls
from nsh.session.networks import Views
from nsh.session.newfolder import NewFolder
from nsh.session.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nsh.handover.oci import Facts, Json, Stand
    from nsh.helper.client import Peer
    from nsh.net.graph import Graph, Wire
    from nsh.session.labs import Lab
    from nsh.session.ocibundle import Wish
    from nsh.session.places import Place
    from nsh.session.session import Session
    from nsh.session.sysctls import New

_NAMES = Rule("_.+-", 200, taken=("rootfs", "up.sh", "down.sh"))
_NETNS = "/run/netns"
_LOOPBACK = 1  # the index of lo
_MOST_LOOKED_INTO = 256
"""Of a larger lab, kernel settings and firewall rules are not looked for: that takes a process in each place."""
_FORWARD = {_socket.AF_INET: "net.ipv4.ip_forward", _socket.AF_INET6: "net.ipv6.conf.all.forwarding"}
_OF_THE_LAB = "/etc/hosts"
_SCRATCH: tuple[Json, ...] = tuple(
    {"destination": point, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]}
    for point in ("/run", "/tmp")
)


def save(session: Session, lab: Lab, path: str, wish: Wish) -> list[str]:
    """Write a folder with all of a lab; what there is to say of it.

    Raises UsageError, SessionError, Refused, NshError, HelperLost,
    KeyboardInterrupt; then nothing is written.
    """
    with session.interrupts:
        folder = NewFolder(session, path)
        work = _Work(session, lab)
        work.look()
        notes = losses.told(work.losses, ocibundle.ENGINE, strict=wish.strict)
        stand = work.write(folder, wish)
    return [*notes, *_remarks(session, work, stand, path, is_given=wish.rootfs is not None)]


def _remarks(session: Session, work: _Work, stand: Stand, path: str, *, is_given: bool) -> list[str]:
    said = []
    if is_given:
        said.append(f"its roots are {stand.rootfs}, read-only: that folder is not copied, and not changed")
    sees = [name for name, place in work.places.items() if "mnt" not in place.types]
    if sees:
        whose = f"{sees[0]} sees" if len(sees) == 1 else f"{sees[0]} … {sees[-1]} see"
        said.append(f"{whose} the mounts of host: a container has a root, and so a mnt namespace, of its own")
    if session.in_sandbox:
        said.append(f"this folder ends with the sandbox; `cat {path}/up.sh` shows it")
    return said


class _Work:
    """What is found of one lab, and where it is to go."""

    def __init__(self, session: Session, lab: Lab) -> None:
        self.session = session
        self.lab = lab
        self.places: dict[str, Place] = {place.name: place for place in lab.alive(session)}
        self.folders = _NAMES.fit(self.places)
        stem = _NAMES.fit([lab.name])[lab.name]
        self.ids = {name: f"{stem}-{folder}" for name, folder in self.folders.items()}
        self.facts: dict[str, Facts] = {}
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.losses: list[str] = []
        self._scan = inventory.scan()

    def look(self) -> None:
        """Read all of it. Raises Refused, HelperLost, SessionError, KeyboardInterrupt."""
        progress = Progress(f"lab {self.lab.name}", len(self.places))
        try:
            self._look_at_network()
            with sysctls.New(self.session) as new:
                for place in self.places.values():
                    self._look_at(place, new)
                    progress.step()
                    self.session.interrupts.check()
        finally:
            progress.end()
        if len(self.places) > _MOST_LOOKED_INTO:
            self.losses.append(
                f"{self.lab.name}: kernel settings but forwarding, and firewall rules: "
                f"in labs of more than {_MOST_LOOKED_INTO} hosts and switches they are not looked for"
            )
        if self.lab.owner is not None:
            self.losses.append(
                f"{self.lab.name}: the user namespace that owns it, made as you are not root; up.sh wants root, "
                "or to be root in a user namespace"
            )

    # The network.

    def _look_at_network(self) -> None:
        with Views(self.session) as views:
            found = graph.look(views.of(list(self.places)), follow=False)
            labels = {place.ns["net"]: name for name, place in self.places.items()}
            for space in found.spaces:
                name = labels[space.inode]
                self.nodes[name] = self._node(name, Node(name, self.ids[name], space))
            self._note_network(found)

    def _node(self, name: str, node: Node) -> Node:
        sock = node.space.view.sock
        node.routes = state.routes(sock, None)
        node.neighbours = state.neighbours(sock)
        bridges = (link.name for link in node.space.links if link.kind == "bridge")
        node.bridges = {bridge: state.kind_data(sock, bridge) for bridge in bridges}
        shaped = sorted({one.index for one in shaping.queues(sock) if one.kind in shaping.KINDS})
        names = ", ".join(node.space.by_index[index].name for index in shaped if index in node.space.by_index)
        if names:
            self.losses.append(f"{name}: delay, loss and rate (netem, tbf) of {names}")
        facts = self.facts[name] = oci.Facts(name)
        facts.sysctls = {key: "1" for family, key in _FORWARD.items() if forwarding.is_on(sock, family)}
        return node

    def _note_network(self, found: Graph) -> None:
        nodes = list(self.nodes.values())
        self.wires = found.wires
        for node in nodes:
            self.losses += oci_network.left_out(node, found.wires, {one.space.inode for one in nodes})

    # Each host and switch.

    def _look_at(self, place: Place, new: New) -> None:
        facts = self.facts[place.name]
        kinds = tuple(kind for kind in place.types if kind != "user")
        facts.namespaces = dict.fromkeys(kinds)
        facts.namespaces["net"] = f"{_NETNS}/{self.ids[place.name]}"
        facts.inodes = {kind: place.ns[kind] for kind in kinds}
        is_small = len(self.places) <= _MOST_LOOKED_INTO
        if place.peer is None and not is_small:
            self._as_another(facts)
        else:
            with self._process_in(place) as peer:
                ocifacts.look(self.session, facts, peer, kinds)
                if is_small:
                    facts.sysctls |= sysctls.that_differ(self.session, place.types, peer, new)
                    if ocifacts.filters_packets(self.session, peer):
                        facts.losses.append(f"{place.name}: {ocifacts.RULES}")
        if "mnt" in kinds and place.pid is not None:
            ocifacts.look_at_mounts(self.session, facts, place.pid, but=(_OF_THE_LAB,))
        facts.losses += ocifacts.programs(self.session, facts, self._scan)
        ocifacts.give_root(facts)
        self.losses += facts.losses

    @contextlib.contextmanager
    def _process_in(self, place: Place) -> Iterator[Peer]:
        if place.peer is not None:
            yield place.peer
            return
        with self.session.on(place.name):
            yield self.session.seat.peer

    def _as_another(self, facts: Facts) -> None:
        """The rights of one that only files keep are those of every other such."""
        like = next((one for one in self.facts.values() if one.capabilities), None)
        if like is None:
            ocifacts.look(self.session, facts, self.session.seat.peer, ())
            return
        facts.capabilities, facts.no_new_privileges = like.capabilities, like.no_new_privileges
        facts.uid, facts.gid, facts.umask, facts.gid_map = like.uid, like.gid, like.umask, like.gid_map
        facts.groups = like.groups

    # Writing.

    def write(self, folder: NewFolder, wish: Wish) -> Stand:
        """All files. Raises NshError, KeyboardInterrupt."""
        parts = [self._part(name) for name in self.places]
        links = [oci_network.line(words) for words in oci_network.pairs(list(self.nodes.values()), self.wires)]
        root = ocibundle.given_root(self.session, wish.rootfs, *self.facts.values())
        ocibundle.keep_out(folder, root)
        program = ocibundle.busybox() if root is None else b""
        stand = oci.Stand(root or f"../{ocibundle.ROOTFS}", wish.command, read_only=True, terminal=wish.terminal)
        ocibundle.check_program(stand, is_small=root is None)
        with folder:
            if root is None:
                stand.mounts = _SCRATCH
                targets = [target for facts in self.facts.values() for target in ocibundle.targets(facts)]
                ocibundle.write_rootfs(folder, ocibundle.ROOTFS, program, dict.fromkeys(targets), self._hosts())
            for name, facts in self.facts.items():
                folder.folder(self.folders[name])
                folder.write(f"{self.folders[name]}/{ocibundle.CONFIG}", ocibundle.as_text(facts, stand))
            title = f"The lab {self.lab.name}"
            folder.write("up.sh", oci_scripts.up(title, parts, links), 0o755)
            folder.write("down.sh", oci_scripts.down(parts), 0o755)
        return stand

    def _part(self, name: str) -> Part:
        node = self.nodes[name]
        lines = [oci_network.line(words) for words in oci_network.furniture(node)]
        asking = [oci_network.line(words) for words in oci_network.asking(node, self.wires)]
        return Part(self.folders[name], self.ids[name], lines, asking)

    def _hosts(self) -> list[tuple[str, str]]:
        """Who is where, for /etc/hosts: first the addresses that most can reach."""
        found = [
            (device == _LOOPBACK, address.is_ipv6, address.address, name)
            for name, node in self.nodes.items()
            for device, addresses in node.space.addresses.items()
            for address in addresses
            if address.scope == "global"
        ]
        return [(address, name) for _, _, address, name in sorted(found, key=lambda one: one[:2])]
