# SPDX-License-Identifier: MIT
"""config.json, from values alone: what a place has is said as the OCI runtime specification wants it."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from nsh import nstypes
from nsh.errors import SessionError
from nsh.handover import losses, oci, oci_mounts, oci_rootfs
from nsh.session.mounts import row
from tests.handover.containers import check_schema

MOUNTINFO = {
    "root": "20 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
    "data": "21 20 254:16 / /data rw - ext4 /dev/vdb rw",
    "tmpfs": "40 20 0:50 / /mnt rw,nosuid,nodev,relatime - tmpfs none rw,size=1024k,mode=700,inode64",
    "bind": "41 20 254:0 /srv/www /var/www ro,relatime - ext4 /dev/vda rw",
    "deeper": "42 20 254:16 /x /opt rw - ext4 /dev/vdb rw",
    "lost": "43 20 0:77 /hosts /etc/hosts rw - tmpfs hosts rw",
    "overlay": "44 20 0:60 / /merged rw - overlay over rw,lowerdir=/a:/b,upperdir=/c,workdir=/d",
    "mask": "45 20 0:61 / /proc/sys ro - proc proc rw",
}


def facts(**values: object) -> oci.Facts:
    """Facts of a place called box, with some set."""
    found = oci.Facts("box")
    for name, value in values.items():
        setattr(found, name, value)
    return found


def config(found: oci.Facts, **stand: Any) -> Any:
    """Its config.json, which must be what the specification says."""
    made = oci.config(found, oci.Stand("rootfs", **stand))
    check_schema(made)
    return made


def mount(name: str) -> dict[str, object] | str:
    """A line of the table above as a mount of a container."""
    host = [row(MOUNTINFO["root"]), row(MOUNTINFO["data"])]
    return oci_mounts.carried(row(MOUNTINFO[name]), host)


def test_all_eight_types_have_their_names_of_oci() -> None:
    """mnt is called mount and net network; the order is that of nsh's table."""
    made = config(facts(namespaces=dict.fromkeys(nstypes.NAMES)))
    names = [one["type"] for one in made["linux"]["namespaces"]]
    assert names == ["mount", "uts", "ipc", "pid", "network", "user", "cgroup", "time"]


def test_a_joined_namespace_has_its_path_and_a_new_one_none() -> None:
    """What lives on is joined where it is pinned."""
    made = config(facts(namespaces={"net": "/run/netns/n", "uts": None}))
    assert made["linux"]["namespaces"] == [{"type": "uts"}, {"type": "network", "path": "/run/netns/n"}]


def test_maps_and_offsets_are_those_of_the_place() -> None:
    """Inner, outer, count; seconds and nanoseconds apart, of which the latter are never negative."""
    made = config(
        facts(
            namespaces={"user": None, "time": None},
            uid_map=[(0, 1000, 1), (1, 100000, 65536)],
            gid_map=[(0, 1000, 1)],
            offsets={"monotonic": (-2, 500_000_000), "boottime": (86400, 0)},
        )
    )["linux"]
    assert made["uidMappings"][1] == {"containerID": 1, "hostID": 100000, "size": 65536}
    assert made["gidMappings"] == [{"containerID": 0, "hostID": 1000, "size": 1}]
    assert made["timeOffsets"]["monotonic"] == {"secs": -2, "nanosecs": 500_000_000}


@pytest.mark.parametrize(("types", "named"), [({"uts": None}, True), ({"uts": "/run/nsh/uts/u"}, False), ({}, False)])
def test_a_hostname_is_only_given_to_a_uts_namespace_that_is_made(types: dict[str, str | None], named: bool) -> None:
    """In one that is joined, or in the machine's own, it stays what it is."""
    made = config(facts(namespaces=types, hostname="web1", domainname="example.org"))
    assert (made.get("hostname"), made.get("domainname")) == (("web1", "example.org") if named else (None, None))


def test_a_domain_name_that_was_never_set_is_not_given() -> None:
    """The kernel says (none) then."""
    assert "domainname" not in config(facts(namespaces={"uts": None}, hostname="a", domainname="(none)"))


