# SPDX-License-Identifier: MIT
"""What the speaker reads on the second screen: the news of a show as lines of a given width and height."""

from __future__ import annotations

from collections.abc import Iterator

from nsh.palette import painted
from nsh.printable import clip, columns, printable, printable_lines, wrapped
from nsh.stage.orders import AMBER, GOOD, RECORDED, SKIPPED, News

Row = tuple[str, str]
"""(role, text); the role is one of the palette's, or empty."""

_VERDICTS = {
    GOOD: ("good", "as the page says"),
    AMBER: ("bad", "NOT as the page says"),
    RECORDED: ("option", "from the rehearsal"),
    SKIPPED: ("option", "skipped"),
}
_MOST_EXPECTED = 6


def page_of(news: News, elapsed: float, width: int, height: int) -> list[str]:
    """The screen: a line about time, the notes, what comes, what went wrong; never more than fits."""
    head = [("heading", _head(news, elapsed, width))]
    rows = [*head, *_body(news, width)]
    if len(rows) > height:
        rows = [*rows[: height - 1], ("remark", clip(f"… {len(rows) - height + 1} more lines", width))]
    return [painted(clip(text, width), role) if role else clip(text, width) for role, text in rows]


def lines_of(news: News) -> list[str]:
    """The same as a few plain lines, for what is no terminal."""
    return [_head(news, news.elapsed, 0), *(text for _, text in _body(news, 100) if text.strip())]


def clock(seconds: float) -> str:
    """12:07, or 1:02:03."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _head(news: News, elapsed: float, width: int) -> str:
    """Step and time: how far the talk is, and how far it should be."""
    left = f"{news.step}/{news.steps} {printable(news.heading or news.title)}"
    right = clock(elapsed)
    if news.time is not None:
        due = news.time * max(0, news.step - 1) / max(1, news.steps)
        late = elapsed - due
        right += f" of {clock(news.time)}, {clock(abs(late))} {'behind' if late > 0 else 'ahead'}"
    right = f"{news.state}  {right}" if news.state in ("free", "blank", "over", "replaying") else right
    room = width - columns(right) - 2
    left = clip(left, room) if 0 < room < columns(left) else left
    return f"{left}{' ' * max(2, width - columns(left) - columns(right))}{right}"


def _body(news: News, width: int) -> Iterator[Row]:
    for note in news.notes:
        yield from _folded("", note, width)
    yield "", ""
    if news.command:
        yield from _folded("prompt", f"{news.session}: {news.prompt} {news.command}", width)
        shown = news.expected[:_MOST_EXPECTED]
        for line in shown:
            yield "remark", f"  {printable(line)}"
        if len(news.expected) > len(shown):
            yield "remark", f"  … {len(news.expected) - len(shown)} more lines"
    if news.next_command:
        yield from _folded("remark", f"then: {news.next_command}", width)
    if news.said:
        yield from _folded("option", news.said, width)
    yield "", ""
    if news.judged:
        role, words = _VERDICTS.get(news.verdict, ("", printable(news.verdict)))
        yield role, f"step {news.judged}: {words}"
    for line in printable_lines(news.diff).split("\n") if news.diff else []:
        yield {"-": "good", "+": "bad"}.get(line[:1], ""), line


def _folded(role: str, text: str, width: int) -> Iterator[Row]:
    """A text for people in as many rows as it takes."""
    for line in text.split("\n"):
        for row in wrapped(printable(line), max(width, 20)):
            yield role, row
