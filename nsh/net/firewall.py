# SPDX-License-Identifier: MIT
"""Rulesets as their own programs print them, nft(8) and iptables-save(8), read into one row for each chain and rule."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINERS = ("set", "map", "flowtable", "counter", "quota", "limit", "ct", "secmark", "synproxy")


class Row:
    """A chain (`rule` is None) or a rule in it; a set or map has its kind and name as its rule, and no chain.

    `by` is the program that shows it: nft, iptables, ip6tables. `hook` and
    `policy` are those of a base chain.
    """

    __slots__ = ("by", "chain", "family", "handle", "hook", "policy", "rule", "table")

    def __init__(
        self, by: str, family: str, table: str, chain: str | None, rule: str | None = None, handle: int | None = None
    ) -> None:
        self.by = by
        self.family = family
        self.table = table
        self.chain = chain
        self.rule = rule
        self.handle = handle
        self.hook: str | None = None
        self.policy: str | None = None

    def as_json(self) -> dict[str, object]:
        """One flat object."""
        return {
            "by": self.by,
            "family": self.family,
            "table": self.table,
            "chain": self.chain,
            "hook": self.hook,
            "policy": self.policy,
            "rule": self.rule,
            "handle": self.handle,
        }


def read_nft(text: str) -> list[Row]:
    """The rows of `nft -a list ruleset`: blocks are told by their braces, not by what stands in them."""
    ruleset = _Ruleset()
    for raw in text.splitlines():
        line, handle = _without_handle(raw.strip())
        if line and not line.startswith("#"):
            ruleset.take(line, handle)
    return ruleset.rows


class _Ruleset:
    """Goes down a ruleset: `depth` 0 is outside of all, 1 in a table, 2 in a chain; other blocks are passed over."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._depth = 0
        self._passing = 0  # how many braces of another block are open
        self._family = self._table = ""
        self._chain = Row("nft", "", "", None)

    def take(self, line: str, handle: int | None) -> None:
        """The next line that says something."""
        if self._passing:
            self._passing += _opened(line)
        elif line == "}":
            self._depth -= 1
        elif self._depth == 0:
            self._outside(line)
        elif self._depth == 1:
            self._in_table(line, handle)
        elif self._depth == 2:
            self._in_chain(line, handle)

    def _outside(self, line: str) -> None:
        if line.startswith("table ") and line.endswith("{"):
            self._family, self._table = [*line[6:-1].split(), "", ""][:2]
            self._depth = 1

    def _in_table(self, line: str, handle: int | None) -> None:
        if line.startswith("chain ") and line.endswith("{"):
            self._chain = Row("nft", self._family, self._table, line[6:-1].strip(), None, handle)
            self.rows.append(self._chain)
            self._depth = 2
            return
        if line.split()[0] in _CONTAINERS:
            self.rows.append(Row("nft", self._family, self._table, None, line.rstrip("{ "), handle))
        self._passing = max(_opened(line), 0)

    def _in_chain(self, line: str, handle: int | None) -> None:
        if line.startswith("type ") and " hook " in line:
            self._chain.hook, self._chain.policy = _hook(line)
            return
        self.rows.append(Row("nft", self._family, self._table, self._chain.chain, line, handle))
        self._passing = max(_opened(line), 0)


def _opened(line: str) -> int:
    """How many more braces a line opens than it closes; those in quotes are text."""
    count, quoted = 0, False
    for char in line:
        if char == '"':
            quoted = not quoted
        elif not quoted:
            count += (char == "{") - (char == "}")
    return count


def _without_handle(line: str) -> tuple[str, int | None]:
    text, mark, number = line.rpartition(" # handle ")
    return (text.rstrip(), int(number)) if mark and number.isascii() and number.isdigit() else (line, None)


def _hook(line: str) -> tuple[str, str | None]:
    """`type nat hook postrouting priority srcnat; policy accept;`."""
    words = line.replace(";", " ").split()
    after = {word: words[i + 1] for i, word in enumerate(words[:-1])}
    return after.get("hook", ""), after.get("policy")


def read_saved(text: str, by: str) -> Iterator[Row]:
    """The rows of `iptables-save` or `ip6tables-save`."""
    table = ""
    family = "ip6" if by.startswith("ip6") else "ip"
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            name, policy = [*line[1:].split(), "-", "-"][:2]
            row = Row(by, family, table, name)
            if policy != "-":
                row.hook, row.policy = name.lower(), policy.lower()
            yield row
        elif line.startswith("-A "):
            chain, _, rule = line[3:].partition(" ")
            yield Row(by, family, table, chain, rule)
