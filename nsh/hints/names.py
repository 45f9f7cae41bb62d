# SPDX-License-Identifier: MIT
"""Why a host or domain name was refused (sethostname(2), uts_namespaces(7))."""

from __future__ import annotations

import errno

from nsh.hints import rights
from nsh.hints.apparmor import restriction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule


def _too_long(_shown: str, _where: Where) -> str:
    return "a hostname has at most 64 bytes (sethostname(2))"


def _not_permitted(_shown: str, where: Where) -> str:
    restricted = restriction(where)
    if restricted:
        return restricted
    one, levels = rights.doer(where.pid), rights.owners(where.pid, "uts")
    if one is not None and levels and one.is_above(levels):
        return (
            f"{levels[0]} owns this UTS namespace, and you have no CAP_SYS_ADMIN in it: `new user,uts` makes one of\n"
            "your own (uts_namespaces(7))"
        )
    return "the user namespace that owns this UTS namespace is not yours: `new user,uts` makes one (uts_namespaces(7))"


RULES: dict[tuple[str, int], Rule] = {
    ("sethostname", errno.EINVAL): _too_long,
    ("setdomainname", errno.EINVAL): _too_long,
    ("sethostname", errno.EPERM): _not_permitted,
    ("setdomainname", errno.EPERM): _not_permitted,
}
