"""The language of task templates: Jinja's values, `if` and one `for`, and nothing that grows.

Ops write the templates, strangers the values. A template is checked when the settings are
read, piece by piece: what is not on the lists below is refused, so that none can run for
long or fill the memory, whatever mail it meets. Jinja's sandbox stands behind that.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from syncd.core.markdown import Markdown, escaped, one_line

if TYPE_CHECKING:  # late at run time: it costs as much as the rest of the core
    from jinja2 import Template, nodes
    from jinja2.sandbox import SandboxedEnvironment

LONGEST_TEMPLATE = 5_000
LONGEST_LINE = 250
LONGEST_TEXT = 20_000

Names = Mapping[str, tuple[str, ...]]

# No joining nor replacing: a chain of those multiplies its text.
_FILTERS = (
    *("capitalize", "default", "first", "int", "last", "length", "lower", "round"),
    *("title", "trim", "truncate", "upper"),
)
_NODES = frozenset(
    {"Template", "Output", "TemplateData", "Name", "Getattr", "Getitem", "Slice", "Const"}
    | {"If", "For", "Filter", "Test", "Compare", "Operand", "And", "Or", "Not", "CondExpr"}
    | {"Concat", "Add", "Sub", "Neg", "Pos", "List", "Tuple", "Keyword"}
)
_MOST_PLACES = 9
_LOOP = ("index", "index0", "first", "last", "length")

# A value that would begin a list, a rule or a heading if a line began with it.
_MARKER = re.compile(r"[-+=]|\d{1,9}[.)]")
_MAYBE = "\ue000"  # a private sign, taken out of every value before
# After nothing but the marks of a list or quotation, which may be the template's own.
_AT_LINE_START = re.compile(
    rf"^((?:[ \t>]|[-*+][ \t]|\d{{1,9}}[.)][ \t])*\d*){_MAYBE}", re.MULTILINE
)

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


class BadTemplate(ValueError):
    """What is wrong with a template, with its line in it, and what would do."""


def names_of(shape: type[Any]) -> dict[str, tuple[str, ...]]:
    """The names a template may use for values of a dataclass, with the names inside each."""
    names: dict[str, tuple[str, ...]] = {}
    for field in dataclasses.fields(shape):
        default = field.default
        inside = dataclasses.fields(default) if dataclasses.is_dataclass(default) else ()
        names[field.name] = tuple(one.name for one in inside)
    return names


def described(names: Names) -> str:
    """The names as a person would be told them."""
    return ", ".join(
        ", ".join(f"{name}.{one}" for one in inside) if inside else name
        for name, inside in names.items()
    )


def check(source: str, names: Names) -> None:
    """Raises `BadTemplate` for what could not be rendered, or not safely."""
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST_TEMPLATE:
        raise BadTemplate(f"is longer than {LONGEST_TEMPLATE} characters; shorten it")
    try:
        tree = _environment(markdown=True).parse(source)
        _Check(names).walk(tree, frozenset(), loops=0)
        _compiled(source, markdown=True)
    except TemplateSyntaxError as error:
        words = (error.message or "this is no template").rstrip(".")
        raise BadTemplate(f"line {error.lineno} of the template: {words}") from None
    except (RecursionError, MemoryError, SyntaxError):
        raise BadTemplate("is nested too deeply; flatten it") from None
    except BadTemplate:
        raise
    except ValueError:
        raise BadTemplate("holds a number of thousands of digits; shorten it") from None


def text(source: str, values: Mapping[str, Any]) -> str:
    """Markdown with every value escaped, at most `LONGEST_TEXT`. Raises on any slip in it."""
    made = _run(source, values, LONGEST_TEXT, markdown=True)
    made = _AT_LINE_START.sub(lambda at: at[1] + "\\", made).replace(_MAYBE, "")
    # A line that held nothing but an if leaves a blank one; two already make a paragraph.
    return _BLANK_LINES.sub("\n\n", made).strip()


def plain(source: str, values: Mapping[str, Any]) -> str:
    """Plain text of several lines, values unescaped, at most `LONGEST_TEXT`. Raises likewise.

    A value stays on one line: strangers' text makes no paragraphs of its own.
    """
    made = _run(source, values, LONGEST_TEXT, markdown=False)
    return _BLANK_LINES.sub("\n\n", made.replace("\r\n", "\n")).strip()


def line(source: str, values: Mapping[str, Any]) -> str:
    """One line of plain text, at most `LONGEST_LINE`. Raises on any slip in it."""
    # Twice as much is read as is kept: what is cut may have been blank.
    made = one_line(_run(source, values, LONGEST_LINE * 2, markdown=False))
    return made if len(made) <= LONGEST_LINE else made[: LONGEST_LINE - 1] + "…"


class _Check:
    def __init__(self, names: Names) -> None:
        self._names = names

    def walk(self, node: nodes.Node, bound: frozenset[str], *, loops: int) -> None:
        from jinja2 import nodes

        match node:
            case nodes.For():
                self._loop(node, bound, loops=loops)
                return
            case nodes.Name() if node.ctx == "load" and node.name not in bound:
                self._known(node, node.name)
            case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
                self._inside(node, name, attr, bound)
            case nodes.Getattr():
                raise self._bad(node, f'".{node.attr}" can only follow a name')
            case nodes.Filter() if node.name not in _FILTERS:
                known = ", ".join(_FILTERS)
                raise self._bad(node, f'no filter "{node.name}" is possible; there are {known}')
            case nodes.Filter(name="round") if not _is_places(node):
                raise self._bad(node, f'"round" takes a number from 0 to {_MOST_PLACES}')
            case _ if type(node).__name__ not in _NODES:
                word = type(node).__name__.lower()
                raise self._bad(node, f'"{word}" is not possible; write values and if')
        for part in node.iter_child_nodes():
            self.walk(part, bound, loops=loops)

    def _loop(self, node: nodes.For, bound: frozenset[str], *, loops: int) -> None:
        from jinja2 import nodes

        if loops or node.recursive:
            raise self._bad(node, "a loop inside a loop; only one is possible")
        stored = {it.name for it in node.target.find_all(nodes.Name)}
        if isinstance(node.target, nodes.Name):
            stored.add(node.target.name)
        for part in (*node.body, *([node.test] if node.test else [])):
            self.walk(part, bound | stored | {"loop"}, loops=loops + 1)
        for part in (node.iter, *node.else_):
            self.walk(part, bound, loops=loops)

    def _known(self, node: nodes.Node, name: str) -> None:
        if name not in self._names:
            every = [*self._names, *(f"{n}.{one}" for n, ins in self._names.items() for one in ins)]
            near = get_close_matches(name, every, n=1, cutoff=0.6)
            hint = f'did you mean "{near[0]}"? Known' if near else "known"
            words = f'"{name}" is not known; {hint} are {described(self._names)}'
            raise self._bad(node, words)

    def _inside(self, node: nodes.Node, name: str, attr: str, bound: frozenset[str]) -> None:
        inside = _LOOP if name == "loop" and name in bound else self._names.get(name, ())
        if name in (self._names.keys() | bound) and not inside:
            raise self._bad(node, f'"{name}" has no parts; write {{{{ {name} }}}}')
        if inside and attr not in inside:
            near = get_close_matches(attr, inside, n=1, cutoff=0.6)
            hint = f'did you mean "{near[0]}"? It' if near else "it"
            raise self._bad(node, f'"{name}" has no "{attr}"; {hint} has {", ".join(inside)}')

    @staticmethod
    def _bad(node: nodes.Node, words: str) -> BadTemplate:
        return BadTemplate(f"line {node.lineno} of the template: {words}")


def _is_places(node: nodes.Filter) -> bool:
    """Whether all that a filter is given stands there, and is small: ten to the power of it is
    what Python counts with.
    """
    from jinja2 import nodes

    given = [*node.args, *(one.value for one in node.kwargs)]
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return False
    return all(
        isinstance(one, nodes.Const)
        and (isinstance(one.value, str) or one.value in range(_MOST_PLACES + 1))
        for one in given
    )


def _run(source: str, values: Mapping[str, Any], most: int, *, markdown: bool) -> str:
    pieces, length = [], 0
    for piece in _compiled(source, markdown=markdown).generate(values):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            return "".join(pieces)[: most - 1] + "…"
    return "".join(pieces)


@lru_cache(maxsize=512)
def _compiled(source: str, *, markdown: bool) -> Template:
    return _environment(markdown=markdown).from_string(source)


@cache
def _environment(*, markdown: bool) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_as_markdown if markdown else _as_words,
        autoescape=False,  # the finalizers escape for Markdown; nothing here is HTML
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    return made


def _as_markdown(value: Any) -> Any:
    if isinstance(value, Markdown) or _is_undefined(value):
        return value
    _refuse_things(value)
    if isinstance(value, list | tuple):
        return "\n\n".join(str(_as_markdown(one)) for one in value)
    words = escaped(str(value).replace(_MAYBE, ""))
    found = _MARKER.match(words)
    if found is None:
        return words
    # 1\. and \- : the sign that makes it a marker is the last of what was found.
    at = found.end() - 1
    return words[:at] + _MAYBE + words[at:]


def _as_words(value: Any) -> Any:
    if _is_undefined(value):
        return value
    _refuse_things(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(_as_words(one)) for one in value)
    return one_line(str(value))


def _refuse_things(value: Any) -> None:
    if callable(value) or dataclasses.is_dataclass(value):
        raise TypeError("a name with parts, and none of them named")


def _is_undefined(value: Any) -> bool:
    from jinja2 import Undefined

    return isinstance(value, Undefined)
