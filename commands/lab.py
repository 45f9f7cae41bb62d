# SPDX-License-Identifier: MIT
"""lab: hosts, switches and links in one go, of a shape or from a file."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.registry import command
from nsh.results import Column, Lines, Quiet, Result, Table
from nsh.words import Choice, WordType, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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

    It may also be a topology of containerlab or clabernetes, or a folder of
    Kathará, whose hosts, bridges and links nsh builds; what is none of them is
    refused. A mistake is said with its line and column, and nothing is built.

        nsh> lab load star.yaml
        nsh> lab load star.clab.yml
    """
    from nsh.session import labfiles

    plan, its_name, remarks = labfiles.load(session, file, prefix)
    return _build(session, plan, name or its_name, quiet, remarks)


@command("lab save <file:path> [<name:lab>] [--image <image:text>] [--strict]", category="network")
def lab_save(
    session: Session, file: str, name: str | None = None, *, image: str | None = None, strict: bool = False
) -> Result:
    """Write a lab to a YAML file, which `lab load` builds again; FILE.clab.yml is for containerlab.

    Hosts and switches that were removed meanwhile are left out. With several
    labs, say which.

    In FILE.clab.yml all are nodes of containerlab from --image; a switch is
    one that makes its bridge inside. Delay, loss and rate (`netem`) go to a
    script beside it. What is not carried is said; --strict makes it an error.
    `lab load` reads this file too.

        nsh> lab save star.yaml
        nsh> lab save star.clab.yml
    """
    from nsh.session import labfiles, labhandover, labs

    if file.endswith(labhandover.SUFFIXES):
        return _handed_over(session, file, name, "containerlab", image, strict)
    if image is not None or strict:
        raise UsageError("--image and --strict are about files of other engines", "lab save FILE.clab.yml")
    saved = labs.find(session, name)
    labfiles.save(session, saved, file)
    return Lines([f"{saved.name}: written to {file}"], {"name": saved.name, "path": file})


@command("lab save --k8s <file:path> [<name:lab>] [--image <image:text>] [--strict]", category="network")
def lab_save_k8s(
    session: Session, file: str, name: str | None = None, *, image: str | None = None, strict: bool = False
) -> Result:
    """Write a lab as a resource for clabernetes, which runs containerlab on Kubernetes.

    `kubectl apply -f FILE` builds it there, across as many machines as the
    cluster has. Names become DNS labels. What is not carried is said; --strict
    makes it an error. `lab load` reads this file too.

        nsh> lab save --k8s star.yaml
    """
    return _handed_over(session, file, name, "clabernetes", image, strict)


@command("lab save --kathara <folder:path> [<name:lab>] [--image <image:text>] [--strict]", category="network")
def lab_save_kathara(
    session: Session, folder: str, name: str | None = None, *, image: str | None = None, strict: bool = False
) -> Result:
    """Write a lab as a new folder for Kathará: lab.conf, and a .startup for each host and switch.

    Each link is a collision domain. Megalos runs the same folder on
    Kubernetes. What is not carried is said; --strict makes it an error. `lab
    load` reads this folder too.

        nsh> lab save --kathara star
    """
    return _handed_over(session, folder, name, "Kathará", image, strict)


def _handed_over(session: Session, path: str, name: str | None, engine: str, image: str | None, strict: bool) -> Result:
    from nsh.session import labhandover, labs

    lab = labs.find(session, name)
    saved = labhandover.save(session, lab, path, engine, image=image, strict=strict)
    lines = [f"{lab.name}: written to {path}, for {engine}"]
    if saved.script is not None:
        lines.append(f"{saved.script}: its delay, loss and rate")
    shown = {"name": lab.name, "path": path, "script": saved.script, "not_carried": saved.not_carried}
    return Lines(lines, shown, saved.notes)


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


def _build(session: Session, plan: LabPlan, name: str | None, quiet: bool, remarks: Sequence[str] = ()) -> Result:
    from nsh.session import labs

    made = labs.build(session, plan, name)
    return Quiet() if quiet else Lines([_line(made)], made.as_json(session), [*remarks, *labs.notes(made)])


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
