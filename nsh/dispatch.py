# SPDX-License-Identifier: MIT
"""One pipeline: is it a command of nsh, a line for a place, or programs; and running it.

A command's result is printed here, to the terminal, into a file, or through
the filters behind it.
"""

from __future__ import annotations

from nsh.arguments import HELP, Reader
from nsh.errors import BadWord, NoSuchName, UnknownCommand, UsageError
from nsh.grammar import expand
from nsh.outlets import Outlets
from nsh.printable import excerpt, printable_lines
from nsh.results import Growing, Leave, Script
from nsh.session.places import is_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.arguments import Call
    from nsh.engine import Engine
    from nsh.grammar import Pipeline, Stage, Token
    from nsh.outlets import Screen
    from nsh.registry import Form, Registry
    from nsh.results import Result
    from nsh.session.programs import Program
    from nsh.session.session import Session


_COLUMNS_OF_PAGES = 200  # nsh.transcript.terminal


class Dispatcher:
    """Runs pipelines for an engine, which runs lines inside lines for it."""

    __slots__ = ("_engine", "_registry", "_screen", "_session")

    def __init__(self, session: Session, registry: Registry, screen: Screen, engine: Engine) -> None:
        self._session = session
        self._registry = registry
        self._screen = screen
        self._engine = engine

    def run(self, pipeline: Pipeline, line: str) -> int:
        """Run one pipeline of `line`; its status. NshError where it cannot be run."""
        stage = pipeline.stages[0]
        if stage.words[0].raw.startswith("!"):
            return self._run_programs(pipeline)
        first = self._expand(stage.words[0])
        forms = self._registry.forms(first)
        if forms:
            found = self._registry.match([first, *(word.text for word in stage.words[1:])])
            if found is not None and found[0].expansion is not None:
                rest = line[stage.words[0].end : pipeline.end]
                return self._engine.run_nested(found[0].expansion + rest)
            if found is not None:
                return self._run_form(*found, pipeline, line)
            if not all(form.is_also_program(first) for form in forms):
                return self._run_no_form(first, pipeline)
        if first in self._session.places or first == "host" or is_pinned(first):
            return self._run_at(first, pipeline, line)
        return self._run_programs(pipeline)

    def _expand(self, token: Token) -> str:
        return expand(token, self._engine.lookup)

    # A line for a place

    def _run_at(self, place: str, pipeline: Pipeline, line: str) -> int:
        """`NAME LINE`: the rest of the pipeline is a line to run there."""
        stage = pipeline.stages[0]
        if len(stage.words) == 1:
            raise UsageError(
                f"{place} is a place, not a command", f"enter {place}, or {place} CMD", stage.words[0].span
            )
        _refuse_redirects_before(stage.words[1], stage)
        alone = len(stage.words) == 2 and stage.words[1].quoted and stage.words[1].end == pipeline.end
        rest = self._expand(stage.words[1]) if alone else line[stage.words[1].start : pipeline.end]
        with self._session.on(place):
            return self._engine.run_nested(rest)

    # Programs

    def _run_programs(self, pipeline: Pipeline) -> int:
        programs = [self._program(stage, stage is pipeline.stages[0]) for stage in pipeline.stages]
        return self._session.run(programs, background=pipeline.background)

    def _program(self, stage: Stage, is_first: bool) -> Program:
        """A program with its words and redirections. UnknownCommand where PATH has none."""
        from nsh.session.programs import Program  # with the first program, not with every start

        words = stage.words
        if words[0].raw == "!":  # a shell would turn the status round, which nobody shall believe of us
            raise UsageError("'!' makes no failure a success", "!CMD, without a blank, is the program", words[0].span)
        argv = [self._expand(word) for word in words]
        if words[0].raw.startswith("!"):
            argv[0] = argv[0][1:]
        if "/" not in argv[0] and not self._session.find_program(argv[0]):
            raise self._unknown(argv[0], words[0], is_first)
        redirects = [
            (redirect.fd, redirect.mode, self._expand(redirect.target) if redirect.target else redirect.number)
            for redirect in stage.redirects
        ]
        return Program(argv, redirects)

    def _unknown(self, name: str, word: Token, is_first: bool) -> UnknownCommand:
        from nsh.unknown import meant_command, meant_filter  # after a mistake only: start-up time

        known = [*self._registry.first_words(), *self._session.places]
        if not is_first or word.raw.startswith("!"):
            hint = meant_filter(name, known, is_first)
        else:
            hint = self._session.ended.get(name) or meant_command(name, known)
        return UnknownCommand(f"unknown command: '{excerpt(name)}'", hint, word.span)

    # Commands of nsh

    def _run_no_form(self, first: str, pipeline: Pipeline) -> int:
        """The second word is none of ours: help, or the mistake."""
        stage = pipeline.stages[0]
        known = self._registry.next_words([first])
        if len(stage.words) == 1:
            span = stage.end, stage.end + 1
            raise UsageError(f"{first}: a word is missing", f"one of: {', '.join(known)}", span)
        second = stage.words[1]
        if second.text in HELP:
            return self._run_command(pipeline, lambda: _help([first]), False)
        from nsh.spelling import did_you_mean

        hint = did_you_mean(second.text, known) or f"{first} has: {', '.join(known)}"
        raise UsageError(f"{first} has no '{excerpt(second.text)}'", hint, second.span)

    def _run_form(self, form: Form, count: int, pipeline: Pipeline, line: str) -> int:
        words = pipeline.stages[0].words
        reader = Reader(form, self._session, self._expand, line, pipeline.end)
        try:
            return self._run_call(form, reader.read(words[count:]), pipeline)
        except (UsageError, NoSuchName) as error:
            self._mention_program(words[0].text, error)
            if isinstance(error, BadWord) and error.span is None:
                error.span = next((word.span for word in words if word.text == error.word), None)
            raise

    def _run_call(self, form: Form, call: Call, pipeline: Pipeline) -> int:
        if call.wants_help:
            return self._run_command(pipeline, lambda: _help(form.words), False)
        self._session.about_to(form.words)
        if call.rest is not None:
            # Pipes, files and `&` are part of the line that the command is given.
            _refuse_redirects_before(call.rest, pipeline.stages[0])
            result = form.function(self._session, **call.arguments)
            return self._deliver(result, Outlets(self._screen), call.as_json)
        if pipeline.background:
            raise UsageError("only programs run in the background", None, (pipeline.end - 1, pipeline.end))
        tail = form.pattern.tail
        if tail is not None and tail.name in call.arguments:
            _refuse_redirected_tail(form.name, pipeline)

        def run() -> Result:
            result: Result = form.function(self._session, **call.arguments)
            if not result.status:
                self._session.story.command(self._session, form.words, call.arguments)
            return result

        return self._run_command(pipeline, run, call.as_json)

    def _mention_program(self, first: str, error: UsageError | NoSuchName) -> None:
        """Whoever meant the program of that name learns how to call it."""
        if self._session.find_program(first):
            hint = f"the program of that name is !{first}"
            error.hint = f"{error.hint}\n{hint}" if error.hint else hint

    def _run_command(self, pipeline: Pipeline, make: Callable[[], Result], as_json: bool) -> int:
        """Make a result with the redirections open, then run the filters over it."""
        stage, filters = pipeline.stages[0], pipeline.stages[1:]
        programs = [self._program(each, False) for each in filters]
        outlets = Outlets(self._screen)
        try:
            if programs:
                outlets.into_pipe()
            outlets.redirect(self._session, stage, self._expand)
            status = self._deliver(make(), outlets, as_json)
            if outlets.pipe is not None:
                status = self._session.run(programs, stdin=outlets.rewound()) or status
            return status
        finally:
            outlets.close()

    def _deliver(self, result: Result, outlets: Outlets, as_json: bool) -> int:
        """Print a result and do what it asks for; its status."""
        as_json = as_json or self._screen.json
        if isinstance(result, Growing) and not as_json:
            self._follow(result, outlets)
        text = self._json(result) if as_json else self._text(result, outlets.is_terminal)
        for note in result.notes:
            outlets.err(self._engine.fit(printable_lines(note)) + "\n")
        if isinstance(result, Script):
            return self._engine.source(result)
        if text and (as_json or not isinstance(result, Growing)):
            outlets.out(text + "\n")
        if self._screen.hear is not None and outlets.is_terminal:
            self._screen.hear(text if as_json else lambda: _in_a_page(result))
        if isinstance(result, Leave):
            self._engine.ended = True
        return result.status

    def _follow(self, result: Growing, outlets: Outlets) -> None:
        """Print lines as they come, until the last."""
        for line in result.lines():
            outlets.out(line + "\n")

    def _text(self, result: Result, is_terminal: bool) -> str:
        wish = self._session.settings.get("color")
        color = wish == "always" or (is_terminal and self._screen.color and wish != "never")
        return result.text(self._screen.width() if is_terminal else None, color)

    def _json(self, result: Result) -> str:
        data = result.json()
        return "" if data is None else json_text(data)


