# SPDX-License-Identifier: MIT
"""What samples stand for: equal ones are equal, different ones differ while both are alive."""

from __future__ import annotations

import pytest

from nsh.transcript.judge import Ending, Unbound
from nsh.transcript.report import Failure, failure_text
from tests.transcript.page import Tried, matches, page, steps, verdict, wrong_lines

READ_TWICE = """nsh> readlink /proc/self/ns/uts
uts:[4026532242]
nsh> readlink /proc/self/ns/uts
uts:[4026532242]"""

READ_OTHER = """nsh> readlink /proc/self/ns/uts
uts:[4026532242]
nsh> on demo readlink /proc/self/ns/uts
uts:[4026532386]"""


def test_a_sample_stands_for_any_value_of_its_type() -> None:
    """The first time anything of the right shape will do; the word before the bracket is literal."""
    assert matches("uts:[4026532386]", "uts:[7]")
    assert not matches("uts:[4026532386]", "net:[7]")
    assert not matches("uts:[4026532386]", "uts:[seven]")
    assert matches("demo  pid 8187  uts:[4026532386]", "demo  pid 28  uts:[4026532178]")


def test_equal_samples_are_equal_values() -> None:
    """Also over several steps."""
    tried = Tried(page(READ_TWICE))
    assert tried.see("uts:[7]").passed
    assert not tried.see("uts:[8]").passed
    tried = Tried(page(READ_TWICE))
    assert tried.see("uts:[7]").passed
    assert tried.see("uts:[7]").passed


def test_equal_samples_are_equal_values_over_all_sessions() -> None:
    """A second terminal sees the same namespace."""
    first, second = READ_TWICE.split("\nnsh>")
    tried = Tried(page(first, f"session=b|nsh>{second}"))
    assert tried.see("uts:[7]").passed
    assert not tried.see("uts:[8]").passed


def test_equal_samples_within_a_line_are_equal_values() -> None:
    """The same number twice is the same value twice."""
    assert matches("uts:[5000] uts:[5000]", "uts:[7] uts:[7]")
    assert not matches("uts:[5000] uts:[5000]", "uts:[7] uts:[8]")


def test_different_samples_are_different_things_while_both_are_alive() -> None:
    """The inode that should differ and does not is the failure a page exists for."""
    tried = Tried(page(READ_OTHER))
    assert tried.see("uts:[7]", alive={"7": "id 100"}).passed
    found = tried.see("uts:[7]", alive={"7": "id 100"})
    assert not found.passed
    assert wrong_lines(found) == ["- uts:[4026532386]", "+ uts:[7]"]
    assert [row.reason for row in found.rows] == [
        "must differ from 4026532242 (line 7, still alive)",
        "7 = the value bound to 4026532242",
    ]


def test_the_number_of_a_thing_that_has_died_may_come_again() -> None:
    """The kernel gives a freed inode to the next namespace: another id, another thing."""
    tried = Tried(page(READ_OTHER))
    assert tried.see("uts:[7]", alive={"7": "id 100"}).passed
    assert tried.see("uts:[7]", alive={"7": "id 101"}).passed


def test_things_that_nobody_can_tell_apart_are_not_compared() -> None:
    """If the first was never seen alive, or the second is gone already, there is no statement."""
    tried = Tried(page(READ_OTHER))
    assert tried.see("uts:[7]").passed
    assert tried.see("uts:[7]", alive={"7": "id 101"}).passed


def test_different_samples_within_a_line_differ() -> None:
    """Both are there at the same moment."""
    tried = Tried(page("nsh> same uts a b\ndifferent  uts:[5000] a  uts:[5001] b"))
    assert not tried.see("different  uts:[7] a  uts:[7] b", alive={"7": "id 1"}).passed


def test_for_children_shares_the_bindings_of_its_type() -> None:
    """The number counts, not the name of the link."""
    block = "nsh> a\npid:[4026531836]\nnsh> b\npid_for_children:[4026531836]"
    tried = Tried(page(block))
    assert tried.see("pid:[7]").passed
    assert not tried.see("pid_for_children:[8]").passed


