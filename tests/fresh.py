# SPDX-License-Identifier: MIT
"""`make test-fresh`: the README's promises on a Debian that was installed a minute ago, by a user and by root.

debootstrap(8) makes the tree in a tmpfs that only a mount namespace of the run
has; pivot_root(2) enters it, because the kernel refuses user namespaces to a
process that was chroot(2)ed. There the project's last commit is cloned and made
as README says. Python packages come from a folder that pip filled beforehand,
Debian's from the mirror of this machine. When the run ends, however it ends,
the namespace ends, and with it everything: on the machine nothing was changed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from nsh.kernel import mount
from nsh.kernel.mountflags import MNT_DETACH
from tests import private
from tests.programs import SLOW_PROGRAMS, missing, provide, say

ROOT = Path(__file__).resolve().parent.parent
RELEASE = "bookworm"
DOCUMENTED = ("git", "make", "python3", "python3-venv")
"""All that README asks of a fresh Debian 12."""

USER = "visitor"
BUNDLE, WHEELS = "/src/nsh.bundle", "/src/wheels"
SPACE = 4 << 30
"""Bytes that tree, environments and packages may take; in memory where so much is free."""

GET = f"git -c advice.detachedHead=false clone --quiet {BUNDLE} nsh && cd nsh"
RUN = (
    """test "$(printf 'new -q uts a\\non a hostname inside\\na hostname\\nhostname\\n' | make run)" = 'inside\nhost'"""
)
STEPS = (
    (USER, "lines on stdin to make run", f"{GET} && {RUN}"),
    (USER, "make check, nothing but the documented packages", "cd nsh && make check"),
    ("root", "lines on stdin to make run", f"{GET} && {RUN}"),
    ("root", "make test, also as an unprivileged user", "cd nsh && make test"),
    (USER, "make test, with what root installed", "cd nsh && make test"),
)
"""Who does what in the tree, one after the other."""


def do(*argv: str, cwd: Path | None = None) -> None:
    """Run a program that must succeed; what it says is shown when it does not."""
    done = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout[-2000:]}fresh: status {done.returncode}: {shlex.join(argv)}")


def answer(*argv: str) -> str:
    """What a program prints. Raises SystemExit when it fails."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"fresh: {error}") from error


def mirror(targets: str) -> str:
    """Where apt here finds the release; `targets` are lines `SITE RELEASE` of apt-get(8) indextargets."""
    sites = [line.split()[0] for line in targets.splitlines() if line.split()[1:] == [RELEASE]]
    if not sites:
        raise SystemExit(f"fresh: apt knows no Debian {RELEASE} here: nothing to install it from")
    return sites[0]


