"""As much of Go's text/template, and of what Helm adds, as our chart says anything in.

Not Helm: a second reading of the same words, so that what the chart makes can be looked at where
Helm is not installed. A word it does not know is an error.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML

_ACTION = re.compile(r"(\s*)\{\{(-?)\s*(.*?)\s*(-?)\}\}(\s*)", re.DOTALL)
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[()|]|:=|[^\s()|]+')


class Fails(Exception):
    """The template says that it cannot be made so."""


@dataclass
class _Block:
    """A list of what follows each other: text, an action, or (words, then, otherwise)."""

    parts: list[Any] = field(default_factory=list)


class Templates:
    """Templates that may include each other's definitions."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._defined: dict[str, _Block] = {}
        self._bodies = {name: self._parse(source) for name, source in sources.items()}

    def render(self, name: str, root: Mapping[str, Any]) -> str:
        return self._run(self._bodies[name], root, {})

    # reading

    def _parse(self, source: str) -> _Block:
        tokens: list[tuple[str, str]] = []
        rest = 0
        for found in _ACTION.finditer(source):
            before, cut, words, cut_after, after = found.groups()
            tokens.append(("text", source[rest : found.start()] + ("" if cut else before)))
            tokens.append(("do", words))
            rest = found.end() - (0 if cut_after else len(after))
            if cut_after == "" and after:
                rest = found.end() - len(after)
        tokens.append(("text", source[rest:]))
        block, left = self._block(tokens, 0)
        assert left == len(tokens), "an end too many"
        return block

    def _block(self, tokens: list[tuple[str, str]], at: int) -> tuple[_Block, int]:
        block = _Block()
        while at < len(tokens):
            kind, words = tokens[at]
            first = words.split()[0] if kind == "do" and words else ""
            if first in {"end", "else"}:
                return block, at
            at += 1
            if first in {"if", "with", "define"}:
                then, at = self._block(tokens, at)
                otherwise = _Block()
                if tokens[at][1] == "else":
                    otherwise, at = self._block(tokens, at + 1)
                assert tokens[at][1] == "end", words
                at += 1
                if first == "define":
                    self._defined[json.loads(words.split()[1])] = then
                else:
                    block.parts.append((words, then, otherwise))
            elif kind == "text":
                block.parts.append(words)
            elif not words.startswith("/*"):
                block.parts.append((words,))
        return block, at

    # making

    def _run(self, block: _Block, dot: Any, names: dict[str, Any]) -> str:
        made: list[str] = []
        for part in block.parts:
            if isinstance(part, str):
                made.append(part)
            elif len(part) == 1:
                made.append(self._say(part[0], dot, names))
            else:
                words, then, otherwise = part
                kind, _, test = words.partition(" ")
                value = self._value(test, dot, names)
                inside = value if kind == "with" and value else dot
                made.append(self._run(then if value else otherwise, inside, names))
        return "".join(made)

    def _say(self, words: str, dot: Any, names: dict[str, Any]) -> str:
        if " := " in words:
            name, _, rest = words.partition(" := ")
            names[name] = self._value(rest, dot, names)
            return ""
        value = self._value(words, dot, names)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _value(self, words: str, dot: Any, names: dict[str, Any]) -> Any:
        tokens = _TOKEN.findall(words)
        value, left = self._pipe(tokens, dot, names)
        assert not left, words
        return value

    def _pipe(self, tokens: list[str], dot: Any, names: dict[str, Any]) -> tuple[Any, list[str]]:
        piped: list[Any] = []
        while True:
            given: list[Any] = []
            word = ""
            while tokens and tokens[0] not in {"|", ")"}:
                token, tokens = tokens[0], tokens[1:]
                if token == "(":
                    inner, tokens = self._pipe(tokens, dot, names)
                    given.append(inner)
                    tokens = tokens[1:]
                elif not given and not word and re.fullmatch(r"[a-z]\w*", token):
                    word = token
                else:
                    given.append(self._atom(token, dot, names))
            value = self._call(word, [*given, *piped], dot) if word else (given + piped)[0]
            if not tokens or tokens[0] == ")":
                return value, tokens
            tokens, piped = tokens[1:], [value]

    @staticmethod
    def _atom(token: str, dot: Any, names: dict[str, Any]) -> Any:
        if token.startswith('"'):
            return json.loads(token)
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if token.startswith("$"):
            return names[token]
        assert token.startswith("."), f"a word it does not know: {token}"
        for step in filter(None, token.split(".")):
            dot = dot[step]
        return dot

    def _call(self, word: str, given: list[Any], dot: Any) -> Any:  # noqa: PLR0912 - a table of words
        match word, given:
            case "include", [name, inner]:
                return self._run(self._defined[name], inner, {})
            case "nindent", [width, text]:
                return "\n" + "\n".join(
                    " " * width + one if one else one for one in text.split("\n")
                )
            case "toYaml", [value]:
                out = io.StringIO()
                YAML(typ="safe").dump(value, out)
                return out.getvalue().removesuffix("\n").removesuffix("\n...")
            case "toJson", [value]:
                return json.dumps(value, separators=(",", ":"))
            case "dict", pairs:
                return dict(zip(pairs[::2], pairs[1::2], strict=True))
            case "quote", [value]:
                return json.dumps(str(value))
            case "sha256sum", [value]:
                return hashlib.sha256(value.encode()).hexdigest()
            case "printf", [text, *values]:
                return text.replace("%s", "{}").format(*values)
            case "trunc", [width, value]:
                return value[:width]
            case "trimSuffix", [end, value]:
                return value.removesuffix(end)
            case "default", [otherwise, value]:
                return value or otherwise
            case "not", [value]:
                return not value
            case "or", values:
                return next((one for one in values if one), values[-1])
            case "required", [why, value]:
                if not value:
                    raise Fails(why)
                return value
        raise AssertionError(f"{word} with {given} of {dot}")
