# SPDX-License-Identifier: MIT
"""lab save and lab load in the formats of other engines: what is built, what is said, what is never half-written."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import Program
from tests.safety.talk import Talk

pytestmark = pytest.mark.real

IS_ROOT = os.geteuid() == 0
SAVES = {
    "containerlab": "lab save x.clab.yml",
    "clabernetes": "lab save --k8s x.yaml",
    "Kathará": "lab save --kathara x",
}
OWN_NETWORK = [] if IS_ROOT else ["unshare -q user,net --map root"]
"""What somebody without rights types first to have them."""
EVERY_FORMAT = pytest.mark.parametrize("engine", list(SAVES))


def path_of(engine: str) -> str:
    """The file or folder that is written."""
    return SAVES[engine].split()[-1]


def topology(path: Path) -> dict[str, Any]:
    """What is in a file for containerlab or clabernetes."""
    found = yaml.safe_load(path.read_text())
    inner = found["spec"]["definition"]["containerlab"] if "spec" in found else None
    whole: dict[str, Any] = found if inner is None else yaml.safe_load(inner)
    return whole


@EVERY_FORMAT
@pytest.mark.parametrize(
    ("shape", "pairs"), [("star 3", 6), ("ring 4 --prefix L.", 12), ("dumbbell 2 --with uts,mnt", 12)]
)
def test_a_lab_that_was_saved_is_built_again_and_pings(engine: str, shape: str, pairs: int, nsh: Program) -> None:
    """All hosts reach each other, and our own file says the same of both."""
    path = path_of(engine)
    lines = [f"lab {shape}", "lab save one.yaml", SAVES[engine], "lab rm", f"lab load {path}", "lab save two.yaml"]
    done = nsh("-c", "\n".join([*lines, "pingall", "cmp one.yaml two.yaml"]))
    assert done.status == 0, done.err
    assert f"written to {path}, for {engine}" in done.out
    assert f"{pairs} of {pairs} pairs answered" in done.out


def as_engine(nodes: dict[str, list[str]], links: list[tuple[str, str]]) -> list[str]:
    """Lines of nsh that do what an engine does: places, links that are up, and then the lines of each node."""
    lines = [f"new -q net {name}" for name in nodes]
    for one, other in links:
        lines += [f"veth add {one} {other}", f"link up {one} {other}"]
    return lines + [
        f"on {name} !{line}" for name, commands in nodes.items() for line in ["ip link set lo up", *commands]
    ]


def assert_pings(nsh: Program, lines: list[str]) -> None:
    """Each line can be done, and after them h1 reaches h3 at the other end of the line."""
    done = nsh("-c", "\n".join([*OWN_NETWORK, *lines, "h1 ping -c 1 -W 5 10.0.0.3"]))
    assert done.status == 0, done.err
    assert "1 received" in done.out


def test_the_lines_in_a_topology_do_what_they_say(nsh: Program) -> None:
    """With links made as containerlab makes them, its exec lines alone let the ends of a line ping each other."""
    assert nsh("-c", "lab linear 3\nlab save x.clab.yml").status == 0
    found = topology(nsh.cwd / "x.clab.yml")["topology"]
    assert found["defaults"] == {
        "kind": "linux",
        "image": "ghcr.io/srl-labs/network-multitool",
        "network-mode": "none",
    }
    nodes = {name: node["exec"] for name, node in found["nodes"].items()}
    links = [tuple(link["endpoints"]) for link in found["links"]]
    assert_pings(nsh, as_engine(nodes, links))


def test_the_lines_in_a_scenario_do_what_they_say(nsh: Program) -> None:
    """The same for Kathará, where every device is called eth0, eth1 … until its .startup has run."""
    assert nsh("-c", "lab linear 3\nlab save --kathara x").status == 0
    folder = nsh.cwd / "x"
    domains: dict[str, list[str]] = {}
    for name, number, domain in re.findall(
        r'^(\w+)\[(\d+)\]="(\w+)"$', (folder / "lab.conf").read_text(), re.MULTILINE
    ):
        domains.setdefault(domain, []).append(f"{name}:eth{number}")
    nodes = {path.stem: path.read_text().splitlines() for path in sorted(folder.glob("*.startup"))}
    assert sorted(nodes) == ["h1", "h2", "h3", "s1", "s2", "s3"]
    links = [(one, other) for one, other in domains.values()]
    assert_pings(nsh, as_engine(nodes, links))


def test_what_is_not_carried_is_said_and_stands_in_the_file(nsh: Program) -> None:
    """Names, neighbours, rates, what was changed by hand, places inside: one line each, none dropped in silence."""
    with Talk(nsh) as talk:
        talk.say("lab star 3 --prefix A+ --with mnt,cgroup")
        talk.say("netem A+h1:eth0 rate 10mbit")
        talk.say("addr add A+h2:eth0 10.9.9.9/24; link down A+h3:eth0; forward on A+h1")
        talk.say("on A+h1 new -q uts inside")
        talk.say("nat add A+h2 via A+h2:eth0")
        said = talk.say("lab save --k8s x.yaml")
        assert said.out == "star1: written to x.yaml, for clabernetes\nx.netem.sh: its delay, loss and rate\n"
        lines = [
            line.removeprefix("not carried: ") for line in said.err.splitlines() if line.startswith("not carried: ")
        ]
    expected = [
        "star1: delay, loss and rate of A+h1:eth0; x.netem.sh sets them when it is up",
        "star1: the names: A+h1 is a-h1, A+h2 is a-h2, A+h3 is a-h3, A+s1 is a-s1 there",
        "star1: 6 permanent neighbours; there ARP finds them",
        "A+h1, A+h2, A+h3: an /etc/hosts with the names of all",
        "A+h1, A+h2, A+h3: a cgroup namespace, which there the engine decides on",
        r"A\+h1: that it forwards IPv4( and IPv6)?",
        "A+h2: what was changed since it was built: address 10.9.9.9/24 of eth0",
        "A+h2: its firewall rules",
        "A+h3: what was changed since it was built: eth0 down",
        *([] if IS_ROOT else [r"star1: the user namespace user:\[\d+\] that owns it, and its ID maps"]),
        "inside: made inside of the lab, but not of it",
    ]
    patterns = [line if "(" in line or "[" in line else re.escape(line) for line in expected]
    assert len(lines) == len(patterns), lines
    assert all(re.fullmatch(pattern, line) for pattern, line in zip(patterns, lines, strict=True)), lines
    text = (nsh.cwd / "x.yaml").read_text()
    assert all(f"# not carried: {line}\n" in text for line in lines)
    script = nsh.cwd / "x.netem.sh"
    assert (
        "kubectl exec deploy/star1-a-h1 -- containerlab tools netem set --node a-h1 --interface eth0 --rate 10000\n"
        in (script.read_text())
    )
    assert stat.S_IMODE(script.stat().st_mode) & 0o100


@EVERY_FORMAT
def test_strict_writes_nothing_where_something_is_not_carried(engine: str, nsh: Program) -> None:
    """Status 1, what it is, and no file; a lab that is carried whole is written."""
    path = path_of(engine)
    lines = [*OWN_NETWORK, "lab star 2", f"{SAVES[engine]} --strict", "echo $?", "rm h2", f"{SAVES[engine]} --strict"]
    done = nsh("-k", stdin="\n".join(lines))
    assert f"{engine} cannot carry star1: 2 permanent neighbours" in done.err
    assert "1\n" in done.out
    assert f"star1: written to {path}" in done.out
    assert sorted(os.listdir(nsh.cwd)) == ["home", path]


def test_the_image_is_the_one_that_was_asked_for(nsh: Program) -> None:
    """In each format; and no name of an image is more than a name."""
    done = nsh("-c", "lab star 1\nlab save x.clab.yml --image alpine:3.22\nlab save --kathara x --image alpine:3.22")
    assert done.status == 0, done.err
    assert topology(nsh.cwd / "x.clab.yml")["topology"]["defaults"]["image"] == "alpine:3.22"
    assert 'h1[image]="alpine:3.22"\n' in (nsh.cwd / "x" / "lab.conf").read_text()
    for image in ("'a b'", "'a\"'", "'a\nb'", "''", "-x"):
        refused = nsh("-c", f"lab star 1\nlab save y.clab.yml --image {image}")
        assert refused.status == 2, image
    assert not (nsh.cwd / "y.clab.yml").exists()


def test_json_says_what_was_written_and_what_was_not(nsh: Program) -> None:
    """Path, script, and a list of what is not carried."""
    said = json.loads(nsh("-c", "lab star 2 -q\nlab save --k8s x.yaml --json").out)
    assert (said["name"], said["path"], said["script"]) == ("star1", "x.yaml", None)
    assert said["not_carried"][0] == "star1: 2 permanent neighbours; there ARP finds them"
    assert len(said["not_carried"]) == (1 if IS_ROOT else 2)  # the other is who owns it


def test_scripts_that_are_not_run_are_named(nsh: Program) -> None:
    """A .shutdown has no moment here, and a .startup of nobody no host."""
    folder = nsh.cwd / "x"
    folder.mkdir()
    (folder / "lab.conf").write_text('LAB_NAME="My lab"\na[0]=A\nb[0]=A\n')
    for name in ("a.startup", "a.shutdown", "z.startup"):
        (folder / name).touch()
    done = nsh("-c", "lab load x")
    assert done.out == "file1  2 hosts a,b  1 link  10.0.0.0/16\n"
    title = "the lab's own name is not used: My lab: ' ' cannot be in a name"
    assert f"{title}\nnot read: a.shutdown, z.startup\n" in done.err  # without root it is also said who owns the lab


def test_a_router_of_others_is_told_to_forward(nsh: Program) -> None:
    """Docker lets containers forward; what is said here when such a lab is loaded is what makes it work."""
    folder = nsh.cwd / "x"
    folder.mkdir()
    (folder / "lab.conf").write_text("a[0]=A\nr[0]=A\nr[1]=B\nb[0]=B\n")
    for host, net in (("a", "10.0.1"), ("b", "10.0.2")):
        route = f"ip route add default via {net}.2 dev eth0\n"
        (folder / f"{host}.startup").write_text(f"ip addr add {net}.1/24 dev eth0\n{route}")
    (folder / "r.startup").write_text("ip addr add 10.0.1.2/24 dev eth0\nip addr add 10.0.2.2/24 dev eth1\n")
    done = nsh(
        "-k", stdin="lab load x -q\nlab load x --prefix y-\nforward on r\na ping -c 1 -W 5 b >/dev/null\necho $?\n"
    )
    assert "y-r: a gateway here forwards when it is told: `forward on y-r`\n" in done.err
    assert done.out.splitlines()[-1] == "0"


def spoil(folder: Path) -> None:
    """Files and folders that are no labs."""
    os.mkfifo(folder / "fifo.yaml")
    (folder / "big.clab.yml").write_text("# " + "x" * (10 << 20))
    (folder / "latin.clab.yml").write_bytes(b"topology:\n  \xff: 1\n")
    (folder / "srl.clab.yml").write_text("name: x\ntopology:\n  nodes:\n    a: {kind: nokia_srlinux}\n")
    for name, conf in {
        "links": "a[0]=A\n",
        "pipes": "a[0]=A\n",
        "own": "a[0]=A\n",
        "out": "../../etc/x[0]=A\n",
    }.items():
        (folder / name).mkdir()
        (folder / name / "lab.conf").write_text(conf)
    (folder / "links" / "a.startup").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipes" / "a.startup")
    (folder / "own" / "a").mkdir()
    (folder / "empty").mkdir()
    (folder / "full").mkdir()
    (folder / "full" / "mine").write_text("precious\n")


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("lab load fifo.yaml", 2, "fifo.yaml: not a regular file"),
        ("lab load big.clab.yml", 2, "big.clab.yml: larger than 4 MiB"),
        ("lab load latin.clab.yml", 2, "latin.clab.yml:2:3: not UTF-8"),
        ("lab load srl.clab.yml", 2, "srl.clab.yml:4:15: nokia_srlinux: a kind that nsh has not"),
        ("lab load links", 2, "links/a.startup: a symbolic link"),
        ("lab load pipes", 2, "pipes/a.startup: not a regular file"),
        ("lab load own", 2, "own/a: no host of nsh has such files"),
        ("lab load out", 2, "out/lab.conf:1: ../../etc/x[0]=A: not DEVICE"),
        ("lab load empty", 2, "empty: a folder without lab.conf"),
        ("lab load nowhere", 1, 'open("nowhere"): No such file'),
        ("lab star 2 -q; lab save --kathara full", 1, "full: there is such a folder already, and it is not empty"),
        ("lab star 2 -q; lab save fifo.yaml", 1, "fifo.yaml: not a regular file"),
        ("lab star 2 -q; lab save full/no/x.clab.yml", 1, "full/no/x.clab.yml: No such file"),
        ("lab star 2 -q; lab save --k8s empty", 1, "empty: not a regular file"),
        ("lab star 2 -q; lab save --k8s x.yaml/", 2, "x.yaml/: is the name of a folder"),
        ("lab star 2 -q; lab save x/", 2, "x/: is the name of a folder"),
        ("lab star 2 -q; lab save --kathara nowhere/x", 1, "nowhere/x: No such file"),
        ("lab star 2 -q; lab save x.yaml --strict", 2, "--image and --strict are about files of other engines"),
        ("lab save --k8s x.yaml", 1, "there is no lab"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing(line: str, status: int, words: str, nsh: Program) -> None:
    """Quickly; no file is written, none is changed, and nothing is built."""
    spoil(nsh.cwd)
    before = sorted(path for path in nsh.cwd.rglob("*"))
    began = time.monotonic()
    done = nsh("-k", stdin=f"{line}\necho $?\n")
    assert done.out == f"{status}\n"
    assert words in done.err
    assert "Traceback" not in done.err
    assert time.monotonic() - began < 10
    assert sorted(path for path in nsh.cwd.rglob("*")) == before
    assert (nsh.cwd / "full" / "mine").read_text() == "precious\n"


def test_a_full_disk_leaves_the_file_that_was_there(nsh: Program) -> None:
    """What is written stands beside until it is whole; then nothing of it is left."""
    target = nsh.cwd / "x.clab.yml"
    target.write_text("old\n")
    with Talk(nsh, before=["prlimit", "--fsize=4096:4096"]) as talk:
        talk.say("lab star 60 -q")
        assert "x.clab.yml: File too large" in talk.say("lab save x.clab.yml").err
        assert "s1.startup: File too large" in talk.say("lab save --kathara x").err
    assert target.read_text() == "old\n"
    assert sorted(os.listdir(nsh.cwd)) == ["home", "x.clab.yml"]
