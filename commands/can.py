# SPDX-License-Identifier: MIT
"""can: may this be done there, and why (not)?"""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Answer, Result
from nsh.session import describe, permissions
from nsh.words import Choice, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.questions import Question, Verdict
    from nsh.session.session import Session

_REMARKS = {name: remark for name, (_rule, remark) in permissions.ACTIONS.items()}
_GUARDED = ("mnt", "uts", "net")
_BARE = ("sethostname", "raw", "chroot", "mknod", "settime")

define(Choice("action", _REMARKS, "no such action", style="number"))


@command(
    "can <ref:ref> <action:action> [<words:text>]...",
    man=("user_namespaces(7)", "capabilities(7)"),
    category="look",
)
def can(session: Session, ref: str, action: str, words: tuple[str, ...] = ()) -> Result:
    """Tell whether something may be done in a place, and why. Status 0 or 1.

    You are then who `on PLACE` makes of you. The answer names the user namespace
    that owns what is to be changed, and what capabilities you have there; a
    capability counts in one's own user namespace and in those below it.
    Nothing is changed by asking.

        nsh> new user u
        nsh> can u sethostname
        no: user:[4026531837] (host) owns uts:[4026531838], and you are in user:[4026532386] (u), which is not above it…
        nsh> can u chroot
        nsh> can host mount proc
        nsh> can host kill 1
        nsh> can host enter u
        nsh> can u unshare net
        nsh> can u bind 80
        nsh> can u map 0:100000:65536
    """
    if action == "link":
        words = words[1:] if words[:1] == ("add",) else words
    elif action in _BARE and words:
        raise UsageError(f"{action} is asked for without more words", f"can {ref} {action}")
    verdict, question = permissions.ask(session, ref, action, tuple(words))
    data = {"place": ref, "action": action, "words": list(words), **_as_json(session, verdict, question)}
    lines = [f"{'yes' if verdict.can else 'no'}: {verdict.why}", *_further(session, verdict, question)]
    return Answer(verdict.can, "\n".join(lines), data)


def _as_json(session: Session, verdict: Verdict, question: Question | None) -> dict[str, object]:
    kind, levels = verdict.kind, verdict.levels
    owner = describe.namespace_object(session, "user", levels[0].inode) if levels else None
    here = describe.namespace_object(session, "user", question.doer.user) if question is not None else None
    return {
        "can": verdict.can,
        "why": verdict.why,
        "hint": verdict.hint,
        "capability": verdict.capability,
        "type": kind,
        "owner": owner,
        "user": here,
    }


def _further(session: Session, verdict: Verdict, question: Question | None) -> list[str]:
    found = [f"hint: {line}" for line in (verdict.hint or "").split("\n") if line]
    if question is not None and verdict.can and verdict.capability and question.inner_id("uid"):
        found.append("a program there may not: execve(2) takes capabilities from all but uid 0 (capabilities(7))")
    is_guarded = question is not None and verdict.kind in _GUARDED and question.is_of_host.get(verdict.kind)
    if verdict.can and is_guarded and not session.guard.is_lifted:
        found.append(
            f"but it is the machine's own {verdict.kind} namespace: nsh's own commands want `nsh --host` for it"
        )
    return found
