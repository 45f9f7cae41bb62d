# SPDX-License-Identifier: MIT
"""uts: a hostname and an NIS domain name of one's own."""

from __future__ import annotations

from nsh.ops import Op
from nsh.registry import command
from nsh.results import Quiet, Result, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


@command("uts hostname [<name:text>]", man=("sethostname(2)", "uts_namespaces(7)"), category="inside")
def uts_hostname(session: Session, name: str | None = None) -> Result:
    """Show or set the hostname of the UTS namespace you are in.

    nsh> on demo uts hostname web1
    nsh> demo uts hostname
    web1
    """
    if name is None:
        found = session.facts().get("hostname", "")
        return Text(found, {"hostname": found})
    session.guard("uts", "the hostname")
    session.do(Op("sethostname", name), types=("uts",))
    return Quiet()


@command("uts domainname [<name:text>]", man=("setdomainname(2)", "uts_namespaces(7)"), category="inside")
def uts_domainname(session: Session, name: str | None = None) -> Result:
    """Show or set the NIS domain name of the UTS namespace you are in.

    nsh> uts domainname
    (none)
    """
    if name is None:
        found = session.facts().get("domainname", "")
        return Text(found, {"domainname": found})
    session.guard("uts", "the domain name")
    session.do(Op("setdomainname", name), types=("uts",))
    return Quiet()
