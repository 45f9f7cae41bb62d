# SPDX-License-Identifier: MIT
"""The mount table: lines of mountinfo, the tree, what is covered, peers and differences."""

from __future__ import annotations

import errno

import pytest

from nsh.errors import Refused
from nsh.ops import Mount, Op
from nsh.session import mounting, mounts


def mount(number: int, parent: int, point: str, more: str = "", source: str = "tmpfs") -> dict[str, object]:
    """A row, by a line as the kernel writes it."""
    return mounts.row(
        f"{number} {parent} 0:{number} / {point} rw,nosuid {more}{' ' if more else ''}- tmpfs {source} rw,size=1k"
    )


def test_a_line_is_taken_apart() -> None:
    """With its tags as numbers, and its escapes undone."""
    row = mounts.row(
        "36 35 98:0 /a\\040b /mnt/c\\134d rw,noatime shared:7 master:1 - ext3 /dev/r\\011t rw,errors=continue\n"
    )
    assert row == {
        "id": 36,
        "parent": 35,
        "device": "98:0",
        "root": "/a b",
        "mountpoint": "/mnt/c\\d",
        "fstype": "ext3",
        "source": "/dev/r\tt",
        "options": "rw,noatime",
        "super_options": "rw,errors=continue",
        "propagation": "shared:7,master:1",
        "peer_group": 7,
        "master": 1,
    }


def test_a_line_without_tags_is_private_and_may_lack_its_source() -> None:
    """The kernel writes an empty source as nothing at all."""
    row = mounts.row("36 35 0:5 / /x rw - tmpfs  rw")
    assert (row["propagation"], row["peer_group"], row["source"]) == ("private", None, "")


def covered(*rows: dict[str, object]) -> list[tuple[object, object, object]]:
    """(mount point, depth, covered) in the order of the tree."""
    return [(row["mountpoint"], row["depth"], row["covered"]) for row in mounts.as_tree(list(rows))]


ROOT = mount(1, 0, "/")


def test_children_follow_their_parent() -> None:
    """Whatever the kernel's order."""
    rows = covered(ROOT, mount(4, 2, "/a/b"), mount(3, 1, "/c"), mount(2, 1, "/a"))
    assert rows == [("/", 0, False), ("/c", 1, False), ("/a", 1, False), ("/a/b", 2, False)]


@pytest.mark.parametrize(
    ("rows", "hidden"),
    [
        ([mount(2, 1, "/a"), mount(3, 2, "/a")], {2}),
        ([mount(2, 1, "/a"), mount(3, 2, "/a"), mount(4, 3, "/a")], {2, 3}),
        ([mount(2, 1, "/a/b"), mount(3, 1, "/a")], {2}),
        ([mount(2, 1, "/a"), mount(3, 2, "/a/b")], set()),
        ([mount(2, 1, "/a"), mount(3, 2, "/a/b"), mount(4, 2, "/a")], {2, 3}),
        ([mount(2, 1, "/ab"), mount(3, 1, "/a")], set()),
        ([mount(2, 1, "/a/b"), mount(3, 2, "/a/b/c"), mount(4, 1, "/a")], {2, 3}),
    ],
    ids=["on top", "two on top", "further up", "below is seen", "with what is below", "a name is no prefix", "deep"],
)
def test_what_no_path_leads_to_is_covered(rows: list[dict[str, object]], hidden: set[int]) -> None:
    """By a mount on the same directory or on one above it."""
    assert {row["id"] for row in mounts.as_tree([ROOT, *rows]) if row["covered"]} == hidden


def test_differences_are_counted_on_both_sides() -> None:
    """A mount that is there twice here and once at host is one that differs; ids do not matter, devices do."""
    one, again = mount(2, 1, "/a"), {**mount(2, 1, "/a"), "id": 9}
    gone, other = mount(3, 1, "/gone"), mount(4, 1, "/a")
    found = mounts.differing([ROOT, one, again, other], [ROOT, one, gone])
    assert [(row["mountpoint"], row["device"], row["only"]) for row in found] == [
        ("/a", "0:2", "here"),
        ("/a", "0:4", "here"),
        ("/gone", "0:3", "host"),
    ]


def test_peers_are_those_of_the_group_and_of_the_master() -> None:
    """A private mount has none, also where numbers are missing on both sides."""
    rows = [mount(2, 1, "/a", "shared:5"), mount(3, 1, "/b", "master:6"), mount(4, 1, "/c")]
    others = {"host": [mount(7, 1, "/x", "shared:5"), mount(8, 1, "/y")], "box": [mount(9, 1, "/z", "shared:6")]}
    assert mounts.peers(rows, others) == [["host:/x"], ["box:/z"], []]


class Kernel:
    """A session whose kernel binds, and knows no mount_setattr(2) (before Linux 5.12)."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def do(self, *ops: Op, types: tuple[str, ...] = ()) -> None:
        """One after the other."""
        for op in ops:
            if op.name == "mount_setattr":
                raise Refused(str(op), errno.ENOSYS)
            self.done.append(op.name)


def test_a_bind_that_cannot_be_made_read_only_is_taken_away() -> None:
    """Two calls, and a refusal of the second: nothing stays that was not asked for."""
    kernel = Kernel()
    with pytest.raises(Refused, match="mount_setattr"):
        mounting.do(kernel, [Mount("/a", "/b", None, 0), Op("mount_setattr", "/b", 1)], kind="bind", paths=("/b", "/a"))  # type: ignore[arg-type]
    assert kernel.done == ["mount", "umount2"]
