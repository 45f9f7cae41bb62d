# SPDX-License-Identifier: MIT
"""The keys that differ from prompt_toolkit's own, and what makes a line unfinished."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application.current import get_app
from prompt_toolkit.application.run_in_terminal import run_in_terminal
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, Completion, get_common_complete_suffix
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    completion_is_selected,
    emacs_insert_mode,
    has_completions,
    has_focus,
    vi_insert_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from nsh.repl.abbreviations import expanded
from nsh.repl.block import goes_on, split_block


@Condition
def line_goes_on() -> bool:
    r"""The line ends in a `\` that nothing quotes: Enter begins the next line of it."""
    return goes_on(get_app().current_buffer.text)


@Condition
def is_block() -> bool:
    """Several lines stand at the prompt, which are not one continued line."""
    return len(split_block(get_app().current_buffer.text)) > 1


@Condition
def has_text() -> bool:
    """The line is not empty."""
    return bool(get_app().current_buffer.text)


def complete(buffer: Buffer) -> None:
    """Write what is sure; where there is a choice, open the menu."""
    offers = _offers(buffer)
    if len(offers) == 1:
        buffer.apply_completion(offers[0])
        return
    if shared := get_common_complete_suffix(buffer.document, offers):
        buffer.insert_text(shared)
        offers = _offers(buffer)
    if offers:
        buffer.complete_state = CompletionState(buffer.document, offers)
        buffer.on_completions_changed.fire()


def _offers(buffer: Buffer) -> list[Completion]:
    return list(buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))


@Condition
def stands_for_more() -> bool:
    """An abbreviation ends where the cursor is, and the line with it."""
    document = get_app().current_buffer.document
    return document.is_cursor_at_the_end and expanded(document.text) is not None


def write_out(buffer: Buffer) -> None:
    """Put what an abbreviation stands for in its place."""
    text = expanded(buffer.text)
    if text is not None:
        buffer.document = Document(text)


def bindings(help_on: Callable[[str], None]) -> KeyBindings:
    """The few keys of our own, to be merged with prompt_toolkit's.

    Tab completes before the next key is looked at, so fast typing cannot
    outrun it. Enter on a chosen completion takes the word and runs nothing. Enter on a
    pasted block takes it off the screen, for the loop shows it line by line.
    Escape closes the menu. Ctrl-D on an empty line is the line `exit`. F1 shows
    help above the line (`help_on` gets what was typed so far). A blank and
    Enter write an abbreviation out.
    """
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @keys.add("tab", filter=(emacs_insert_mode | vi_insert_mode) & typing)
    def _complete(event: KeyPressEvent) -> None:
        if event.current_buffer.complete_state is None:
            complete(event.current_buffer)
        else:
            event.current_buffer.complete_next()

    @keys.add("enter", filter=completion_is_selected & typing)
    def _take(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @keys.add("escape", filter=has_completions & typing)
    def _close(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()

    @keys.add("enter", filter=is_block & ~completion_is_selected & ~line_goes_on & typing)
    def _accept_block(event: KeyPressEvent) -> None:
        event.app.erase_when_done = True
        event.current_buffer.validate_and_handle()

    inserting = (emacs_insert_mode | vi_insert_mode) & typing

    @keys.add(" ", filter=stands_for_more & inserting)
    def _expand(event: KeyPressEvent) -> None:
        write_out(event.current_buffer)
        event.current_buffer.insert_text(" ")

    @keys.add("enter", filter=stands_for_more & ~completion_is_selected & inserting)
    def _expand_and_accept(event: KeyPressEvent) -> None:
        write_out(event.current_buffer)
        event.current_buffer.validate_and_handle()

    @keys.add("f1", filter=typing)
    def _explain(event: KeyPressEvent) -> None:
        before = event.current_buffer.document.text_before_cursor
        run_in_terminal(lambda: help_on(before))

    @keys.add("c-d", filter=~has_text & typing)
    def _exit(event: KeyPressEvent) -> None:
        event.current_buffer.text = "exit"
        event.app.exit(result="exit")

    return keys
