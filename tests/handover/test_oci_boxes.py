# SPDX-License-Identifier: MIT
"""`save --oci`: the container is what the place was, by what programs inside of both print."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.handover.containers import check_schema, config_of, in_sandbox, types_of
from tests.program import NSH, Program

pytestmark = [pytest.mark.real]

both = pytest.mark.parametrize("runtime", ["runc", "crun"])
FILES = "/proc/self/uid_map /proc/self/gid_map /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax"
PROBE = (
    f"hostname; cat {FILES}; ip addr; ip route; grep -e Cap -e NoNewPrivs /proc/self/status; ps -o pid,args | head -2"
)
ALL = "new user,pid,mnt,net,uts,ipc,cgroup box --hostname web1 --map 0:0:1 --map 1:100000:500"
LINKS = "for link in /proc/self/ns/*; do readlink $link; done"


def saved(nsh: Program, *lines: str) -> list[str]:
    """What is said by lines that must succeed; on stderr."""
    done = nsh("-c", "\n".join(lines))
    assert done.status == 0, done.err
    return done.err.splitlines()


@pytest.mark.root
@both
def test_a_container_is_what_the_box_was(nsh: Program, tmp_path: Path, runtime: str) -> None:
    """Hostname, maps, links, addresses, routes, capabilities, kernel settings: no line differs."""
    forward = 'box sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 9000 > /proc/sys/kernel/msgmax"'
    done = nsh("-c", f"{ALL} -q\n{forward}\nlink up box:lo\nsave --oci box b\nbox busybox sh -c '{PROBE}'")
    assert done.status == 0, done.err
    check_schema(config_of(tmp_path / "b"))
    script = f"$RUNTIME create --bundle b c </dev/null >/dev/null\n$RUNTIME start c\n$RUNTIME exec c sh -c '{PROBE}'\n"
    inside = in_sandbox(script + "$RUNTIME kill c KILL\n$RUNTIME delete --force c >/dev/null 2>&1", tmp_path, runtime)
    original = done.out.replace("nsh: box (holder)", "sleep infinity")
    assert inside.splitlines() == original.splitlines()


@pytest.mark.root
@both
def test_a_container_is_in_new_namespaces_of_the_same_types(nsh: Program, tmp_path: Path, runtime: str) -> None:
    """Those of the box, and of no other type."""
    types = "mnt,uts,ipc,pid,net,cgroup"
    saved(nsh, f"new {types} box", f"save --oci box b -- sh -c '{LINKS}'")
    said = in_sandbox(f"{LINKS}; echo ---; $RUNTIME run --bundle b c", tmp_path, runtime)
    outside, _, inside = said.partition("---")
    assert types_of(inside, outside) == set(types.split(","))


@pytest.mark.root
@both
def test_what_is_pinned_is_joined(tmp_path: Path, runtime: str) -> None:
    """What lives on without nsh, the container is in that very one; but a root of its own it has in a new one."""
    look = "readlink /proc/self/ns/net; readlink /proc/self/ns/uts; hostname"
    lines = ["new net,uts box --hostname web1", "pin box", "save --oci box b", f"box busybox sh -c '{look}'"]
    make = f'{NSH} -c "{"; ".join(lines)}"\n'
    said = in_sandbox(
        f"{make}$RUNTIME create --bundle b c </dev/null >log\n$RUNTIME exec c sh -c '{look}'", tmp_path, runtime
    )
    original, container = said.splitlines()[-6:-3], said.splitlines()[-3:]
    assert original == container
    paths = {one["type"]: one.get("path") for one in config_of(tmp_path / "b")["linux"]["namespaces"]}
    assert paths == {"mount": None, "uts": "/run/nsh/uts/box", "network": "/run/netns/box"}


@both
@pytest.mark.root
def test_mounts_that_only_the_place_has_are_in_the_container(nsh: Program, tmp_path: Path, runtime: str) -> None:
    """A tmpfs with its size, and a bind from where it is at host; what is in the tmpfs is said to be lost."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index").write_text("hello\n")
    notes = saved(
        nsh,
        "new mnt box",
        "box mount -t tmpfs -o size=1m,mode=700 none /mnt",
        f"box mount --bind {tmp_path}/www /srv",
        "box touch /mnt/x",
        "save --oci box b -- sh -c 'cat /srv/index; grep -e /mnt -e /srv /proc/mounts; ls /mnt'",
    )
    assert "not carried: box: the files in the tmpfs at /mnt" in notes
    said = in_sandbox("$RUNTIME run --bundle b c", tmp_path, runtime).splitlines()
    assert said[0] == "hello"
    assert [line.split()[1:3] for line in said[1:]] == [["/mnt", "tmpfs"], ["/srv", "ext4"]] or len(said) == 3
    assert any("size=1024k" in line and "mode=700" in line for line in said)


@pytest.mark.root
def test_a_place_with_a_root_of_its_own_keeps_it(nsh: Program, tmp_path: Path) -> None:
    """`new --root DIR`: the bundle points there, read-only, and changes nothing in it."""
    root = small_root(nsh, tmp_path)
    before = listing(root)
    notes = saved(nsh, f"new mnt,pid box --root {root}", "save --oci box b -- sh -c 'echo in; touch /x'")
    assert config_of(tmp_path / "b")["root"] == {"path": str(root), "readonly": True}
    assert any("read-only" in note for note in notes)
    said = in_sandbox("$RUNTIME run --bundle b c || echo status $?", tmp_path, "runc")
    assert said.split() == ["in", "status", "1"]
    assert listing(root) == before


