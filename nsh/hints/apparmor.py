# SPDX-License-Identifier: MIT
"""AppArmor's restriction of user namespaces, as Ubuntu has it since 23.10 (apparmor(7)).

There the namespace is made, and then everything in it is refused: its creator
gets a label that has no capabilities.
"""

from __future__ import annotations

from nsh.hints import probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.errors import Where

SYSCTL = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
LABEL = "unprivileged_userns"
PROFILE = "/etc/apparmor.d/nsh"


def restriction(where: Where) -> str | None:
    """What to say when the restriction is on and holds for that process, None when it does not.

    It holds for who had no CAP_SYS_ADMIN when the user namespace was made.
    """
    if probes.number_seen_by(where, SYSCTL) != 1:
        return None
    label = label_of(where.pid)
    is_new = "user" in where.types and not probes.has_capability(where.pid, probes.CAP_SYS_ADMIN)
    if LABEL not in label and not (is_new and label in ("", "unconfined")):
        return None
    return (
        f"AppArmor takes all capabilities in user namespaces of ordinary users: {SYSCTL} is 1,\n"
        f"and the label there becomes {LABEL}. {fix(probes.program_of(where.pid))}"
    )


def label_of(pid: int) -> str:
    """The AppArmor label of a process, without its mode; '' where there is none."""
    for name in ("attr/apparmor/current", "attr/current"):
        found = probes.text_of(f"{probes.PROC}/{pid}/{name}").strip("\0\n ")
        if found:
            return found.partition(" (")[0]
    return ""


def fix(program: str) -> str:
    """What root types to allow one program, and only after that what allows everybody."""
    profile = f"abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile nsh {program} flags=(unconfined) {{ userns, }}\\n"
    return (
        "Root allows this program:\n"
        f"`printf '{profile}' > {PROFILE} && apparmor_parser -r {PROFILE}`\n"
        "or, for all programs, `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` (apparmor(7))"
    )