def test_a_line_is_searched_for_the_value_that_fits() -> None:
    """Behind `...` the next candidate is tried when the first is another sample's."""
    tried = Tried(page("nsh> a\nuts:[5000]\nnsh> b\n...uts:[5001]..."))
    assert tried.see("uts:[7]", alive={"7": "id 1"}).passed
    assert tried.see("x uts:[7] y uts:[8] z", alive={"7": "id 1", "8": "id 2"}).passed


def test_pid_one_is_a_proof() -> None:
    """0 and 1 are never samples: the page says 1, so 1 it is."""
    assert matches("1", "1", command="echo $$")
    assert not matches("1", "2", command="echo $$")
    assert matches("8187", "28", command="echo $$")
    table = "  PID  PPID COMMAND\n    1     0 bash\n   11     1 ps"
    assert matches(table, "    PID    PPID COMMAND\n      1       0 bash\n      7       1 ps")
    assert not matches(table, "    PID    PPID COMMAND\n      2       0 bash\n      7       2 ps")


def test_a_sample_is_no_proof_of_one() -> None:
    """A page that shows another pid than 1 is not fulfilled by two equal ones."""
    tried = Tried(page("nsh> echo $$\n8187\nnsh> bash -c 'echo $$'\n8190"))
    assert tried.see("28", alive={"28": "28 since 5"}).passed
    assert not tried.see("28", alive={"28": "28 since 5"}).passed


def test_pids_of_different_places_are_not_compared() -> None:
    """Pid 11 in one pid namespace and pid 11 in another are two processes."""
    tried = Tried(page("nsh> echo $$\n8187\nnsh[box]> echo $$\n12\nnsh> on web bash -c 'echo $$'\n13"))
    alive = {"11": "4011 since 5"}
    assert tried.see("11", alive=alive).passed
    assert tried.see("11", alive=alive).passed
    assert tried.see("11", alive=alive).passed


def test_addresses_of_links_are_bound_but_those_of_no_device_are_literal() -> None:
    """A MAC that survives a move proves the same device; 00:… and ff:… are what they are."""
    line = "    link/ether aa:85:69:59:25:b9 brd ff:ff:ff:ff:ff:ff"
    tried = Tried(page(f"nsh> a\n{line}\nnsh> b\n{line}"))
    assert tried.see("    link/ether 0e:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff").passed
    assert not tried.see("    link/ether 0e:11:22:33:44:56 brd ff:ff:ff:ff:ff:ff").passed
    assert not matches(line, "    link/ether 0e:11:22:33:44:55 brd ff:ff:ff:ff:ff:fe")


def test_addresses_of_different_links_differ_always() -> None:
    """No question of life and death: two random addresses are not equal."""
    tried = Tried(page("nsh> a\naa:85:69:59:25:b9\nnsh> b\naa:85:69:59:25:ba"))
    assert tried.see("0e:11:22:33:44:55").passed
    assert not tried.see("0e:11:22:33:44:55").passed


def test_interface_numbers_are_equal_where_the_page_says_so_but_may_repeat() -> None:
    """Each network namespace counts for itself, so different samples may be one number."""
    block = "nsh> a\n478: veth1@if479: <UP>\nnsh> b\n479: veth0@if478: <UP>"
    tried = Tried(page(block))
    assert tried.see("3: veth1@if4: <UP>").passed
    assert not tried.see("3: veth0@if4: <UP>").passed, "swapped"
    tried = Tried(page(block))
    assert tried.see("3: veth1@if3: <UP>").passed
    assert matches("1: lo: <UP>", "1: lo: <UP>")
    assert not matches("7: lo: <UP>", "1: lo: <UP>"), "lo is number one everywhere"


def test_numbers_of_peer_namespaces_come_and_go() -> None:
    """`ip netns list` shows an id once a veth has crossed; a link names its peer by number or by name."""
    assert matches("netns1", "netns1 (id: 0)", command="ip netns list")
    assert matches("netns1 (id: 0)", "netns1", command="ip netns")
    assert matches("netns1 (id: 0)", "netns1 (id: 4)", command="ip netns list")
    assert not matches("netns1", "netns1 (id: 0)", command="echo netns1")
    assert not matches("netns1 (id: 0)", "netns2 (id: 0)", command="ip netns list")
    assert matches("    link-netnsid 0", "    link-netns web")
    assert matches("    link-netns web", "    link-netnsid 4")
    assert not matches("    link-netns web", "    link-netns lab")


