# SPDX-License-Identifier: MIT
"""`doctor`: right on this machine, and in set-ups where something is missing, made for the test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from nsh.hints import apparmor
from nsh.session import preflight
from tests.commands.refusals import texts
from tests.program import NSH, Program

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
PAGES = Path(__file__).parent.parent.parent / "docs" / "transcripts"
Rows = dict[str, dict[str, str | None]]


def looked(nsh: Program, *wrapped: str, **environment: str) -> tuple[int, Rows]:
    """The status of doctor, and its rows by their names; `wrapped` is what comes before nsh."""
    argv = [*wrapped, NSH, "doctor", "--json"]
    if wrapped[-1:] and "$0" in wrapped[-1]:
        argv = [*wrapped, NSH]
    done = subprocess.run(argv, env={**nsh.environment, **environment}, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, {str(row["check"]): row for row in json.loads(done.stdout)}


def states(rows: Rows) -> dict[str, str | None]:
    """What is not all right."""
    return {name: row["state"] for name, row in rows.items() if row["state"] != "ok"}


def test_on_this_machine_everything_that_is_needed_is_there(nsh: Program) -> None:
    """Status 0; for an ordinary user without pins, which are root's."""
    status, rows = looked(nsh)
    assert status == 0
    assert set(states(rows)) <= ({"programs", "ranges of ids"} if IS_ROOT else {"programs", "pins", "ranges of ids"})
    assert rows["user namespaces"]["found"] == "create, map, mount, sethostname, link add"
    assert str(rows["rights"]["found"]).startswith("root" if IS_ROOT else f"uid {os.geteuid()}")
    assert all(row["fix"] for row in rows.values() if row["state"] != "ok")


def test_one_line_for_each_check_with_the_fix_behind_it(nsh: Program) -> None:
    """What a person reads has the same rows, never cut."""
    done = nsh("doctor", PATH="/nowhere")
    lines = done.out.splitlines()
    assert len(lines) == len(looked(nsh)[1])
    (line,) = [line for line in lines if " programs " in line]
    assert line.startswith("limited  programs ")
    assert "; fix: as root: apt-get install " in line
    assert "iproute2" in line


def test_in_a_sandbox_everything_is_there(nsh: Program) -> None:
    """Which is where most people look first."""
    done = nsh("--sandbox", "doctor", "--json")
    rows = {row["check"]: row for row in json.loads(done.out)}
    assert done.status == 0
    assert set(states(rows)) <= {"programs", "ranges of ids"}
    assert "not the initial user namespace" in rows["rights"]["found"]


def test_without_user_namespaces_the_limit_is_named(nsh: Program) -> None:
    """max_user_namespaces of 0, in a user namespace of the test's own."""
    script = "echo 0 > /proc/sys/user/max_user_namespaces; exec $0 doctor --json"
    status, rows = looked(nsh, "unshare", "--user", "--map-root-user", "sh", "-c", script)
    assert status == 1
    assert states(rows)["user namespaces"] == "missing"
    assert "No space left on device" in str(rows["user namespaces"]["found"])
    assert "/proc/sys/user/max_user_namespaces is 0" in str(rows["user namespaces"]["fix"])
    assert states(rows)["limits"] == "missing"
    assert "user 0 of 0" in str(rows["limits"]["found"])
    assert "sysctl -w user.max_user_namespaces=10000" in str(rows["limits"]["fix"])


@pytest.mark.rootless
def test_without_rows_of_subuid_the_line_to_add_is_there(nsh: Program) -> None:
    """Limited: one's own id can be mapped."""
    inner = f"exec unshare --user --map-user={os.geteuid()} --map-group={os.getegid()} $0 doctor --json"
    script = f'users=$(cat /etc/passwd); mount -t tmpfs none /etc; echo "$users" > /etc/passwd; {inner}'
    status, rows = looked(nsh, "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script)
    assert status == 0, rows
    assert rows["ranges of ids"]["state"] == "limited"
    assert re.search(r"echo '\w+:100000:65536' >> /etc/subuid", str(rows["ranges of ids"]["fix"]))


@pytest.mark.rootless
def test_no_new_privs_takes_newuidmap_its_right(nsh: Program) -> None:
    """And is told in both lines."""
    status, rows = looked(nsh, "setpriv", "--no-new-privs")
    assert status == 0
    assert rows["confinement"]["found"] == "no_new_privs is set"
    assert rows["ranges of ids"]["state"] == "limited"


def test_a_covered_proc_is_found_with_what_covers_it(nsh: Program) -> None:
    """A fresh one in a new user namespace is refused then, as in a container."""
    script = "mount --bind /dev/null /proc/version; exec $0 doctor --json"
    wrapped = ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script)
    _status, rows = looked(nsh, *wrapped)
    assert rows["fresh /proc"]["state"] == "limited"
    assert "covered: /proc/version" in str(rows["fresh /proc"]["found"])
    assert "unmask=ALL" in str(rows["fresh /proc"]["fix"])


