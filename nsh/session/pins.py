# SPDX-License-Identifier: MIT
"""Pins: bind mounts of namespace files under /run/nsh/TYPE and /run/netns, which outlive nsh (namespaces(7))."""

from __future__ import annotations

import errno
import fcntl
import os

from nsh import nstypes
from nsh.errors import HelperLost, NameTaken, NotSent, NshError, Refused, SessionError, Where
from nsh.kernel import nsfs
from nsh.kernel.mountflags import MNT_DETACH, MS_BIND, MS_PRIVATE, MS_REC, MS_SHARED
from nsh.ops import Mount, Op
from nsh.printable import excerpt
from nsh.session import records
from nsh.session.ledger import PIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.refs import Target
    from nsh.session.session import Session

OWN = "/run/nsh"
NETNS = "/run/netns"
_NO_INIT = (
    "a pinned pid namespace cannot be entered any more once its init has ended, and the init ends with nsh;\n"
    "pin its other types, or keep its init running; `--force` pins it all the same"
)


class Pin:
    """One file under /run: a pinned namespace, or (`inode` None) a stale placeholder that pins nothing."""

    __slots__ = ("inode", "kind", "name", "path")

    def __init__(self, kind: str, name: str, path: str, inode: int | None) -> None:
        self.kind = kind
        self.name = name
        self.path = path
        self.inode = inode


