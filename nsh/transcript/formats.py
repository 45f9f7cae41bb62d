# SPDX-License-Identifier: MIT
"""Reports on a whole run: lines for people, TAP, JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from nsh.printable import counted, printable
from nsh.transcript.outcome import Kind, Outcome


def line_of(outcome: Outcome) -> str:
    """How one page went."""
    if outcome.kind is Kind.PASSED:
        return f"ok       {outcome.name}  {_amount(outcome)}"
    if outcome.kind is Kind.SKIPPED:
        return f"skipped  {outcome.name}: {outcome.text}"
    return f"{outcome.kind.value}: {outcome.name}\n{outcome.text}"


def summary(outcomes: list[Outcome]) -> str:
    """How many went how."""
    counts = {kind: sum(outcome.kind is kind for outcome in outcomes) for kind in Kind}
    said = ", ".join(f"{count} {kind.value}" for kind, count in counts.items() if count)
    return f"{said or 'nothing to play'} in {sum(outcome.seconds for outcome in outcomes):.1f} s"


def tap(outcomes: list[Outcome]) -> Iterator[str]:
    """Test Anything Protocol, version 13."""
    yield "TAP version 13"
    yield f"1..{len(outcomes)}"
    for number, outcome in enumerate(outcomes, start=1):
        passed = outcome.kind in (Kind.PASSED, Kind.SKIPPED)
        skip = f" # SKIP {printable(outcome.text)}" if outcome.kind is Kind.SKIPPED else ""
        yield f"{'ok' if passed else 'not ok'} {number} - {outcome.name}{skip}"
        if not passed:
            yield f"# {outcome.kind.value}"
            yield from (f"# {printable(line)}" for line in outcome.text.splitlines())


def junit(outcomes: list[Outcome]) -> str:
    """The XML that CI systems show; one test case for each page and mode."""
    suite = ElementTree.Element("testsuite", name="nsh test", tests=str(len(outcomes)))
    for kind, attribute in ((Kind.FAILED, "failures"), (Kind.SKIPPED, "skipped")):
        suite.set(attribute, str(sum(outcome.kind is kind for outcome in outcomes)))
    suite.set("errors", str(sum(outcome.kind in (Kind.BAD, Kind.BROKEN) for outcome in outcomes)))
    suite.set("time", f"{sum(outcome.seconds for outcome in outcomes):.3f}")
    for outcome in outcomes:
        case = ElementTree.SubElement(suite, "testcase", classname=str(outcome.path), name=outcome.name)
        case.set("time", f"{outcome.seconds:.3f}")
        if outcome.kind is not Kind.PASSED:
            text = "\n".join(printable(line) for line in outcome.text.splitlines())
            result = ElementTree.SubElement(case, _ELEMENTS[outcome.kind], message=text.partition("\n")[0])
            result.text = text
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


_ELEMENTS = {Kind.FAILED: "failure", Kind.BAD: "error", Kind.BROKEN: "error", Kind.SKIPPED: "skipped"}


def _amount(outcome: Outcome) -> str:
    return f"{counted(outcome.steps, 'step')}  ({outcome.seconds:.1f} s)"
