# SPDX-License-Identifier: MIT
"""Reading a page: fences, attributes, steps, suffixes, statuses, and the errors with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.transcript.document import BadDocument, Document, How, Line, Role, Step
from nsh.transcript.parse import parse, read_document
from tests.transcript.page import PATH, page


def step_of(body: str) -> Step:
    return page(body).blocks[0].steps[0]


def line_of(source: str) -> Line:
    return step_of(f"nsh> show\n{source}").lines[0]


def why_not(text: str) -> tuple[int, str]:
    with pytest.raises(BadDocument) as caught:
        parse(PATH, text)
    return caught.value.line, caught.value.why


def body(text: str) -> str:
    return f"---\nnsh: 1\n---\n{text}"


def only_block_lines(document: Document) -> list[tuple[int, int]]:
    return [(block.first, block.last) for block in document.blocks]


def test_a_step_is_a_prompt_a_command_and_its_lines() -> None:
    """Numbers are those of the file; the last one is that of the step's last line."""
    step = step_of("nsh[demo]> hostname ns1\none\ntwo\n")
    assert (step.prompt, step.command) == ("nsh[demo]>", "hostname ns1")
    assert [line.text for line in step.lines] == ["one", "two"]
    assert (step.number, step.last) == (6, 8)


def test_a_block_is_cut_at_its_prompts() -> None:
    """Each prompt begins a step; lines before the next one belong to it."""
    steps = page("nsh> a\n1\nnsh[x]> b\nnsh[uts:web,net]> c\n3").blocks[0].steps
    assert [(step.prompt, step.command, [line.text for line in step.lines]) for step in steps] == [
        ("nsh>", "a", ["1"]),
        ("nsh[x]>", "b", []),
        ("nsh[uts:web,net]>", "c", ["3"]),
    ]


def test_a_bare_prompt_only_says_where_we_are() -> None:
    """A prompt without a command is a step that sends nothing."""
    step = step_of("nsh[demo]>")
    assert (step.prompt, step.command, step.lines) == ("nsh[demo]>", "", ())


def test_blank_lines_at_the_end_of_a_step_do_not_count() -> None:
    """A page may be spaced; a blank line within an output is part of it."""
    first, second = page("nsh> a\n1\n\n2\n\n\nnsh> b").blocks[0].steps
    assert [line.text for line in first.lines] == ["1", "", "2"]
    assert second.lines == ()


def test_continuation_lines_belong_to_the_command() -> None:
    """`...> ` right after the prompt's line goes on with what is typed."""
    step = step_of("nsh> bash -c 'echo a\n...> echo b'\na\nb")
    assert step.command == "bash -c 'echo a\necho b'"
    assert [line.number for line in step.lines] == [8, 9]


def test_the_last_line_may_be_an_exit_status() -> None:
    """`[N]` and `[!0]` at the end are statuses, anywhere else they are output."""
    step = step_of("nsh> false\n[5]\nout\n[1]")
    assert [line.text for line in step.lines] == ["[5]", "out"]
    assert [status.code for status in step.statuses] == [1]
    assert step_of("nsh> false\n[!0]").statuses[0].code is None
    assert step_of("nsh> false\n[1]\n[2]").lines[0].text == "[1]"


def test_statuses_may_depend_on_probes() -> None:
    """Several statuses with conditions may stand at the end, one of them without."""
    step = step_of("nsh> x\n[1] (rootless !)\n[2]")
    assert [(status.code, status.probes) for status in step.statuses] == [(1, ("rootless",)), (2, ())]


def test_a_status_in_equal_suffix_is_output() -> None:
    """` (eq)` makes a line of output of what would be a status."""
    step = step_of("nsh> x\n[1] (eq)")
    assert (step.statuses, step.lines[0].text) == ((), "[1]")


