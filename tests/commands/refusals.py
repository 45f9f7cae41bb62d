# SPDX-License-Identifier: MIT
"""Many lines that are refused, in one run: what is said of each, and what there is afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.program import Program


def texts(out: str) -> list[Any]:
    """The JSON texts in a stream, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while out := out.lstrip():
        value, end = decoder.raw_decode(out)
        found.append(value)
        out = out[end:]
    return found


def refused(nsh: Program, before: str, cases: Sequence[tuple[str, str]], after: str) -> list[Any]:
    """Run the lines of some cases; each is refused with a hint, and with words that the case expects in either.

    Returns the JSON of the lines `after`, which show that nothing has changed.
    """
    lines = "\n".join(f"- {line}" for line, _ in cases)
    done = nsh("--json", "-k", "-c", f"{before}{lines}\n{after}")
    errors = texts(done.err)
    assert [error["error"] for error in errors if error["hint"] is None] == []
    told = [f"{error['error']}\n{error['hint']}" for error in errors]
    assert len(told) == len(cases), told
    for (line, said), text in zip(cases, told, strict=True):
        assert said in text, (line, text)
    return texts(done.out)