def test_below_a_covered_proc_it_is_missing(nsh: Program) -> None:
    """Where the cover is locked, and one has no capabilities."""
    own = f"unshare --user --map-user={os.geteuid() or 5} --mount"
    script = f"mount --bind /dev/null /proc/version; exec {own} $0 doctor --json"
    status, rows = looked(nsh, "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script)
    assert status == 1
    assert rows["fresh /proc"]["state"] == "missing"


@pytest.mark.root
def test_in_a_chroot_it_says_so(nsh: Program) -> None:
    """User namespaces are missing, and the line above them says why."""
    script = "mount --rbind / /mnt && chroot /mnt $0 doctor --json; exit $?"
    status, rows = looked(nsh, "unshare", "--mount", "sh", "-c", script)
    assert status == 1
    assert states(rows)["chroot"] == "missing"
    assert states(rows)["user namespaces"] == "missing"
    assert "chroot" in str(rows["user namespaces"]["fix"])


@pytest.mark.root
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("mount --rbind / /mnt && mount -t tmpfs none /mnt/proc && chroot /mnt $0 doctor", "/proc is not mounted here"),
        ("unshare --pid --fork $0 doctor", "/proc does not show this process"),
    ],
)
def test_without_the_right_proc_nothing_can_be_looked_at(script: str, said: str, nsh: Program) -> None:
    """Not even by doctor: nsh says which of the two it is, and what to mount."""
    argv = ["unshare", "--mount", "sh", "-c", script, NSH]
    done = subprocess.run(argv, env=nsh.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"nsh: {said}")
    assert "`mount -t proc proc /proc`" in done.stderr


def test_few_open_files_are_told(nsh: Program) -> None:
    """With the limit, and how to raise it."""
    _status, rows = looked(nsh, "sh", "-c", "ulimit -n 200; exec $0 doctor --json")
    assert rows["open files"]["state"] == "limited"
    assert str(rows["open files"]["found"]).startswith("200 (hard limit 200)")


def test_a_place_with_the_proc_of_another_pid_namespace_is_told(nsh: Program) -> None:
    """`doctor` looks from where one sits: ps would speak of others there."""
    done = nsh("-c", "new user,pid a -q; on a doctor --json; new user,pid,mnt b -q; on b doctor --json")
    first, second = (json.loads(text + "]") for text in done.out.split("]\n")[:2])
    found = [next(row for row in rows if row["check"] == "your /proc") for rows in (first, second)]
    assert [row["state"] for row in found] == ["limited", "ok"]
    assert "you are 2, ps says " in found[0]["found"]


def test_apparmor_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its sysctl is told; whether it is in the way is found out by trying."""
    (tmp_path / "sysctl").write_text("1\n")
    monkeypatch.setattr(apparmor, "SYSCTL", str(tmp_path / "sysctl"))
    look = preflight._CHECKS["AppArmor"]
    state, found, _fix = look(None)  # type: ignore[arg-type]
    assert state == "ok"
    assert ("not yours" if IS_ROOT else "is 1") in found


def test_the_programs_of_the_lessons_are_looked_for() -> None:
    """What a page of docs/transcripts requires."""
    wanted = {tool for page in PAGES.glob("*.md") for tool in re.findall(r"tool:([\w.+-]+)", _front_matter(page))}
    assert wanted <= {*preflight.PROGRAMS, *preflight.PROGRAMS.values()}


def _front_matter(page: Path) -> str:
    found = re.match(r"---\n(.*?)\n---\n", page.read_text(), re.DOTALL)
    return found[1] if found else ""


def test_it_is_fast(nsh: Program) -> None:
    """Half a second, start included: the best of three, because others work here too."""
    taken = []
    for _ in range(3):
        before = time.monotonic()
        nsh("doctor")
        taken.append(time.monotonic() - before)
    assert min(taken) < 0.5 * float(os.environ.get("NSH_TEST_SCALE", "1"))


def test_it_tells_of_where_one_is(nsh: Program) -> None:
    """Rights and depth are those in the user namespace that one has moved to, not where nsh was started."""
    done = nsh("-c", "doctor --json; unshare -q user --map root; doctor --json")
    before, after = ({row["check"]: row["found"] for row in rows} for rows in texts(done.out))
    depth = [int(found["nesting"].split()[9]) for found in (before, after)]
    assert depth[1] == depth[0] + 1
    assert after["rights"].startswith("root in user:[")


def test_in_a_user_namespace_of_a_container_it_tells_the_uid_one_has_there(nsh: Program) -> None:
    """Its map, read from inside, has the ids of the namespace above, which are not those that nsh counts."""
    _, rows = looked(nsh, "unshare", "--user", "--map-user=5", "--keep-caps")
    assert str(rows["rights"]["found"]).startswith("uid 5 in user:[")
