# SPDX-License-Identifier: MIT
"""What must not be shown, taken out; and looked for once more in the finished file."""

from __future__ import annotations

import base64
import html
import json
import os
import pwd
import sys
from urllib.parse import quote

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsh.errors import UsageError
from nsh.recording.cast import written
from nsh.recording.events import Event, Reel
from nsh.recording.leaks import leaks, leaks_on_screen
from nsh.recording.painted import Line, painted_lines, plain
from nsh.recording.plain import markdown, text
from nsh.recording.redact import INSTEAD, redaction_of
from nsh.recording.reel import reel_of
from nsh.transcript.normal import without_escapes
from tests.recording.runs import block, take

WORD = "s3same"
PIECE = st.one_of(
    st.text(alphabet="s3ame \r\n", max_size=4),
    st.sampled_from(
        [WORD, WORD[:3], WORD[3:], "\x1b[31m", "\x1b[0m", f"\x1b]0;{WORD}\x07", "\x1b]8;;", "\x1b\\", "\x9b0m"]
    ),
)


def lines(raw: str, *words: str) -> list[str]:
    """The lines of an output without these words."""
    found: tuple[Line, ...] = redaction_of(words).lines(tuple(painted_lines(raw)))
    return [plain(line) for line in found]


def stream(reel: Reel) -> str:
    """All output of a reel."""
    return "".join(event.data for event in reel.events if event.code == "o")


@pytest.mark.parametrize(
    ("raw", "words", "shown"),
    [
        (f"a {WORD} b", [WORD], f"a {INSTEAD} b"),
        ("a s3\x1b[31msa\x1b[1mme\x1b[0m b", [WORD], f"a {INSTEAD} b"),
        ("a s3\x9b31msa\x9b0mme\x80 b", [WORD], f"a {INSTEAD} b"),
        ("a S3SAME", [WORD], f"a {INSTEAD}"),
        ("xs3samex", [WORD], f"x{INSTEAD}x"),
        ("John   Smith", ["John Smith"], INSTEAD),
        ("id 4711, 12", [r"re:\b\d{4}\b"], f"id {INSTEAD}, 12"),
        ("aXb", ["aX", "Xb"], INSTEAD),
        ("nothing", [WORD], "nothing"),
    ],
)
def test_words_and_patterns_are_taken_out_of_an_output(raw: str, words: list[str], shown: str) -> None:
    """Wherever a colour begins, in capitals too, blanks as they come; how long a word was is not told."""
    assert lines(raw, *words) == [shown]


def test_a_pattern_may_go_over_several_lines() -> None:
    """Such as a key."""
    raw = "a\n-----BEGIN KEY-----\nxyz\n-----END KEY-----\nb"
    assert lines(raw, "re:(?s)-----BEGIN.*END KEY-----") == ["a", INSTEAD, "b"]


def test_own_names_are_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's name is not a part of a longer word; its first label is one, too."""
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "vm.example.org", "6", "v", "x")))
    assert lines("vm vm.example.org vmlinux kvm VM:", "hostname") == [f"{INSTEAD} {INSTEAD} vmlinux kvm {INSTEAD}:"]


def test_user_and_home_are_those_of_who_makes_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of who became root by sudo; root itself tells nothing of anybody."""
    eve = pwd.struct_passwd(("eve", "x", 4711, 4711, "Eve", "/home/eve", "/bin/sh"))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "4711")
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: eve if uid == 4711 else _nobody(uid))
    for name in ("USER", "LOGNAME", "SUDO_USER", "HOME"):
        monkeypatch.delenv(name, raising=False)
    shown = lines("/home/eve/x /home/evelyn eve root /root ~", "home", "user")
    assert shown == [f"{INSTEAD}/x /home/evelyn {INSTEAD} root /root ~"]


def _nobody(uid: int) -> pwd.struct_passwd:
    raise KeyError(uid)


@pytest.mark.parametrize("word", ["re:(", "re:", "re:x*", "re:a|", "", "  "])
def test_a_redaction_that_cannot_be_is_refused(word: str) -> None:
    """In one line, with where it stands: a pattern that is none, and what would be everywhere."""
    with pytest.raises(UsageError, match=r"^talk\.md:4: redact: ") as refused:
        redaction_of([word], "talk.md:4: ")
    assert "\n" not in refused.value.message


def test_a_take_has_it_nowhere() -> None:
    """Title, words of the page, headings, sessions, commands, output: none of the writers sees it."""
    body = f"# {WORD}\n\nof {WORD}\n\n" + block(f"nsh> echo {WORD}\n{WORD}", f"session={WORD}")
    body += block(f"nsh> cat {WORD}\n{WORD}", f"norun session=b{WORD}")
    found = redaction_of([WORD]).take(take(body, f"{WORD}\r\n"))
    reel = reel_of(found)
    for form in (markdown(found), text(found), written(reel), written(reel, 2), repr(found), repr(reel)):
        assert WORD not in form
    assert f"nsh> echo {INSTEAD}\n{INSTEAD}" in markdown(found)


@given(st.lists(PIECE, max_size=10))
def test_a_reel_shows_it_nowhere(pieces: list[str]) -> None:
    """However it was cut into events, coloured, or put into a title."""
    reel = Reel(80, 24, tuple(Event(0.1, "o", piece) for piece in pieces))
    clean = redaction_of([WORD]).reel(reel)
    assert len(clean.events) == len(pieces)
    assert WORD not in without_escapes(stream(clean)).replace("\r", "")
    assert WORD not in stream(clean)


@given(st.lists(PIECE, max_size=10), st.sampled_from(["nowhere", "re:zzz"]))
def test_what_holds_no_secret_stays_as_it_is(pieces: list[str], word: str) -> None:
    """Byte for byte."""
    reel = Reel(80, 24, tuple(Event(0.1, "o", piece) for piece in pieces))
    assert redaction_of([word]).reel(reel) == reel


def test_markers_comments_title_and_command_are_redacted() -> None:
    """They stand in a cast's header and between its events."""
    reel = Reel(80, 24, (Event(0.0, "m", f"host: {WORD}"),), WORD, f"nsh play {WORD}", comments={0: WORD})
    assert WORD not in written(redaction_of([WORD]).reel(reel))


