"""What a message says: its text, safe HTML, and the part its author wrote this time."""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from itertools import islice

from syncd.core.facts import Mail, Part
from syncd.core.mail.phrases import Phrases

# Rendering costs the more the longer; nobody reads, and no CRM takes, what lies beyond.
_LONGEST_HTML = 250_000
_DEEPEST_HTML = 500
_FEW_TAGS = 500
_LONGEST_TEXT = 1_000_000
_LONGEST_REPLY = 40_000
_LONGEST_WRITTEN = 8000
_MATCHED_COLUMNS = 200
_MOST_WRAPPED = 4
_MOST_SIGNS = 20

_UNSEEN = re.compile(
    r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li|blockquote|hr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,5000}>")
_NESTING = re.compile(r"<(/?)(?!br|img|hr|p\b|meta|link|input|wbr|area|col)[a-z]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_JOINING = "\u200d\ufe0f\u0300\u0301\u0302\u0303\u0308"
_MANY_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")

# What all of mail-parser-reply's expressions need: a date or address before a colon, two
# lines of a header, or dashes. They are slow, and phrases know the rest.
_QUOTING = re.compile(
    r"^[^\n\d@]*[\d@][^\n]*(?:\n[^\n]{0,80})?[:\uff1a]$|^-----"
    r"|^(?:[>* ]{0,9}[^\s:]{1,15}(?:\s[^\s:]{1,15})?\s?[:\uff1a][^\n]*(?:\n|\Z)){2}",
    re.MULTILINE,
)
QUOTED_HTML = re.compile(
    r"<blockquote|class=[\"']?(?:gmail_quote|moz-cite-prefix|yahoo_quoted|OutlookMessageHeader)"
    r"|id=[\"']?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"<a\s[^<>]{0,1000}?href\s{0,3}=\s{0,3}[\"']?(https?://[^\"'\s<>]{1,2000})[^<>]{0,2000}>",
    re.IGNORECASE,
)

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "width", "height"},
    "font": {"color", "face", "size"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "table": {"border", "cellpadding", "cellspacing", "align", "width"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}

_SIGNATURE = re.compile(r"--[ \u00a0]?|__|_{5,}")
_SENT_FROM = re.compile(
    r"(?:sent from my|sent from (?:mobile|outlook|yahoo|mail for)|get outlook for|sent via"
    r"|(?:von meinem|gesendet (?:von|mit))|envoyé (?:de|depuis) mon|enviado desde mi"
    r"|enviado do meu|inviato da(?:l mio)?|verstuurd vanaf|wysłane z|skickat från|sendt fra"
    r"|lähetetty|отправлено \u0441|iphone'umdan gönderildi|发自我的|iphoneから送信)\b.{0,60}",
    re.IGNORECASE,
)


def text_of(mail: Mail) -> str:
    """The message as text: its text/plain parts, else its HTML rendered. Never raises.

    Attached texts (parts with a file name) are not part of what was said.
    """
    plain = [part for part in mail.parts if _is_said(part, "text/plain")]
    if any((part.text or "").strip() for part in plain):
        return _tidy("\n".join((part.text or "").strip("\r\n") for part in plain))
    return _tidy(
        "\n".join(_rendered(part.text or "") for part in mail.parts if _is_said(part, "text/html"))
    )


def html_of(mail: Mail) -> str:
    """The message's HTML made safe to show: "" where it has none.

    No scripts, styles, forms or frames; images lose their source, so that opening the
    record calls nobody; links keep http, https, mailto and tel only.
    """
    html = "\n".join(part.text or "" for part in mail.parts if _is_said(part, "text/html"))
    if not html.strip():
        return ""
    html = _CONTROL.sub("", html[:_LONGEST_HTML])
    if _too_deep(html):
        return escape(_tidy(stripped(html)), quote=False).replace("\n", "<br>\n")
    import nh3

    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _too_deep(html: str) -> bool:
    """Whether elements stand in one another so deep that parsing takes the square of it."""
    if html.count("<") < _FEW_TAGS:
        return False
    depth = 0
    for tag in _NESTING.finditer(html):
        depth += -1 if tag[1] else 1
        if depth > _DEEPEST_HTML:
            return True
    return False


def cut(text: str, limit: int, note: str) -> str:
    """`text` in at most `limit` characters, the cut stated by `note` on a line of its own.

    "{left}" in `note` becomes the number of characters left out. A note that does not fit
    is left out rather than the limit broken. For plain text: HTML is never cut, because
    its tags would break; show its text instead.
    """
    if len(text) <= limit:
        return text
    # The count has as many digits as the text's length at most, which settles the room.
    widest = "\n" + note.replace("{left}", str(len(text)))
    room = limit - len(widest)
    if room <= 0:
        return text[: max(limit, 0)]
    kept = _whole(text, room)
    return f"{kept}\n{note.replace('{left}', str(len(text) - len(kept)))}"


def cut_html(text: str, limit: int, note: str) -> str:
    """`text` as HTML in at most `limit` characters: escaped, lines kept, the cut stated."""
    room = len(text)
    while True:
        shown = escape(cut(text, room, note), quote=False).replace("\n", "<br>\n")
        if len(shown) <= limit or room <= 0:
            return shown if len(shown) <= limit else ""
        # Escaping lengthens by what the text holds; two or three rounds settle it.
        room = min(room - 1, room * limit // len(shown))


def _whole(text: str, room: int) -> str:
    """The first `room` characters, less a character that the cut would leave in halves."""
    kept = text[:room]
    if "\ud800" <= kept[-1] <= "\udbff":
        kept = kept[:-1]
    # A joiner or combining mark at the cut belongs to the character before it.
    while kept and (text[len(kept)] in _JOINING or kept[-1] == "\u200d"):
        kept = kept[:-1]
    return kept.rstrip()


def latest(text: str, phrases: Phrases | None = None) -> str:
    """What the author wrote this time: quoted messages and the signature left out.

    `phrases` knows more attribution lines than mail-parser-reply, whose Spanish ones never
    match. Never raises; where nothing of its own is found the whole text comes back.
    """
    text = _shortened(text)
    own = _unquoted(text, phrases)
    return _unsigned(own) or own.strip() or text.strip()


def written(mail: Mail, phrases: Phrases) -> str:
    """What the author of `mail` wrote this time, for looking for words: "" where nothing.

    As `latest`, and fast: HTML is not rendered, its quotations are left out and its links
    stand before their words as "<https://...>". Never raises.
    """
    text = ""
    for part in mail.parts:
        # What stands below an enclosed message is its text, not the author's.
        if part.mime_type.startswith("message/") and text.strip():
            break
        if _is_said(part, "text/plain"):
            text += (part.text or "") + "\n"
    if not text.strip():
        html = "\n".join(part.text or "" for part in mail.parts if _is_said(part, "text/html"))
        html = html[:_LONGEST_HTML]
        quoted = QUOTED_HTML.search(html)
        text = stripped(_LINK.sub(r" &lt;\1&gt; ", html[: quoted.start()] if quoted else html))
        # In HTML the spaces around a line say nothing.
        text = "\n".join(line.strip() for line in text.split("\n"))
    return _unsigned(_unquoted(_tidy(text)[:_LONGEST_WRITTEN], phrases))


def _shortened(text: str) -> str:
    return text.replace("\r\n", "\n")[:_LONGEST_REPLY]


def _unquoted(text: str, phrases: Phrases | None) -> str:
    return _without_quotes(phrases.unquoted(text) if phrases else text)


def _unsigned(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        if _SIGNATURE.fullmatch(bare) or _SENT_FROM.fullmatch(bare):
            break
        if not bare.startswith(">"):
            lines.append(line.rstrip())
    return "\n".join(lines).strip()


def _without_quotes(text: str) -> str:
    """`text` down to the first message quoted below it."""
    lines = text.split("\n")
    # The expressions take time by the square of a line's length and worse by the length of
    # a run of empty lines, so they see short lines without such runs; `numbers` leads back.
    numbers = [n for n, line in enumerate(lines) if line.strip() or (n and lines[n - 1].strip())]
    short = [lines[n].strip()[:_MATCHED_COLUMNS] for n in numbers]
    shown = "\n".join(short)
    found = None
    for sign in islice(_QUOTING.finditer(shown), _MOST_SIGNS):
        # None begins or ends more than a few lines away from what it needs.
        start, end = sign.span()
        for _ in range(_MOST_WRAPPED):
            start = shown.rfind("\n", 0, max(start - 1, 0)) + 1
            end = (shown.find("\n", end + 1) + 1 or len(shown) + 1) - 1
        found = _quote_header().search(shown, start, end)
        if found is not None:
            break
    if found is None:
        return text
    # The header may begin with the line break before it.
    start = found.start() + (len(found.group()) - len(found.group().lstrip()))
    return "\n".join(lines[: numbers[shown.count("\n", 0, start)]])


@cache
def _quote_header() -> re.Pattern[str]:
    from mailparser_reply.constants import MAIL_LANGUAGES
    from mailparser_reply.parser import EmailMessage

    # Only its attribution lines and header blocks: its signatures end a message at the
    # first "Thanks," and its parsing of them never ends on some texts.
    languages = [language for language in MAIL_LANGUAGES if len(language) == 2]  # not "david"
    header: re.Pattern[str] = EmailMessage(text="", languages=languages).HEADER_REGEX
    return header


def stripped(html: str) -> str:
    """HTML as rough text, fast: for looking for words, not for showing."""
    text = _TAG.sub(" ", _BREAK.sub("\n", _UNSEEN.sub(" ", html)))
    return unescape(text)


def _is_said(part: Part, mime_type: str) -> bool:
    return part.mime_type == mime_type and part.text is not None and not part.filename


def _rendered(html: str) -> str:
    html = html[:_LONGEST_HTML]
    if not html.strip() or _too_deep(html):
        return stripped(html)
    try:
        from inscriptis import get_text

        return str(get_text(_CONTROL.sub("", html)))
    except Exception:  # noqa: BLE001 - lxml and inscriptis raise many types on broken HTML
        return stripped(html)


def _tidy(text: str) -> str:
    text = _CONTROL.sub("", text[:_LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n"))
    return _MANY_EMPTY_LINES.sub("\n\n", text).strip()
