# SPDX-License-Identifier: MIT
"""link: devices set up, moved, renamed, made, removed and listed, wherever they are."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.commands.refusals import refused
from tests.program import Program

pytestmark = pytest.mark.real

BOX = "new user,net box -q\nenter box\nnew net a -q\nnew net b -q\n"
PAIR = BOX + "veth add a:x b:y\n"


def rows(text: str) -> dict[str, dict[str, object]]:
    """{endpoint: row} of a `link ls --json` at the end of what was printed."""
    return {row["device"]: row for row in json.loads(text[text.rindex("[{") :])}


def test_several_devices_are_set_up_and_down_with_one_line(nsh: Program) -> None:
    """In several places at once; without the other end there is no carrier."""
    done = nsh("-c", PAIR + "link up a:lo a:x b:y\nlink down b:y\nlink ls a\nlink ls b --json")
    assert re.search(r"^a:lo +loopback +up ", done.out, re.MULTILINE)
    assert re.search(r"^a:x +veth +up, no carrier ", done.out, re.MULTILINE)
    assert rows(done.out)["b:y"]["up"] is False


def test_when_one_device_is_not_there_none_is_set_up(nsh: Program) -> None:
    """All are looked up first."""
    done = nsh("-c", PAIR + "- link up a:x b:nope\nlink ls a --json")
    assert "b:nope: no such device" in done.err
    assert rows(done.out)["a:x"]["up"] is False


def test_a_device_that_is_not_there_is_told_with_what_may_be_meant(nsh: Program) -> None:
    """One letter off; the same name elsewhere; else those there are."""
    done = nsh("-c", BOX + "veth add a:veth0 b:other\n- link up a:veht0\n- link up other\n- link up b:zzzz")
    assert "did you mean a:veth0?" in done.err
    assert "b has one: b:other" in done.err
    assert "devices there: lo, other" in done.err


def test_a_moved_device_may_get_another_name(nsh: Program) -> None:
    """It is gone from the one place and in the other."""
    done = nsh("-c", PAIR + "link move a:x b eth0\nlink ls a --json\nlink ls b --json")
    assert set(rows(done.out)) == {"b:lo", "b:y", "b:eth0"}
    assert '"a:x"' not in done.out


REFUSED = [
    ("link move a:lo b", "Invalid argument: The interface netns is immutable"),
    ("link move a:br b", "lo and bridges stay where they were made"),
    ("link move a:nope b", "a:nope: no such device"),
    ("link move a:x nowhere", "nowhere: no such place"),
    ("link move a:x a", "a:x is in a already"),
    ("link move a:y b", "`link move a:y b NAME` gives it another name"),
    ("link move a:x b y", "b:y: there is a device of that name"),
    ("link rename a:x y", "File exists"),
    ("link rename a:x x", "a:x is its name already"),
    ("link rename a:x abcdefghijklmnop", "at most 15 bytes, this one 16"),
    ("link rename a:x a/b", "no `/`"),
    ("link rm a:lo", "it goes with its namespace"),
    ("link rm a:x a:nope", "no such device"),
    ("link set a:x", "nothing to set"),
    ("link set a:x --mtu 10", "mtu less than device minimum"),
    ("link set a:x --mtu 99999999", "mtu greater than device maximum"),
    ("link set a:x --mtu 9999999999", "out of range"),
    ("link set a:x --mac zz", "not a hardware address"),
    ("link up :x", "the place before the colon is missing"),
    ("link add macvlan a:m", "link add macvlan a:m PARENT"),
    ("link add macvlan a:m a:x --mode foo", "one of: private, vepa, bridge, passthru, source"),
    ("link add dummy a:d a:x", "lies on no other device"),
    ("link add dummy a:d --id 7", "it belongs to vlan and vxlan"),
    ("link add vlan a:v a:x", "a vlan has a number"),
    ("link add vlan a:v a:x --id 4095", "0 to 4094"),
    ("link add vxlan a:v --id 16777216", "0 to 16777215"),
    ("link add vxlan a:v --id 1 --remote 10.0.0.1 --local fd00::1", "both of one family"),
    ("link add vxlan a:v --id 1 --port 0", "1 to 65535"),
    ("link add veth a:m b:m", "veth add PLACE:DEV PLACE:DEV"),
    ("link add vlam a:m", "did you mean 'vlan'?"),
]


def test_what_cannot_be_is_one_line_and_a_hint_and_changes_nothing(nsh: Program) -> None:
    """Each says what is in the way; both places have the devices they had."""
    before = f"{PAIR}veth add a:y b:z\nbridge add a:br\n"
    (devices,) = refused(nsh, before, REFUSED, "link ls a")
    assert {row["device"]: row["mtu"] for row in devices} == {"a:lo": 65536, "a:x": 1500, "a:y": 1500, "a:br": 1500}


@pytest.mark.parametrize(
    ("kind", "words", "option"),
    [
        ("dummy", "a:new", "CONFIG_DUMMY"),
        ("vlan", "a:new a:x --id 10", "CONFIG_VLAN_8021Q"),
        ("ipvlan", "a:new a:x --mode l3", "CONFIG_IPVLAN"),
        ("wireguard", "a:new", "CONFIG_WIREGUARD"),
        ("macvlan", "a:new a:x --mode private", "CONFIG_MACVLAN"),
        ("vxlan", "a:new --id 42 --remote 10.1.1.2", "CONFIG_VXLAN"),
    ],
)
def test_a_kind_is_made_or_the_missing_option_of_the_kernel_is_named(
    kind: str, words: str, option: str, nsh: Program
) -> None:
    """What the kernel says decides; then nothing is there."""
    done = nsh("-c", f"{PAIR}- link add {kind} {words} --up\nlink ls a --json")
    found = rows(done.out)
    if "a:new" in found:
        assert (found["a:new"]["kind"], done.err) == (kind, "")
        return
    assert "Unknown device type" in done.err
    assert option in done.err


def test_a_macvlan_lies_on_a_device_of_another_place(nsh: Program) -> None:
    """And says on which."""
    done = nsh("-c", PAIR + "link up a:x b:y\nlink add macvlan b:mac0 a:x --mtu 1300 --up\nlink ls b --json")
    assert done.status == 0, done.err
    found = rows(done.out)["b:mac0"]
    assert (found["kind"], found["peer"], found["mtu"], found["up"]) == ("macvlan", "a:x", 1300, True)


@pytest.mark.parametrize("kind", ["tun", "tap"])
def test_tun_and_tap_stay_when_their_file_is_closed(kind: str, nsh: Program) -> None:
    """As far as /dev/net/tun is for us to open; else its mode is the hint, and there is no device."""
    done = nsh("-c", f"{PAIR}- link add {kind} a:new --up --mtu 1300\nlink ls a --json")
    if os.access("/dev/net/tun", os.R_OK | os.W_OK):
        assert (rows(done.out)["a:new"]["kind"], rows(done.out)["a:new"]["mtu"]) == ("tun", 1300)
        return
    assert "/dev/net/tun" in done.err
    assert "a:new" not in rows(done.out)


def test_mtu_and_hardware_address_are_changed(nsh: Program) -> None:
    """As they are listed then."""
    done = nsh("-c", PAIR + "link set a:x --mtu 1300 --mac 02:00:00:00:00:09\nlink ls a --json")
    assert (rows(done.out)["a:x"]["mtu"], rows(done.out)["a:x"]["mac"]) == (1300, "02:00:00:00:00:09")


def test_removing_both_ends_of_a_pair_is_no_mistake(nsh: Program) -> None:
    """The second has gone with the first."""
    done = nsh("-c", PAIR + "link rm a:x b:y\nlink ls a --json")
    assert done.status == 0, done.err
    assert set(rows(done.out)) == {"a:lo"}


def test_inside_a_place_its_devices_need_no_place(nsh: Program) -> None:
    """`on`, and a name before the line, count as being there."""
    done = nsh("-c", PAIR + "on a link up x\na link rename x eth0\nenter a\nlink ls --json")
    assert rows(done.out)["eth0"]["up"] is True


def test_the_program_called_link_is_left_to_those_who_mean_it(nsh: Program) -> None:
    """Its second word is a file, as a rule."""
    done = nsh("-c", f"{BOX}echo text > one\nlink one two\ncat two")
    assert done.out == "text\n"


def test_anybody_may_look(nsh: Program) -> None:
    """Listing wants no rights: also where one may change nothing."""
    done = nsh("-c", "link ls --json\naddr ls\nroute ls\nneigh ls")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith('[{"place": "host", "device": "lo"')


def test_a_macvlan_is_put_where_only_its_maker_has_rights_too(nsh: Program) -> None:
    """On a device inside a user namespace, into the namespace around it: by who has rights in both."""
    done = nsh(
        "-c",
        "new user,net top -q\nenter top\nnew user,net low -q\nveth add low:x low:y\n"
        "link add macvlan m0 low:x\nlink ls --json",
    )
    assert done.status == 0, done.err
    assert set(rows(done.out)) == {"lo", "m0"}
