# SPDX-License-Identifier: MIT
"""The guard: outside a sandbox nsh's own commands leave alone what nsh did not make. `nsh --host` lifts it."""

from __future__ import annotations

from nsh.errors import SessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.added import Added
    from nsh.session.session import Session


class Guard:
    """What one session may change. Programs are the user's own business."""

    __slots__ = ("_added", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._added: Added | None = None

    @property
    def added(self) -> Added:
        """What nsh has added to the machine's network, which it may change, and takes away at exit."""
        if self._added is None:
            from nsh.session.added import Added  # with the first change of a network, not with every start

            self._added = Added(self._session)
        return self._added

    def take_back(self) -> bool:
        """Take away what was added; False when something stays, which the ledger then names."""
        return self._added is None or self._added.take_back()

    @property
    def is_lifted(self) -> bool:
        """May what nsh did not make be changed too? In a sandbox, or with --host."""
        return self._session.in_sandbox or self._session.settings.get("guard") == "off"

    def __call__(self, kind: str, what: str) -> None:
        """Refuse to change `what`, in a namespace that nsh was started in. Raises SessionError."""
        session = self._session
        if self.is_lifted or session.seat.ns.get(kind) != session.host.ns.get(kind):
            return
        raise SessionError(
            f"{what} is the machine's own: nsh did not make this {kind} namespace",
            f"`new {kind} demo` and `enter demo` first; or `nsh --sandbox`; or, to change the machine, `nsh --host`",
        )

    def namespace(self, kind: str, inode: int, what: str) -> None:
        """The same for a namespace that may not be where you sit. Raises SessionError."""
        if not self.is_lifted and inode == self._session.host.ns.get(kind):
            raise SessionError(
                f"{what} is the machine's own: nsh did not make this {kind} namespace",
                f"name a place of your own (`new {kind} demo`); or `nsh --sandbox`; or, to change the machine, "
                "`nsh --host`",
            )

    def process(self, what: str) -> None:
        """Refuse to touch a process of the machine. Raises SessionError."""
        if not self.is_lifted:
            hint = "`nsh --host` may, and so may `!kill`"
            raise SessionError(f"{what} is the machine's own: nsh did not start it", hint)
