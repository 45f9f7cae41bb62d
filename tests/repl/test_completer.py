# SPDX-License-Identifier: MIT
"""What Tab offers, and what it writes."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from nsh import aliases, nstypes
from nsh.registry import REGISTRY, Registry
from nsh.repl.choices import nearest_first
from nsh.repl.completer import NshCompleter
from nsh.settings import SETTINGS
from tests.program import Program
from tests.repl.fakes import FakeJob, FakePlace, FakeSession


class Tab:
    """Tab pressed behind a text."""

    def __init__(self, vocabulary: Registry, session: FakeSession) -> None:
        self.session = session
        self.completer = NshCompleter(vocabulary, session)  # type: ignore[arg-type]

    def __call__(self, text: str) -> list[Completion]:
        """What is offered."""
        return list(self.completer.get_completions(Document(text, len(text)), CompleteEvent(completion_requested=True)))

    def shown(self, text: str) -> list[str]:
        """What the menu shows."""
        return [offer.display_text for offer in self(text)]

    def remarks(self, text: str) -> dict[str, str]:
        """What the menu shows, with the remark beside it."""
        return {offer.display_text: offer.display_meta_text for offer in self(text)}

    def line(self, text: str) -> str:
        """The line after the only completion was taken."""
        (offer,) = self(text)
        return text[: len(text) + offer.start_position] + offer.text


@pytest.fixture
def tab(vocabulary: Registry, session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """Tab over the vocabulary, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Tab(vocabulary, session)


@pytest.fixture
def bin(tmp_path: Path, session: FakeSession) -> Path:
    """A PATH with two programs and a file that is none."""
    for name, mode in (("ncal", 0o755), ("netcat", 0o755), ("notes", 0o644)):
        (tmp_path / name).touch(mode)
    session.seat.environment["PATH"] = f"{tmp_path}:/nonexistent"
    return tmp_path


def test_a_line_begins_with_a_command_or_a_place(tab: Tab) -> None:
    """Commands with what they do, or their second words; then the places with their types."""
    assert tab.remarks("") == {
        "enter": "Move into namespaces that exist",
        "fg": "Continue a job",
        "ipc": "mq",
        "ls": "ns, types",
        "new": "Create namespaces",
        "on": "Do a line there",
        "pid": "List the processes there",
        "same": "Compare two namespaces",
        "web": "net",
        "box": "uts,pid",
        "webdb": "uts",
    }


def test_a_synonym_is_offered_where_its_beginning_was_typed(tab: Tab) -> None:
    """One line for each thing in the list of all."""
    assert "list" not in tab.shown("")
    assert tab.remarks("li") == {"list": "ns, types"}


@pytest.mark.parametrize("before", ["", "zzz; ", "zzz && ", "zzz || ", "on box ", "box ", "zzz\n"])
def test_a_command_may_begin_in_many_places(tab: Tab, before: str) -> None:
    """After what separates commands, after `on REF` and after a place."""
    assert tab.line(before + "ne") == before + "new "


def test_programs_are_offered_where_nothing_of_ours_begins_so(tab: Tab, bin: Path) -> None:
    """With the directory that has them; a file that cannot be executed is none."""
    assert tab.shown("n") == ["new"]
    assert tab.remarks("nc") == {"ncal": str(bin)}


@pytest.mark.parametrize("before", ["!", "zzz | ", "new pid -- ", "on box !"])
def test_only_a_program_can_stand_there(tab: Tab, bin: Path, before: str) -> None:
    """After `!`, in a filter, after `--`."""
    assert tab.shown(before + "n") == ["ncal", "netcat"]
    assert tab.line(before + "ne") == before + "netcat "


def test_a_program_is_found_again_after_it_was_installed(tab: Tab, bin: Path) -> None:
    """The listing is read anew when the directory has changed."""
    assert tab.shown("!nn") == []
    (bin / "nnn").touch(0o755)
    assert tab.shown("!nn") == ["nnn"]


def test_sub_words_come_with_what_they_do(tab: Tab) -> None:
    """The second word of a command of two."""
    assert tab.remarks("ls ") == {"ns": "List namespaces", "types": "List the types"}
    assert tab.line("ls t") == "ls types "


def test_a_command_of_three_words_is_found_word_by_word(tab: Tab) -> None:
    """What is no command yet is shown with the words that follow."""
    assert tab.remarks("ipc ") == {"mq": "add, ls"}
    assert tab.remarks("ipc mq ") == {"add": "Make a message queue", "ls": "List message queues"}
    assert tab.shown("ipc zz ") == []


