# SPDX-License-Identifier: MIT
"""veth: pairs between any two namespaces, whole or not at all."""

from __future__ import annotations

import json

import pytest

from tests.commands.refusals import refused
from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,net box -q\nenter box\nnew net a -q\nnew net b -q\n"


def devices(text: str) -> dict[str, dict[str, object]]:
    """{endpoint: row} of what `link ls --json` printed, once or several times."""
    rows: list[dict[str, object]] = []
    for part in text.split("]\n"):
        if part.strip():
            rows += json.loads(part + "]")
    return {str(row["device"]): row for row in rows}


def test_the_shortcut_of_the_documents_works_as_written(nsh: Program) -> None:
    """Each line as they have it, in a sandbox; the peer answers, and the end that moves comes down."""
    done = nsh(
        "--sandbox",
        "-c",
        "new net netns1\nveth add veth0 netns1:veth1\naddr add netns1:veth1 10.1.1.1/24\naddr add veth0 10.1.1.2/24\n"
        "link up veth0 netns1:veth1 netns1:lo\nping -c 1 10.1.1.1\nlink move netns1:veth1 host\nlink ls --json",
    )
    assert done.status == 0, done.err
    assert "1 packets transmitted, 1 received, 0% packet loss" in done.out
    found = devices(done.out[done.out.index("[{") :])
    assert set(found) == {"lo", "veth0", "veth1"}
    assert (found["veth1"]["up"], found["veth1"]["peer"], found["veth1"]["addresses"]) == (False, "veth0", [])


def test_an_end_is_in_the_place_before_its_colon_or_here(nsh: Program) -> None:
    """Both elsewhere, one here, both here; each names its other end."""
    done = nsh(
        "-c",
        BOX + "veth add a:x b:y --mtu 1400 --mac 02:00:00:00:00:07 --up\nveth add here a:far\nveth add one two\n"
        "link ls a --json\nlink ls b --json\nlink ls --json",
    )
    found = devices(done.out)
    pairs = {name: row["peer"] for name, row in found.items() if row["kind"] == "veth"}
    assert pairs == {"a:x": "b:y", "b:y": "a:x", "a:far": "box:here", "here": "a:far", "one": "two", "two": "one"}
    assert [found[name]["mtu"] for name in ("a:x", "b:y", "one")] == [1400, 1400, 1500]
    assert [(found[name]["up"], found[name]["carrier"]) for name in ("a:x", "b:y")] == [(True, True)] * 2
    assert found["a:x"]["mac"] == "02:00:00:00:00:07"
    assert not found["one"]["up"]


REFUSED = [
    ("veth add a:new b:y", "b:y: there is a device of that name"),
    ("veth add a:x b:new", "`link rm a:x`"),
    ("veth add a:new b:new --mtu 10", "--mtu of Ethernet is 68 to 65535"),
    ("veth add a:new nowhere:new", "nowhere: no such place"),
    ("veth add a:abcdefghijklmnop b:new", "at most 15 bytes, this one 16"),
    ("veth add a:new a:new", "both ends have one name"),
    ("veth add a:new b:new --mac 01:00:00:00:00:01", "an even first octet"),
]


def test_a_pair_that_is_refused_leaves_no_end(nsh: Program) -> None:
    """One line says why, with the kernel's words; neither place has a device more."""
    found = refused(nsh, f"{BOX}veth add a:x b:y\n", REFUSED, "link ls a\nlink ls b")
    assert [row["device"] for rows in found for row in rows] == ["a:lo", "a:x", "b:lo", "b:y"]


@pytest.mark.rootless
def test_nothing_is_put_where_one_has_no_rights(nsh: Program) -> None:
    """Host's network namespace belongs to the machine's root."""
    refused(nsh, BOX, [("veth add a:new host:new", "CAP_NET_ADMIN"), ("veth add host:new a:new", "new user,net")], "")


def test_the_pair_goes_with_the_namespace_of_either_end(nsh: Program) -> None:
    """Nothing to remove by hand."""
    done = nsh("-c", f"{BOX}veth add a:x b:y\nlink rm a:x\nlink ls b --json")
    assert list(devices(done.out)) == ["b:lo"]


def test_into_a_user_namespace_and_out_of_it_goes_who_has_the_rights_in_both(nsh: Program) -> None:
    """A socket made inside has none outside; one made here has them in both. `new user` is ours, so we may."""
    done = nsh(
        "-c",
        "new user,net top -q\nenter top\nnew user,net low -q\nveth add low:in out\nveth add out2 low:in2\n"
        "link move low:in2 . back\nlink ls low --json\nlink ls --json",
    )
    assert done.status == 0, done.err
    assert sorted(devices(done.out)) == ["back", "lo", "low:in", "low:lo", "out", "out2"]


def test_json_is_refused_for_what_shows_nothing(nsh: Program) -> None:
    """A change is done or refused."""
    assert nsh("-c", BOX + "veth add a:x b:y --json").status == 2


def test_without_the_right_the_owner_of_the_namespace_is_named(nsh: Program) -> None:
    """As it is seen now, by its number; in a user namespace without the network namespace root is not enough."""
    done = nsh("-c", "new user,net box -q\nenter box\nreadlink /proc/self/ns/user\nunshare user\nveth add a b")
    assert done.status == 1
    assert "Operation not permitted" in done.err
    assert f"is owned by {done.out.strip()}, and you have no CAP_NET_ADMIN there" in done.err
