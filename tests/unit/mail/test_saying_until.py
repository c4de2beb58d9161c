"""The day from which someone may be asked again, seen from Monday 1 June 2026."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.core.mail.envelope import envelope
from syncd.core.mail.saying import Says, saying
from syncd.settings.phrases import phrases
from tests.unit.mail.letters import mail


def until(body, today=None, **headers):
    letter = mail(body, **headers)
    got = saying(letter, envelope(letter), phrases(), today=today)
    assert got.kind is Says.NOT_NOW, got
    return got.until.isoformat() if got.until else None


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("in March", "2027-03-01"),
        ("in June", "2027-06-01"),
        ("in July", "2026-07-01"),
        ("in early July", "2026-07-01"),
        ("in mid July", "2026-07-15"),
        ("at the end of July", "2026-07-31"),
        ("after July", "2026-08-01"),
        ("in March 2028", "2028-03-01"),
        ("on 15 July", "2026-07-15"),
        ("after 15 July", "2026-07-16"),
        ("after July 15th", "2026-07-16"),
        ("on 15/07", "2026-07-15"),
        ("tomorrow or on Friday", "2026-06-05"),
        ("next week", "2026-06-08"),
        ("next month", "2026-07-01"),
        ("next quarter", "2026-07-01"),
        ("in Q4", "2026-10-01"),
        ("next year", "2027-01-01"),
        ("in 2027", "2027-01-01"),
        ("in two weeks", "2026-06-15"),
        ("in 10 days", "2026-06-11"),
        ("in a couple of weeks", "2026-06-15"),
        ("in a few months", "2026-09-01"),
        ("in half a year", "2026-12-01"),
        ("three months from now", "2026-09-01"),
        ("after the summer", "2026-09-01"),
        ("in the autumn", "2026-09-01"),
        ("in the spring", "2027-03-01"),
        ("next spring", "2027-03-01"),
        ("after Christmas", "2027-01-02"),
        ("after Easter", "2027-03-30"),
        ("at the end of the month", "2026-06-30"),
        ("at the end of next month", "2026-07-31"),
        ("not before October", "2026-10-01"),
        ("some day", None),
        ("before July", None),
        ("when I may", None),
    ],
)
def test_english_times(when, day):
    assert until(f"Not right now. Please ask me again {when}.") == day


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("Derzeit keine Zeit. Bitte melden Sie sich im März wieder.", "2027-03-01"),
        ("Im Moment nicht. Bitte nächste Woche noch einmal nachfragen.", "2026-06-08"),
        ("Im Moment nicht, gerne Anfang Oktober wieder.", "2026-10-01"),
        ("Aktuell nicht, bitte Ende August noch einmal melden.", "2026-08-31"),
        ("Derzeit keine Zeit, melden Sie sich in drei Monaten wieder.", "2026-09-01"),
        ("Im Moment nicht. In einem halben Jahr gerne wieder nachfragen.", "2026-12-01"),
        ("Derzeit nicht. Ab dem 15.9. haben wir wieder Kapazitäten.", "2026-09-15"),
        ("Zurzeit nicht, gerne im nächsten Quartal.", "2026-07-01"),
        ("Bitte erst nach Weihnachten wieder melden, derzeit keine Kapazitäten.", "2027-01-02"),
        ("Pas pour le moment, revenez vers moi en mars.", "2027-03-01"),
        ("Pas maintenant, relancez-moi la semaine prochaine.", "2026-06-08"),
        ("Pas maintenant, relancez-moi dans trois mois.", "2026-09-01"),
        ("Pas le temps, recontactez-nous à partir du 15 septembre.", "2026-09-15"),
        ("Pas maintenant, on en reparle début octobre.", "2026-10-01"),
        ("Pas maintenant, on en reparle fin août.", "2026-08-31"),
        ("Pas cette année, recontactez-moi l'année prochaine.", "2027-01-01"),
        ("Pas pour l'instant, revenez vers nous après les vacances d'été.", "2026-09-01"),
        ("Ahora no, escríbeme de nuevo en marzo.", "2027-03-01"),
        ("Ahora no puedo, vuelve a escribirme la semana que viene.", "2026-06-08"),
        ("De momento no, escríbeme dentro de tres meses.", "2026-09-01"),
        ("Ahora no, hablamos a principios de octubre.", "2026-10-01"),
        ("Ahora no, hablamos a finales de agosto.", "2026-08-31"),
        ("Por ahora no, vuelve a escribirnos el 15 de septiembre.", "2026-09-15"),
        ("Este año no, contáctanos el próximo año.", "2027-01-01"),
        ("Al momento non possiamo, ci riscriva tra tre mesi.", "2026-09-01"),
        ("Ora no, risentiamoci dopo l'estate.", "2026-09-01"),
        ("Agora não, volte a contactar-nos no próximo mês.", "2026-07-01"),
        ("Nu niet, mail me volgende maand nog eens.", "2026-07-01"),
        ("Obecnie nie mamy czasu, proszę napisać ponownie w październiku.", "2026-10-01"),
        ("Inte just nu, hör av dig igen efter sommaren.", "2026-09-01"),
        ("Ikke lige nu, skriv igen til oktober.", "2026-10-01"),
        ("Ei juuri nyt, ota yhteyttä uudelleen ensi kuussa.", "2026-07-01"),
    ],
)
def test_times_in_other_languages(body, day):
    assert until(body) == day


def test_the_sentence_that_asks_us_back_names_the_day():
    assert until("We launch in July. Too busy right now, try again in October.") == "2026-10-01"


def test_a_day_elsewhere_in_the_answer_serves_where_that_sentence_has_none():
    assert until("Too busy right now. After 15 July it should be better.") == "2026-07-16"


def test_what_is_said_until_a_day_ends_with_it():
    assert until("I'm on vacation until August 15, let's revisit it later.") == "2026-08-16"


def test_figures_are_read_by_the_writers_habit():
    body = "Not right now, ask me again on 07/08."
    assert until(body, From="a@b.co.uk") == "2026-08-07"
    assert until(body, Date="Mon, 01 Jun 2026 10:00:00 -0500") == "2026-07-08"


def test_today_is_the_messages_own_day_or_else_the_one_given():
    body = "Not right now, ask me again next week."
    assert until(body, Date="Tue, 05 Jan 2027 10:00:00 +0000") == "2027-01-11"
    assert until(body, Date=None) is None
    assert until(body, Date=None, today=date(2027, 1, 5)) == "2027-01-11"


def test_an_absurd_date_gives_no_day():
    body = "Not right now, ask me again next year."
    assert until(body, Date="Fri, 31 Dec 9999 10:00:00 +0000") is None
    assert until(body, Date=None, today=date(9999, 12, 31)) is None


def test_who_does_not_put_us_off_names_no_day():
    letter = mail("Sounds great, please send it over next week.")
    assert saying(letter, envelope(letter), phrases()).until is None
