"""What contacts write, by language. Absences name the day they end as people there do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

ANSWERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "answer": (
            "Hello {first},\n\nthank you, this fits what we do. Could you send a table?\n\n{me}",
            "Hi {first},\n\nI like it. Send me the draft, I will look at it on Thursday.\n\n{me}",
            "{first}, that is useful. I added it to the guide, have a look.\n\n{me}",
        ),
        "decline": ("Hi {first},\n\nthank you, but we take no outside material.\n\n{me}",),
        "price": ("Hello {first},\n\nwe can place this for 180 EUR. Shall I invoice?\n\n{me}",),
        "refer": ("Hi {first},\n\nplease write to {other}, who minds the blog.\n\n{me}",),
        "unsubscribe": ("Please take me off your list.\n\n{me}",),
        "publish": ("Hi {first},\n\nit is live now: {url}\n\nBest,\n{me}",),
    },
    "de": {
        "answer": ("Hallo {first},\n\nvielen Dank, das passt gut. Schicken Sie es.\n\n{me}",),
        "decline": ("Hallo {first},\n\nvielen Dank, aber das passt nicht zu uns.\n\n{me}",),
        "price": ("Hallo {first},\n\ndas geht gern, für 150 EUR netto.\n\nGruß, {me}",),
        "refer": ("Hallo {first},\n\ndafür ist {other} zuständig.\n\nGruß, {me}",),
        "unsubscribe": ("Bitte schreiben Sie mir nicht mehr.\n\n{me}",),
        "publish": ("Hallo {first},\n\nder Artikel ist jetzt online: {url}\n\nGruß, {me}",),
    },
    "fr": {
        "answer": ("Bonjour {first},\n\nmerci, cela m'intéresse. Envoyez-le-moi.\n\n{me}",),
        "decline": ("Bonjour {first},\n\nmerci, mais ce n'est pas pour nous.\n\n{me}",),
        "price": ("Bonjour {first},\n\nc'est possible pour 160 EUR.\n\n{me}",),
        "refer": ("Bonjour {first},\n\nadressez-vous plutôt à {other}.\n\n{me}",),
        "unsubscribe": ("Merci de ne plus m'écrire.\n\n{me}",),
        "publish": ("Bonjour {first},\n\nl'article est en ligne : {url}\n\n{me}",),
    },
}

# Subject and text of an automatic answer, with {day} where the absence ends.
AWAY: Mapping[str, tuple[str, str]] = {
    "en": (
        "Automatic reply: {subject}",
        "Thank you for your email. I am out of the office and will be back on {day}.\n\n{me}",
    ),
    "de": (
        "Automatische Antwort: {subject}",
        "Guten Tag, ich bin nicht im Büro und ab dem {day} wieder erreichbar.\n\n{me}",
    ),
    "fr": (
        "Réponse automatique : {subject}",
        "Merci pour votre message. Je suis absent du bureau, de retour le {day}.\n\n{me}",
    ),
    "es": (
        "Respuesta automática: {subject}",
        "Gracias por su mensaje. Estoy fuera de la oficina y estaré de vuelta el {day}.\n\n{me}",
    ),
    "it": (
        "Risposta automatica: {subject}",
        "Grazie per il messaggio. Sono fuori ufficio e rientrerò il {day}.\n\n{me}",
    ),
    "nl": (
        "Automatisch antwoord: {subject}",
        "Bedankt voor uw bericht. Ik ben afwezig en ben terug op {day}.\n\n{me}",
    ),
    "pt": (
        "Resposta automática: {subject}",
        "Obrigado pela mensagem. Estou fora do escritório e estarei de volta em {day}.\n\n{me}",
    ),
}
_MONTHS = {
    "en": ("January February March April May June July August September October November December"),
    "de": ("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": ("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno "
        "luglio agosto settembre ottobre novembre dicembre"
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december"
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
    ),
}
_DAY = {"de": "{0}. {1} {2}", "es": "{0} de {1} de {2}", "pt": "{0} de {1} de {2}"}

FOLLOW_UPS = (
    "Hi {to},\n\na short note in case my last message got buried. Is it of use?\n\n{first}",
    "Hi {to},\n\ndid you have a chance to look? I can send it in another form.\n\n{first}",
    "Hello {to},\n\nI will not bother you again after this, but the offer stands.\n\n{first}",
)
REPLIES = (
    "Thank you, {to}. Here it is; tell me if anything is missing.\n\n{first}",
    "Great, {to}! I will send it over this week.\n\n{first}",
)
REFERRED = (
    "Hi {to},\n\n{other} gave me your address.\n\n{pitch}",
    "Hello {to},\n\n{other} tells me that you look after the blog.\n\n{pitch}",
)


def answers(language: str, does: str) -> tuple[str, ...]:
    """What a contact of that language may write; English where the language has no words."""
    return ANSWERS.get(language, ANSWERS["en"])[does]


def day(language: str, on: date) -> str:
    month = _MONTHS[language].split()[on.month - 1]
    return _DAY.get(language, "{0} {1} {2}").format(on.day, month, on.year)
