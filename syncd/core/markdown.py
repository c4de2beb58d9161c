"""Text of strangers inside Markdown of ours, and that Markdown as HTML."""

from __future__ import annotations

import re
from html import escape

_SIGNS = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()<>#|~!"})


_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
# An escaped sign, the marks of bold, a link; bounded, so that none of it is walked through twice.
_TOKEN = re.compile(
    r"\\(?P<sign>[\\`*_{}\[\]()<>#|~!+\-=.])|(?P<bold>\*\*)"
    r"|\[(?P<words>[^\[\]\\\n]{1,300})\]\((?P<url>https?://[^\s()<>\"']{1,2000})\)"
)


class Markdown(str):
    """Markdown that we wrote, hence nothing to escape."""

    __slots__ = ()


def one_line(words: str) -> str:
    return " ".join(words.split())


def escaped(words: str) -> str:
    """Text from a stranger's mail, on one line, with nothing Markdown would act on."""
    return one_line(words).translate(_SIGNS)


def link(words: str, url: str) -> Markdown:
    """`url` is ours: made by a connector, with nothing of a stranger's in it."""
    return Markdown(f"[{words}]({url})")


def as_html(markdown: str) -> str:
    """Markdown of ours as HTML: paragraphs, lines, bold and links. All else is text, escaped."""
    parts = _PARAGRAPH.split(markdown.strip())
    return "\n".join(
        f"<p>{'<br>'.join(_inline(line) for line in part.splitlines())}</p>" for part in parts
    )


def _inline(line: str) -> str:
    made, at, is_bold = [], 0, False
    for found in _TOKEN.finditer(line):
        made.append(escape(line[at : found.start()]))
        at = found.end()
        if found["sign"]:
            made.append(escape(found["sign"]))
        elif found["bold"]:
            made.append("</strong>" if is_bold else "<strong>")
            is_bold = not is_bold
        else:
            made.append(f'<a href="{escape(found["url"])}">{escape(found["words"])}</a>')
    return "".join([*made, escape(line[at:]), "</strong>" if is_bold else ""])
