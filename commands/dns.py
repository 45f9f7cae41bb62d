# SPDX-License-Identifier: MIT
"""dns: the name servers of a place."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.inet import Network
    from nsh.session.session import Session


@command("dns <ref:ref> <servers:ip>...", man=("resolv.conf(5)", "ip-netns(8)"), category="network", shows=False)
def dns(session: Session, ref: str, servers: tuple[Network, ...]) -> Result:
    """Have programs in a place ask these name servers, by an /etc/resolv.conf of its own.

    It wants a place with a mount namespace of its own, where the file is bound
    over the one it came with; or a pinned net namespace, for which it is
    /etc/netns/NAME/resolv.conf, until `dns rm NAME`.

        nsh> new user,net,mnt web
        nsh> dns web 10.1.1.1 fd00::1
    """
    from nsh.session import resolvers  # with the first such line, not with every start

    if len(servers) > resolvers.MOST_SERVERS:
        most = resolvers.MOST_SERVERS
        hint = f"dns {ref} {' '.join(one.address for one in servers[:most])}"
        raise UsageError(f"{len(servers)} servers, and the C library asks {most} at most", hint)
    resolvers.set_servers(session, ref, [one.address for one in servers])
    return Quiet()


@command("dns ls [<ref:ref>]", man=("resolv.conf(5)",), category="network")
def dns_ls(session: Session, ref: str = ".") -> Result:
    """List the name servers that programs ask where you are, or in a place.

    nsh> dns ls web
    """
    from nsh.session import resolvers

    return Table([Column("server", "server", style="number")], resolvers.servers(session, ref))


@command("dns rm <ref:ref>", man=("resolv.conf(5)",), category="network", shows=False)
def dns_rm(session: Session, ref: str) -> Result:
    """Give a place the /etc/resolv.conf back that it came with.

    nsh> dns rm web
    """
    from nsh.session import resolvers

    resolvers.forget(session, ref)
    return Quiet()
