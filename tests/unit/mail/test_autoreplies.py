# ruff: noqa: RUF001 - languages are tested in their own characters
from __future__ import annotations

import pytest

from syncd.core.facts import MailClass
from tests.unit.mail.letters import found

AWAY = "I am out of the office until 8 June 2026.\n\nJane"
EXCHANGE = {
    "Subject": "Automatic reply: A guide for your readers",
    "X_Auto_Response_Suppress": "All",
    "X_MS_Exchange_Inbox_Rules_Loop": "jane@homeblog.example",
    "Return_Path": "<>",
}


def test_exchanges_out_of_office_has_neither_auto_submitted_nor_references():
    got = found(AWAY, **EXCHANGE)
    assert (got.mail_class, got.subclass) == (MailClass.AUTO_REPLY, "out_of_office")
    assert got.returns_on.isoformat() == "2026-06-09"
    assert "X-Auto-Response-Suppress" in got.evidence


def test_an_envelope_from_postmaster_does_not_make_it_a_bounce():
    headers = EXCHANGE | {"Return_Path": "<postmaster@homeblog.onmicrosoft.example>"}
    assert found(AWAY, **headers).subclass == "out_of_office"


def test_exchanges_rule_names_the_message_it_answers():
    got = found(
        "Danke, bin unterwegs",
        Subject="Danke",
        X_Autoreply="yes",
        Auto_Submitted="auto-generated",
        X_MS_Exchange_Generated_Message_Source="Mailbox Rules Agent",
        X_MS_Exchange_Parent_Message_Id="<pitch-1@brightlink.example>",
    )
    assert (got.mail_class, got.subclass) == (MailClass.AUTO_REPLY, "out_of_office")
    assert got.original_message_id == "pitch-1@brightlink.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation); owner-email=x"},
        {"Auto_Submitted": "Auto-Replied"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "A guide"},
        {"Precedence": "auto_reply"},
        {"X_Apple_Action": "VACATION"},
        {"X_POST_MessageClass": "9; Autoresponder"},
        {"Delivered_To": "Autoresponder"},
        {"Auto_Submitted": "auto-generated", "In_Reply_To": "<pitch-1@brightlink.example>"},
        {"Auto_Submitted": "auto-notified", "Subject": "Re: A guide"},
        {"Auto_Submitted": "auto-generated", "Subject": "A guide", "Return_Path": "<>"},
    ],
)
@pytest.mark.parametrize("body", ["ご連絡ありがとうございます。", "Ich melde mich."])
def test_a_header_is_proof_in_any_language(headers, body):
    assert found(body, **headers).mail_class is MailClass.AUTO_REPLY


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Auto_Response_Suppress": "All"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<seo.lists.example>", "Precedence": "list"},
        {"X_Autoreply": "no"},
        {"Auto_Submitted": "no"},
        {"X_MS_Exchange_Inbox_Rules_Loop": "jane@homeblog.example"},
    ],
)
def test_what_people_send_too_is_no_proof(headers):
    assert found("We charge 80 EUR.", **headers).mail_class is MailClass.HUMAN


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: A guide", "Automatische Antwort: A guide",
        "Réponse automatique : A guide", "Respuesta automática: A guide",
        "Risposta automatica: A guide", "Resposta automática: A guide",
        "Automatisch antwoord: A guide", "Automatyczna odpowiedź: A guide", "Autosvar: A guide",
        "Automatisk svar: A guide", "Automaattinen vastaus: A guide", "自動返信: A guide",
        "自动回复: A guide", "Автоматический ответ: A guide", "Otomatik Yanıt: A guide",
    ],
)  # fmt: skip
def test_a_subject_alone_says_it_where_no_header_does(subject):
    got = found("…", Subject=subject)
    assert got.mail_class is MailClass.AUTO_REPLY
    assert got.confidence < 0.9


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Out of Office: A guide", "I am out of the office."),
        ("Abwesenheitsnotiz: A guide", "Ich bin derzeit nicht im Büro."),
        ("Absence du bureau : A guide", "Je suis absente du bureau."),
        ("Fuera de la oficina: A guide", "Estoy de vacaciones."),
        ("Fuori ufficio: A guide", "Sono in ferie."),
        ("Ausência: A guide", "Estou de férias."),
        ("Afwezig: A guide", "Ik ben op vakantie."),
        ("Poza biurem: A guide", "Jestem na urlopie."),
        ("Frånvaro: A guide", "Jag är på semester."),
        ("Fravær: A guide", "Jeg er på ferie."),
        ("Poissa: A guide", "Olen lomalla."),
        ("不在通知: A guide", "休暇をいただいております。"),
        ("不在办公室: A guide", "我正在休假。"),
        ("Нет на месте: A guide", "Я в отпуске."),
        ("Ofis dışında: A guide", "Yıllık izindeyim."),
    ],
)
def test_an_absence_is_known_in_every_language(subject, body):
    assert found(body, Subject=subject).subclass == "out_of_office"
    # The words with a machine's mark, whatever the subject.
    assert found(body, Subject="A guide", Return_Path="<>").subclass == "out_of_office"


