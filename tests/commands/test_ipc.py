# SPDX-License-Identifier: MIT
"""ipc: System V objects and POSIX queues of a namespace's own, as ipcmk(1) and ipcs(1) know them."""

from __future__ import annotations

import json

import pytest

from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,ipc q -q\nenter q"


@pytest.mark.parametrize(
    ("noun", "add", "option", "said"),
    [
        ("mq", "", "-Q", "Message queue id: 0"),
        ("shm", "4096", "-M", "Shared memory id: 0"),
        ("sem", "2", "-S", "Semaphore id: 0"),
    ],
)
def test_a_new_namespace_is_empty_and_counts_from_zero(
    noun: str, add: str, option: str, said: str, nsh: Program
) -> None:
    """The first object gets id 0, ipcs(1) lists it by the same key, and another namespace has none."""
    done = nsh("-c", f"{BOX}\nipc {noun} ls\nipc {noun} add {add}\nipcs {option.lower()}\nipc {noun} ls --json")
    lines = done.out.splitlines()
    (row,) = json.loads(lines[-1])
    assert lines[0] == said
    assert row["id"] == 0
    assert any(line.startswith(f"{row['key']} 0 ") for line in lines)
    beside = nsh("-c", f"{BOX}\nipc {noun} add {add}\nleave\nnew user,ipc r -q\non r ipc {noun} ls")
    assert beside.out == f"{said}\n"


@pytest.mark.parametrize(("noun", "make"), [("mq", "-Q"), ("shm", "-M 512"), ("sem", "-S 3")])
def test_what_ipcmk_made_is_listed_and_removed(noun: str, make: str, nsh: Program) -> None:
    """Owner, mode and size are those that ipcmk(1) gave."""
    done = nsh("-c", f"{BOX}\nipcmk {make} -p 600\nipc {noun} ls --json\nipc {noun} rm 0\nipc {noun} ls")
    (row,) = json.loads(done.out.splitlines()[-1])
    assert (row["perms"], row["id"], row["uid"]) == ("600", 0, 0)
    assert {"mq": row.get("qnum"), "shm": row.get("size"), "sem": row.get("nsems")}[noun] == {
        "mq": 0,
        "shm": 512,
        "sem": 3,
    }[noun]


def test_a_key_is_taken_in_one_namespace_and_free_in_another(nsh: Program) -> None:
    """The second owner of a key is refused by the kernel and told where to look."""
    done = nsh(
        "-c",
        f"{BOX}\nipc mq add --key 0x2a\n- ipc mq add --key 0x2a\nleave\nnew user,ipc r -q\non r ipc mq add --key 0x2a",
    )
    assert done.status == 0
    assert done.out == "Message queue id: 0\nMessage queue id: 0\n"
    assert "msgget(0x0000002a, IPC_CREAT|IPC_EXCL|0644): File exists" in done.err
    assert "in another the key is free" in done.err


def test_a_key_above_two_to_the_31_is_the_key_that_ipcs_shows(nsh: Program) -> None:
    """The C type is signed, the name of the key is not."""
    done = nsh("-c", f"{BOX}\nipc mq add --key 0xfffffff0 --json\nipcs -q")
    assert json.loads(done.out.splitlines()[0]) == {"id": 0, "key": "0xfffffff0"}
    assert "\n0xfffffff0 0 " in done.out


def test_how_many_there_may_be_is_read_where_it_was_refused(nsh: Program) -> None:
    """The limits are the namespace's own: the hint names the file and what it says there."""
    done = nsh("-c", f"{BOX}\necho 1 > /proc/sys/kernel/msgmni\nipc mq add\nipc mq add")
    assert done.status == 1
    assert "/proc/sys/kernel/msgmni is 1 here" in done.err
    done = nsh("-c", f"{BOX}\necho 1000 > /proc/sys/kernel/shmmax\nipc shm add 1001")
    assert "/proc/sys/kernel/shmmax is 1000 here" in done.err
    done = nsh("-c", f"{BOX}\nipc sem add 100000000")
    assert "/proc/sys/kernel/sem is 32000 here" in done.err


