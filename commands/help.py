# SPDX-License-Identifier: MIT
"""help: what the commands are, from their own declarations."""

from __future__ import annotations

from nsh import nstypes
from nsh.errors import UsageError
from nsh.printable import excerpt
from nsh.registry import REGISTRY, command
from nsh.results import Lines, Prose, Result
from nsh.spelling import did_you_mean
from nsh.typefacts import FACTS
from nsh.words import WordType, define

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nsh.nstypes import NsType
    from nsh.registry import Form
    from nsh.session.session import Session

    Block = tuple[str, str]

_ORDER = ("namespaces", "look", "inside", "network", "programs", "session", "language", "aliases")
_OWN = "your own"
_ONE_LINE = 1000  # off a terminal a list has a line for each command, for grep
_LAST = (
    "help CMD, help TYPE (mnt uts ipc pid net user cgroup time), help GROUP, help all, help -k WORD; `tour` shows round"
)


class Topic(WordType):
    """A command, its second word, or a type."""

    __slots__ = ()

    def complete_after(self, session: Session, before: Sequence[str], prefix: str) -> list[tuple[str, str]]:
        """What there is help on."""
        words = before[1:]
        if words:
            found = [(word, _about((*words, word))) for word in REGISTRY.next_words(words)]
        else:
            found = [(word, _about((word,))) for word in REGISTRY.first_words() if word.startswith(prefix)]
            found += [(row.name, f"the type: {row.isolates}") for row in nstypes.ALL]
            found += [(category, "these commands") for category, _ in by_category()]
            found.append(("all", "every command"))
        return [choice for choice in found if choice[0].startswith(prefix)]


define(Topic("topic", "command"))


def _about(words: Sequence[str]) -> str:
    forms = _forms(words)
    return forms[0].summary.rstrip(".") if len(forms) == 1 else ", ".join(REGISTRY.next_words(words))


@command("help [<words:topic>...] [-k|--keyword <keyword:text>]", man=("namespaces(7)",), category="language")
def help(session: Session, words: tuple[str, ...] = (), *, keyword: str | None = None) -> Result:
    """Say what there is, what a command does, or what a type of namespace isolates.

    Without a word: the commands by what they are for; `help look` has a line
    for each of such a group, `help all` for every one. `-k WORD` lists the
    commands whose help contains the word. `CMD --help` is the same as
    `help CMD`; at the prompt, F1 shows it for the line being typed.

        nsh> help uts hostname
        nsh> help pid
        nsh> help -k hostname
    """
    if keyword is not None:
        return _search(keyword)
    return help_on(words) if words else _overview()


def help_on(words: Sequence[str]) -> Result:
    """The help of a type, or of the forms that begin with these words. UsageError where there is none."""
    row = nstypes.BY_NAME.get(words[0]) if len(words) == 1 else None
    if row is not None:
        return _type_help(row)
    groups = by_category()
    chosen = [group for group in groups if len(words) == 1 and words[0] in (group[0], "all")]
    return _lists(chosen) if chosen and not _forms(words) else forms_help(words)


def forms_help(words: Sequence[str]) -> Result:
    """The help of the forms that begin with these words. UsageError where there are none."""
    forms = _forms(words)
    if not forms:
        known = [*REGISTRY.first_words(), *nstypes.NAMES]
        hint = did_you_mean(words[0], known) or "help lists the commands; help -k WORD searches"
        raise UsageError(f"there is no help on '{excerpt(' '.join(words))}'", hint)
    blocks: list[Block] = []
    for form in forms:
        blocks += [*([("", "")] * 2 if blocks else []), *form_blocks(form)]
    return Prose(blocks, [_as_json(form) for form in forms])


def _forms(words: Sequence[str]) -> list[Form]:
    return [form for form in REGISTRY.forms(words[0]) if _begins(form, words)]


def _begins(form: Form, words: Sequence[str]) -> bool:
    return any(spelling[: len(words)] == tuple(words) for spelling in form.spellings())


def _overview() -> Result:
    """The first words only: what a newcomer can take in at one look."""
    groups = by_category()
    wide = max(len(category) for category, _ in groups) + 2
    blocks = [(f"{category}:".ljust(wide), " ".join(_first_words(forms))) for category, forms in groups]
    blocks += [("", ""), ("", f"{_LAST}; anything else is a program")]
    return Prose(blocks, [_as_json(form) for form in REGISTRY.all()])


def _first_words(forms: Iterable[Form]) -> list[str]:
    return sorted({form.words[0] for form in forms})


def _lists(groups: Iterable[tuple[str, Iterable[Form]]]) -> Result:
    """A line for each command of these groups."""
    blocks: list[Block] = []
    shown: list[Form] = []
    for category, forms in groups:
        blocks += [*([("", "")] if blocks else []), ("", f"{category}:"), *_summaries(forms)]
        shown += forms
    return Prose(blocks, [_as_json(form) for form in shown], _ONE_LINE)


