# SPDX-License-Identifier: MIT
"""The keys that differ from prompt_toolkit's own, and what makes a line unfinished."""

from __future__ import annotations

from prompt_toolkit.application.current import get_app
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, completion_is_selected, has_completions, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

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


def bindings() -> KeyBindings:
    """The few keys of our own, to be merged with prompt_toolkit's.

    Enter on a chosen completion takes the word and runs nothing. Enter on a
    pasted block takes it off the screen, for the loop shows it line by line.
    Escape closes the menu. Ctrl-D on an empty line is the line `exit`.
    """
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

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

    @keys.add("c-d", filter=~has_text & typing)
    def _exit(event: KeyPressEvent) -> None:
        event.current_buffer.text = "exit"
        event.app.exit(result="exit")

    return keys
