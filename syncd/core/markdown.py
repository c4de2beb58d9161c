"""Text of strangers inside Markdown of ours."""

from __future__ import annotations

_SIGNS = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()<>#|~!"})


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