def test_a_program_with_the_same_name_takes_files(tab: Tab, tmp_path: Path) -> None:
    """`ls` is also ls(1)."""
    (tmp_path / "a file").touch()
    assert tab.line(f"ls {tmp_path}/a") == f"ls '{tmp_path}/a file' "
    assert tab.shown("ls ns a") == []


def test_types_come_with_what_they_isolate(tab: Tab) -> None:
    """All eight, and `all`."""
    offers = tab.remarks("new ")
    assert list(offers)[:9] == [*nstypes.NAMES, "all"]
    assert offers["uts"] == "hostname and NIS domain name"


def test_a_list_of_types_goes_on_after_the_comma(tab: Tab) -> None:
    """Those not in it yet; no blank is put behind, for another comma may follow."""
    assert "uts,pid" in tab.shown("new uts,")
    assert "uts,uts" not in tab.shown("new uts,")
    assert tab.line("new uts,pi") == "new uts,pid"


def test_options_not_given_yet_come_with_what_they_do(tab: Tab) -> None:
    """What the description says of an option, else how it is written."""
    offers = tab.remarks("new uts a -")
    assert offers["--quiet"] == "With --quiet nothing is printed"
    assert offers["--propagation"] == "--propagation changes that"
    assert offers["--map"] == "--map MAP"
    assert offers["--"] == "then a program and its arguments"
    assert "--quiet" not in tab.shown("new uts a -q -")
    assert "--map" in tab.shown("new uts a --map root --")


def test_of_two_flags_that_exclude_each_other_one_is_offered(tab: Tab) -> None:
    """After `--proc` there is no `--no-proc`."""
    assert {"--proc", "--no-proc"} <= set(tab.shown("new uts --"))
    assert not {"--proc", "--no-proc"} & set(tab.shown("new uts --proc --"))


def test_json_and_help_are_offered_for_a_dash_only(tab: Tab) -> None:
    """Every command has them; where nothing was typed they would be in the way."""
    assert {"--json", "--help"} <= set(tab.shown("same uts a b -"))
    assert tab.shown("same uts a b ") == []
    assert "--json" not in tab.shown("on -")


def test_the_value_of_an_option_is_offered_alone(tab: Tab) -> None:
    """After an option that wants a value nothing else can stand."""
    assert tab.shown("new mnt --propagation ") == ["private", "slave", "shared", "unchanged"]
    assert tab.line("new mnt --propagation pr") == "new mnt --propagation private "


def test_references_are_those_of_the_right_type(tab: Tab) -> None:
    """A place without the types named before is not offered."""
    assert tab.shown("same uts ")[:2] == ["box", "webdb"]
    assert tab.shown("same net . ")[:1] == ["web"]
    assert tab.shown("enter uts,pid ")[:1] == ["box"]
    assert {"web", "box", "webdb", "host"} <= set(tab.shown("on "))


def test_pids_come_with_names_where_a_number_was_begun(tab: Tab) -> None:
    """Any reference may be a process."""
    assert "python" in tab.remarks(f"on {os.getpid()}")[str(os.getpid())]


def test_a_noun_offers_references_of_its_own_type_first(tab: Tab) -> None:
    """The others may be right, too: a process in them is what counts."""
    assert tab.shown("pid ls ")[:3] == ["box", "web", "webdb"]


def test_jobs_come_with_their_commands(tab: Tab, session: FakeSession) -> None:
    """`fg` takes the number of one."""
    assert tab.shown("fg ") == []
    session.has_jobs = True
    session.jobs.current = [FakeJob(1, "sleep 60"), FakeJob(2, "less notes")]
    assert tab.remarks("fg ") == {"1": "sleep 60", "2": "less notes"}


def test_the_words_before_may_decide_what_comes(tab: Tab) -> None:
    """`set NAME VALUE`: the values of that setting, the present one marked."""
    importlib.import_module("nsh.commands.set")
    tab.completer = NshCompleter(REGISTRY, tab.session)  # type: ignore[arg-type]
    assert tab.remarks("set theme ") == {"dark": "now", "light": "", "talk": ""}
    assert tab.remarks("set tool") == {"toolbar": SETTINGS["toolbar"].summary}
    assert tab.shown("set nonsense ") == []


def test_behind_an_alias_stands_what_may_follow_its_line(tab: Tab, vocabulary: Registry) -> None:
    """The last command of it; one that stands for itself offers nothing."""
    for name, line in (("samenet", "ps; same net"), ("again", "again"), ("filter", "ls ns | grep")):
        aliases.define(vocabulary, name, line, ())
    try:
        assert tab.remarks("samen") == {"samenet": "Short for: ps; same net"}
        assert tab.shown("samenet . ")[:1] == ["web"]
        assert tab.shown("again ") == []
        assert tab.shown("filter ") == []
    finally:
        for name in ("samenet", "again", "filter"):
            aliases.remove(vocabulary, name)


