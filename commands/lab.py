# SPDX-License-Identifier: MIT
"""lab: hosts, switches and links in one go, of a shape or from a file."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Lines, Quiet, Result, Table
from nsh.words import Choice, WordType, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.labplan import LabPlan
    from nsh.session.labs import Lab
    from nsh.session.session import Session

_FEW = 3
_MAN = ("network_namespaces(7)", "veth(4)", "rtnetlink(7)")
_SHAPES = {
    "star": "HOSTS at one switch",
    "linear": "SWITCHES in a row, a host at each",
    "ring": "SWITCHES in a ring, a host at each",
    "tree": "DEPTH FANOUT: levels of switches, hosts below",
    "mesh": "SWITCHES, each linked with every other, a host at each",
    "grid": "ROWS COLUMNS of switches, hosts around",
    "fattree": "PORTS of each switch: core, pods, hosts",
    "dumbbell": "HOSTS at each of two switches",
}


class _LabName(WordType):
    """A lab of this session."""

    __slots__ = ()

    def complete(self, session: Session, prefix: str) -> list[tuple[str, str]]:
        """The labs, each with its shape."""
        from nsh.session import labs

        found = labs.of_session(session).values()
        return [(one.name, one.plan.shape) for one in found if one.name.startswith(prefix)]


define(_LabName("lab", "name"))
define(Choice("shape", _SHAPES, "no such shape of a lab, and no word of lab"))


@command(
    "lab <shape:shape> <size:int> [<second:int>] [--name <name:text>] [--prefix <prefix:text>] [--with <also:types>]"
    " [--stp] [-q|--quiet]",
    man=_MAN,
    category="network",
)
def lab(
    session: Session,
    shape: str,
    size: int,
    second: int | None = None,
    *,
    name: str | None = None,
    prefix: str = "",
    also: tuple[str, ...] = (),
    stp: bool = False,
    quiet: bool = False,
) -> Result:
    """Build a lab: hosts, switches and links, with addresses and names, all of it or nothing.

    star HOSTS, linear SWITCHES, ring SWITCHES, tree DEPTH FANOUT, mesh
    SWITCHES, grid ROWS COLUMNS, fattree PORTS, dumbbell HOSTS. A host is a
    network namespace, h1 and on; --with uts,pid,mnt gives it those too, and a
    process that keeps them. A switch is a bridge in a namespace of its own:
    nothing of a lab is in host, and nothing of it can clash with the machine.
    Hosts go by their names (`h1 ping h2`); up to 128 of them know each other
    by permanent neighbours. A link that would close a loop of switches is left
    down; with --stp the switches find that out by themselves, which takes them
    some seconds. --prefix goes before all names, for a second lab. Without
    root a new user namespace owns all of it.

        nsh> lab star 3
        star1  3 hosts h1,h2,h3  1 switch s1  3 links  10.0.0.0/16
        nsh> h1 ping -c 1 h2
        nsh> pingall
        nsh> lab tree 2 4 --prefix t- --with uts,pid,mnt
    """
    from nsh.net import labshapes  # with the first lab, not with every start

    sizes = labshapes.sizes(shape, size, second)
    return _build(session, labshapes.draw(shape, *sizes, also=also, prefix=prefix, stp=stp), name, quiet)


@command(
    "lab load <file:path> [--name <name:text>] [--prefix <prefix:text>] [-q|--quiet]", man=_MAN, category="network"
)
def lab_load(session: Session, file: str, *, name: str | None = None, prefix: str = "", quiet: bool = False) -> Result:
    """Build a lab as a YAML file describes it; docs/labs.md has what may be in one.

    A mistake in it is said with its line and column, and nothing is built.

        nsh> lab load star.yaml
    """
    from nsh.session import labfiles

    plan, its_name = labfiles.load(file, prefix)
    return _build(session, plan, name or its_name, quiet)


@command("lab save <file:path> [<name:lab>]", category="network")
def lab_save(session: Session, file: str, name: str | None = None) -> Result:
    """Write a lab to a YAML file, which `lab load` builds again.

    Hosts and switches that were removed meanwhile are left out. With several
    labs, say which.

        nsh> lab save star.yaml
    """
    from nsh.session import labfiles, labs

    saved = labs.find(session, name)
    labfiles.save(session, saved, file)
    return Lines([f"{saved.name}: written to {file}"], {"name": saved.name, "path": file})


@command(
    "lab save --oci <folder:path> [<name:lab>] [--rootfs <rootfs:path>] [--strict] [-- <cmd:words>]",
    man=("ip(8)",),
    category="network",
)
def lab_save_oci(
    session: Session,
    folder: str,
    name: str | None = None,
    *,
    rootfs: str | None = None,
    strict: bool = False,
    cmd: list[str] | None = None,
) -> Result:
    """Write a lab as containers into a new folder: an OCI bundle for each host and switch, up.sh and down.sh.

    up.sh makes the network as it is now by ip(8), and starts the containers
    by runc, or by what RUNTIME says; down.sh takes all of it away. The root
    of all is --rootfs DIR, which stays as it is, or a small one around busybox
    (Debian's busybox-static). CMD runs in each, or `sleep infinity`.

    What cannot be carried is said; --strict makes it an error.

        nsh> lab star 3
        nsh> lab save --oci star.oci
    """
    from nsh.session import labs, ocibundle, ocilabs

    saved = labs.find(session, name)
    wish = ocibundle.Wish(rootfs, cmd or (), terminal=False, strict=strict)
    notes = ocilabs.save(session, saved, folder, wish)
    return Lines([f"{saved.name}: written to {folder}"], {"name": saved.name, "path": folder}, notes)


@command("lab ls", category="network")
def lab_ls(session: Session) -> Result:
    """List the labs of this session.

    nsh> lab ls
    """
    from nsh.session import labs

    rows = [one.as_json(session) for one in labs.of_session(session).values()]
    columns = (
        Column("name", "name", style="name"),
        Column("shape", "shape"),
        Column("hosts", "hosts", align="right", show=_count),
        Column("switches", "switches", align="right", show=_count),
        Column("links", "links", align="right"),
        Column("network", "network"),
    )
    return Table(columns, rows)


@command("lab rm [--kill] [<name:lab>]", category="network", shows=False)
def lab_rm(session: Session, name: str | None = None, *, kill: bool = False) -> Result:
    """Remove a lab: its namespaces, and with them all devices and links.

    With several labs, say which. Programs that you left running in it are
    named, and --kill ends them too.

        nsh> lab rm
        nsh> lab rm star1
    """
    from nsh.session import labs

    labs.rm(session, labs.find(session, name), kill_members=kill)
    return Quiet()


def _build(session: Session, plan: LabPlan, name: str | None, quiet: bool) -> Result:
    from nsh.session import labs

    made = labs.build(session, plan, name)
    return Quiet() if quiet else Lines([_line(made)], made.as_json(session), labs.notes(made))


def _line(made: Lab) -> str:
    plan = made.plan
    base, prefix = plan.network
    parts = [
        made.name,
        _named(list(plan.hosts), "host", "hosts"),
        _named(list(plan.switches), "switch", "switches"),
        f"{len(plan.links)} link{'' if len(plan.links) == 1 else 's'}",
        f"{base}/{prefix}",
    ]
    return "  ".join(part for part in parts if part)


def _named(names: list[str], one: str, many: str) -> str:
    if not names:
        return ""
    listed = ",".join(names) if len(names) <= _FEW else f"{names[0]}…{names[-1]}"
    return f"{len(names)} {one if len(names) == 1 else many} {listed}"


def _count(names: object) -> str:
    return str(len(names)) if isinstance(names, list) else "-"
