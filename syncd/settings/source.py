"""YAML text as plain values that remember where each was written.

ruamel.yaml reads up to its node graph; the values are built here, because its own
constructors stop at the first mistake, repeat values in their messages (which may be
secrets) and lose the place of what a merge key brought in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from syncd.settings.problems import InvalidSettings, Loc, Problem

# A few lines of aliases of aliases can stand for billions of values.
_MOST_VALUES = 200_000
_LARGEST = 2_000_000

_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"
_STRING = _TAG + "str"
_KINDS = {
    _TAG + word for word in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
}

# ruamel's words, by their beginning, in ours. What it found is never repeated.
_SYNTAX = (
    (r"mapping values are not allowed", "a second ':' here; put the value in quotes, or indent"),
    (r"found undefined alias", "no &name above for this *name; for a value with * use quotes"),
    (r"but found another document", "a second document; keep only one, without '---' in between"),
    (r"found character '\\t'|found a tab", "a tab; indent with spaces"),
    (r"found character", "a value cannot start with this character; put it in quotes"),
    (r"found unexpected end of stream", "a quote is not closed; close it"),
    (r"found unknown escape", "an unknown escape after \\; use single quotes or double the \\"),
    (r"expected ',' or", "a list or mapping in brackets is not closed; add a comma or a bracket"),
    (r"expected <block end>", "this line does not fit the ones above; check its indentation"),
    (r"could not find expected ':'", "a key without ':' before it; add the ':' or check quotes"),
)


@dataclass(eq=False)
class Document:
    """The plain `data` of a YAML text; `place` finds what a path into it came from."""

    name: str
    data: Any
    _root: Node | None
    _entries: dict[int, dict[Any, tuple[Node, Node]]] = field(repr=False)

    def place(self, loc: Loc) -> tuple[int, int]:
        """Line and column of the value at `loc`, or of the deepest part of it that is there.

        A value that has none of its own (nothing written, or a whole mapping) is where its
        key is.
        """
        node, at = self._root, (1, 1)
        for piece in loc:
            if isinstance(node, MappingNode) and piece in self._entries[id(node)]:
                key, node = self._entries[id(node)][piece]
                at = _start(node) if isinstance(node, ScalarNode) and node.value else _start(key)
            elif isinstance(node, SequenceNode) and isinstance(piece, int):
                if piece >= len(node.value):
                    break
                node = node.value[piece]
                at = _start(node)
            else:
                break
        return at

    def key_place(self, loc: Loc) -> tuple[int, int]:
        """Line and column of the last key of `loc`."""
        node = self._root
        for piece in loc[:-1]:
            if isinstance(node, MappingNode):
                node = self._entries[id(node)].get(piece, (None, None))[1]
            elif isinstance(node, SequenceNode) and isinstance(piece, int):
                node = node.value[piece] if piece < len(node.value) else None
        if isinstance(node, MappingNode) and loc[-1] in self._entries[id(node)]:
            return _start(self._entries[id(node)][loc[-1]][0])
        return self.place(loc)


def parse(content: bytes | str, name: str) -> Document:
    """Read one YAML 1.2 document. Raises `InvalidSettings` naming every duplicate and bad tag."""
    if len(content) > _LARGEST:
        words = f"is over {_LARGEST // 10**6} MB; is it the right file?"
        raise InvalidSettings([Problem(name, None, None, "", words)])
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _line_column(error.object[: error.start].decode("utf-8-sig"))
        words = "not UTF-8 from here on; save the file as UTF-8"
        raise InvalidSettings([Problem(name, line, column, "", words)]) from None
    try:
        root = _yaml().compose(text)
        reading = _Reading(name)
        data = reading.value(root) if root is not None else None
    except (YAMLError, RecursionError) as error:
        line, column, words = _syntax(error, text)
        raise InvalidSettings([Problem(name, line, column, "", words)]) from None
    if reading.problems:
        raise InvalidSettings(reading.problems)
    return Document(name, data, root, reading.entries)


def load_yaml(source: Path | Traversable) -> Any:
    """The plain values of a YAML file. Raises `InvalidSettings` saying what is wrong where."""
    try:
        content = source.read_bytes()
    except OSError as error:
        words = f"cannot be read: {error.strerror}; check the path and its owner"
        raise InvalidSettings([Problem(str(source), None, None, "", words)]) from None
    return parse(content, str(source)).data


def scalar(text: str) -> Any:
    """What `text` alone would mean in a YAML file. Raises `InvalidSettings`."""
    return parse(text, "").data


class _Reading:
    """One walk over a node graph."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self.entries: dict[int, dict[Any, tuple[Node, Node]]] = {}
        self._name = name
        self._made: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._constructor = _yaml().constructor

    def value(self, node: Node) -> Any:
        """The plain value of `node`. An alias gives the very same object again."""
        if id(node) in self._made:
            return self._made[id(node)]
        if id(node) in self._open:
            self._say(node, "an alias inside what it stands for; write it out")
            return None
        self._open.add(id(node))
        # "str" is also what the parser calls "!": a plain value that shall stay text.
        if str(node.tag) not in _KINDS:
            self._say(node, "tags (!name) have no meaning here; leave it out, or use quotes")
            made: Any = None
        elif isinstance(node, MappingNode):
            found = self.mapping(node)
            made = {key: self.value(value) for key, (_, value) in found.items()}
            self._measure(node, [value for _, value in found.values()])
        elif isinstance(node, SequenceNode):
            made = [self.value(item) for item in node.value]
            self._measure(node, node.value)
        else:
            made = self.scalar(node)
        self._open.discard(id(node))
        self._made[id(node)] = made
        return made

    def mapping(self, node: MappingNode) -> dict[Any, tuple[Node, Node]]:
        """The entries of a mapping, those of its merge keys (`<<`) after its own."""
        if id(node) in self.entries:
            return self.entries[id(node)]
        own: dict[Any, tuple[Node, Node]] = {}
        self.entries[id(node)] = own
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merged.extend(value.value if isinstance(value, SequenceNode) else [value])
                continue
            if not isinstance(key, ScalarNode) or str(key.tag) not in _KINDS:
                self._say(key, "a key must be a word; check the brackets and the '?' here")
                continue
            word = self.scalar(key)
            if word in own:
                line = _start(own[word][0])[0]
                self._say(key, f"this key is here twice, first on line {line}; keep one")
            else:
                own[word] = key, value
        for other in merged:
            if isinstance(other, MappingNode) and id(other) not in self._open:
                for word, entry in self.mapping(other).items():
                    own.setdefault(word, entry)
            else:
                self._say(other, "<<: takes the keys of a mapping; name one, <<: *name")
        return own

    def scalar(self, node: Node) -> Any:
        if str(node.tag) == _STRING:
            return _whole(node.value)
        try:
            return self._constructor.construct_object(node)
        except Exception:  # noqa: BLE001 - ruamel's converters trip over odd text in any way
            # Looks like a date or number and is none (2026-13-45): whoever wants one says so.
            return _whole(node.value)

    def _measure(self, node: Node, parts: list[Node]) -> None:
        size = 1 + sum(self._sizes.get(id(part), 1) for part in parts)
        self._sizes[id(node)] = size
        if size > _MOST_VALUES:
            self._say(node, "aliases stand for too many values here; write out what is needed")
            self._sizes[id(node)] = 1

    def _say(self, node: Node, message: str) -> None:
        line, column = _start(node)
        self.problems.append(Problem(self._name, line, column, "", message))


def _whole(text: str) -> str:
    """`text` with the halves that JSON writes some signs in put together, lone ones replaced."""
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    return yaml


def _start(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _line_column(before: str) -> tuple[int, int]:
    """Where the text after `before` begins."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax(error: Exception, text: str) -> tuple[int, int, str]:
    """Line, column and what is wrong there."""
    if isinstance(error, ReaderError):
        at = _line_column(text[: error.position])
        return *at, "a character that text files do not have; remove it"
    if isinstance(error, RecursionError):
        return 1, 1, "brackets or lines nested too deeply; flatten it"
    words = "this is not YAML; check quotes, brackets and indentation"
    mark = None
    if isinstance(error, MarkedYAMLError):
        said = str(error.problem or "")
        words = next((ours for theirs, ours in _SYNTAX if re.match(theirs, said)), words)
        mark = error.problem_mark or error.context_mark
    return (1, 1, words) if mark is None else (mark.line + 1, mark.column + 1, words)
