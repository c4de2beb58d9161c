"""Bytes and encoded words to text, whatever the label says. Nothing here raises."""

from __future__ import annotations

import re
from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp
from codecs import lookup

# What senders call a charset against what they send: the label names a subset, the
# bytes use the vendor's superset. Decoding with the superset is right for both.
_SUPERSETS = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
}
# Where the label is wrong, what the same people use otherwise.
_NEIGHBOURS = {
    "iso2022_jp_ext": ("euc_jp", "cp932"),
    "cp932": ("euc_jp",),
    "euc_jp": ("cp932",),
    "gb18030": ("big5hkscs",),
    "big5hkscs": ("gb18030",),
    "koi8-r": ("cp1251",),
    "cp1251": ("koi8-r",),
}
# Codecs that are no charsets: their decoders execute escapes or refuse on principle.
_NO_CHARSET = frozenset({"unicode-escape", "raw-unicode-escape", "undefined", "idna", "punycode"})
_STATEFUL = re.compile(rb"\x1b[$(]")
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# The bound keeps a header made of openings alone from costing the square of its length.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,2000}?)\?=", re.DOTALL)
_RUN = re.compile(
    r"=\?[^?\s]{1,60}\?[bBqQ]\?.{0,2000}?\?=(?:\s*=\?[^?\s]{1,60}\?[bBqQ]\?.{0,2000}?\?=)*",
    re.DOTALL,
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_LONGEST_LABEL = 40


def decode(data: bytes, charset: str | None = None) -> str:
    """`data` as text: by its label where that works, else by what the bytes look like.

    The result holds no NUL and no lone surrogate, which databases and JSON refuse.
    """
    for candidate in _candidates(data, charset):
        try:
            return _storable(data.decode(candidate))
        except (UnicodeError, ValueError, LookupError):  # "hex" is a codec, not a charset
            continue
    return _storable(data.decode("cp1252", "replace"))


def _candidates(data: bytes, charset: str | None) -> list[str]:
    found = []
    if data.isascii():
        # Seven-bit Japanese is ASCII to every test but this one.
        if _STATEFUL.search(data):
            found.append("iso2022_jp_ext")
    else:
        # Text that decodes as UTF-8 by chance is rarer than text that is mislabelled.
        found.append("utf-8")
    named = _known(charset)
    if named is not None:
        # UTF-16 takes any even number of bytes for text, so a label must come first there.
        found.insert(0 if named.startswith(("utf-16", "utf-32", "iso2022")) else len(found), named)
        found.extend(_NEIGHBOURS.get(named, ()))
    if data.isascii():
        found.append("ascii")
    return found


def _known(charset: str | None) -> str | None:
    if not charset:
        return None
    label = charset.strip().strip("\"'").lower()
    if len(label) > _LONGEST_LABEL or not label.isascii():
        return None
    label = _SUPERSETS.get(label, label)
    try:
        name = lookup(label).name
    except (LookupError, ValueError):
        return None
    if name.replace("_", "-") in _NO_CHARSET:
        return None
    return name


def _storable(text: str) -> str:
    return _UNREADABLE.sub("", text) if _UNREADABLE.search(text) else text


def unfolded(value: str, charset: str | None = None) -> str:
    """A header's value on one line, its raw 8-bit bytes (kept as surrogates) decoded."""
    if not value.isascii():
        try:
            value = decode(value.encode("ascii", "surrogateescape"), charset)
        except UnicodeEncodeError:
            value = _storable(value)
    if "\n" in value or "\r" in value:
        value = " ".join(line.strip() for line in value.splitlines())
    return value.replace("\x00", "").strip()


def words(value: str) -> str:
    """A header's value with encoded words decoded, on one line, without control characters."""
    if "=?" in value:
        value = _decoded(value)
    if value.isprintable() and "  " not in value:
        return value.strip()
    return " ".join(_CONTROL.sub(" ", value).split())


def _decoded(value: str) -> str:
    # `email.header.decode_header` escapes raw non-ASCII text standing beside encoded words
    # (Gmail's API and many senders mix them), so runs of words are decoded here.
    return _RUN.sub(_decoded_run, value)


def _decoded_run(run: re.Match[str]) -> str:
    chunks: list[tuple[str, bytes]] = []
    for charset, encoding, text in _WORD.findall(run.group()):
        label = charset.partition("*")[0].lower()
        data = _payload(encoding, text)
        # Senders cut words in the middle of a character: join before decoding.
        if chunks and chunks[-1][0] == label:
            chunks[-1] = (label, chunks[-1][1] + data)
        else:
            chunks.append((label, data))
    return "".join(decode(data, label) for label, data in chunks)


def _payload(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return a2b_qp(data, header=True)
    # Whole groups of four only: what a broken word lost is lost, the rest is readable.
    clean = _NOT_BASE64.sub(b"", data)
    clean += b"=" * (-len(clean) % 4)
    try:
        return a2b_base64(clean)
    except BadBase64:  # a single character in the last group
        return a2b_base64(clean[: len(clean) // 4 * 4 - 4])
