# SPDX-License-Identifier: MIT
"""Holds the expected lines of a step against what it really showed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nsh.transcript.bindings import Bindings, Identities
from nsh.transcript.document import How, Line, Step
from nsh.transcript.expected import Expected
from nsh.transcript.tokens import Scanner

Probes = Mapping[str, bool]
"""Which probes hold in this run."""

_LISTS_PEERS = re.compile(r"\bip\b.*\bnetns\b(?:\s+(?:list|ls|show))?\s*$")


def prepared(step: Step, probes: Probes) -> list[Expected]:
    """The step's expected lines; a condition that does not hold makes its line optional."""
    scanner = Scanner(step.command)
    peer_numbers = _LISTS_PEERS.search(step.command) is not None
    ready = []
    for line in step.lines:
        tokens = scanner.find(line.text) if line.how is How.SAMPLE else []
        ready.append(Expected(_settled(line, probes), tokens, peer_numbers=peer_numbers))
    return ready


def _settled(line: Line, probes: Probes) -> Line:
    holds = all(probes.get(name, False) for name in line.probes)
    return line if holds else replace(line, optional=True)


def match_output(
    expected: Sequence[Expected], actual: Sequence[str], bindings: Bindings, alive: Identities
) -> Bindings | None:
    """The bindings after the whole output matched, or None. `...` takes as few lines as it can."""
    wanted = [item for item in expected if not item.line.absent]
    final = _search(wanted, actual, bindings, alive)
    if final is None or present_but_absent(expected, actual, final, alive):
        return None
    return final


def _search(
    wanted: Sequence[Expected], actual: Sequence[str], bindings: Bindings, alive: Identities
) -> Bindings | None:
    """Depth first, with a memory of the states that led nowhere."""
    # A state: the next wanted line, the next real line, has a repeated line matched once, the bindings so far.
    stack: list[tuple[int, int, bool, Bindings]] = [(0, 0, False, bindings)]
    seen: set[tuple[int, int, bool, object]] = set()
    while stack:
        i, j, again, known = stack.pop()
        if i == len(wanted) and j == len(actual):
            return known
        state = (i, j, again, known.fingerprint())
        if i == len(wanted) or state in seen:
            continue
        seen.add(state)
        line = wanted[i].line
        if line.how is How.ANY:
            if j < len(actual):
                stack.append((i, j + 1, False, known))
            stack.append((i + 1, j, False, known))
            continue
        if line.optional or again:
            stack.append((i + 1, j, False, known))
        if j < len(actual) and (after := wanted[i].match(actual[j], known, alive)) is not None:
            stack.append((i, j + 1, True, after) if line.repeated else (i + 1, j + 1, False, after))
    return None


def present_but_absent(
    expected: Sequence[Expected], actual: Sequence[str], bindings: Bindings, alive: Identities
) -> list[tuple[Expected, int]]:
    """The ` (absent)` lines that are there all the same, and where."""
    return [
        (item, index)
        for item in expected
        if item.line.absent and not item.line.optional
        for index, text in enumerate(actual)
        if item.match(text, bindings, alive) is not None
    ]