class Lock:
    """One nsh at a time binds, unbinds and tidies under /run/nsh (flock(2) on the directory). Raises Refused."""

    def __enter__(self) -> None:
        try:
            os.makedirs(OWN, mode=0o755, exist_ok=True)
            self._fd = os.open(OWN, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise Refused(f'mkdir("{OWN}")', error.errno or 0, _rights()) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except OSError as error:
            os.close(self._fd)
            raise Refused(f'flock("{OWN}", LOCK_EX)', error.errno or 0, "the kernel has no room for a lock") from error

    def __exit__(self, *_error: object) -> None:
        os.close(self._fd)


def path_of(kind: str, name: str) -> str:
    """Where a namespace of that type and name is pinned."""
    return f"{NETNS}/{name}" if kind == "net" else f"{OWN}/{kind}/{name}"


def all_pins() -> list[Pin]:
    """Every pin that can be seen, and stale placeholders among them."""
    found = []
    for kind in nstypes.NAMES:
        directory = os.path.dirname(path_of(kind, "x"))
        try:
            names = sorted(os.listdir(directory))
        except OSError:
            continue
        found += [Pin(kind, name, f"{directory}/{name}", inode_at(f"{directory}/{name}", kind)) for name in names]
    return found


def named(name: str) -> dict[str, Pin]:
    """{type: pin} of everything pinned under a name."""
    found = {}
    for kind in nstypes.NAMES:
        path = path_of(kind, name)
        inode = inode_at(path, kind)
        if inode is not None:
            found[kind] = Pin(kind, name, path, inode)
    return found


def placeholders(name: str) -> list[str]:
    """Files of that name which pin nothing."""
    paths = [path_of(kind, name) for kind in nstypes.NAMES]
    return [path for path in paths if os.path.lexists(path) and path not in {p.path for p in named(name).values()}]


def inode_at(path: str, kind: str) -> int | None:
    """The inode of the namespace of that type bound at a path, None where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return os.fstat(fd).st_ino if nsfs.nstype(fd) == nstypes.BY_NAME[kind].flag else None
    except OSError:
        return None  # ENOTTY: a plain file, the placeholder of a pin that is gone or was made elsewhere
    finally:
        os.close(fd)


def pin(session: Session, target: Target, kinds: tuple[str, ...], name: str, *, force: bool = False) -> list[Pin]:
    """Bind the namespaces of a reference under a name. Raises NameTaken, SessionError, Refused.

    When one cannot be pinned, none is.
    """
    check([name], tuple(kind for kind in kinds if not (kind == "pid" and force)))
    with Lock():
        return _pin_all(session, target, kinds, name)


def _pin_all(session: Session, target: Target, kinds: tuple[str, ...], name: str) -> list[Pin]:
    made: list[Pin] = []
    try:
        for kind in kinds:
            made.append(_bind(session, target, kind, name))
        for one in made:
            session.ledger.done(PIN, one.path)
    except HelperLost as lost:  # what there may be of them stays in the ledger as begun
        lost.hint = f"`clean` takes away what there is of the pin, and so does `unpin {name}`"
        raise
    except BaseException:
        for one in made:
            _remove(session, one)
        _tidy(session)
        raise
    return made


def check(names: list[str], kinds: tuple[str, ...]) -> None:
    """Refuse before anything is made what could not be pinned. Raises SessionError, NameTaken."""
    if "pid" in kinds:
        raise SessionError("a pid namespace cannot be made to stay", _NO_INIT)
    for name in names:
        for kind in kinds:
            if os.path.lexists(path_of(kind, name)):
                raise _taken(kind, name)


def _taken(kind: str, name: str) -> NameTaken:
    path = path_of(kind, name)
    if inode_at(path, kind) is None:
        return NameTaken(f"{path}: a stale placeholder, which pins nothing", f"`unpin {name}` removes it")
    return NameTaken(f"{path}: something is pinned there", f"`unpin {name}` removes it")


def _bind(session: Session, target: Target, kind: str, name: str) -> Pin:
    """Bind one; in the ledger it is begun, until all are there or this one was refused."""
    path = path_of(kind, name)
    session.ledger.begin(PIN, path)
    try:
        _bind_at(session, path, target, kind, name)
    except (NshError, OSError) as error:
        if not isinstance(error, HelperLost) or isinstance(error, NotSent):
            session.ledger.done(PIN, path)  # surely nothing is there that we made
        raise
    return Pin(kind, name, path, target.ns[kind])


def _bind_at(session: Session, path: str, target: Target, kind: str, name: str) -> None:
    _prepare(session, os.path.dirname(path), kind)
    fd = target.open_fd(kind)
    try:
        if kind == "net":
            records.write(name, fd)
        _make_placeholder(path)
        try:
            shown = f'mount("{kind}:[{target.ns[kind]}]", "{path}", NULL, MS_BIND, NULL)'
            session.do_at_host(Op("bind_fd", 1, path), fds=(fd,), shown=shown)
        except (Refused, NotSent) as error:
            os.unlink(path)
            if isinstance(error, Refused) and error.errno == errno.EINVAL and kind == "mnt":
                error.hint = _why_not_mnt(fd)
            raise
    finally:
        os.close(fd)


def _prepare(session: Session, directory: str, kind: str) -> None:
    """The directory, as a mount of its own: private for ours, shared for /run/netns as ip-netns(8) has it."""
    try:
        os.makedirs(directory, mode=0o755, exist_ok=True)
    except OSError as error:
        raise Refused(f'mkdir("{directory}")', error.errno or 0, _rights()) from error
    top = NETNS if kind == "net" else OWN
    if _mount_at(top) is None:
        session.do_at_host(
            Mount(top, top, None, MS_BIND | MS_REC),
            Mount("none", top, None, (MS_SHARED if kind == "net" else MS_PRIVATE) | MS_REC),
        )


def _mount_at(path: str) -> str | None:
    """The line of mountinfo of the mount whose root is that directory, None where there is none.

    Not by its device, which a bind on itself shares, and not by a mount that
    another one hides: by the id of the mount it is in (proc_pid_fdinfo(5)).
    """
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="utf-8") as file:
            number = next(line.split()[1] for line in file if line.startswith("mnt_id:"))
    finally:
        os.close(fd)
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return next((line for line in file if line.split()[0] == number and line.split()[4] == path), None)


def _make_placeholder(path: str) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o000))
    except FileExistsError as error:
        raise NameTaken(f"{path}: there is a file") from error
    except OSError as error:
        raise Refused(f'open("{path}", O_CREAT|O_EXCL)', error.errno or 0) from error


def _rights() -> str | None:
    if os.geteuid() != 0:
        return "pins are bind mounts under /run, which are root's to make; `pin --fd` keeps it while nsh runs"
    return None


def _why_not_mnt(fd: int) -> str:
    """A mount namespace can only be bound from an older one (mount_namespaces(7))."""
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.fstat(own).st_ino == os.fstat(fd).st_ino:
            return (
                "it is the mount namespace it would be bound in, and would keep itself alive for ever: bind it in the\n"
                "parent of that one, or `pin --fd` (mount_namespaces(7))"
            )
        host, other = nsfs.never_reused_id(own), nsfs.never_reused_id(fd)
    finally:
        os.close(own)
    if host is not None and other is not None and other <= host:
        return (
            "the kernel binds only a younger mount namespace than the one it is bound in, and goes by ids:\n"
            f"{other} is not above {host} (Linux 6.18 hands ids out per CPU). Make it anew with --pin, or `pin --fd`"
        )
    if " shared:" in (_mount_at(OWN) or " shared:"):
        return (
            f"{OWN} is a shared mount, so the pin would spread into the namespace itself:\n"
            f"`mount --make-private {OWN}`, or `pin --fd` (mount_namespaces(7))"
        )
    return "it is older than the mount namespace it would be bound in; `pin --fd` keeps it (mount_namespaces(7))"


def unpin(session: Session, name: str) -> list[Pin]:
    """Take away everything pinned under a name, also placeholders. Raises SessionError, Refused."""
    found = [one for one in all_pins() if one.name == name]
    if not found:
        raise SessionError(f"{excerpt(name)}: nothing is pinned under that name", "`ls pins` lists what is")
    with Lock():
        for one in found:
            _remove(session, one)
        _tidy(session)
    return found


def _remove(session: Session, one: Pin) -> None:
    """Unmount as often as something is mounted there, then the file. Raises Refused."""
    session.ledger.begin(PIN, one.path)
    while inode_at(one.path, one.kind) is not None:
        session.do_at_host(Op("umount2", one.path, MNT_DETACH))
    try:
        os.unlink(one.path)
    except OSError as error:
        raise _not_removed(one.path, error) from error
    if one.kind == "net":
        records.forget(one.name)
    session.ledger.done(PIN, one.path)


def _not_removed(path: str, error: OSError) -> Refused:
    from nsh import hints  # with the first refusal

    shown, number = f'unlink("{path}")', error.errno or 0
    return Refused(shown, number, hints.explain("unlink", shown, number, Where(os.getpid())) or _rights())


def _tidy(session: Session) -> None:
    """With the last pin of ours goes the mount that kept them private; /run/netns stays, as with ip-netns(8)."""
    records.drop_stale()
    if any(one.path.startswith(f"{OWN}/") for one in all_pins()) or records.are_there():
        return
    for kind in nstypes.NAMES:
        try:
            os.rmdir(f"{OWN}/{kind}")
        except OSError:
            continue  # not there, or the ledger's
    if _mount_at(OWN) is not None:
        session.do_at_host(Op("umount2", OWN, MNT_DETACH))


def tidy(session: Session) -> None:
    """Take away what no pin needs any more. Raises Refused."""
    if os.path.isdir(OWN) and os.access(OWN, os.W_OK):
        with Lock():
            _tidy(session)


def finish(session: Session, path: str) -> bool:
    """Take away what was begun at a path of ours and not finished: half a pin. True when there was something."""
    directory, name = os.path.split(path)
    kind = "net" if directory == NETNS else os.path.basename(directory)
    if kind not in nstypes.BY_NAME or path != path_of(kind, name):
        return False
    with Lock():
        is_there = os.path.lexists(path)
        if is_there:
            _remove(session, Pin(kind, name, path, inode_at(path, kind)))
        elif kind == "net":
            records.forget(name)
        session.ledger.done(PIN, path)  # also where it was this session that had begun it
        _tidy(session)
    return is_there
