# SPDX-License-Identifier: MIT
"""save: the session as a page that is a test, or as a script; a place as a container for others to run."""

from __future__ import annotations

from nsh.errors import SessionError, UsageError
from nsh.registry import command
from nsh.results import Quiet, Result
from nsh.session import recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.session import Session


PROGRAMS = (".sh", ".py", ".c", ".go")


@command("save [-f|--force] <file:path> [<last:text>] [<count:int>]", category="session", shows=False)
def save(
    session: Session, file: str, last: str | None = None, count: int | None = None, *, force: bool = False
) -> Result:
    """Write the lines typed so far, or some, to a file: transcript (.md), script (.nsh) or program.

    `last COUNT` are the last of them, `from NUMBER` those from that one on, as
    `history` numbers them.

    A transcript is a page for readers and a test: `nsh test FILE.md` types the
    lines again and compares. In a sandbox (`nsh --sandbox`) save itself plays
    them once more, in a fresh one, and says where that went another way; what
    cannot be played stands in the page and is not run. On the real host
    nothing is done twice: `...` stands for what programs wrote, unless
    `set record on` was said before, and `nsh test` wants --host for the page.

    In a script a line that failed may fail again (`- LINE`).

    A program (.sh, .py, .c, .go) does what was done again, without nsh: it says
    each step, and cleans up after itself. What only nsh can do is left out, and
    named.

    Lines that are only a comment become the text of the page; those that begin
    with a blank are left out. The file is at host, and not overwritten without
    --force.

        nsh> new uts demo
        nsh> on demo hostname web1
        nsh> save demo.md
        nsh> save demo.nsh last 2
        nsh> save demo.sh from 1
    """
    if (count is None) != (last is None) or last not in (None, "last", "from") or count == 0:
        is_close = last in ("last", "from")
        hint = f"save {file} {last} 5" if is_close else "save FILE last 5; a name with a blank in it wants quotes"
        raise UsageError("what follows the file is `last COUNT` or `from NUMBER`", hint)
    if last == "from" and count is not None:
        count = _since(session, count, every_line=file.endswith(PROGRAMS))
    if file.endswith(PROGRAMS):
        return _program(session, file, count, force=force)
    if not file.endswith((".md", ".nsh")):
        hint = f"a page ends in .md, a script in .nsh, a program in {', '.join(PROGRAMS)}"
        raise UsageError(f"{file}: is it a page or a script?", hint)
    from nsh.session.newfile import NewFile

    lines = _lines(session).worth_saving(count)
    with NewFile(file, session.host.cwd, force=force) as target:
        text, notes = _text(session, file, lines)
        target.write(text)
    amount = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
    return Quiet([f"{file}: {amount}", *notes, *_missing(session, file)])


@command(
    "save --oci <place:ref> <folder:path> [--rootfs <rootfs:path>] [--terminal] [--strict] [-- <cmd:words>]",
    man=("namespaces(7)",),
    category="session",
    shows=False,
)
def save_oci(
    session: Session,
    place: str,
    folder: str,
    *,
    rootfs: str | None = None,
    terminal: bool = False,
    strict: bool = False,
    cmd: list[str] | None = None,
) -> Result:
    """Write a place as a container into a new folder: an OCI bundle, which runc and crun run.

    Its config.json has the namespaces (those that are pinned are joined), ID
    maps, names, mounts, clock offsets, capabilities and kernel settings as
    they are in the place. Its root is --rootfs DIR, which stays as it is, or
    the place's own, or a small one around busybox (Debian's busybox-static).
    CMD runs in it, with --terminal on one; without, `sleep infinity` holds it.

    What OCI cannot carry is said, and noted in the file; --strict makes it an
    error. A lab is written by `lab save --oci`.

        nsh> new user,pid,mnt,net,uts,ipc box
        nsh> save --oci box box.oci
        nsh> save --oci box shell.oci --terminal -- sh
    """
    from nsh.session import ocibundle

    wish = ocibundle.Wish(rootfs, cmd or (), terminal=terminal, strict=strict)
    return Quiet(ocibundle.save(session, place, folder, wish))


def _since(session: Session, number: int, *, every_line: bool) -> int:
    """How many lines there are from that number of `history` to the one before this. Raises UsageError.

    `every_line` counts those that saved as well, which are in no page.
    """
    lines = session.history[number - 1 : -1] if number > 0 else []  # this line is the last of them
    if not lines:
        raise UsageError(f"from {number}: there is no such line before this one", "`history` numbers them")
    return sum(every_line or line.split(maxsplit=1)[0] != "save" for line in lines)


def _program(session: Session, file: str, count: int | None, *, force: bool) -> Result:
    """What was done as a program in the tongue of the file's suffix."""
    from nsh.session import retelling
    from nsh.session.newfile import NewFile

    retold = retelling.Retelling(session.story, count)
    if not retold.acts:
        raise SessionError("nothing was done yet that another tongue could say")
    with NewFile(file, session.host.cwd, force=force) as target:
        target.write(retold.program(file.rpartition(".")[2]))
    steps = "1 step" if len(retold.acts) == 1 else f"{len(retold.acts)} steps"
    return Quiet([f"{file}: {steps}", *(f"left out: {line}" for line in retold.unsaid)])


def _text(session: Session, file: str, lines: list[recorded.Typed]) -> tuple[str, list[str]]:
    """What the file is to hold, and what there is to say of it."""
    if file.endswith(".nsh"):
        return recorded.script_of(lines), []
    return recorded.page_of(session, lines)


def _lines(session: Session) -> recorded.Recorded:
    if session.recorded is None:
        raise SessionError("only a prompt keeps its lines", "`nsh`, or `nsh -i` off a terminal")
    return session.recorded


def _missing(session: Session, file: str) -> list[str]:
    kept = _lines(session)
    said = []
    if kept.hidden:
        said.append(f"left out, as they begin with a blank: {kept.hidden}")
    if kept.too_old:
        said.append(f"forgotten, as {recorded.LINES_KEPT} lines are kept: {kept.too_old}")
    if session.in_sandbox:
        said.append(f"this file ends with the sandbox; `cat {file}` shows it")
    return said