def test_keys_of_queues_are_bound_and_their_ids_literal() -> None:
    """A random key, but a queue id that proves the numbering."""
    row = "0x70ffd07c 0          root       644        0            0"
    assert matches(row, "0x12345678 0          root       644        0            0")
    assert not matches(row, "0x12345678 1          root       644        0            0")


def test_times_are_compared_by_shape_only() -> None:
    """Two equal times need not be equal, but a time must be there."""
    assert matches("13:13 13:13", "09:59 23:00")
    assert not matches("13:13", "99:99")
    assert not matches("13:13", "13:13:00")
    assert matches("Jan  6 19:00", "Nov 22  2025")
    assert matches("time=0.037 ms", "time=12 ms")
    assert not matches("0% packet loss, time 0ms", "100% packet loss, time 0ms")


def test_a_capture_binds_and_compares() -> None:
    """`%{q:int}` binds, `%{q}` is the same again, `%{!q:int}` another one."""
    block = "nsh> a\nid %{q:int} ok\nnsh> b\nagain %{q}\nnsh> c\nother %{!q:int}\nnsh> d %{q} %%{x}"
    tried = Tried(page(block))
    assert tried.see("id 42 ok").passed
    assert tried.see("again 42").passed
    assert tried.see("other 43").passed
    assert tried.next_command == "d 42 %{x}"
    tried = Tried(page(block))
    assert tried.see("id 42 ok").passed
    assert not tried.see("again 43").passed
    assert not tried.see("other 42").passed


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "-5", "x"),
        ("word", "a:b", "a b"),
        ("ip", "10.1.1.1", "ten"),
        ("ip", "fd00::1", "one"),
        ("path", "/run/netns", "run"),
        ("hex", "0xfe", "xyz"),
        ("re:/[ab]{2}/", "ab", "abc"),
    ],
)
def test_captures_have_types(kind: str, good: str, bad: str) -> None:
    """What does not fit is no value."""
    assert matches(f"v %{{x:{kind}}}", f"v {good}")
    assert not matches(f"v %{{x:{kind}}}", f"v {bad}")


def test_a_bound_sample_is_typed_as_its_value() -> None:
    """The page says 8187, the shell is asked for the real pid."""
    tried = Tried(
        page(
            "nsh> new uts demo\ndemo  pid 8187  uts:[4026532386]\n"
            "nsh> readlink /proc/8187/ns/uts /proc/1/ns/uts; kill 8187; show uts:[4026532386]\n..."
        )
    )
    assert tried.see("demo  pid 28  uts:[99]").passed
    assert tried.next_command == "readlink /proc/28/ns/uts /proc/1/ns/uts; kill 28; show uts:[99]"


def test_an_address_that_the_page_chooses_is_literal_from_then_on() -> None:
    """`ip link set address` names it first, so the output must show just that."""
    block = "nsh> ip link set v address 02:00:00:00:00:05\nnsh> ip link show v\nlink/ether 02:00:00:00:00:05"
    tried = Tried(page(block))
    assert tried.next_command.endswith("02:00:00:00:00:05")
    assert tried.see().passed
    assert not tried.see("link/ether 02:00:00:00:00:06").passed


def test_a_command_marked_eq_is_sent_as_it_is() -> None:
    """For the number of a process that must not exist."""
    tried = Tried(page("nsh> echo $$\n8187\nnsh> kill 8187 #: eq"))
    assert tried.see("28").passed
    assert tried.next_command == "kill 8187"


def test_a_sample_whose_step_was_left_out_cannot_be_typed() -> None:
    """A condition may skip the step that shows it."""
    tried = Tried(page("if=root|nsh> echo $$\n8187", "nsh> kill 8187"))
    (_, _), (_, second) = steps(tried.judge.document)
    with pytest.raises(Unbound, match="8187 stands for nothing yet"):
        tried.judge.command(second)


