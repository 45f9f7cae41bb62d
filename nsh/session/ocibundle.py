# SPDX-License-Identifier: MIT
"""`save --oci`: a bundle of the OCI runtime specification, config.json and rootfs, in a folder at host."""

from __future__ import annotations

import errno
import json
import os

from nsh.errors import NoSuchName, NotSupported, NshError, SessionError
from nsh.handover import losses, oci, oci_rootfs
from nsh.printable import excerpt
from nsh.session import labs, ocifacts
from nsh.session.newfolder import NewFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.handover.oci import Facts, Stand
    from nsh.session.session import Session

CONFIG = "config.json"
ROOTFS = "rootfs"
ENGINE = "OCI"
_TIME = "its time namespace wants runc 1.2 or newer: runc 1.1 refuses it, crun 1.8 overlooks its offsets"


class Wish:
    """What was asked for beside the place: a root directory, the words after `--`, a terminal, nothing left out."""

    __slots__ = ("command", "rootfs", "strict", "terminal")

    def __init__(self, rootfs: str | None, command: Sequence[str], *, terminal: bool, strict: bool) -> None:
        self.rootfs = rootfs
        self.command = tuple(command) or oci.HOLDING
        self.terminal = terminal
        self.strict = strict


def save(session: Session, ref: str, path: str, wish: Wish) -> list[str]:
    """Write a bundle; what there is to say of it.

    Raises NoSuchName, UsageError, SessionError, Refused, NshError,
    HelperLost, KeyboardInterrupt; then nothing is written.
    """
    with session.interrupts:
        folder = NewFolder(session, path)
        facts, own_root = _facts_of(session, ref, path)
        notes = losses.told(facts.losses, ENGINE, strict=wish.strict)
        root = given_root(session, wish.rootfs or own_root, facts)
        keep_out(folder, root)
        program = busybox() if root is None else b""
        stand = oci.Stand(root or ROOTFS, wish.command, read_only=root is not None, terminal=wish.terminal)
        check_program(stand, is_small=root is None)
        with folder:
            if root is None:
                write_rootfs(folder, ROOTFS, program, targets(facts))
            folder.write(CONFIG, as_text(facts, stand))
    return [f"{path}: {summary(facts, stand)}", *notes, *_remarks(session, facts, stand, path)]


def _facts_of(session: Session, ref: str, path: str) -> tuple[Facts, str | None]:
    try:
        return ocifacts.of_reference(session, ref)
    except NoSuchName as error:
        if ref not in labs.of_session(session):
            raise
        raise NoSuchName(error.message, f"a lab is written by `lab save --oci {path} {ref}`") from None


def as_text(facts: Facts, stand: Stand) -> str:
    """config.json, for people as well."""
    return json.dumps(oci.config(facts, stand), indent=2, ensure_ascii=False) + "\n"


def summary(facts: Facts, stand: Stand) -> str:
    """What a container is made of."""
    new = ",".join(kind for kind, path in facts.namespaces.items() if path is None)
    joined = ",".join(f"{kind} {path}" for kind, path in facts.namespaces.items() if path is not None)
    parts = [f"namespaces {new}", f"joins {joined}" if joined else "", f"runs {' '.join(stand.args)}"]
    return "  ".join(part for part in parts if part)


def _remarks(session: Session, facts: Facts, stand: Stand, path: str) -> list[str]:
    said = []
    if stand.read_only:
        said.append(f"its root is {stand.rootfs}, read-only: that folder is not copied, and not changed")
    if "mnt" not in facts.inodes:
        said.append(f"{facts.name} sees the mounts of host: a container has a root, and so a mnt namespace, of its own")
    if "time" in facts.namespaces:
        said.append(_TIME)
    if session.in_sandbox:
        said.append(f"this folder ends with the sandbox; `cat {path}/{CONFIG}` shows it")
    return said


# The root directory.


