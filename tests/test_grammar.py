# SPDX-License-Identifier: MIT
"""Tokens, pipelines, expansion."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.grammar import Pipeline, expand, join, parse_line, quote, tokenize, waits_for

ANY = st.text(alphabet=st.characters(blacklist_categories=()))
LINES = st.text(alphabet="ab $?'\"\\;&|<>2#{}(`*~!-\n\t", max_size=30) | ANY


def words(line: str) -> list[str]:
    """The unquoted words of a line."""
    return [token.text for token in tokenize(line) if token.kind == "word"]


def pipelines(line: str) -> list[tuple[str, list[list[str]]]]:
    """Connectors and stages of a line."""
    return [(c, [[w.text for w in stage.words] for stage in p.stages]) for c, p in parse_line(tokenize(line))]


def only(line: str) -> Pipeline:
    """The one pipeline of a line."""
    ((_, pipeline),) = parse_line(tokenize(line))
    return pipeline


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("new uts a", ["new", "uts", "a"]),
        ("  a\tb ", ["a", "b"]),
        ("echo 'a b' \"c d\" e\\ f", ["echo", "a b", "c d", "e f"]),
        ("a''b", ["ab"]),
        ("''", [""]),
        ("'it'\\''s'", ["it's"]),
        ('"a\\"b\\n"', ['a"b\\n']),
        ("10.0.0.1/24#x #y", ["10.0.0.1/24#x"]),
        ("# all comment", []),
        ("uts:[4026532386] h[1..500]", ["uts:[4026532386]", "h[1..500]"]),
        ("a\\\nb", ["ab"]),
        ("a \\\n b", ["a", "b"]),
        ("bash -c 'echo $$; ls *'", ["bash", "-c", "echo $$; ls *"]),
        ("a$ b", ["a$", "b"]),
        ("日本 ü", ["日本", "ü"]),
        ("a2>b", ["a2", "b"]),
    ],
)
def test_a_line_splits_into_words(line: str, expected: list[str]) -> None:
    """Quotes and backslashes as in sh(1); `#` only at the start of a word."""
    assert words(line) == expected


@pytest.mark.parametrize(
    ("line", "span", "message"),
    [
        ("echo 'a", (5, 6), "the quote ' is open"),
        ('echo "a', (5, 6), 'the quote " is open'),
        ("ls *.txt", (3, 4), "globbing"),
        ("ls a?", (4, 5), "globbing"),
        ("echo $(id)", (5, 7), "command substitution"),
        ("echo `id`", (5, 6), "command substitution"),
        ('echo "`id`"', (6, 7), "command substitution"),
        ("echo $@", (5, 7), "there is no $@"),
        ("echo ${x:-1}", (5, 7), "is no variable"),
        ("echo ${x", (5, 7), "is no variable"),
        ("a\0b", (1, 2), "NUL"),
        ("a \\", (2, 3), "backslash"),
        ("new\u00a0uts", (3, 4), "no-break space"),
        ("cat << EOF", (4, 6), "here-documents"),
        ("a &> b", (2, 4), "'&>'"),
        ("diff <(a) b", (5, 7), "process substitution"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(line: str, span: tuple[int, int], message: str) -> None:
    """One clear error whose span is the offending text; a tolerant reading marks the token instead."""
    with pytest.raises(UsageError, match=message.replace("$", r"\$")) as error:
        tokenize(line)
    assert error.value.span == span
    assert error.value.exit_status == 2
    assert any(token.problem for token in tokenize(line, tolerant=True))


@given(LINES)
@example("'")
@example('"\\')
@example("\\\0")
@example("${")
def test_a_tolerant_reading_never_fails_and_covers_the_text(line: str) -> None:
    """Every token stands where it says, in order; between them are only blanks and joined lines."""
    at = 0
    for token in tokenize(line, tolerant=True):
        assert line[token.start : token.end] == token.raw
        assert token.raw
        assert not line[at : token.start].replace("\\\n", "").strip(" \t")
        at = token.end
    assert not line[at:].replace("\\\n", "").strip(" \t")


@given(LINES)
def test_strict_and_tolerant_readings_agree(line: str) -> None:
    """Where the strict reading succeeds, the tolerant one is the same; where it fails, there is a problem."""
    tolerant = tokenize(line, tolerant=True)
    try:
        strict = tokenize(line)
    except UsageError:
        assert any(token.problem for token in tolerant)
    else:
        assert [(t.kind, t.raw, t.text) for t in strict] == [(t.kind, t.raw, t.text) for t in tolerant]


@given(LINES)
def test_every_line_parses_or_is_a_usage_error(line: str) -> None:
    """No line ends in anything but pipelines or one clear error."""
    span: tuple[int, int] | None = (0, 0)
    try:
        for _, pipeline in parse_line(tokenize(line)):
            assert all(stage.words for stage in pipeline.stages)
            assert pipeline.start < pipeline.end <= len(line)
    except UsageError as error:
        span = error.span
    assert span is not None
    assert 0 <= span[0] <= span[1] <= len(line)


@given(st.lists(ANY.filter(lambda text: "\0" not in text)))
def test_quoting_is_undone_by_reading(argv: list[str]) -> None:
    """A line joined of words tokenizes to exactly those words, none with a variable in it."""
    tokens = tokenize(join(argv))

    assert [token.text for token in tokens] == argv
    assert not any(token.variables for token in tokens)


@given(st.lists(st.text(alphabet="ab '\"\\", max_size=8), max_size=4))
def test_reading_agrees_with_the_shell(parts: list[str]) -> None:
    """Where there are only quotes, blanks and backslashes, the words are those of sh(1)."""
    line = " ".join(parts)
    try:
        expected = shlex.split(line)
    except ValueError:
        with pytest.raises(UsageError):
            tokenize(line)
    else:
        assert words(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("a", [(";", [["a"]])]),
        ("a; b;", [(";", [["a"]]), (";", [["b"]])]),
        ("a && b || c", [(";", [["a"]]), ("&&", [["b"]]), ("||", [["c"]])]),
        ("a|b|c", [(";", [["a"], ["b"], ["c"]])]),
        ("a\nb", [(";", [["a"]]), (";", [["b"]])]),
        ("a |\n\nb", [(";", [["a"], ["b"]])]),
        ("a &&\nb", [(";", [["a"]]), ("&&", [["b"]])]),
        ("a # b; c", [(";", [["a"]])]),
        ("a & b", [(";", [["a"]]), (";", [["b"]])]),
    ],
)
def test_a_line_parses_into_pipelines(line: str, expected: list[tuple[str, list[list[str]]]]) -> None:
    """`;` and newline separate, `&&` and `||` join, `|` pipes."""
    assert pipelines(line) == expected


@pytest.mark.parametrize(
    "line", ["; a", "a ;; b", "&& a", "a &&", "a ||", "| a", "a |", "a | | b", "a >", "> f", "a > | b"]
)
def test_something_missing_beside_an_operator_is_an_error(line: str) -> None:
    """The operator that lacks its command or file is marked."""
    with pytest.raises(UsageError) as error:
        parse_line(tokenize(line))
    assert error.value.span is not None


@pytest.mark.parametrize("line", ["if true; then", "for i in 1 2; do echo $i; done", "while true; do\ntrue\ndone"])
def test_a_compound_command_of_the_shell_is_refused_whole(line: str) -> None:
    """Once, at its first word, and no part of it is run."""
    with pytest.raises(UsageError, match="no loops or conditions") as error:
        parse_line(tokenize(line))
    assert error.value.span is not None
    assert error.value.span[0] == 0


def test_redirections_are_taken_out_of_the_words() -> None:
    """Files, appending, and standard error, in the order they stand."""
    (stage,) = only("a < i > o 2>> e b 2>&1").stages

    assert [word.text for word in stage.words] == ["a", "b"]
    assert [(r.fd, r.mode, r.target.text if r.target else r.number) for r in stage.redirects] == [
        (0, "r", "i"),
        (1, "w", "o"),
        (2, "a", "e"),
        (2, "dup", "1"),
    ]


def test_a_pipeline_ends_behind_its_ampersand() -> None:
    """The span of a background pipeline holds the `&`, so that a line for a place does too."""
    line = "on box sleep 9 & ps"
    first, second = (pipeline for _, pipeline in parse_line(tokenize(line)))

    assert first.background
    assert line[first.start : first.end] == "on box sleep 9 &"
    assert line[second.start : second.end] == "ps"


def test_variables_are_replaced_outside_single_quotes() -> None:
    """`$name` `${name}` `$?` `$$` `$1` are replaced, and one word stays one word."""
    values = {"x": "a b", "?": "3", "$": "42", "1": "one", "HOME": "/home/me"}
    line = "$x \"$x\" '$x' ${x}y $? $$ $1 $10 ~/f ~ \\$x a~"

    assert [expand(token, values.get) for token in tokenize(line)] == [
        "a b",
        "a b",
        "$x",
        "a by",
        "3",
        "42",
        "one",
        "one0",
        "/home/me/f",
        "/home/me",
        "$x",
        "a~",
    ]


def test_a_variable_that_is_not_set_is_an_error() -> None:
    """Never an empty word in its place, and the variable is marked."""
    (token,) = tokenize('"a $nope"')
    with pytest.raises(UsageError, match=r"\$nope is not set") as error:
        expand(token, lambda name: None)
    assert error.value.span == (3, 8)


@pytest.mark.parametrize(
    ("line", "awaited"),
    [
        ("a", ""),
        ("a 'b", "'"),
        ('a "b', '"'),
        ("a \\", "\\"),
        ("a |", "|"),
        ("a &&", "&&"),
        ("a || # c", "||"),
        ("# don't", ""),
        ("'\0", ""),
        ("", ""),
        ("ls * 'a", "'"),
        ("ls *", ""),
    ],
)
def test_an_unfinished_line_says_what_it_waits_for(line: str, awaited: str) -> None:
    """An open quote and a trailing backslash, pipe, `&&` or `||` want another line; nothing else does."""
    assert waits_for(line) == awaited


@pytest.mark.parametrize(
    "line", ["a" * 1_000_000, "'" + "a" * 1_000_000, "$a" * 300_000, "\\" * 999_999, '"' * 999_999]
)
def test_a_megabyte_is_read_in_one_walk(line: str) -> None:
    """A line of a megabyte is no more than a long line."""
    assert len(tokenize(line, tolerant=True)) == 1


def test_a_plain_word_is_not_quoted() -> None:
    """What needs no quotes gets none."""
    assert join(["new", "uts", "10.0.0.1/24", "a b", ""]) == "new uts 10.0.0.1/24 'a b' ''"
    assert quote("~") == "'~'"
