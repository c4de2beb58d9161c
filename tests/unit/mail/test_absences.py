# ruff: noqa: RUF001 - languages are tested in their own characters
from __future__ import annotations

import pytest

from tests.unit.mail.letters import found

IN_BERLIN = "Sun, 01 Feb 2026 10:00:00 +0100"
IN_OREGON = "Sun, 01 Feb 2026 10:00:00 -0800"
MONDAY = "Mon, 01 Jun 2026 10:00:00 +0200"


def back(text, **headers):
    headers = {
        "Auto_Submitted": "auto-replied",
        "Subject": "Automatic reply: x",
        "Date": MONDAY,
    } | headers
    day = found(text, **headers).returns_on
    return day.isoformat() if day else None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until 8 June.", "2026-06-09"),
        ("I am out of the office from 3 June to 14 June 2026.", "2026-06-15"),
        ("I'm on vacation and will be back on Monday, June 15th.", "2026-06-15"),
        ("I am out of office through June 12.", "2026-06-13"),
        ("I am on annual leave from 1st to 12th June inclusive.", "2026-06-13"),
        ("I will be traveling for work on July 10-31.", "2026-08-01"),
        (
            "I am out of the office starting 06/03/2026 and will not return until 06/15/2026.",
            "2026-06-15",
        ),
        ("I am out of the office, returning 2026-06-15.", "2026-06-15"),
        ("I am away from the office until Friday.", "2026-06-06"),
        ("I am out of the office and back on Monday.", "2026-06-08"),
        ("I am out of office, back tomorrow.", "2026-06-02"),
        ("I am out of office until 5 Jan 2027", "2027-01-06"),
        (
            "I'm out of office. Until June 12 please write to Bob. I return on June 15.",
            "2026-06-15",
        ),
        ("Ich bin vom 3. bis 14. Juni nicht im Büro.", "2026-06-15"),
        ("Ich bin vom 03.06.2026 bis 14.06.2026 im Urlaub.", "2026-06-15"),
        ("Ich bin bis einschließlich 12.06.2026 im Urlaub.", "2026-06-13"),
        (
            "Bis zum 12.6. bin ich im Urlaub. Ab dem 15. Juni bin ich wieder für Sie da.",
            "2026-06-15",
        ),
        ("Ich bin im Urlaub und am 15.6. wieder erreichbar.", "2026-06-15"),
        ("Ich bin im Urlaub und ab Montag wieder im Büro.", "2026-06-08"),
        ("Je suis absent du 3 au 14 juin inclus.", "2026-06-15"),
        ("Je suis en congés jusqu'au 12 juin. De retour le lundi 15 juin 2026.", "2026-06-15"),
        ("Je serai absente du bureau jusqu’au 10/06/2026", "2026-06-11"),
        ("Je suis en congé jusqu'au 1er juillet.", "2026-07-02"),
        ("Estoy de vacaciones hasta el 12 de junio.", "2026-06-13"),
        ("Estaré fuera de la oficina del 3 al 14 de junio. Regreso el 15 de junio.", "2026-06-15"),
        ("Sono in ferie dal 3 al 14 giugno.", "2026-06-15"),
        ("Sono fuori ufficio fino al 12/06. Rientro il 15 giugno.", "2026-06-15"),
        ("Estou de férias de 3 a 14 de junho, volto no dia 15 de junho.", "2026-06-15"),
        ("Estarei fora do escritório até 12/06/2026.", "2026-06-13"),
        ("Ik ben afwezig van 3 tot en met 14 juni.", "2026-06-15"),
        ("Ik ben op vakantie tot 12 juni. Maandag 15 juni ben ik weer op kantoor.", "2026-06-15"),
        ("Jestem na urlopie do 12 czerwca.", "2026-06-13"),
        ("Jag är på semester till och med 12 juni. Åter på kontoret 15 juni.", "2026-06-15"),
        ("Jeg er på ferie til 12. juni.", "2026-06-13"),
        ("Olen lomalla 12.6. asti.", "2026-06-13"),
        ("6月5日まで休暇中です。", "2026-06-06"),
        ("我在休假，6月5日返回。", "2026-06-05"),
        ("Нахожусь в отпуске до 12 июня.", "2026-06-13"),
        ("12 Haziran'a kadar yıllık izindeyim.", "2026-06-13"),
    ],
)
def test_the_end_of_an_absence_is_read(text, day):
    assert back(text) == day


