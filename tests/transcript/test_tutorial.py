# SPDX-License-Identifier: MIT
"""Sessions of a tutorial become blocks of a transcript."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsh.transcript.parse import parse
from nsh.transcript.tutorial import imported
from tests.program import Program


def block(*lines: str, language: str = "shell") -> list[str]:
    """What becomes of one block, without the front matter."""
    return imported("\n".join([f"```{language}", *lines, "```"])).splitlines()[4:]


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("$ hostname", "nsh> hostname"),
        ("# hostname", "nsh> hostname"),
        ("sh-4.2# hostname", "nsh> hostname"),
        ("bash-5.2$ hostname", "nsh> hostname"),
        ("[root@web1 dir]# hostname", "nsh> hostname"),
        ("root@web1:/home/me/x# hostname", "nsh> hostname"),
        ("me@web1:~$ hostname", "nsh> hostname"),
        ("DESKTOP-7# hostname", "nsh> hostname"),
        (" me  ~  ls -l /proc/self/ns", "nsh> ls -l /proc/self/ns"),
        (" me  ~  hostname", "nsh> hostname"),
    ],
)
def test_prompts_of_tutorials(line: str, becomes: str) -> None:
    """The shapes that are in use."""
    assert block(line, "out") == ["```nsh", becomes, "out", "```"]


def test_another_prompt_than_the_first_is_inside() -> None:
    """A page begins outside; whoever else has a prompt was started there. Plain shells are outside again."""
    assert block("me@web1:~$ sudo ./demo", "root@web1:/# hostname", "me@web1:~$ id", "$ true") == [
        "```nsh", "nsh> ./demo", "nsh[inside]> hostname", "nsh> id", "nsh> true", "```",
    ]  # fmt: skip


def test_comments_become_prose() -> None:
    """Those above a command; the ones behind output or command are dropped."""
    lines = (
        "# first look at it",
        "me@web1:~$ hostname    # the name",
        "web1      # as expected",
        "# then",
        "me@web1:~$ id",
    )
    assert block(*lines) == [
        "first look at it", "", "```nsh", "nsh> hostname", "web1", "```", "", "then", "", "```nsh", "nsh> id", "```",
    ]  # fmt: skip


def test_a_hash_alone_is_a_comment_unless_a_program_follows() -> None:
    """`# ` is root's prompt and a comment's beginning."""
    assert block("# now what?", "# ls /") == ["now what?", "", "```nsh", "nsh> ls /", "```"]


def test_what_nsh_would_read_differently_is_given_to_bash() -> None:
    """Globs and substitutions; programs whose name is nsh's own are forced."""
    assert block("$ ls *.txt")[1] == "nsh> bash -c 'ls *.txt'"
    assert block("$ echo $(hostname)")[1] == "nsh> bash -c 'echo $(hostname)'"
    assert block("$ sudo unshare -u /bin/bash")[1] == "nsh> !unshare -u /bin/bash"


def test_output_is_written_so_that_it_reads_back() -> None:
    """A literal `...` stays one."""
    assert block("$ x", "wait...", "[1]")[2:4] == ["wait... (eq)", "[1] (eq)"]


def test_other_blocks_and_the_prose_stay() -> None:
    """Code, diagrams, and text before and after."""
    page = "# A title\n\nwords\n\n```go\n$ not a prompt\n```\n\n```\njust output\n```\n\nmore\n"
    assert imported(page) == f'---\nnsh: 1\ntitle: "A title"\n---\n\n{page}'


def test_blocks_in_lists_keep_their_place() -> None:
    """They stand as far in as the item."""
    assert imported("-   item\n\n    ```sh\n    $ id\n    ```\n").splitlines()[5:] == [
        "",
        "    ```nsh",
        "    nsh> id",
        "    ```",
    ]


def test_the_result_is_a_transcript() -> None:
    """It can be read, if no command names a number that was never shown."""
    text = imported("# T\n```sh\n$ readlink /proc/self/ns/uts\nuts:[4026532386]\n```\n")
    assert len(parse(Path("t.md"), text).blocks) == 1


def test_nsh_import_prints_the_page_and_says_what_is_left_to_do(nsh: Program, tmp_path: Path) -> None:
    """On standard output, or into a file that is not there yet."""
    tutorial = tmp_path / "tutorial.md"
    tutorial.write_text("# T\n```sh\n$ readlink /proc/4711/ns/uts\nuts:[4026532386]\n```\n")
    done = nsh("import", str(tutorial))
    assert done.status == 0
    assert "nsh> readlink /proc/4711/ns/uts" in done.out
    assert "to be edited: line 8: 4711 is not shown by an earlier output" in done.err
    page = tmp_path / "page.md"
    assert nsh("import", str(tutorial), "-o", str(page)).status == 0
    assert page.read_text() == done.out
    again = nsh("import", str(tutorial), "-o", str(page))
    assert again.status == 2
    assert "is there already" in again.err


def test_a_page_without_sessions_is_said_to_be_one(nsh: Program, tmp_path: Path) -> None:
    """Nothing is written."""
    prose = tmp_path / "prose.md"
    prose.write_text("# only words\n")
    done = nsh("import", str(prose))
    assert (done.status, done.out) == (2, "")
    assert "no shell session" in done.err
