# SPDX-License-Identifier: MIT
"""diff, snapshot, show: which namespaces differ and what inside them, between places, processes and moments."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.program import Program
from tests.safety.talk import Talk
from tests.stranger import Stranger

pytestmark = pytest.mark.real

Row = dict[str, Any]


def differences(talk: Talk, line: str) -> list[tuple[str, str, object, object]]:
    """(type, what, one, other) of each difference."""
    rows: list[Row] = json.loads(talk.say(f"{line} --json").out)["differences"]
    return [(row["type"], row["what"], row["one"], row["other"]) for row in rows]


def test_a_place_differs_from_host_in_what_it_owns(nsh: Program) -> None:
    """Status 1 and the namespaces with their names; the rest is the same. Of itself it differs in nothing: 0."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; new -q uts,ipc box")
        done = talk.say("diff . box --json")
        answer = json.loads(done.out)
        assert done.status == 1
        assert {row["type"] for row in answer["differences"]} == {"uts", "ipc"}
        assert {row["what"] for row in answer["differences"]} == {"namespace"}
        assert answer["same"] == ["mnt", "pid", "net", "user", "cgroup", "time"]
        assert talk.say("diff box box").status == 0


def test_what_differs_inside_is_said(nsh: Program) -> None:
    """Hostname, map, devices, queues of two places."""
    with Talk(nsh) as talk:
        talk.say("new -q user,uts,net,ipc a; new -q user,uts,net,ipc b --map none")
        talk.say("on a hostname alpha; on a ip link set lo up; on a ipc mq add")
        found = differences(talk, "diff a b")
        assert ("uts", "hostname", "alpha", os.uname().nodename) in found
        assert ("net", "devices", "lo UP", None) in found
        assert ("net", "devices", None, "lo DOWN") in found
        assert ("user", "uid_map", f"0 {os.geteuid()} 1", None) in found
        assert [row[3] for row in found if row[1] == "message_queues"] == [None]


def test_two_moments_of_one_place(nsh: Program) -> None:
    """`snapshot`, a change, `diff NAME .`: the namespaces are the same, what is in them is not."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user,uts,mnt,net --map root")
        assert talk.say("snapshot before").status == 0
        assert talk.say("diff before .").status == 0
        talk.say("hostname changed; mount -t tmpfs none /mnt; ip link add v0 type bridge")
        assert differences(talk, "diff before") == [
            ("mnt", "mounts", None, "/mnt tmpfs none"),
            ("uts", "hostname", os.uname().nodename, "changed"),
            ("net", "devices", None, "v0 DOWN"),
        ]
        (row,) = json.loads(talk.say("snapshot --json").out)
        assert (row["name"], row["ref"]) == ("before", ".")


def test_an_inode_that_was_used_again_is_another_namespace(nsh: Program) -> None:
    """The number may be the same; the id that is never used again tells them apart (Linux 6.18)."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; new -q uts a; snapshot old a; rm a; new -q uts a")
        id_of = json.loads(talk.say("show a --json").out)["id"]
        found = [row for row in differences(talk, "diff old a") if row[0] == "uts"]
        assert [row[1] for row in found] == ["namespace"]
        if id_of is not None and str(found[0][2]).split("]")[0] == str(found[0][3]).split("]")[0]:
            assert f"(id {id_of})" in str(found[0][3])


def test_processes_can_be_compared(nsh: Program, stranger: Stranger) -> None:
    """By pid, also those that nsh did not make."""
    one, other = stranger("user", "net"), stranger("user", "uts")
    with Talk(nsh) as talk:
        kinds = {row[0] for row in differences(talk, f"diff {one} {other}") if row[1] == "namespace"}
    assert kinds == {"net", "uts", "user"}


def test_on_a_terminal_the_sides_are_columns(nsh: Program) -> None:
    """Both sides have their name as heading, a type is named once, and what is the same stands below."""
    with Talk(nsh) as talk:
        talk.say("new -q user,uts box; on box hostname web")
        lines = talk.say("diff host box").out.splitlines()
    assert lines[0].split() == ["TYPE", "WHAT", "HOST", "BOX"]
    assert lines[1].split()[:2] == ["uts", "namespace"]
    assert lines[2].split() == ["hostname", os.uname().nodename, "web"]
    assert lines[-1] == "same  mnt ipc pid net cgroup time"


def test_a_name_of_a_place_cannot_be_a_snapshots(nsh: Program) -> None:
    """A name means one thing; and one may be taken again."""
    with Talk(nsh) as talk:
        talk.say("new -q user box")
        assert talk.say("snapshot box").status in (1, 2)
        assert talk.say("snapshot s").status == 0
        assert talk.say("snapshot s box").status == 0
        assert json.loads(talk.say("snapshot --json").out)[0]["ref"] == "box"
        assert talk.say("diff nothing .").status == 1


def test_show_has_what_belongs_to_each_type(nsh: Program) -> None:
    """Each fact compared with the file or program that has it too."""
    with Talk(nsh) as talk:
        made = json.loads(talk.say("new user,uts,ipc,pid,mnt,net,time box --json").out)
        talk.say("on box hostname web; on box ip link set lo up; on box ipc sem add 1")
        found = {row["type"]: row for row in json.loads(talk.say("show box --json").out)["namespaces"]}
        pid = made["pid"]
        assert found["uts"]["hostname"] == "web"
        assert found["net"]["devices"] == ["lo UP"]
        assert found["net"]["addresses"][0] == "lo 127.0.0.1/8"
        assert len(found["ipc"]["semaphores"]) == 1
        assert found["pid"]["init"] == pid
        with open(f"/proc/{pid}/mountinfo") as file:
            assert len(found["mnt"]["mounts"]) == len(file.readlines())
        assert found["mnt"]["propagation"] == "private"
        assert found["user"]["uid_map"] == [f"0 {os.geteuid()} 1"]
        assert found["user"]["setgroups"] == ("deny" if os.geteuid() else "allow")
        assert (found["time"]["monotonic"], found["time"]["boottime"]) == (0.0, 0.0)
        assert found["uts"]["owners"][0] == found["user"]["inode"]
        assert found["uts"]["members"] == [pid]


def test_show_looks_into_what_only_a_file_keeps(nsh: Program) -> None:
    """A process of nsh goes in, asks, and leaves: the hostname of a place without a process."""
    with Talk(nsh) as talk:
        talk.say("unshare -q user --map root; new -q uts n[1..2]; on n1 hostname one")
        assert json.loads(talk.say("show n1 --json").out)["hostname"] == "one"
        assert json.loads(talk.say("show n1 --json").out)["members"] == []