def test_an_unknown_id_is_refused_with_where_to_look(nsh: Program) -> None:
    """The kernel's `Invalid argument` means that there is no such object here."""
    done = nsh("-c", f"{BOX}\nipc mq rm 7")
    assert done.status == 1
    assert "msgctl(7, IPC_RMID): Invalid argument" in done.err
    assert "`ipc mq ls`" in done.err


def test_posix_queues_are_made_listed_and_removed(nsh: Program) -> None:
    """By an mqueue file system that nobody sees: the mount table stays as it was."""
    done = nsh(
        "-c",
        f"{BOX}\nipc posix add /jobs --most 3 --size 64 --mode 600\nipc posix ls --json\nmnt ls . --differs;"
        " ipc posix rm jobs\nipc posix ls",
    )
    assert json.loads(done.out) == [{"name": "/jobs", "owner": "root", "perms": "600", "bytes": 0}]


def test_the_bytes_of_a_posix_queue_are_those_in_it(nsh: Program) -> None:
    """A message that was sent and not received is seen from outside the queue."""
    send = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True);"
        "q = c.mq_open(b'/jobs', 1); print(c.mq_send(q, b'hello', 5, 0))"
    )
    done = nsh("-c", f'{BOX}; ipc posix add /jobs; python3 -c "{send}"; ipc posix ls --json')
    sent, listed = done.out.splitlines()
    assert sent == "0"
    assert json.loads(listed)[0]["bytes"] == 5


@pytest.mark.parametrize(
    ("lines", "message", "hint"),
    [
        ("ipc posix rm /none", 'mq_unlink("/none"): No such file', "`ipc posix ls`"),
        ("ipc posix add /a; ipc posix add /a", "File exists", "already"),
        ("ipc posix add /a --most 11", "Invalid argument", "/proc/sys/fs/mqueue/msg_max is 10 here"),
        ("echo 0 > /proc/sys/fs/mqueue/queues_max; ipc posix add /a", "No space left", "queues_max is 0 here"),
    ],
)
def test_a_refused_posix_queue_says_why(lines: str, message: str, hint: str, nsh: Program) -> None:
    """The cause is read in the namespace where it was refused."""
    done = nsh("-c", f"{BOX}\n{lines}")
    assert done.status == 1
    assert message in done.err
    assert hint in done.err


def test_another_owner_is_named_as_the_reason(nsh: Program) -> None:
    """Root of a user namespace that owns no IPC namespace may not look at the queues of the one it is in."""
    done = nsh("-c", "new user u -q\non u ipc posix ls")
    assert done.status == 1
    assert 'fsopen("mqueue"): Operation not permitted' in done.err
    assert "`new user,ipc`" in done.err


@pytest.mark.parametrize(
    "line",
    [
        "ipc mq add --key 0",
        "ipc mq add --key 0x100000000",
        "ipc mq add --key queue",
        "ipc mq add --mode 999",
        "ipc mq add --mode 1000",
        "ipc mq rm 4294967296",
        "ipc shm add 9223372036854775808",
        "ipc sem add 4294967297",
        "ipc posix add /a/b",
        "ipc posix add /",
        "ipc posix add /a --most 9223372036854775808",
    ],
)
def test_a_number_that_would_be_cut_short_is_never_passed_on(line: str, nsh: Program) -> None:
    """What does not fit the call's argument is a mistake in the line; nothing is tried."""
    assert nsh("-c", f"{BOX}\n{line}").status == 2


@pytest.mark.parametrize("line", ["ipc mq add", "ipc shm add 1", "ipc sem add 1", "ipc posix add /a", "ipc mq rm 0"])
def test_the_namespace_nsh_was_started_in_is_left_alone(line: str, nsh: Program) -> None:
    """Outside a sandbox nsh's own commands change nothing that nsh did not make."""
    done = nsh("-c", line)
    assert done.status == 1
    assert "the machine's own" in done.err