def small_root(nsh: Program, tmp_path: Path) -> Path:
    """A root directory with busybox, as nsh makes one."""
    saved(nsh, "new user,mnt maker", "save --oci maker made")
    return (tmp_path / "made" / "rootfs").rename(tmp_path / "root")


def listing(root: Path) -> str:
    """All there is below, with modes, sizes and times."""
    return subprocess.run(["find", str(root), "-ls"], capture_output=True, text=True, check=True).stdout


def test_a_given_root_is_linked_to_read_only(nsh: Program, tmp_path: Path) -> None:
    """--rootfs DIR: its whole path, and nothing of it is copied."""
    root = small_root(nsh, tmp_path)
    before = listing(root)
    saved(nsh, "new user,uts box", f"save --oci box b --rootfs {root.name} -- sh")
    assert config_of(tmp_path / "b")["root"] == {"path": str(root.resolve()), "readonly": True}
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["config.json"]
    assert listing(root) == before


def test_a_bundle_is_not_written_into_its_own_root(nsh: Program, tmp_path: Path) -> None:
    """It is said that this folder is not changed; so nothing is put into it, by whatever way it is named."""
    root = small_root(nsh, tmp_path)
    before = listing(root)
    (tmp_path / "way").symlink_to(root)
    for line in (f"save --oci box {root}/b", "save --oci box way/tmp/b", f"lab star 1 -q; lab save --oci {root}/b"):
        done = nsh("-c", f"new user,uts box -q\n{line} --rootfs {root} -- sh")
        assert (done.status, "is inside of its root" in done.err) == (1, True), done.err
    assert listing(root) == before


@both
@pytest.mark.root
def test_resource_limits_and_groups_are_those_of_the_place(tmp_path: Path, runtime: str) -> None:
    """Limits that differ from nsh's own (prlimit(1)), and supplementary groups where there is no user namespace."""
    lines = ["new pid,mnt box", "box prlimit --pid 1 --nofile=100:200"]
    lines.append("save --oci box b -- sh -c 'ulimit -n; ulimit -Hn; id -G'")
    (tmp_path / "box.nsh").write_text("\n".join(lines))
    script = f"setpriv --groups 7,8 {NSH} box.nsh\n$RUNTIME run --bundle b c"
    assert in_sandbox(script, tmp_path, runtime).splitlines()[-3:] == ["100", "200", "0 7 8"]
    process = config_of(tmp_path / "b")["process"]
    assert process["rlimits"] == [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]
    assert process["user"]["additionalGids"] == [7, 8]
    check_schema(config_of(tmp_path / "b"))


def test_time_offsets_are_carried_and_old_runtimes_warned_of(nsh: Program, tmp_path: Path) -> None:
    """timeOffsets of the specification 1.1; Debian 12's runc refuses them, its crun overlooks them."""
    notes = saved(
        nsh,
        "new user,time box --boottime 1d",
        "save --oci box b",
    )
    made = config_of(tmp_path / "b")
    check_schema(made)
    assert made["ociVersion"] == "1.1.0"
    assert made["linux"]["timeOffsets"]["boottime"] == {"secs": 86400, "nanosecs": 0}
    assert any("runc 1.2" in note for note in notes)


def test_capabilities_are_those_that_the_place_really_has(nsh: Program, tmp_path: Path) -> None:
    """In a user namespace of one's own all; after a change of uid in it none."""
    saved(nsh, "new user,uts box", "save --oci box b", "new user,uts --map none low", "save --oci low l")
    full = config_of(tmp_path / "b")["process"]
    assert {"CAP_SYS_ADMIN", "CAP_NET_RAW"} <= set(full["capabilities"]["effective"])
    status = Path("/proc/self/status").read_text()
    assert full["noNewPrivileges"] is ("NoNewPrivs:\t1" in status)
    made = config_of(tmp_path / "l")
    check_schema(made)
    assert (made["process"]["user"]["uid"], made["linux"]["uidMappings"]) == (65534, [])


@pytest.mark.root
def test_a_place_of_another_uid_gives_its_container_that_uid(nsh: Program, tmp_path: Path) -> None:
    """new --uid: no capability is left, and none is given."""
    saved(nsh, "new uts box --uid 1000 --gid 1000", "save --oci box b")
    process = config_of(tmp_path / "b")["process"]
    assert (process["user"]["uid"], process["user"]["gid"]) == (1000, 1000)
    assert process["capabilities"]["effective"] == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["new user,net box", "box veth add a b"], "the devices of its network, with what they have (b, a)"),
        (["new user,net,ipc box", "box ipc mq add"], "1 System V IPC object"),
        (["new user,pid,mnt box", "box sleep 1000 &"], "the programs that run in it (sleep)"),
        (["new user,uts box", "enter box", "new ipc inner", "leave"], "the places made inside (inner)"),
        (["new user,uts --map none box"], "a user namespace without ID maps, which runtimes refuse"),
    ],
)
def test_what_oci_cannot_carry_is_said_noted_and_with_strict_refused(
    nsh: Program, tmp_path: Path, lines: list[str], said: str
) -> None:
    """On stderr, in the file, and as an error that leaves nothing behind."""
    notes = saved(nsh, *lines, "save --oci box b")
    assert f"not carried: box: {said}" in notes
    assert f"box: {said}" in config_of(tmp_path / "b")["annotations"]["nsh.not-carried"].split("; ")
    strict = nsh("-c", "\n".join([*lines, "save --oci box c --strict"]))
    assert strict.status == 1
    assert "OCI cannot carry box: " in strict.err
    assert sorted(os.listdir(tmp_path)) == ["b", "home"]
