# SPDX-License-Identifier: MIT
"""Why the terminal could not be handed over (tcsetpgrp(3), pid_namespaces(7)). nsh avoids it; see docs/failures.md."""

from __future__ import annotations

import errno

from nsh.hints import probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where
    from nsh.hints import Rule


def _group_unknown(_shown: str, where: Where) -> str:
    levels = len(probes.status(where.pid).get("NSpid", "0").split())
    inner = f", and you are {levels - 1} deep" if levels > 1 else ""
    return (
        f"a process group has a number only in its own pid namespace and those above{inner}: the kernel does not hand\n"
        "the terminal to a group that it cannot number there. A terminal of its own helps: `script -qc bash`\n"
        "(tcsetpgrp(3), pid_namespaces(7))"
    )


def _not_the_terminal(_shown: str, _where: Where) -> str:
    return (
        "this is not the controlling terminal of the session: job control wants one of its own, `setsid -c bash`\n"
        "(tcsetpgrp(3), credentials(7))"
    )


RULES: dict[tuple[str, int], Rule] = {
    ("tcsetpgrp", errno.ESRCH): _group_unknown,
    ("tcsetpgrp", errno.EPERM): _group_unknown,
    ("tcsetpgrp", errno.ENOTTY): _not_the_terminal,
}