def test_the_exit_status_must_be_what_the_page_says() -> None:
    """None means 0, `[!0]` any other, a condition decides which one counts."""
    document = page("nsh> a\nnsh> b\n[2]\nnsh> c\n[!0]\nnsh> d\n[1] (rootless !)")
    tried = Tried(document, {"rootless": False})
    assert [tried.see(status=status).passed for status in (0, 2, 9, 0)] == [True, True, True, True]
    tried = Tried(document, {"rootless": True})
    assert [tried.see(status=status).notes for status in (1, 1, 0, 0)] == [
        ("the exit status is 1, not 0",),
        ("the exit status is 1, not 2",),
        ("the exit status is 0, not any but 0",),
        ("the exit status is 0, not 1",),
    ]


def test_the_prompt_is_part_of_the_page() -> None:
    """It proves where we are."""
    tried = Tried(page("nsh[demo]> hostname\nns1"))
    assert tried.see("ns1", prompt="nsh>").notes == ("the prompt is nsh>, not nsh[demo]>",)


def test_a_step_that_failed_binds_nothing() -> None:
    """Its values are not to be trusted."""
    tried = Tried(page(READ_TWICE))
    assert not tried.see("uts:[7]", status=1).passed
    assert tried.see("uts:[8]").passed


def test_a_command_without_an_answer_fails() -> None:
    """Whatever it had shown so far."""
    tried = Tried(page("nsh> a\nx\nnsh> b"))
    assert tried.see("x", ending=Ending.TIMEOUT).notes[0].startswith("no answer within")
    assert tried.see(ending=Ending.GONE).notes == ("the session has ended",)


def test_a_failure_says_where_what_differs_and_what_was_bound() -> None:
    """The report has the file, the line, the session, the step, both lines with reasons, and the bindings."""
    document = page(READ_OTHER)
    tried = Tried(document)
    tried.see("uts:[17]", alive={"17": "id 1"})
    found = tried.see("uts:[17]", alive={"17": "id 1"})
    text = failure_text(Failure(document, document.blocks[0], found, tried.judge.bindings))
    assert text.splitlines() == [
        "page.md:9: session host, step 2/2  (0.0 s)",
        "  nsh> on demo readlink /proc/self/ns/uts",
        "- uts:[4026532386]        must differ from 4026532242 (line 7, still alive)",
        "+ uts:[17]                17 = the value bound to 4026532242",
        "  bound: ns 4026532242→17      (step 1 ok, folded)",
    ]


def test_a_failure_makes_control_characters_visible() -> None:
    """What a program printed cannot draw on the reader's terminal."""
    document = page("nsh> a\nx")
    found = Tried(document).see("\x1b[31mx")
    assert "\\x1b[31mx" in failure_text(Failure(document, document.blocks[0], found))


def test_a_long_output_is_folded_around_the_differences() -> None:
    """Three equal lines on either side; the rest is counted."""
    lines = [f"line {number}" for number in range(100)]
    document = page("nsh> a\n" + "\n".join(lines))
    found = Tried(document).see("\n".join([*lines[:50], "other", *lines[51:]]))
    text = failure_text(Failure(document, document.blocks[0], found))
    assert "  (47 more lines)" in text
    assert "  (46 more lines)" in text
    assert "- line 50" in text
    assert "line 46" not in text


def test_a_wrong_value_names_the_line_that_bound_it() -> None:
    """`must be V, which S has stood for since line N`."""
    tried = Tried(page(READ_TWICE))
    tried.see("uts:[7]")
    found = tried.see("uts:[8]")
    assert found.rows[0].reason == "must be 7, which 4026532242 has stood for since line 7"
    assert found.rows[1].reason == "8 is another one"


def test_swapped_inodes_are_found() -> None:
    """Bound in one order, shown in the other."""
    block = "nsh> a\nuts:[5000]\nuts:[5001]\nnsh> b\nuts:[5001]\nuts:[5000]"
    tried = Tried(page(block))
    alive = {"7": "id 1", "8": "id 2"}
    assert tried.see("uts:[7]\nuts:[8]", alive=alive).passed
    assert not tried.see("uts:[7]\nuts:[8]", alive=alive).passed


def test_a_bare_prompt_needs_only_the_prompt() -> None:
    """No command, no status, no lines."""
    tried = Tried(page("nsh[demo]>"))
    assert tried.see().passed
    assert not verdict("x", "y").passed
