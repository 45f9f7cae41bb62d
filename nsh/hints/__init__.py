# SPDX-License-Identifier: MIT
"""Why the kernel said no: the cause as it is probed here and now, and what to type instead.

Each rule looks at this machine before it speaks; what it cannot see it does
not guess. `docs/failures.md` lists them all, and is held against them by a test.
Nothing of this is imported before the first refusal.
"""

from __future__ import annotations

from nsh.errors import NshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsh.errors import Where

    Rule = Callable[[str, Where], str | None]

_WIDTH = 110
_SAME = {"give": "unshare", "setgroups": "setresgid"}  # ops of ours, and the calls that their rules are about


def explain(op: str, shown: str, number: int, where: Where) -> str | None:
    """The hint for a refused op, or None when nothing is known for sure.

    `shown` is the call as strace prints it, `number` its errno. What is to be
    typed stands between backquotes, on one line.
    """
    rules = all_rules()
    rule = rules.get((_SAME.get(op, op), number)) or rules.get(("*", number))
    try:
        found = rule(shown, where) if rule is not None else None
    except NshError:
        return None  # the process that could have told is gone
    return None if found is None else wrapped(found)


def wrapped(text: str) -> str:
    """The text in lines of about that width, never broken inside backquotes: what stands there can be pasted."""
    lines = [""]
    for at, part in enumerate(text.replace("\n", " ").split("`")):
        words = [f"`{part}`"] if at % 2 else part.split(" ")
        for number, word in enumerate(words):
            glue = " " if number else ""
            can_break = glue or lines[-1].endswith(" ")
            if can_break and len(lines[-1]) + len(word) >= _WIDTH:
                lines.append(word)
            else:
                lines[-1] += glue + word
    return "\n".join(line.rstrip() for line in lines)


def all_rules() -> dict[tuple[str, int], Rule]:
    """Every rule by call and errno; `*` is any call."""
    from nsh.hints import clocks, creating, entering, files, identities, mounts, names, networks, terminals

    modules = (creating, identities, entering, mounts, clocks, names, networks, terminals, files)
    return {key: rule for module in modules for key, rule in module.RULES.items()}