SPLIT = [Event(0.0, "m", "host: x"), Event(0.0, "o", "\x1b[31ms3s\x1b[0m"), Event(0.0, "o", "ame\r\n")]
NAME = "Müller & Söhne"


@pytest.mark.parametrize(
    ("name", "data", "word", "where"),
    [
        ("a.txt", f"one\ntwo {WORD}\n", WORD, "a.txt:2: s3same is in it"),
        (
            "a.cast",
            written(Reel(80, 24, tuple(SPLIT))),
            WORD,
            "a.cast: s3same is in it, in the output of the step 'host: x'",
        ),
        ("a.cast", written(Reel(80, 24, tuple(SPLIT)), 2), WORD, "of the step 'host: x'"),
        ("a.html", "<b>s3s</b>\n<i class='x'>ame</i>", WORD, "written in another way"),
        ("a.html", html.escape(NAME), NAME, "written in another way"),
        ("a.html", "&#115;3&#x73;ame", WORD, "written in another way"),
        ("a.html", f"<script>{json.dumps({'o': f'x {NAME}'})}</script>", NAME, "written in another way"),
        ("a.html", f'<a href="{quote(NAME)}">', NAME, "written in another way"),
        ("a.html", f"<script>x='{base64.b64encode(f'[1, {NAME}]'.encode()).decode()}'</script>", NAME, "another way"),
        ("a.html", html.escape(json.dumps(f"<i>s3</i>same {NAME}")), NAME, "another way"),
        ("a.svg", "<text><tspan>s3</tspan><tspan>same</tspan></text>", WORD, "written in another way"),
        ("a.md", "\x1b[1ms3\x1b[0msame", WORD, "written in another way"),
    ],
)
def test_a_finished_file_is_searched_in_every_way_of_writing(name: str, data: str, word: str, where: str) -> None:
    """Events, tags, colours, entities, JSON, addresses, base64, and one upon another."""
    (found,) = leaks(name, data.encode(), redaction_of([word]))
    assert where in found
    assert leaks(name, data.encode(), redaction_of(["elsewhere"])) == []


def painted(*pieces: str) -> Reel:
    """A recording of these pieces of output."""
    return Reel(10, 4, tuple(Event(0.1, "o", piece) for piece in pieces))


@pytest.mark.parametrize(
    "reel",
    [
        painted("  same\x1b[1Gs3"),
        painted("s3s\r\nother\x1b[1;4Hame"),
        painted("\x1b[?1049h\x1b[2;3Hs3", "\x1b[4;1Hrest", "\x1b[2;5Hsame", "\x1b[?1049l"),
        painted("\x1b[1;8Hs3s", "\x1b[4;4H.", "\x1b[2;1Hame"),
        Reel(10, 4, (*painted("\x1b[1;3Hsame", "\x1b[Hs3").events, Event(0.0, "o", "\x1b[2J"))),
    ],
    ids=["backwards", "forwards", "a screen of its own", "across the edge", "for a moment"],
)
def test_what_is_painted_in_pieces_is_found_on_the_screen(reel: Reel) -> None:
    """No text in the stream is the secret; whoever looks reads it."""
    redaction = redaction_of([WORD])
    assert redaction.reel(reel) == reel
    (found,) = leaks_on_screen(reel, redaction)
    assert found.startswith(f"{WORD} can be read on the screen, 0.")
    assert leaks_on_screen(reel, redaction_of(["elsewhere"])) == []


def test_a_full_screen_program_s_secret_is_found(environment: dict[str, str]) -> None:
    """A real one: curses moves the cursor about, and writes what is new where it stands."""
    program = """if True:
        import curses
        def paint(screen):
            for at, letter in enumerate("s3same"):
                screen.addstr(3, 10 + at, letter)
                screen.addstr(9, 20 - at, str(at))
                screen.refresh()
            screen.addstr("!")
            screen.getch()
        curses.wrapper(paint)"""
    child = pexpect.spawn(
        sys.executable, ["-c", program], env={**environment, "TERM": "xterm-256color"}, encoding="utf-8"
    )
    child.expect_exact("!")
    before = f"{child.before}!"
    child.send("q")
    reel = Reel(80, 24, (Event(0.0, "o", before), Event(1.0, "o", child.read())))
    redaction = redaction_of([WORD])
    assert leaks_on_screen(redaction.reel(reel), redaction)


def test_what_stands_for_a_secret_is_none() -> None:
    """Else a wide pattern would find its own replacement."""
    redaction = redaction_of([r"re:[^\s\x00-\x7f]+"])
    assert leaks("a.txt", redaction.text("Müller").encode(), redaction) == []