def _in_a_page(result: Result) -> str:
    """What a result shows on the terminals that transcripts are played on."""
    text = result.text(_COLUMNS_OF_PAGES, False)
    return "\n".join([text, *result.notes] if isinstance(result, Growing) else [*result.notes, text])


def _refuse_redirects_before(rest: Token, stage: Stage) -> None:
    """A redirection among a command's own words would be lost: what follows them has its own."""
    for redirect in stage.redirects:
        if redirect.token.start < rest.start:
            raise UsageError("a redirection belongs behind the command that runs there", None, redirect.token.span)


def _refuse_redirected_tail(name: str, pipeline: Pipeline) -> None:
    stage = pipeline.stages[0]
    if stage.redirects or pipeline.stages[1:]:
        start = stage.redirects[0].token.start if stage.redirects else stage.end
        hint = f"{name} … -- sh -c 'CMD | CMD > FILE'"
        raise UsageError("what follows '--' is one program with its words", hint, (start, pipeline.end))


def _help(words: Sequence[str]) -> Result:
    from nsh.commands.help import forms_help

    return forms_help(words)


def json_text(value: object) -> str:
    """A value as JSON: an array with a row on each line, anything else on one."""
    from json import dumps  # 4 ms, and only for --json

    def dump(item: object) -> str:
        text = dumps(item, ensure_ascii=False)
        return text if text.isprintable() else dumps(item)

    if isinstance(value, list) and value:
        return "[" + ",\n ".join(dump(item) for item in value) + "]"
    return dump(value)
