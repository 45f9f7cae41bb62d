# SPDX-License-Identifier: MIT
"""The files of /etc/netns that go with the name of a network namespace."""

from __future__ import annotations

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

OWN_ETC = (
    "new user,mnt outer -q\nenter outer\nmount -t tmpfs tmpfs /etc\nmkdir -p /etc/netns/green /etc/netns/box\n"
    "sh -c 'echo new > /etc/netns/green/resolv.conf; echo old > /etc/resolv.conf; echo x > /etc/netns/green/other'\n"
    "cp /etc/netns/green/resolv.conf /etc/netns/box\nnew net green -q\n"
)


def test_files_of_a_name_are_seen_by_who_enters_it_and_by_nobody_else(nsh: Program) -> None:
    """By `on`, by the name before a line, and by `enter`, which says so; after `leave` all is as before."""
    done = nsh(
        "-c",
        OWN_ETC + "on green cat /etc/resolv.conf\ngreen sh -c 'cat /etc/resolv.conf; ls /etc'\nenter green\n"
        "cat /etc/resolv.conf\nleave\ncat /etc/resolv.conf\nsame mnt . host || echo differs",
    )
    assert done.out.split()[:7] == ["new", "new", "netns", "resolv.conf", "new", "old", "different"], done
    assert "bound from /etc/netns over /etc, in a mount namespace of your own: resolv.conf" in done.err


def test_the_mount_namespace_is_the_visitors_own(nsh: Program) -> None:
    """Not that of who goes there, nor the place's."""
    done = nsh("-c", OWN_ETC + "readlink /proc/self/ns/mnt\non green readlink /proc/self/ns/mnt")
    one, other = done.out.split()
    assert one != other


def test_a_place_with_mounts_of_its_own_has_its_own_files(nsh: Program) -> None:
    """What is bound there was bound by whoever made it."""
    done = nsh("-c", OWN_ETC + "new net,mnt box -q\non box cat /etc/resolv.conf\nenter net box\ncat /etc/resolv.conf")
    assert done.out.split() == ["old", "new"]


def test_a_name_without_such_files_is_entered_by_one_setns(nsh: Program) -> None:
    """No mount namespace is made for nothing."""
    done = nsh("-c", OWN_ETC + "new net red -q\nreadlink /proc/self/ns/mnt\non red readlink /proc/self/ns/mnt")
    assert len(set(done.out.split())) == 1