def requirements() -> list[str]:
    """What pip needs for `make env`, from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        about = tomllib.load(file)
    project = about["project"]
    wanted = [*about["build-system"]["requires"], *project["dependencies"], *project["optional-dependencies"]["test"]]
    return ["pip", *wanted]


class Tree:
    """A Debian below `top`, made and furnished from outside, then entered for good."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def place(self, path: str) -> Path:
        """Where `path` of the tree is as long as we are outside."""
        return self.top / path.lstrip("/")

    def install(self) -> None:
        """The release with the documented packages, and the machine's way to its mirror."""
        site = mirror(answer("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"))
        do("debootstrap", "--variant=minbase", f"--include={','.join(DOCUMENTED)}", RELEASE, str(self.top), site)
        self.place("/etc/apt/apt.conf.d/90machine").write_text(answer("apt-config", "dump", "Acquire"))

    def fill(self) -> None:
        """The project as one file, what pip needs as a folder, a user."""
        self.place(WHEELS).mkdir(parents=True)
        do("git", "bundle", "create", str(self.place(BUNDLE)), "HEAD", cwd=ROOT)
        version = answer(str(self.place("/usr/bin/python3")), "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
        pip = [sys.executable, "-m", "pip", "--quiet", "download", "--only-binary=:all:"]
        do(*pip, f"--python-version={version.strip()}", f"--dest={self.place(WHEELS)}", *requirements())
        self.place("/etc/pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
        do("chroot", str(self.top), "useradd", "--create-home", "--shell", "/bin/bash", USER)
        do("chmod", "--recursive", "a+rX", str(self.place("/src")))

    def mount(self) -> None:
        """A /proc, /sys and /dev of its own; of the machine's devices only those that hold nothing.

        /sys is not read-only, for then a user namespace could mount none that is not.
        """
        for kind, path, options in (
            ("proc", "/proc", "nosuid,nodev,noexec"),
            ("sysfs", "/sys", "nosuid,nodev,noexec"),
            ("cgroup2", "/sys/fs/cgroup", "ro,nosuid,nodev,noexec"),
            ("tmpfs", "/run", "mode=755"),
            ("tmpfs", "/dev", "mode=755"),
        ):
            do("mount", "-t", kind, "-o", options, kind, str(self.place(path)))
        for name in ("null", "zero", "full", "random", "urandom", "tty", "net/tun"):
            self.device(name)
        for path in ("/dev/pts", "/dev/shm"):
            self.place(path).mkdir()
        do("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666,mode=620", "devpts", str(self.place("/dev/pts")))
        do("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(self.place("/dev/shm")))
        for name, to in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1")):
            self.place(f"/dev/{name}").symlink_to(to)
        self.place("/dev/stderr").symlink_to("fd/2")

    def device(self, name: str) -> None:
        """Bind a device of the machine, where there is one."""
        here, there = Path("/dev", name), self.place(f"/dev/{name}")
        if here.exists():
            there.parent.mkdir(exist_ok=True)
            there.touch()
            do("mount", "--bind", str(here), str(there))

    def enter(self) -> None:
        """Let the tree be /, and the machine's files out of reach."""
        os.chdir(self.top)
        mount.pivot_root(".", ".")
        mount.umount2(".", MNT_DETACH)
        os.chdir("/")


def command(who: str, line: str) -> list[str]:
    """How `who` would type `line` after logging in: nothing of our environment goes along."""
    proxies = [f"{name}={os.environ[name]}" for name in ("http_proxy", "https_proxy", "no_proxy") if name in os.environ]
    return ["runuser", "--login", who, "--command", shlex.join(["env", *proxies, "sh", "-c", line])]


def report(lines: Sequence[tuple[str, float, bool]]) -> int:
    """Print what was done and how long it took; 1 when something failed."""
    for text, seconds, is_good in lines:
        print(f"{'passed' if is_good else 'FAILED'}  {seconds:5.0f} s  {text}", flush=True)
    return int(not all(is_good for *_, is_good in lines))


def made(top: Path) -> list[tuple[str, float, bool]]:
    """Make the tree and enter it."""
    started = time.monotonic()
    if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 2 * SPACE:
        do("mount", "-t", "tmpfs", "-o", f"mode=755,size={SPACE}", "tmpfs", str(top))
    else:
        do("mount", "--bind", str(top), str(top))  # pivot_root(2) wants a mount
    tree = Tree(top)
    tree.install()
    tree.fill()
    tree.mount()
    tree.enter()
    return [(f"Debian {RELEASE} with {', '.join(DOCUMENTED)}", time.monotonic() - started, True)]


def taken(steps: Sequence[tuple[str, str, str]]) -> list[tuple[str, float, bool]]:
    """Take the steps; also the later ones when one fails, for they tell more."""
    lines = []
    for who, what, line in steps:
        say(f"── in a fresh Debian, as {who}: {what} ──")
        started = time.monotonic()
        status = subprocess.run(command(who, line), check=False, stdin=subprocess.DEVNULL).returncode
        lines.append((f"as {who}: {what}", time.monotonic() - started, status == 0))
    return lines


def first(folder: str) -> int:
    """The first process of the namespaces: it reaps what others leave, and a child of it does all."""
    do("hostname", "fresh")
    child = os.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, __file__, "second", folder])
    return private.reap_until(child)


def main() -> int:
    """Start it in namespaces that end with us; 0 when every step succeeded."""
    if os.geteuid() != 0:
        say("fresh: a Debian of one's own is made by root only: not tested here")
        return 0
    wanted = {"debootstrap": SLOW_PROGRAMS["debootstrap"]}
    provide(wanted)
    if missing(wanted):
        say("fresh: without debootstrap there is no fresh Debian: not tested here")
        return 0
    with tempfile.TemporaryDirectory(prefix="nsh-fresh-", ignore_cleanup_errors=True) as folder:
        # Among them a cgroup namespace: outside of one, a new mount of cgroup2 sets options of the machine's.
        unshare = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child"]
        argv = [*unshare, "--mount-proc", "--propagation", "private", sys.executable, __file__, "first", folder]
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *argv])
        try:
            return process.wait()
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    private.clean_up_when_ended()
    match sys.argv[1:]:
        case ["first", folder]:
            sys.exit(first(folder))
        case ["second", folder]:
            sys.exit(report([*made(Path(folder)), *taken(STEPS)]))
        case _:
            sys.exit(main())