@pytest.mark.parametrize(
    "away",
    [
        # Each says that Friday, 5 June is the first day on which they are back.
        "I am out of the office and back on 5 June.",
        "I am out of the office until 4 June.",
        "I am out of the office through 4 June.",
        "I am out of the office up to and including 4 June.",
        "I am out of the office from 2 June to 4 June.",
        "I am out of the office, June 2-4.",
        "I am out of the office and will not be back until 5 June.",
        "I will not be in the office until 5 June.",
        "I am out of the office until 4 June and return on 5 June.",
        # Some say "until" of the day of their return, and say that too.
        "I am out of the office until 5 June, back on 5 June.",
        "I am out of the office until Thursday.",
        "Ich bin bis 4. Juni im Urlaub.",
        "Ich bin bis zum 4.6. nicht im Büro und ab dem 5.6. wieder erreichbar.",
        "Ich bin im Urlaub und am 5. Juni zurück.",
        "Ich bin vom 2.6. bis 4.6. im Urlaub.",
        "Ich bin bis einschließlich Donnerstag nicht im Büro.",
        "Je suis absente jusqu'au 4 juin.",
        "Je suis en congés, de retour le 5 juin.",
        "Je suis absent du 2 au 4 juin inclus.",
        "Je suis en vacances et ne reviendrai pas avant le 5 juin. Je reviens le 5 juin.",
        "Estoy de vacaciones hasta el 4 de junio.",
        "Estoy de vacaciones y regreso el 5 de junio.",
        "Estaré fuera de la oficina del 2 al 4 de junio, ambos inclusive.",
        "No volveré hasta el 5 de junio, estoy de vacaciones.",
        "Sono in ferie fino al 4 giugno.",
        "Sono in ferie e rientro il 5 giugno.",
        "Sono in ferie dal 2 al 4 giugno compreso.",
        "Estou de férias até 4 de junho.",
        "Estou de férias e volto no dia 5 de junho.",
        "Ik ben op vakantie tot en met 4 juni.",
        "Ik ben op vakantie tot 4 juni.",
        "Ik ben op vakantie en 5 juni weer terug.",
    ],
)
def test_however_it_is_said_the_day_is_the_first_one_back(away):
    assert back(away) == "2026-06-05"


@pytest.mark.parametrize(
    ("sender", "headers", "day"),
    [
        ("a@b.de", {}, "2026-06-03"),
        ("a@b.co.uk", {}, "2026-06-03"),
        ("a@b.us", {}, "2026-03-06"),
        ("a@b.com", {"Content_Language": "en-GB"}, "2026-06-03"),
        ("a@b.com", {"Accept_Language": "en-AU, en"}, "2026-06-03"),
        # Programs are installed as en-US wherever they are, so the zone tells.
        ("a@b.com", {"Content_Language": "en-US", "Date": IN_BERLIN}, "2026-06-03"),
        ("a@b.com", {"Content_Language": "en-US", "Date": IN_OREGON}, "2026-03-06"),
        ("a@b.com", {}, None),
    ],
)  # fmt: skip
def test_a_day_in_figures_in_english_is_read_as_its_writer_writes(sender, headers, day):
    given = {"From": sender, "Date": "Sun, 01 Feb 2026 10:00:00 +0000"} | headers
    assert back("I am out of the office and back on 03/06.", **given) == day


@pytest.mark.parametrize(
    "text",
    [
        "Ich bin im Urlaub und am 03/06 wieder da.",
        "Je suis en congés, de retour le 03/06.",
        "Estoy de vacaciones y regreso el 03/06.",
        "Sono in ferie e rientro il 03/06.",
        "Estou de férias e volto no dia 03/06.",
        "Ik ben op vakantie en 03/06 weer terug.",
        # English beside another language is written by who speaks that language.
        "Ich bin im Urlaub. I am out of the office and back on 03/06.",
    ],
)
def test_a_day_in_figures_in_other_languages_has_its_day_first(text):
    assert back(text, From="a@b.com", Date="Sun, 01 Feb 2026 10:00:00 +0000") == "2026-06-03"


