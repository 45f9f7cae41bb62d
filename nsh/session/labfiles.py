# SPDX-License-Identifier: MIT
"""Labs from files and to files, at host: our own, and those of other engines, told apart by what is in them."""

from __future__ import annotations

import errno
import os
import stat

from nsh.errors import Refused, UsageError
from nsh.handover import clabernetes, containerlab, drawing, kathara
from nsh.handover.lablosses import few
from nsh.net import labyaml
from nsh.net.labnodes import Nodes
from nsh.printable import excerpt
from nsh.session import newfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.labnodes import Node
    from nsh.net.labplan import LabPlan
    from nsh.session.labs import Lab
    from nsh.session.session import Session

    Loaded = tuple[LabPlan, str | None, list[str]]

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def load(session: Session, path: str, prefix: str) -> Loaded:
    """The plan in a file or folder, the name it gives the lab, and what of it means nothing here.

    Raises Refused, UsageError with FILE:LINE.
    """
    whole = os.path.join(session.host.cwd, path)
    if os.path.isdir(whole):
        return _foreign(_scenario(whole, path, prefix))
    text = _text_of(whole, path)
    nodes = Nodes(path)
    root = nodes.compose(text)
    keys = _keys(root)
    if "apiVersion" in keys:
        return _foreign(clabernetes.read(nodes, root, text, prefix))
    if "topology" in keys:
        reader = containerlab.Reader(path, prefix)
        return _foreign((*reader.plan(root), reader.remarks))
    return *labyaml.read_node(root, path, prefix), []


def _foreign(found: Loaded) -> Loaded:
    """With what is otherwise there, though no line says it."""
    plan, name, remarks = found
    return plan, name, [*remarks, *drawing.unrouted(plan)]


def _keys(root: Node) -> list[str]:
    """The keys of what is a mapping."""
    return [] if root is None or root.id != "mapping" else [str(key.value) for key, _ in root.value]


def _text_of(whole: str, shown: str, *, folder: int | None = None) -> str:
    """What is in a file; one of a folder must not be a link that leads elsewhere."""
    try:
        fd = os.open(whole, _FLAGS | (0 if folder is None else os.O_NOFOLLOW), dir_fd=folder)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise UsageError(f"{excerpt(shown)}: not a regular file")
            raw = file.read(labyaml.LARGEST + 1)
    except OSError as error:
        if error.errno == errno.ELOOP and folder is not None:
            raise UsageError(f"{excerpt(shown)}: a symbolic link: what is in a folder of a lab is a file") from None
        raise Refused(f'open("{excerpt(shown)}")', error.errno or 0) from error
    except ValueError as error:
        raise UsageError(f"{shown!r}: {error}") from error
    if len(raw) > labyaml.LARGEST:
        raise UsageError(
            f"{excerpt(shown)}: larger than {labyaml.LARGEST >> 20} MiB: no lab is described at such length"
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise UsageError(f"{excerpt(shown)}:{line}:{column}: not UTF-8") from error


def _scenario(whole: str, shown: str, prefix: str) -> Loaded:
    """A folder of Kathará."""
    reader = kathara.Reader(shown, prefix)
    try:
        folder = os.open(whole, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f'open("{excerpt(shown)}")', error.errno or 0) from error
    try:
        inside = set(os.listdir(folder))
        if kathara.CONF not in inside:
            raise UsageError(f"{excerpt(shown)}: a folder without {kathara.CONF}", "Kathará keeps a lab in a folder")
        reader.take_conf(_text_of(kathara.CONF, f"{shown}/{kathara.CONF}", folder=folder))
        for name in sorted(inside.intersection((*kathara.NOT_CARRIED, *reader.labels))):
            raise UsageError(f"{shown}/{name}: no host of nsh has such files of its own")
        known = {f"{label}{kathara.STARTUP}" for label in reader.labels}
        unread = sorted(name for name in inside - known if name.endswith((kathara.STARTUP, kathara.SHUTDOWN)))
        if unread:
            reader.remarks.append(f"not read: {few(map(excerpt, unread))}")
        left = labyaml.LARGEST
        for label in reader.labels:
            name = f"{label}{kathara.STARTUP}"
            if name in inside:
                text = _text_of(name, f"{shown}/{name}", folder=folder)
                left -= len(text)
                if left < 0:
                    raise UsageError(f"{shown}: larger than {labyaml.LARGEST >> 20} MiB in all")
                reader.take_startup(label, text)
    finally:
        os.close(folder)
    return *reader.plan(), reader.remarks


def save(session: Session, lab: Lab, path: str) -> None:
    """Write what is left of a lab; a file that was there is replaced when all is written.

    Raises NshError, SessionError, UsageError.
    """
    alive = {place.name for place in lab.alive(session)}
    text = labyaml.write(lab.plan.without([name for name in lab.plan.names if name not in alive]), lab.name)
    newfile.replace(session, {path: (text, 0o666)})
