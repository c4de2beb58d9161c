"""What Takeout's `X-Gmail-Labels` names mean, in the languages Google writes them.

Takeout writes labels in the account's language, the system's own as well. What is not
known here is a label the person made.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from email.header import decode_header, make_header

_PLACES: Mapping[str, str] = {
    "INBOX": (
        "inbox|posteingang|boîte de réception|recibidos|bandeja de entrada|posta in arrivo|"
        "postvak in|caixa de entrada|odebrane|inkorg|indbakke|innboks|saapuneet|doručená pošta|"
        "gelen kutusu|входящие|受信トレイ|받은편지함|收件箱|收件匣"
    ),
    "SENT": (
        "sent|sent mail|gesendet|messages envoyés|mails envoyés|envoyés|enviados|enviadas|"
        "posta inviata|inviati|verzonden|verzonden berichten|e-mails enviados|wysłane|skickat|"
        "skickade|sendt|lähetetyt|odeslaná pošta|gönderilmiş postalar|отправленные|送信済み|"
        "送信済みメール|보낸편지함|已发送|已发邮件|寄件備份"
    ),
    "DRAFT": (
        "draft|drafts|entwurf|entwürfe|brouillon|brouillons|borrador|borradores|bozza|bozze|"
        "concept|concepten|rascunho|rascunhos|wersje robocze|utkast|kladde|kladder|luonnokset|"
        "koncepty|taslaklar|черновики|下書き|임시보관함|草稿"
    ),
    "SPAM": (
        "spam|junk|spamverdacht|courrier indésirable|skräppost|søppelpost|roskaposti|спам|"
        "迷惑メール|스팸|스팸함|垃圾邮件|垃圾郵件"
    ),
    "TRASH": (
        "trash|bin|papierkorb|corbeille|papelera|cestino|prullenbak|lixeira|lixo|kosz|"
        "papperskorg|papirkurv|papirkurven|roskakori|koš|çöp kutusu|корзина|ゴミ箱|휴지통|"
        "已删除邮件|垃圾桶"
    ),
    "UNREAD": (
        "unread|ungelesen|non lu|non lus|no leídos|sin leer|da leggere|non letti|ongelezen|"
        "não lida|não lidas|não lidos|nieprzeczytane|olästa|oläst|ulæst|ulest|lukematon|"
        "nepřečtené|okunmamış|непрочитанные|未読|읽지않음|未读|未讀"  # noqa: RUF001 - Turkish
    ),
    "IMPORTANT": (
        "important|wichtig|importants|importante|importantes|importanti|speciali importanti|"
        "belangrijk|ważne|viktigt|vigtigt|viktig|tärkeä|důležité|önemli|важное|重要|중요"
    ),
    "STARRED": (
        "starred|markiert|favoris|suivi|suivis|messages suivis|destacado|destacados|speciale|"
        "speciali|met ster|com estrela|oznaczone gwiazdką|stjärnmärkt|stjernemarkeret|"
        "stjernemerket|tähdellä merkitty|s hvězdičkou|помеченные|スター付き|별표|yıldızlı|"  # noqa: RUF001 - Turkish
        "별표편지함|已加星标|已加星號"
    ),
    "CHAT": "chat|chats|hangouts|chatten|чат|чаты|チャット|채팅|聊天|即時通訊",
    "CATEGORY_PERSONAL": (
        "category personal|category primary|kategorie persönlich|kategorie allgemein|"
        "catégorie e-mails personnels|catégorie principale|categoría personal|"
        "categoria personali|categorie persoonlijk|categoria pessoal"
    ),
    "CATEGORY_SOCIAL": (
        "category social|kategorie soziale medien|kategorie soziale netzwerke|"
        "catégorie réseaux sociaux|categoría social|categoria social|categorie sociaal"
    ),
    "CATEGORY_PROMOTIONS": (
        "category promotions|kategorie werbung|catégorie promotions|categoría promociones|"
        "categoria promozioni|categorie reclame|categoria promoções"
    ),
    "CATEGORY_UPDATES": (
        "category updates|kategorie neuigkeiten|kategorie benachrichtigungen|"
        "catégorie notifications|catégorie mises à jour|categoría notificaciones|"
        "categoria aggiornamenti|categorie updates|categoria atualizações"
    ),
    "CATEGORY_FORUMS": (
        "category forums|kategorie foren|catégorie forums|categoría foros|categoria forum|"
        "categorie forums|categoria fóruns"
    ),
    # Said of mail outside the inbox, and of read mail: the absence of a label says it.
    "": (
        "archived|archiviert|archivé|archivés|messages archivés|archivado|archivados|archiviati|"
        "gearchiveerd|arquivado|arquivados|zarchiwizowane|arkiverat|arkiveret|arkivert|"
        "アーカイブ済み|보관됨|已归档|opened|geöffnet|ouvert|ouverts|abierto|abiertos|aperto|aperti|"
        "geopend|aberto|abertos|otwarte|öppnad|öppnat|åbnet|åpnet|avattu|открыто|開封済み|읽음|已打开"
    ),
}
_MEANING = {name: label for label, names in _PLACES.items() for name in names.split("|") if name}


@functools.lru_cache(maxsize=10_000)  # an export has few combinations, over and over
def labels_in(header: str) -> tuple[str, ...]:
    """The labels of one `X-Gmail-Labels` header as Gmail's API has them."""
    return tuple(gmail_labels(header_labels(header)))


def header_labels(value: str) -> list[str]:
    """The names in one header: comma separated, quoted where they hold commas, maybe encoded."""
    try:
        text = str(make_header(decode_header(re.sub(r"[\r\n]+[ \t]*", " ", value))))
    except (LookupError, ValueError):
        text = value
    row = next(csv.reader([text.replace("\x00", "")], skipinitialspace=True), [])
    return [name for name in map(str.strip, row) if name]


def gmail_labels(names: list[str]) -> list[str]:
    """Label names as Gmail's API has them: the system's in upper case, others untouched."""
    labels: dict[str, None] = {}
    for name in names:
        known = name if name in _PLACES else _MEANING.get(_plain(name))
        labels[name if known is None else known] = None
    labels.pop("", None)
    return list(labels)


def _plain(name: str) -> str:
    """Lower case, without the colon and quotes of `Kategorie: "Soziale Medien"`."""
    words = re.sub(r'[:"“”„«»]', " ", name.replace("\xa0", " ")).lower()
    return " ".join(words.split())
