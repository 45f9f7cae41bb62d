# SPDX-License-Identifier: MIT
"""YAML about labs as nodes that know where they stand, so that every mistake has its line and column.

Anchors and aliases are refused before anything is built of them: a cycle has
no end, and nine lines can stand for a billion nodes.
"""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.names import check_name
from nsh.net import labwords
from nsh.net.labplan import PLAIN
from nsh.printable import excerpt
from nsh.spelling import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any, TypeVar

    import yaml

    from nsh.net.labplan import Address, Route

    Node = Any  # of PyYAML: its stubs know neither the id of a node nor what its value is
    Mark = Any
    Read = TypeVar("Read")

_DEEPEST = 12  # levels of lists and mappings in each other
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_NO_WORDS = (*_TRUE, *_FALSE, "null", "y", "n")


class Nodes:
    """Reads the nodes of one file, which is named in the messages.

    `above` is how many lines of the file come before the text that is read,
    `left` how many columns, where that is only a part of it.
    """

    def __init__(self, filename: str, *, above: int = 0, left: int = 0) -> None:
        self.filename = filename
        self._above = above
        self._left = left

    def wrong(self, mark: Mark, what: str, hint: str | None = None) -> UsageError:
        """The mistake at a mark."""
        place = f":{mark.line + 1 + self._above}:{mark.column + 1 + self._left}" if mark is not None else ""
        return UsageError(f"{self.filename}{place}: {what}", hint)

    def compose(self, text: str) -> Node:
        """The node that holds all, None for an empty file. Raises UsageError with FILE:LINE:COLUMN."""
        import yaml

        try:
            self._look_through(text)
            return yaml.compose(text, Loader=_loader())
        except yaml.MarkedYAMLError as error:
            said = ", ".join(part for part in (error.context, error.problem) if part)
            raise self.wrong(error.problem_mark, said or str(error)) from error
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            line, column = before.count("\n") + 1, error.position - before.rfind("\n")
            place = f"{line + self._above}:{column + self._left}"
            raise UsageError(f"{self.filename}:{place}: a character that YAML does not allow") from error
        except yaml.YAMLError as error:
            raise UsageError(f"{self.filename}: {' '.join(str(error).split())}") from error

    def _look_through(self, text: str) -> None:
        """Refuse what would not end: aliases, and nesting without a bottom. Raises UsageError, yaml.YAMLError."""
        import yaml

        depth = 0
        for event in yaml.parse(text, Loader=_loader()):
            if isinstance(event, yaml.AliasEvent):
                raise self.wrong(event.start_mark, f"*{event.anchor}: aliases are not read here", "write it out")
            tag = getattr(event, "tag", None)
            if tag is not None:
                raise self.wrong(event.start_mark, f"{excerpt(tag)}: tags are not read here", "leave it out")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEEPEST:
                raise self.wrong(event.start_mark, f"nested more than {_DEEPEST} levels deep")

    # Collections.

    def entries(self, node: Node, known: Collection[str], what: str) -> dict[str, Node]:
        """The entries of a mapping, whose keys must be known ones; nothing at all is an empty one."""
        if node is None or is_null(node):
            return {}
        found = {}
        for key, value in self.pairs(node, f"{what} is a mapping: {', '.join(known)}"):
            word = self.text(key, "a key")
            if word not in known:
                hint = did_you_mean(word, known) or f"{what} has: {', '.join(known)}"
                raise self.wrong(key.start_mark, f"{excerpt(word)}: {what} has no such key", hint)
            found[word] = value
        return found

    def pairs(self, node: Node, otherwise: str) -> list[tuple[Node, Node]]:
        """Keys and values of a mapping, each key once."""
        if node.id != "mapping":
            raise self.wrong(node.start_mark, otherwise)
        seen = set()
        for key, _ in node.value:
            word = self.text(key, "a key")
            if word in seen:
                raise self.wrong(key.start_mark, f"{excerpt(word)}: given twice")
            seen.add(word)
        return list(node.value)

    def items(self, node: Node, otherwise: str) -> list[Node]:
        """What is in a list; nothing at all is an empty one."""
        if is_null(node):
            return []
        if node.id != "sequence":
            raise self.wrong(node.start_mark, otherwise)
        return list(node.value)

    def one_or_more(self, node: Node) -> list[Node]:
        """What is in a list, or the one thing that is no list."""
        return list(node.value) if node.id == "sequence" else [node]

    # Words.

    def text(self, node: Node, what: str) -> str:
        """A word, which must be there."""
        if node.id != "scalar" or not node.value:
            raise self.wrong(node.start_mark, f"here should be {what}")
        return str(node.value)

    def name(self, node: Node, prefix: str = "") -> str:
        """The name of a place."""
        name = prefix + self.text(node, "a name")
        self.checked(node, lambda: check_name(name))
        return name

    def device(self, node: Node, text: str | None = None) -> str:
        """The name of a device."""
        word = self.text(node, "a device") if text is None else text
        return self.checked(node, lambda: labwords.device(word))

    def address(self, node: Node) -> Address:
        """`10.0.0.1/16`, `fd00::1/64`."""
        text = self.text(node, "an address")
        return self.checked(node, lambda: labwords.address(text))

    def network(self, node: Node) -> tuple[str, int]:
        """`10.0.0.0/16`: where addresses are taken from."""
        text = self.text(node, "an address")
        return self.checked(node, lambda: labwords.network(text))

    def route(self, to: Node, by: Node) -> Route:
        """`default` or a network, and by which gateway."""
        word, target = self.text(by, "a gateway"), self.text(to, "a network")
        gateway = self.checked(by, lambda: labwords.gateway(word))
        network = self.checked(to, lambda: labwords.destination(target, gateway))
        return self.checked(by, lambda: labwords.route(network, gateway))

    def hardware(self, node: Node) -> bytes:
        """`02:00:00:00:00:01`."""
        text = self.text(node, "a hardware address")
        return self.checked(node, lambda: labwords.hardware(text))

    def mtu(self, node: Node) -> int:
        """A number of bytes."""
        word = self.text(node, "a number")
        return self.checked(node, lambda: labwords.mtu(word))

    def yes_or_no(self, node: Node) -> bool:
        """What YAML 1.1 takes for true or false."""
        word = self.text(node, "true or false").lower()
        if word not in (*_TRUE, *_FALSE):
            raise self.wrong(node.start_mark, f"{excerpt(word)}: here should be true or false")
        return word in _TRUE

    def checked(self, node: Node, act: Callable[[], Read]) -> Read:
        """Do something, and say where in the file it is about when it is refused."""
        try:
            return act()
        except UsageError as error:
            raise self.wrong(node.start_mark, error.message, error.hint) from error


def _loader() -> type[yaml.SafeLoader]:
    """libyaml's where it was built in: ten times as fast."""
    import yaml

    fast: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return fast


def is_null(node: Node) -> bool:
    """Does it say nothing: empty, `~`, `null`?"""
    return bool(node.tag == "tag:yaml.org,2002:null")


def quoted(text: str) -> str:
    """A word of YAML; in quotes where it would be read as something else than a text."""
    is_plain = text[:1].isascii() and text[:1].isalpha() and PLAIN.issuperset(text)
    if is_plain and text.lower() not in _NO_WORDS:
        return text
    if text[:1].isdigit() and "/" in text and ":" not in text:
        return text
    import json

    return json.dumps(text, ensure_ascii=False)