@pytest.mark.parametrize(
    ("source", "text", "how", "optional", "repeated"),
    [
        ("plain", "plain", How.SAMPLE, False, False),
        ("a.*b (re)", "a.*b", How.REGEX, False, False),
        ("a*b (glob)", "a*b", How.GLOB, False, False),
        ("a ... b (eq)", "a ... b", How.EQUAL, False, False),
        ("maybe (?)", "maybe", How.SAMPLE, True, False),
        ("many (*)", "many", How.SAMPLE, True, True),
        ("some (+)", "some", How.SAMPLE, False, True),
        ("a.* (re?)", "a.*", How.REGEX, True, False),
        ("a* (glob+)", "a*", How.GLOB, False, True),
        (" (?)", "", How.SAMPLE, True, False),
        ("  ...  ", "...", How.ANY, False, False),
        ("...", "...", How.ANY, False, False),
        ("... (eq)", "...", How.EQUAL, False, False),
        ("see unshare(2)", "see unshare(2)", How.SAMPLE, False, False),
        ("(re)", "", How.REGEX, False, False),
    ],
)
def test_suffixes(source: str, text: str, how: How, optional: bool, repeated: bool) -> None:
    """What a suffix says is taken off the line."""
    line = line_of(source)
    assert (line.text, line.how, line.optional, line.repeated) == (text, how, optional, repeated)
    assert line.source == source


def test_absent_and_conditions_are_suffixes_too() -> None:
    """They may stand beside a pattern, in any order."""
    assert line_of("secret (absent)").absent
    assert line_of("0 (root !)").probes == ("root",)
    line = line_of("s.* (re) (absent) (root ns:uts !)")
    assert (line.text, line.how, line.absent, line.probes) == ("s.*", How.REGEX, True, ("root", "ns:uts"))


def test_tabs_in_a_page_are_blanks() -> None:
    """A page line is expanded as a terminal would."""
    assert line_of("a\tb (eq)").text == "a       b"


def test_options_of_a_command_stand_in_a_comment() -> None:
    """`#: key=value` behind a command is read and not typed."""
    step = step_of("nsh> ls ns   #: eventually=2s timeout=500ms if=root")
    assert (step.command, step.eventually, step.timeout, step.condition) == ("ls ns", 2.0, 0.5, ("root",))
    assert step_of("nsh> kill 4711 #: eq").verbatim


def test_a_quoted_comment_is_no_option() -> None:
    """Inside quotes, and without the colon, `#` is what it was."""
    assert step_of("nsh> echo '#: a=b'").command == "echo '#: a=b'"
    assert step_of("nsh> true # why").command == "true # why"


def test_a_block_has_attributes() -> None:
    """Session, role, condition and proofs; times are the default of each step."""
    document = page("session=b setup if=root,ns:uts timeout=3s|nsh> a\nnsh> b #: timeout=1s")
    block = document.blocks[0]
    assert (block.session, block.role, block.condition) == ("b", Role.SETUP, ("root", "ns:uts"))
    assert [step.timeout for step in block.steps] == [3.0, 1.0]
    assert page("nsh> a").blocks[0].session == "host"


def test_teardown_is_played_last_and_norun_never() -> None:
    """The order of play is the order of the page, but for the teardown."""
    document = page("teardown|nsh> t", "nsh> a", "norun|nsh> n", "setup|nsh> s")
    assert [block.steps[0].command for block in document.played()] == ["a", "s", "t"]


def test_other_fences_are_prose() -> None:
    """Only `nsh` blocks are read; a block shown inside another one is text."""
    text = body("```sh\nnsh> no\n```\n\n````markdown\n```nsh\nnsh> no\n```\n````\n\n~~~nsh\nnsh> yes\n~~~\n")
    document = parse(PATH, text)
    assert [block.steps[0].command for block in document.blocks] == ["yes"]


def test_comments_of_the_page_are_prose() -> None:
    """What stands in an HTML comment is not read."""
    text = body("<!-- note: not shown\n```nsh\nnsh> no\n```\n-->\n```nsh\nnsh> yes\n```\n")
    assert [block.steps[0].command for block in parse(PATH, text).blocks] == ["yes"]


def test_a_fence_may_be_indented_and_longer() -> None:
    """It is closed by at least as many marks; in an item of a list it stands as far in as the item."""
    text = body("    ````nsh\n    nsh> a\n    ```\n    ````\n")
    block = parse(PATH, text).blocks[0]
    assert [line.text for line in block.steps[0].lines] == ["```"]
    assert only_block_lines(parse(PATH, text)) == [(4, 7)]