@pytest.mark.parametrize("year", ["9999", "1066"])
def test_an_absurd_date_of_its_own_gives_no_day(year):
    assert back("I am out of office, back on Friday.", Date=f"31 Dec {year} 23:00:00 +0000") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I am out of the office until further notice.", "no day"),
        ("I was on vacation until 5 May.", "past: a forgotten message"),
        ("I am on parental leave until January 15.", "too far off without a year"),
        ("I am out of the office until 5 May 2026.", "past"),
        ("I am out of the office until 5 May 2029.", "too far off"),
        ("I am out of the office until 31 June.", "no such day"),
        ("I am out of the office. I answer until 17:00, the hotline 24/7.", "a time"),
        ("I am out of the office. Our event is on 12 June.", "another day"),
        ("Ich bin ab dem 5. Juni im Urlaub.", "the start"),
        ("I am out of the office from 5 June.", "the start"),
        ("I am out of the office until 12 June. Bob is back on 8 June.", "somebody else"),
        ("I am out of the office. Back on 8 June. Back on 12 June.", "two days"),
        ("I am out of the office until Q3. " + "1/7 " * 20, "a table"),
    ],
)
def test_no_day_is_better_than_a_wrong_one(text, reason):
    assert back(text) is None, reason


@pytest.mark.parametrize(
    ("sender", "sent", "day"),
    [
        ("a@b.co.uk", "Mon, 01 Jun 2026 10:00:00 +0000", "2026-06-05"),
        ("a@b.example", "Fri, 01 May 2026 10:00:00 +0200", "2026-06-05"),
        ("a@b.example", "Fri, 01 May 2026 10:00:00 -0500", "2026-05-06"),
        ("a@b.edu", "Fri, 01 May 2026 10:00:00 +0000", "2026-05-06"),
        ("a@b.example", "Fri, 01 May 2026 10:00:00 +0000", None),
        ("a@b.ca", "Fri, 01 May 2026 10:00:00 -0500", None),
        ("a@b.example", "Fri, 01 May 2026 10:00:00 +0900", None),
        # Only one of the two is still to come.
        ("a@b.example", "Mon, 01 Jun 2026 10:00:00 +0000", "2026-06-05"),
    ],
)
def test_days_in_figures_are_read_by_the_writers_habit(sender, sent, day):
    assert back("I am out of the office, back on 05/06.", From=sender, Date=sent) == day


def test_a_weekday_tells_which_way_a_day_is_written():
    text = "I am out of the office until Friday 05/06."
    assert back(text, Date="Fri, 01 May 2026 10:00:00 +0000") == "2026-06-06"


def test_a_day_after_new_year_is_in_the_next():
    text = "I am out of the office until 2 January."
    assert back(text, Date="Mon, 28 Dec 2026 10:00:00 +0000") == "2027-01-03"


def test_the_subject_may_say_it():
    assert back("…", Subject="Out of office until 8 June") == "2026-06-09"


def test_without_a_date_of_its_own_a_message_names_no_day():
    assert back("I am out of the office until 8 June.", Date=None) is None


def test_today_is_the_writers():
    text = "I am out of the office, back tomorrow."
    assert back(text, Date="Mon, 01 Jun 2026 23:30:00 -0700") == "2026-06-02"


def test_who_has_left_does_not_return():
    assert back("I am no longer with the company. Until 8 June write to Bob.") is None


def test_a_text_in_no_language_we_know_is_read_in_all():
    assert back("Borte, tilbage 2026-06-08.") == "2026-06-08"
    assert back("Borte, tilbage onsdag.") == "2026-06-03"


def test_one_figure_belongs_to_one_day():
    assert back("I am out of the office until 3 June 14 of us are away.") == "2026-06-04"
