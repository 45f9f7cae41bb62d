# SPDX-License-Identifier: MIT
"""firewall: the rulesets of a place, read by their own programs where that place is; nothing is changed."""

from __future__ import annotations

from nsh.errors import NotSupported, SessionError
from nsh.net import firewall
from nsh.printable import excerpt
from nsh.session import nets
from nsh.session.captured import output_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.firewall import Row
    from nsh.session.session import Session

_LEGACY = (("iptables", "ip_tables_names"), ("ip6tables", "ip6_tables_names"))


def rows(session: Session, ref: str | None) -> tuple[list[Row], list[str]]:
    """Chains and rules of a place, and what there is to say beside. Raises as resolve, NotSupported, SessionError.

    nft shows all that nf_tables holds, also what iptables wrote there; the
    older tables of the kernel (legacy) are read only where there are some: to
    ask for others would make them.
    """
    net = nets.find(session, ref)
    if net.inode == session.seat.ns.get("net"):
        return _here(session)
    with session.on(ref or "."):
        return _here(session)


def _here(session: Session) -> tuple[list[Row], list[str]]:
    found: list[Row] = []
    notes = []
    try:
        found += firewall.read_nft(_answer(session, ["nft", "-a", "list", "ruleset"], "nftables"))
    except NotSupported as error:
        notes.append(f"{error.message}\nhint: what nf_tables holds is not shown: {error.hint}")
    for by, names in _LEGACY:
        tables = _legacy_tables(f"/proc/{session.seat.peer.pid}/net/{names}")
        if tables is None:
            notes.append(
                f"not shown: tables of the older {by} (legacy), whose list /proc/net/{names} is root's alone here"
            )
        elif tables:
            saved = _answer(session, [f"{by}-legacy-save"], "iptables")
            found += firewall.read_saved(saved, by)
    return found, notes


def _legacy_tables(path: str) -> str | None:
    """The names of the tables there are; None where we may not know.

    The file goes to the owner of the namespace, but to the machine's root
    where it was made together with its user namespace: that had no ID mapping
    yet (xt_proto_init in Linux).
    """
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except PermissionError:
        return None
    except OSError:
        return ""  # a kernel without these tables


def _answer(session: Session, argv: list[str], package: str) -> str:
    """What a program says. SessionError with its own words where it says no."""
    answer = output_of(session, argv, package)
    if answer.status:
        lines = [line for line in answer.err.splitlines() if line.strip()] or [f"status {answer.status}"]
        hint = None
        if "permitted" in answer.err or "root" in answer.err:
            hint = "it wants CAP_NET_ADMIN over that net namespace: `new user,net` makes one of yours"
        raise SessionError(f"{' '.join(argv)}: {excerpt(lines[0], 200)}", hint)
    return answer.out