def given_root(session: Session, path: str | None, *containers: Facts) -> str | None:
    """A root directory that is there, by its whole path. Raises SessionError where something could not be mounted.

    Runtimes make what is missing to mount on, and this folder is not ours to change.
    """
    if path is None:
        return None
    whole = os.path.realpath(os.path.join(session.host.cwd, path))
    if not os.path.isdir(whole):
        raise SessionError(f"{excerpt(path)}: no such folder", "without --rootfs a small one is made with busybox")
    missing = [point for point in _all_targets(containers) if not os.path.lexists(_below(whole, point))]
    if missing:
        made = " ".join(f"{path.rstrip('/')}{point}" for point in missing)
        raise SessionError(f"{excerpt(path)}: nothing to mount {missing[0]} on", f"mkdir -p {made}")
    return whole


def keep_out(folder: NewFolder, root: str | None) -> None:
    """Is what is written outside of the root directory, which is not to be changed? Raises SessionError."""
    parent = os.path.realpath(os.path.dirname(folder.path))
    if root not in (None, "/") and os.path.commonpath([parent, str(root)]) == root:
        raise SessionError(
            f"{excerpt(folder.name)}: is inside of its root {excerpt(str(root))}, which is not changed",
            "name a folder elsewhere",
        )


def _below(root: str, path: str) -> str:
    return os.path.join(root, path.lstrip("/"))


def _all_targets(containers: Iterable[Facts]) -> dict[str, None]:
    """What is mounted on. What is inside of /dev is made in a tmpfs."""
    own = (point for facts in containers for point, _ in targets(facts))
    return dict.fromkeys(("/proc", "/dev", "/sys", *own))


def targets(facts: Facts) -> list[tuple[str, bool]]:
    """What its own mounts are mounted on: the path, and whether that is a file."""
    mounted = [(str(one["destination"]), one) for one in facts.mounts]
    return [
        (point, one["type"] == "bind" and not os.path.isdir(str(one["source"])))
        for point, one in mounted
        if not point.startswith("/dev/")
    ]


def busybox() -> bytes:
    """The program that a small root directory is made of. Raises NotSupported naming its Debian package."""
    for folder in os.environ.get("PATH", os.defpath).split(":"):
        try:
            with open(os.path.join(folder, "busybox"), "rb") as file:
                program = file.read()
        except OSError:
            continue
        if oci_rootfs.stands_alone(program):
            return program
    hint = f"apt-get install {oci_rootfs.PACKAGE}; or --rootfs DIR for a root of yours"
    raise NotSupported('execve("busybox")', errno.ENOENT, hint, "a small root is made of one that is linked statically")


def write_rootfs(
    folder: NewFolder,
    name: str,
    program: bytes,
    targets: Iterable[tuple[str, bool]] = (),
    hosts: Iterable[tuple[str, str]] = (),
) -> None:
    """A small root directory with what is needed to mount on. Raises NshError, KeyboardInterrupt."""
    for one in oci_rootfs.FOLDERS:
        folder.folder(f"{name}/{one}", 0o1777 if one == "tmp" else 0o755)
    for link, target in oci_rootfs.LINKS.items():
        folder.link(f"{name}/{link}", target)
    folder.write(f"{name}/bin/busybox", program, 0o755)
    for applet in oci_rootfs.APPLETS:
        folder.link(f"{name}/bin/{applet}", "busybox")
    made = oci_rootfs.files(hosts)
    for file, text in made.items():
        folder.write(f"{name}/{file}", text)
    for point, is_file in targets:
        place = f"{name}/{point.lstrip('/')}"
        folder.folder(os.path.dirname(place) if is_file else place)
        if is_file and point.lstrip("/") not in made:
            folder.write(place, "")


def check_program(stand: Stand, *, is_small: bool) -> None:
    """Is the program there that is to run? Raises NshError."""
    word = stand.args[0]
    if is_small:
        is_there = word.rpartition("/")[2] in (*oci_rootfs.APPLETS, "busybox")
        hint = "its root has busybox only: --rootfs DIR for one with more"
    else:
        folders = [""] if "/" in word else oci.PATH.split(":")
        is_there = any(os.path.lexists(_below(stand.rootfs, os.path.join(one, word).lstrip("/"))) for one in folders)
        hint = "`-- CMD` says what is to run in the container"
    if not is_there:
        raise NshError(f"{excerpt(word)}: no such program in that root", hint)
