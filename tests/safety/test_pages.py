# SPDX-License-Identifier: MIT
"""Any text at all as a transcript page: a Document, or one line of it that is wrong; and no page takes long to read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsh.transcript.document import BadDocument, Document
from nsh.transcript.frontmatter import BadHead, duration, is_transcript, read_head
from nsh.transcript.parse import parse, reread_step
from nsh.transcript.prose import parts
from nsh.transcript.suffixes import as_source, read_line
from tests.transcript.page import PATH

HEAD = "---\nnsh: 1\n---\n"
SIZE = 1 << 20
SECONDS = 60.0
"""For a page of a mebibyte; it takes ten on a busy machine, and what is quadratic takes an hour."""

_PIECES = st.sampled_from(
    [
        *("---\n", "nsh: 1\n", "title: x\n", "seeds: [U1]\n", "requires: [ns:uts]\n", "timeout: 5s\n", "time: 1e9\n"),
        *("matrix: [root, rootless]\n", "host: real\n", "redact: ['re:(']\n", "[", "]", ": ", "'", '"', "#", ","),
        *("```nsh\n", "```nsh setup if=ns:uts\n", "```nsh session=a proves=U1 timeout=1s\n", "~~~nsh\n", "```\n"),
        *("~~~\n", "````\n", "  ```nsh\n", "<!--", "-->\n", "<!-- note: x -->\n", "# heading\n", "- item\n"),
        *("nsh> ", "nsh[a]> ", "nsh[uts:a]>\n", "...> ", "echo x\n", "hostname  #: eq\n", "ls #: eventually=2s\n"),
        *(
            "#: timeout=x\n",
            "#: if=\n",
            "echo '\n",
            'a "b\n',
            "a \\\n",
            "$(",
            "`",
            "| cat\n",
            "enter uts:[4026531838]\n",
        ),
        *("uts:[4026531838]\n", "pid 1234\n", "...\n", " (re)\n", "( (re)\n", "x{99999999999} (re)\n", "a (?)\n"),
        *("a (absent)\n", "a (+) (re)\n", "(ns:uts !)\n", "[1]\n", "[!0] (rootless !)\n", "[999]\n", "a (eq)\n", "\n"),
        *("%{q:int}\n", "%{q}\n", "%{!q:int}\n", "%{", "%{q:re:/(/}\n", "%%{", "\t", "\r\n", "\x0b", "\x0c", "\x1c"),
        *("\u2028", "\ufeff", "\x00", "\x1b[31m", "日本", "é\u0301", "\ud800", "²", "٣"),
    ]
)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=40).map("".join)


def check_page(text: str) -> None:
    """What must hold of any page."""
    number = len(text.splitlines())
    try:
        document = parse(PATH, text)
    except BadDocument as error:
        problem = error
    else:
        check_document(document, number)
        return
    assert 1 <= problem.line <= max(number, 1), (problem.line, text)
    assert problem.why.strip()
    assert "\n" not in problem.why


def check_document(document: Document, number: int) -> None:
    """Its blocks and steps lie within its lines, of which there are so many, and one behind the other."""
    for block in document.blocks:
        assert 1 <= block.first <= block.last <= number
        for step in block.steps:
            assert block.first < step.number <= step.last <= block.last
            assert all(step.number < line.number <= step.last for line in step.lines)
    list(parts(document))


@settings(max_examples=200)
@given(_TEXTS)
def test_any_text_is_a_document_or_has_a_line_that_is_wrong(text: str) -> None:
    """Nothing else is ever raised, and the line is one of the page."""
    check_page(text)


@settings(max_examples=200)
@given(_TEXTS)
def test_so_is_any_text_behind_a_good_head(text: str) -> None:
    """Where the head is right, what is wrong lies in blocks: these are reached too."""
    check_page(f"{HEAD}```nsh\nnsh> true\n{text}\n```\n")
    check_page(HEAD + text)


@settings(max_examples=200)
@given(_TEXTS)
def test_any_front_matter_is_a_head_or_has_a_line_that_is_wrong(text: str) -> None:
    """A page that claims to be a transcript is told what is wrong with its head."""
    lines = ["---", *text.splitlines(), "---"]
    is_transcript("\n".join(lines))
    try:
        _head, start = read_head(lines)
    except BadHead as problem:
        start = problem.line
    assert 1 <= start <= len(lines)


@given(st.text(max_size=30))
def test_any_options_of_a_command_are_read_or_refused(text: str) -> None:
    """What stands behind `#:` never breaks the reader."""
    line = " ".join(f"nsh> true  #: {text}".splitlines())
    try:
        step = reread_step(1, [line])
    except ValueError:
        return
    assert step.command.startswith("true")


@given(st.one_of(st.text(max_size=20), st.from_regex(r"\d{1,400}(\.\d+)?(ms|s|m)?", fullmatch=True)))
def test_any_word_is_a_duration_or_none(text: str) -> None:
    """Never negative."""
    try:
        seconds = duration(text)
    except ValueError:
        return
    assert seconds >= 0


@settings(max_examples=150)
@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), _TEXTS))
def test_any_output_line_reads_back_as_itself(text: str) -> None:
    """What a page is given as real output means that output and nothing else."""
    line = " ".join(text.split()) or "x"
    source = as_source(line)
    found = read_line(1, source)
    assert (found.absent, found.optional, found.repeated, found.probes) == (False, False, False, ())


BIG = {
    "one prompt each": "```nsh\n" + "nsh> true\n" * (SIZE // 10) + "```\n",
    "lines of output": "```nsh\nnsh> true\n" + "uts:[4026531838] and pid 1234\n" * (SIZE // 30) + "```\n",
    "one line": "```nsh\nnsh> true\n" + "a (" * (SIZE // 3) + "\n```\n",
    "one command": "```nsh\nnsh> " + "a " * (SIZE // 2) + "\n```\n",
    "continued": "```nsh\nnsh> a \\\n" + "...> a \\\n" * (SIZE // 9) + "\n```\n",
    "quotes": "```nsh\nnsh> echo " + "'a' " * (SIZE // 4) + "\n```\n",
    "blocks": "```nsh\nnsh> true\n```\n" * (SIZE // 21),
    "captures": "```nsh\nnsh> true\n" + "%{q:int} " * (SIZE // 9) + "\n```\n",
    "braces": "```nsh\nnsh> true\n" + "%{" * (SIZE // 2) + "\n```\n",
    "fences without an end": "````nsh\n" + "```nsh\n" * (SIZE // 7),
    "comments without an end": "<!-- a\n" * (SIZE // 7),
    "blanks": "```nsh\nnsh> true\n" + " " * SIZE + "\n```\n",
    "empty lines": "```nsh\nnsh> true\n" + "\n" * SIZE + "```\n",
    "suffixes": "```nsh\nnsh> true\na" + " (ns:uts !)" * (SIZE // 11) + "\n```\n",
    "heading": "# " + "a #" * (SIZE // 3) + "\n```nsh\nnsh> true\n```\n",
    "list in the head": "",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BIG)
def test_a_page_of_a_mebibyte_is_read_in_seconds(name: str) -> None:
    """Whatever it repeats: reading grows with the page, not with its square."""
    text = HEAD + BIG[name]
    if name == "list in the head":
        text = "---\nnsh: 1\nrequires: [" + "a, " * (SIZE // 3) + "\n---\n"
    started = time.monotonic()
    check_page(text)
    assert time.monotonic() - started < SECONDS
