# SPDX-License-Identifier: MIT
"""A few commands of the usual shapes, declared as real ones are, that do nothing."""

from __future__ import annotations

from nsh.registry import Registry, command
from nsh.results import Quiet, Result
from nsh.session.session import Session

VOCABULARY = Registry()


@command(
    "new <types:types> [<name:newname>] [--map <map:map>]... [--propagation <propagation:propagation>]"
    " [--proc|--no-proc] [-q|--quiet] [-- <cmd:words>]",
    registry=VOCABULARY,
)
def new(
    session: Session,
    types: tuple[str, ...],
    name: str | None = None,
    *,
    map: tuple[object, ...] = (),
    propagation: str | None = None,
    proc: bool = False,
    no_proc: bool = False,
    quiet: bool = False,
    cmd: tuple[str, ...] = (),
) -> Result:
    """Create namespaces.

    The new mounts are private: --propagation changes that. With --quiet nothing
    is printed.

        nsh> new uts demo
    """
    return Quiet()


@command("enter [<types:types>] <ref:ref>", registry=VOCABULARY)
def enter(session: Session, ref: str, types: tuple[str, ...] = ()) -> Result:
    """Move into namespaces that exist.

    nsh> enter demo
    """
    return Quiet()


@command("on <ref:ref> <line:line>", registry=VOCABULARY, shows=False)
def on(session: Session, ref: str, line: str) -> Result:
    """Do a line there.

    nsh> on demo hostname
    """
    return Quiet()


@command("same <type:type> <a:ref> <b:ref>", registry=VOCABULARY)
def same(session: Session, type: str, a: str, b: str) -> Result:
    """Compare two namespaces.

    nsh> same uts . host
    """
    return Quiet()


@command("ls ns [-t|--type <type:type>]", registry=VOCABULARY, shares_program=True, synonyms=("list",))
def ls_ns(session: Session, type: str | None = None) -> Result:
    """List namespaces.

    nsh> ls ns
    """
    return Quiet()


@command("ls types", registry=VOCABULARY, shares_program=True, synonyms=("list",))
def ls_types(session: Session) -> Result:
    """List the types.

    nsh> ls types
    """
    return Quiet()


@command("ipc mq add [<path:path>]", registry=VOCABULARY)
def ipc_mq_add(session: Session, path: str | None = None) -> Result:
    """Make a message queue.

    nsh> ipc mq add
    """
    return Quiet()


@command("ipc mq ls", registry=VOCABULARY)
def ipc_mq_ls(session: Session) -> Result:
    """List message queues.

    nsh> ipc mq ls
    """
    return Quiet()


@command("pid ls [<ref:ref>]", registry=VOCABULARY)
def pid_ls(session: Session, ref: str = ".") -> Result:
    """List the processes there.

    nsh> pid ls
    """
    return Quiet()


@command("fg [<job:job>]", registry=VOCABULARY)
def fg(session: Session, job: str | None = None) -> Result:
    """Continue a job.

    nsh> fg
    """
    return Quiet()