@pytest.mark.parametrize(
    ("body", "subclass"),
    [
        ("Jane is no longer with the company. Please write to Bob.", "left_company"),
        ("Jane ne fait plus partie de l'entreprise.", "left_company"),
        ("Frau Doe ist nicht mehr im Unternehmen.", "left_company"),
        ("Thank you for contacting us. Your ticket number is 4711.", "ticket"),
        ("Wir haben Ihre Anfrage erhalten. Ticketnummer 4711.", "ticket"),
        ("Please confirm that you are human by clicking this link.", "challenge"),
        ("Hello.", "other"),
    ],
)
def test_why_a_machine_answered(body, subclass):
    got = found(body, Subject="Re: A guide", Auto_Submitted="auto-replied")
    assert (got.mail_class, got.subclass) == (MailClass.AUTO_REPLY, subclass)


def test_an_absence_that_thanks_for_the_message_is_an_absence():
    body = "Thank you for contacting me. I am out of the office."
    assert found(body, Subject="Out of office", Return_Path="<>").subclass == "out_of_office"
    body = "We have received your message."
    assert found(body, Subject="Out of office", Return_Path="<>").subclass == "out_of_office"


def test_a_ticket_from_nobody_is_an_answer_without_any_header():
    got = found(
        "Thanks for contacting us. Your ticket number is 4711.",
        From="no-reply@b.example",
        Subject="We received your request",
    )
    assert got.subclass == "ticket"


@pytest.mark.parametrize(
    "body",
    [
        "Great, do it.\n\nOn Mon, 1 Jun 2026, Maya <m@b.example> wrote:\n> I am out of the office.",
        "Gerne!\n\nAm 1. Juni 2026 um 10:00 schrieb Maya:\nIch bin bis Freitag nicht im Büro.",
        "OK\n\n-----Original Message-----\nFrom: Maya\n\nI am out of the office.",
        "OK\n> out of the office",
    ],
)
@pytest.mark.parametrize(
    "headers", [{}, {"X_Auto_Response_Suppress": "All"}, {"Precedence": "bulk"}]
)
def test_quoted_text_never_makes_an_answer_automatic(body, headers):
    assert found(body, **headers).mail_class is MailClass.HUMAN


def test_quoted_html_never_makes_an_answer_automatic():
    for quote in ("<blockquote>", '<div class="gmail_quote">', '<div id="divRplyFwdMsg"></div>'):
        got = found(
            f"<p>Great, let us do it.</p>{quote}I am out of the office until Friday.",
            Content_Type="text/html",
            Return_Path="<>",
        )
        assert got.mail_class is MailClass.HUMAN


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("I am out of the office next week, so let us talk before.", {"In_Reply_To": "<x@y>"}),
        (
            "I am out of the office next week.",
            {"In_Reply_To": "<x@y>", "X_Auto_Response_Suppress": "DR"},
        ),
        ("I will be out of the office.", {"Subject": "Out of office next week: who takes over?"}),
        (
            "Thanks for getting in touch. We charge 80 EUR.",
            {"Subject": "Thanks for getting in touch"},
        ),
        ("Danke.", {"Subject": "Re: Automatische Antwort: Anfrage"}),
        (
            "I am on vacation, but here you go.",
            {"List_Id": "<seo.lists.example>", "Precedence": "bulk"},
        ),
        ("I am on vacation.", {"Auto_Submitted": "no", "Return_Path": "<>"}),
    ],
)
def test_people_may_speak_of_their_absence(body, headers):
    assert found(body, **headers).mail_class is MailClass.HUMAN


def test_an_absence_that_says_undeliverable_things_is_no_bounce():
    got = found(
        "I am no longer with the company. Your message was not delivered to anyone; 550.",
        From="no-reply@b.example",
        Subject="A guide",
        Return_Path="<>",
        Auto_Submitted="auto-replied",
    )
    assert got.subclass == "left_company"


def test_a_subject_tells_why_where_the_words_do_not():
    got = found("…", Subject="Ticket received: A guide", Auto_Submitted="auto-replied")
    assert got.subclass == "ticket"


def test_a_word_that_only_begins_like_a_phrase_is_none():
    assert found("…", Subject="Oooh, a guide", Return_Path="<>").mail_class is MailClass.HUMAN


@pytest.mark.parametrize("name", ["X_Auto_Response_Suppress", "X_MS_Exchange_Inbox_Rules_Loop"])
def test_exchanges_answer_in_a_language_we_do_not_know_is_still_one(name):
    got = found("Wiyu kasunguka.", Subject="Wiyu: hi", Return_Path="<>", **{name: "All"})
    assert got.mail_class is MailClass.AUTO_REPLY
    assert got.confidence < 0.9
    assert found("Wiyu.", Subject="Wiyu: hi", **{name: "All"}).mail_class is MailClass.HUMAN
    assert found("Wiyu.", Subject="Wiyu: hi", Return_Path="<>").mail_class is MailClass.HUMAN
    # Some gateway's marks on an answer of a person's do not make it a machine's.
    answer = {"Subject": "Re: hi", "In_Reply_To": "<p@brightlink.example>", "Return_Path": "<>"}
    assert found("Wiyu.", **answer, **{name: "All"}).mail_class is MailClass.HUMAN


@pytest.mark.parametrize("subject", ["Automatická odpověď: hi", "자동 회신: hi", "رد تلقائي: hi"])
def test_an_automatic_subject_is_known_in_languages_without_a_file(subject):
    assert found("…", Subject=subject).mail_class is MailClass.AUTO_REPLY