def test_a_block_knows_its_heading() -> None:
    """The nearest heading above, for the report."""
    text = body("# Page\n```nsh\nnsh> a\n```\n## Part two ##\n```nsh\nnsh> b\n```\n")
    assert [block.heading for block in parse(PATH, text).blocks] == ["Page", "Part two"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("```nsh\nnsh> a\n", 4, "no end"),
        ("```nsh\nout\nnsh> a\n```", 5, "output before the first prompt"),
        ("```nsh\n\n```", 4, "no prompt"),
        ("prose", 1, "no ```nsh block"),
        ("```nsh sesion=a\nnsh> a\n```", 4, "'sesion=a' is no attribute"),
        ("```nsh setup teardown\nnsh> a\n```", 4, "'teardown' is no attribute of a block, or one too many"),
        ("```nsh timeout=long\nnsh> a\n```", 5, "not a duration"),
        ("```nsh\nnsh>\nout\n```", 5, "a bare prompt shows nothing"),
        ("```nsh\nnsh> a #: often=2s\n```", 5, "'often=2s' is no option"),
        ("```nsh\nnsh> a\n( (re)\n```", 6, "not a regular expression"),
        ("```nsh\nnsh> a\nx (re) (?)\n```", 6, "write them as one"),
        ("```nsh\nnsh> a\nx (?) (absent)\n```", 6, "cannot be optional or repeated"),
        ("```nsh if=rot\nnsh> a\n```", 4, "unknown probe 'rot'"),
        ("```nsh\nnsh> a\n0 (rot !)\n```", 6, "unknown probe 'rot'"),
        ("```nsh\nnsh> a #: if=ns:utz\n```", 5, "no such namespace type"),
        ("```nsh\nnsh> readlink /proc/8187/ns/uts\n```", 5, "8187 is not shown by an earlier output"),
        ("```nsh\nnsh> show uts:[4026532386]\n```", 5, "4026532386 is not shown"),
        ("```nsh\nnsh> echo %{q}\n```", 5, "%{q} is not captured"),
        ("```nsh\nnsh> a\n%{q:float}\n```", 6, "unknown type of capture 'float'"),
        ("```nsh\nnsh> a\n%{q}\n```", 6, "not captured before"),
        ("```nsh\nnsh> a\n%{!q:int}\n```", 6, "not captured before"),
        ("```nsh\nnsh> a\n%{9}\n```", 6, "is not %{name:type}"),
        ("```nsh proves=U1\nnsh> a\n```", 4, "not among the page's seeds"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, why: str) -> None:
    """Each mistake is an error of the document with the line it stands in."""
    where, said = why_not(body(text))
    assert why in said
    assert where == line


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ("```nsh\nnsh> a\n```", "no block says proves=U1"),
        ("```nsh norun proves=U1\nnsh> a\n```", "may not run proves nothing"),
        ("```nsh if=root proves=U1\nnsh> a\n```", "may not run proves nothing"),
        ("```nsh proves=U1\nnsh> a\n...\nb (?)\nc (*)\n```", "no line of this block is compared"),
    ],
)
def test_each_seed_is_proved_by_a_block_that_runs(blocks: str, why: str) -> None:
    """An id in `seeds:` needs a block that says so and is neither norun nor conditional."""
    assert why in why_not(f"---\nnsh: 1\nseeds: [U1]\n---\n{blocks}\n")[1]


def test_a_requirement_that_is_no_probe_is_named_in_the_head() -> None:
    """The line is that of `requires:`."""
    assert why_not("---\nnsh: 1\nrequires: [luck]\n---\n```nsh\nnsh> a\n```\n")[0] == 3


def test_a_sample_may_be_typed_once_an_output_has_shown_it() -> None:
    """Also from another session; what a block that is never run shows does not count."""
    shows = "nsh> new uts demo\ndemo  pid 8187"
    page(shows, "session=b|nsh> readlink /proc/8187/ns/uts\nuts:[4026532386]")
    with pytest.raises(BadDocument):
        page(f"norun|{shows}", "nsh> readlink /proc/8187/ns/uts\nuts:[4026532386]")


def test_numbers_that_are_proofs_may_be_typed_at_any_time() -> None:
    """Pid 1 is not a sample, and `#: eq` sends anything."""
    page("nsh> readlink /proc/1/ns/uts\nuts:[4026532386]")
    page("nsh> kill 99999 #: eq\n[1]")


def test_a_file_that_is_no_text_is_a_bad_document(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named with their line; a byte order mark is none of the text."""
    path = tmp_path / "page.md"
    path.write_bytes(b"---\nnsh: 1\n---\n\xff\n")
    with pytest.raises(BadDocument, match=r"page\.md:4: not UTF-8"):
        read_document(path)
    path.write_bytes(b"\xef\xbb\xbf---\nnsh: 1\n---\n```nsh\nnsh> a\n```\n")
    assert read_document(path).blocks