def by_category() -> list[tuple[str, list[Form]]]:
    """All forms under what they are for, in the order of help."""
    found: dict[str, list[Form]] = {}
    for form in REGISTRY.all():
        found.setdefault(form.category or _OWN, []).append(form)
    return sorted(found.items(), key=lambda item: _rank(item[0]))


def _rank(category: str) -> tuple[int, str]:
    return (_ORDER.index(category) if category in _ORDER else len(_ORDER)), category


def _summaries(forms: Iterable[Form]) -> list[Block]:
    """One line for each form, in the order of their words."""
    ordered = sorted(forms, key=lambda form: form.words)
    wide = max((len(form.name) for form in ordered), default=0)
    return [(f"  {form.name.ljust(wide)}  ", form.summary) for form in ordered]


def _search(keyword: str) -> Result:
    wanted = keyword.lower()
    found = [
        form
        for form in REGISTRY.all()
        if wanted in f"{form.usage}\n{form.summary}\n{form.description}\n{' '.join(form.man)}".lower()
    ]
    if not found:
        return Lines([], [], (f"no help contains {keyword!r}",), status=1)
    return Prose(_summaries(found), [_as_json(form) for form in found], _ONE_LINE)


def form_blocks(form: Form) -> list[Block]:
    """Usage, what it does, examples, where to read on."""
    literal = " ".join(form.words)
    parts = [part.replace(" ", "\xa0") for part in form.pattern.usage_parts()[len(form.words) :]]
    blocks = [(f"{literal} ", " ".join(parts)), ("", ""), ("    ", form.summary)]
    for is_literal, lines in paragraphs(form.description):
        blocks.append(("", ""))
        if is_literal:
            blocks += [("        ", line.replace(" ", "\xa0")) for line in lines]
        else:
            blocks.append(("    ", " ".join(lines)))
    if form.synonyms:
        blocks += [("", ""), ("    ", f"also: {', '.join(form.synonyms)}")]
    if form.man:
        blocks += [("", ""), ("    ", f"see: {', '.join(form.man)}")]
    return blocks


def paragraphs(text: str) -> list[tuple[bool, list[str]]]:
    """The paragraphs of a description, each with whether it stands as it is: indented, or begun by a prompt."""
    found: list[tuple[bool, list[str]]] = []
    is_new = True
    for line in text.split("\n"):
        if not line.strip():
            is_new = True
            continue
        is_literal = line.startswith((" ", "nsh> ", "nsh[")) or (not is_new and found[-1][0])
        if is_new or is_literal != found[-1][0]:
            found.append((is_literal, []))
        found[-1][1].append(line)
        is_new = False
    return [(is_literal, _dedented(lines) if is_literal else lines) for is_literal, lines in found]


def _dedented(lines: list[str]) -> list[str]:
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return [line[margin:] for line in lines]


def _as_json(form: Form) -> dict[str, object]:
    return {
        "command": form.name,
        "usage": form.usage,
        "summary": form.summary,
        "description": form.description,
        "category": form.category,
        "synonyms": list(form.synonyms),
        "man": list(form.man),
        "json": form.shows,
    }


def type_fields(row: NsType) -> dict[str, str]:
    """What help says of a type, under short headings."""
    facts = FACTS[row.name]
    children = f", /proc/PID/ns/{row.children_file}" if row.children_file else ""
    return {
        "type": row.name,
        "isolates": row.isolates,
        "not": facts.stays,
        "mind": facts.mind,
        "flag": f"{row.constant} (0x{row.flag:08x})",
        "file": f"/proc/PID/ns/{row.name}{children}",
        "since": f"Linux {row.since}{f' ({facts.since})' if facts.since else ''}",
        "needs": facts.needs,
        "limit": f"/proc/sys/user/max_{row.name}_namespaces",
        "manual": row.man,
    }


def _type_help(row: NsType) -> Result:
    forms = _forms([row.name])
    facts = FACTS[row.name]
    blocks = [(f"{key:8}  ", value) for key, value in type_fields(row).items()]
    blocks += [("", ""), ("", "try:"), *(("  ", f"nsh> {line}".replace(" ", "\xa0")) for line in facts.example)]
    if forms:
        blocks += [("", ""), ("", "commands:"), *_summaries(forms)]
    data = {
        "type": row.name,
        "isolates": row.isolates,
        "not_isolated": facts.stays,
        "mind": facts.mind,
        "flag": row.flag,
        "constant": row.constant,
        "since": row.since,
        "needs": facts.needs,
        "manual": row.man,
        "example": list(facts.example),
        "commands": [form.name for form in forms],
    }
    return Prose(blocks, data)