def test_capabilities_are_those_of_the_process_in_the_place() -> None:
    """By their names of capabilities(7); one that has no name yet is not made up."""
    sets = oci.capabilities({"effective": ["net_raw", "cap_63"], "ambient": []})
    made = config(facts(capabilities=sets, no_new_privileges=True))["process"]
    assert made["capabilities"] == {"effective": ["CAP_NET_RAW"], "ambient": []}
    assert made["noNewPrivileges"] is True


def test_a_container_holds_unless_it_was_told_what_to_run() -> None:
    """As a holder does; a terminal is on request."""
    assert config(facts())["process"]["args"] == ["sleep", "infinity"]
    told = config(facts(), args=["sh"], terminal=True)["process"]
    assert (told["args"], told["terminal"]) == (["sh"], True)


def test_the_bundle_says_where_it_came_from_and_what_is_missing() -> None:
    """In annotations, beside what is said on the terminal."""
    made = config(facts(inodes={"uts": 4026532386}, losses=["box: its firewall rules", "box: 1 System V IPC object"]))
    notes = made["annotations"]
    assert (notes["nsh.place"], notes["nsh.namespaces"]) == ("box", "uts:[4026532386]")
    assert notes["nsh.not-carried"] == "box: its firewall rules; box: 1 System V IPC object"


def test_in_a_user_namespace_only_what_it_owns_is_mounted_fresh() -> None:
    """Else the kernel refuses: /proc is bound, and /sys and /dev/mqueue are not there (user_namespaces(7))."""
    made = config(facts(namespaces={"user": None, "mnt": None}, gid_map=[(0, 0, 1)]))["mounts"]
    by_point = {one["destination"]: one for one in made}
    assert by_point["/proc"]["type"] == "bind"
    assert not {"/sys", "/dev/mqueue"} & set(by_point)
    assert "gid=5" not in by_point["/dev/pts"]["options"]  # nobody's there


def test_a_tmpfs_of_the_place_is_one_of_the_container() -> None:
    """With its size and mode, and what its mount forbids."""
    assert mount("tmpfs") == {
        "destination": "/mnt",
        "type": "tmpfs",
        "source": "none",
        "options": ["nosuid", "nodev", "size=1024k", "mode=700"],
    }


def test_a_bind_has_the_path_at_host_as_its_source() -> None:
    """The mount table has the file system and the path in it; a mount of the host on that says where it is seen."""
    bind, deeper = mount("bind"), mount("deeper")
    assert isinstance(bind, dict)
    assert isinstance(deeper, dict)
    assert (bind["source"], bind["options"]) == ("/srv/www", ["bind", "ro"])
    assert deeper["source"] == "/data/x"


def test_an_overlay_keeps_its_layers() -> None:
    """They are folders of the host."""
    found = mount("overlay")
    assert isinstance(found, dict)
    assert found["options"] == ["lowerdir=/a:/b", "upperdir=/c", "workdir=/d"]


@pytest.mark.parametrize("name", ["lost", "mask"])
def test_a_mount_that_cannot_be_made_again_is_a_loss_with_its_reason(name: str) -> None:
    """A file system that only the place sees; something inside /proc, which runtimes refuse."""
    assert isinstance(mount(name), str)


def test_losses_are_said_and_with_strict_refused() -> None:
    """Never dropped in silence; the error names the first, its hint the others."""
    assert losses.told(["a: x"], "OCI", strict=False) == ["not carried: a: x"]
    assert losses.told([], "OCI", strict=True) == []
    with pytest.raises(SessionError, match="OCI cannot carry a: x"):
        losses.told(["a: x", "b: y"], "OCI", strict=True)


def test_the_small_root_has_names_that_busybox_goes_by() -> None:
    """What is linked is what the Debian package's program lists; and it needs no dynamic linker."""
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("busybox is not installed")
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    assert set(oci_rootfs.APPLETS) <= set(listed)
    with open(program, "rb") as static, open("/bin/true", "rb") as dynamic:
        assert oci_rootfs.stands_alone(static.read())
        assert not oci_rootfs.stands_alone(dynamic.read())
    assert not oci_rootfs.stands_alone(b"#!/bin/sh\n")
