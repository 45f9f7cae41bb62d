# SPDX-License-Identifier: MIT
"""The prompt: reads lines, gives them to the engine, keeps the terminal sane.

Nothing below this package knows of prompt_toolkit; nothing in it knows what a
command does. `loop.run` is the way in; it needs prompt_toolkit only on a
terminal that can draw, so `nsh -i` on a pipe starts without it.
"""
