# SPDX-License-Identifier: MIT
"""A few commands, one for each thing that the engine can meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nsh.errors import NoSuchName, Refused
from nsh.outlets import OutputLost
from nsh.registry import Registry, command
from nsh.results import Answer, Column, Finished, Growing, Leave, Quiet, Result, Script, Table
from nsh.session.session import Session
from tests.fake_session import FakePlace, Lines

COMMANDS = Registry()


@command("list-things", registry=COMMANDS)
def list_things(session: Session) -> Result:
    """List two things.

    nsh> list-things
    """
    return Table([Column("a", "a")], [{"a": 1, "b": None}, {"a": 2, "b": "\x7f"}], notes=("a note",))


class _Counting(Growing):
    """One, two, with what to say when it is over."""

    def json(self) -> object:
        """How many they were."""
        return {"counted": len(list(self.lines()))}


@command("count", registry=COMMANDS)
def count(session: Session) -> Result:
    """Count to two.

    nsh> count
    """

    def pieces() -> Iterator[str]:
        yield "1"
        yield "2"
        result.status, result.notes = 4, ("counted",)

    result = _Counting(pieces())
    return result


@command("compare <a:text> <b:text>", registry=COMMANDS)
def compare(session: Session, a: str, b: str) -> Result:
    """Answer yes or no.

    nsh> compare a b
    """
    return Answer(a == b, "same" if a == b else "different", {"same": a == b})


@command("make <types:types> [-- <cmd:words>]", registry=COMMANDS)
def make(session: Session, types: tuple[str, ...], cmd: tuple[str, ...] = ()) -> Result:
    """Make something.

    nsh> make uts
    """
    return Finished(3) if cmd else Quiet()


@command("at <ref:ref> <line:line>", registry=COMMANDS, shows=False)
def at(session: Session, ref: str, line: str) -> Result:
    """Do a line there.

    nsh> at web ls
    """
    with session.on(ref):
        return Finished(session.interpret(line))


@command("rm <name:text>", registry=COMMANDS)
def rm(session: Session, name: str) -> Result:
    """Remove something that is not there.

    nsh> rm web
    """
    raise NoSuchName(f"{name}: no such place")


@command("break <how:choice(bug,refusal,interrupt,pipe,ended,gone,unset)>", registry=COMMANDS)
def break_(session: Session, how: str) -> Result:
    """Fail in one of the ways there are.

    nsh> break bug
    """
    if how == "refusal":
        raise Refused("unshare(CLONE_NEWUSER)", 28, "not the disk\nlook here")
    if how in ("ended", "gone"):
        raise ProcessLookupError(3, "No such process") if how == "ended" else FileNotFoundError(2, "No", "/proc/1/stat")
    if how == "unset":
        raise FileNotFoundError(2, "No", "/proc/sys/kernel/nothing")
    if how == "interrupt":
        raise KeyboardInterrupt
    raise OutputLost(32) if how == "pipe" else ZeroDivisionError("oops")


@command("link up <name:text>", registry=COMMANDS, shares_program=True)
def link_up(session: Session, name: str) -> Result:
    """Share a word with a program.

    nsh> link up veth0
    """
    return Quiet(("up",))


@command("noun verb", registry=COMMANDS)
def noun_verb(session: Session) -> Result:
    """Need two words.

    nsh> noun verb
    """
    return Quiet()


@command("read <file:path> [<words:text>...]", registry=COMMANDS, shows=False)
def read(session: Session, file: str, words: tuple[str, ...] = ()) -> Result:
    """Read a script.

    nsh> read x.nsh
    """
    return Script(Path(file).read_text(), file, words)


@command("bye [<status:int>]", registry=COMMANDS)
def bye(session: Session, status: int = 0) -> Result:
    """End.

    nsh> bye
    """
    return Leave(status, ("gone",))


def sample_lines(folder: Path, *, interactive: bool = False, json: bool = False) -> Lines:
    """An engine with the commands above and a place called web; the terminal has 80 columns."""
    lines = Lines(folder, COMMANDS, width=80, interactive=interactive, json=json)
    lines.session.places["web"] = FakePlace("web")
    return lines