def test_an_optional_word_and_the_one_behind_it_are_both_offered(tab: Tab) -> None:
    """`enter` takes a reference, or types and a reference."""
    assert {"box", "uts"} <= set(tab.shown("enter "))
    assert tab.shown("enter box ") == []


def test_names_are_found_by_any_of_their_letters(tab: Tab) -> None:
    """The nearest first; commands only by their beginning."""
    assert tab.line("enter db") == "enter webdb "
    assert tab.shown("enter w") == ["web", "webdb"]
    assert nearest_first("ab", [("xaxb", ""), ("xab", ""), ("AB", ""), ("ba", "")]) == [
        ("AB", ""),
        ("xab", ""),
        ("xaxb", ""),
    ]


def test_variables_are_offered_after_a_dollar(tab: Tab) -> None:
    """With what they hold."""
    assert tab.remarks("echo $ho") == {"$home": "/root", "$hops": "3"}
    assert tab.line("echo $hom") == "echo $home "


def test_files_are_offered_for_paths_arguments_and_redirections(tab: Tab, tmp_path: Path) -> None:
    """The last part is shown, a directory ends in `/` and the path goes on."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "other").touch()
    assert tab.remarks(f"cat {tmp_path}/") == {"folder/": "directory", "other": "file"}
    assert tab.line(f"cat {tmp_path}/fo") == f"cat {tmp_path}/folder/"
    assert tab.line(f"zzz > {tmp_path}/ot") == f"zzz > {tmp_path}/other "


def test_hidden_files_are_offered_for_a_dot_only(tab: Tab, tmp_path: Path) -> None:
    """As shells do."""
    (tmp_path / ".hidden").touch()
    (tmp_path / "seen").touch()
    assert tab.shown("cat ") == ["seen"]
    assert tab.line("cat .h") == "cat .hidden "


def test_a_word_in_quotes_is_completed_whole(tab: Tab, tmp_path: Path) -> None:
    """An open quote is closed."""
    (tmp_path / "it's").touch()
    assert tab.line(f"cat '{tmp_path}/it") == f"cat '{tmp_path}/it'\\''s' "


@pytest.mark.parametrize("text", ["# n", "same uts a b c ", "new uts name ", "same zzz "])
def test_where_nothing_is_known_only_options_are_offered(tab: Tab, text: str) -> None:
    """In a comment, after too many words, for a new name, after a type that is none."""
    assert [offer for offer in tab.shown(text) if not offer.startswith("-")] == []


@pytest.mark.parametrize(
    "text", ["'", '"a', "new $", "a | | b", "> > ", "&&", "!", "--", "new --map=", "ls ns --type", "\\"]
)
def test_no_text_makes_completion_fail(tab: Tab, text: str) -> None:
    """Whatever is at the prompt, Tab is harmless."""
    tab(text)


def test_two_thousand_names_are_searched_at_once(tab: Tab, session: FakeSession) -> None:
    """The menu is there before a finger is off the key."""
    session.places = {f"host{number}": FakePlace("net") for number in range(2000)}
    before = time.process_time()
    assert len(tab("enter net h9")) > 500
    assert time.process_time() - before < 0.05


@pytest.mark.real
def test_devices_are_those_of_the_place_that_is_named(nsh: Program) -> None:
    """`box:`, and after `on box` those without it; in other words the bare ones are ours."""
    script = (
        "from nsh.cli import make_session; from nsh.engine import Engine; from nsh.registry import REGISTRY\n"
        "from nsh.repl.completer import NshCompleter\n"
        "from prompt_toolkit.document import Document; from prompt_toolkit.completion import CompleteEvent\n"
        "session = make_session(False); engine = Engine(session, REGISTRY, print, print); session.start()\n"
        "for line in ('unshare user,net -q', 'new net box -q', 'veth add ours box:theirs'): engine.run_line(line)\n"
        "completer = NshCompleter(REGISTRY, session)\n"
        "for text in ('link up ', 'link up box:', 'on box link up ', 'box link up t', 'link up th'):\n"
        "    found = completer.get_completions(Document(text, len(text)), CompleteEvent(completion_requested=True))\n"
        "    print(*(one.text.strip() for one in found))\n"
        "session.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=nsh.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-5:] == [
        "lo ours box: host:",
        "box:lo box:theirs",
        "lo theirs box: host:",
        "theirs",
        "",
    ]
