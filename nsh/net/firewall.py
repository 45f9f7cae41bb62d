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
    found: list[Row] = []
    family = table = ""
    chain: Row | None = None
    depth = skip = 0
    for raw in text.splitlines():
        line, handle = _without_handle(raw.strip())
        if not line or line.startswith("#"):
            continue
        if skip:
            skip += _opened(line)
        elif line == "}":
            depth -= 1
        elif depth == 0 and line.startswith("table ") and line.endswith("{"):
            family, table = [*line[6:-1].split(), "", ""][:2]
            depth = 1
        elif depth == 1 and line.startswith("chain ") and line.endswith("{"):
            chain = Row("nft", family, table, line[6:-1].strip(), None, handle)
            found.append(chain)
            depth = 2
        elif depth == 1:
            if line.split()[0] in _CONTAINERS:
                found.append(Row("nft", family, table, None, line.rstrip("{ "), handle))
            skip = max(_opened(line), 0)
        elif depth == 2 and chain is not None and line.startswith("type ") and " hook " in line:
            chain.hook, chain.policy = _hook(line)
        elif depth == 2 and chain is not None:
            found.append(Row("nft", family, table, chain.chain, line, handle))
            skip = max(_opened(line), 0)
    return found


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
