# ruff: noqa: RUF001 - languages are tested in their own characters
from __future__ import annotations

import pytest

from syncd.core.mail.phrases import Topic, fold
from syncd.core.mail.phrases import phrases as build
from syncd.core.mail.saying_words import sentences, split
from syncd.settings.phrases import phrases

LANGUAGES = {
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "fi", "ja", "zh", "ru", "tr",
}  # fmt: skip


def test_every_language_is_there_with_every_kind_of_phrase():
    shipped = {language.code: language for language in phrases().languages}
    # "other" names the automatic answers of more languages, and nothing else of them.
    assert shipped.pop("other").subjects[Topic.AUTOMATIC]
    assert set(shipped) == LANGUAGES
    for language in shipped.values():
        for topic in (Topic.AUTOMATIC, Topic.ABSENCE, Topic.BOUNCE, Topic.TICKET, Topic.RECEIPT):
            assert language.subjects[topic], (language.code, topic)
        for topic in (Topic.ABSENCE, Topic.LEFT, Topic.TICKET, Topic.BOUNCE, Topic.DELAYED):
            assert language.openings[topic], (language.code, topic)
        assert language.wrote
        assert language.headers
        assert language.dates.back


def test_no_subject_phrase_is_a_pattern():
    for language in phrases().languages:
        for found in language.subjects.values():
            assert not [phrase for phrase in found if "*" in phrase]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Réponse  AUTOMATIQUE", "reponse automatique"),
        ("Otomatik Yanıt", "otomatik yanit"),
        ("OTOMATİK YANIT", "otomatik yanit"),
        ("Straße", "strasse"),
        ("jusqu’au", "jusqu'au"),
        ("plain\n words ", "plain words"),
    ],
)
def test_folding_leaves_what_is_compared(text, plain):
    assert fold(text) == plain


@pytest.mark.parametrize(
    ("subject", "bare", "reply", "forward"),
    [
        ("Re: Hello", "hello", True, False),
        ("RE: AW: Fwd: Hello", "hello", True, True),
        ("[seo] Re: Hello", "hello", True, False),
        ("Re[2]: Hello", "hello", True, False),
        ("Re^3: Hello", "hello", True, False),
        ("回复： Hello", "hello", True, False),
        ("TR : Bonjour", "bonjour", False, True),
        ("Hello", "hello", False, False),
        ("Regarding: Hello", "regarding: hello", False, False),
        ("re:" * 300 + "x", "x", True, False),
        ("", "", False, False),
    ],
)
def test_a_subject_without_its_prefixes(subject, bare, reply, forward):
    found = phrases().bare(subject)
    assert (found.subject, found.reply, found.forward) == (bare, reply, forward)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("i am out of the office until may", True),
        ("i am out of office until may", True),
        ("the workout of officers", False),
        ("i have very limited access to my own mail", True),
    ],
)
def test_a_phrase_is_found_as_words_of_its_own(text, there):
    assert (phrases().in_text(Topic.ABSENCE, text) is not None) is there


def test_a_phrase_at_the_start_of_a_subject_may_stand_in_brackets():
    hit = phrases().at_start(Topic.AUTOMATIC, fold("[Auto-Reply] A guide"))
    assert hit is not None
    assert str(hit) == "auto-reply (en)"
    assert phrases().at_start(Topic.AUTOMATIC, fold("About the auto-reply")) is None


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 1 Jun 2026 at 10:00, Maya <maya@brightlink.example> wrote:\n> gone",
        "On Mon, 1 Jun 2026 at 10:00, Maya Lind\n<maya@brightlink.example> wrote:\ngone",
        "Am 1. Juni 2026 um 10:00 schrieb Maya <maya@brightlink.example>:\ngone",
        "Le lun. 1 juin 2026 à 10:00, Maya <maya@brightlink.example> a écrit :\ngone",
        "El lun, 1 jun 2026 a las 10:00, Maya (<maya@brightlink.example>) escribió:\ngone",
        "Il giorno lun 1 giu 2026 alle ore 10:00 Maya <m@b.example> ha scritto:\ngone",
        "Em seg., 1 de jun. de 2026 às 10:00, Maya <m@b.example> escreveu:\ngone",
        "Op ma 1 jun 2026 om 10:00 schreef Maya <m@b.example>:\ngone",
        "W dniu 1.06.2026 o 10:00, Maya pisze:\n> gone",
        "Den mån 1 juni 2026 kl 10:00 skrev Maya <m@b.example>:\ngone",
        "Maya kirjoitti:\ngone",
        "在 2026年6月1日，Maya 写道：\ngone",
        "Майя пишет:\ngone",
        "Maya şunu yazdı:\ngone",
        "-----Original Message-----\ngone",
        "-----Ursprüngliche Nachricht-----\ngone",
        "---------- Forwarded message ---------\ngone",
        "From: Maya\nSent: Monday\nTo: Jane\n\ngone",
        "Von: Maya\nGesendet: Montag\nAn: Jane\n\ngone",
        "De : Maya\nEnvoyé : lundi\nÀ : Jane\n\ngone",
        "De: Maya\nEnviado: lunes\nPara: Jane\n\ngone",
        "*From:* Maya\n*Sent:* Monday\n\ngone",
        "发件人: Maya\n发送时间: 2026年6月1日\n\ngone",
    ],
)
def test_quoted_messages_are_cut_off(quoted):
    assert "gone" not in phrases().unquoted(f"Yes, gladly:\n\none\n\n{quoted}")
    assert "Yes, gladly:" in phrases().unquoted(f"Yes, gladly:\n\none\n\n{quoted}")


def test_an_answer_between_quoted_lines_is_kept():
    assert phrases().unquoted("> a\nyes\n> b\nno").split() == ["yes", "no"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, 'needs "language"'),
        ({"language": "xx", "absense": {}}, "xx: unknown absense in the file"),
        ({"language": "xx", "absence": {"subject": []}}, "xx: unknown subject in absence"),
        ({"language": "xx", "absence": []}, None),
        ({"language": "xx", "absence": ["a"]}, "xx: absence must be a mapping"),
        ({"language": "xx", "dates": {"months": [["a"]]}}, "xx: months must be 12 lists"),
        ({"language": "xx", "sayings": ["a"]}, "xx: sayings must be a mapping"),
        ({"language": "xx", "sayings": {"prize": []}}, "xx: unknown prize in sayings"),
        ({"language": "xx", "sayings": {"whole": {"live": []}}}, "unknown live in sayings.whole"),
        ({"language": "xx", "sayings": {"times": {"soon": []}}}, "unknown soon in sayings.times"),
        (
            {"language": "xx", "sayings": {"times": {"units": {"hour": ["h"]}}}},
            "unknown hour in sayings.times.units",
        ),
        ({"language": "xx", "sayings": {"price": ["(a|b"]}}, r"\(a|b.* has brackets"),
        ({"language": "xx", "sayings": {"price": ["a|b)"]}}, "has brackets"),
        ({"language": "xx", "sayings": {"price": ["(a|) *"]}}, "no word of its own"),
        (
            {"language": "xx", "sayings": {"signoffs": ["(a|b|c|d|e|f|g|h) " * 3]}},
            "more than 200 readings",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named(document, words):
    if words is None:
        assert build([document]).languages[0].code == "xx"
        return
    with pytest.raises(ValueError, match=words):
        build([document])


def said(text, **sayings):
    """What a language of these sayings alone has in a text, by topic."""
    wordings = build([{"language": "xx", "sayings": sayings}]).wordings
    words = split(sentences(text), wordings.but)
    return {hit.topic.value: hit.shown(words) for hit in wordings.hits(words, wordings.languages)}


@pytest.mark.parametrize(
    ("phrase", "text", "shown"),
    [
        ("send it", "Please send it over", "send it"),
        ("send (it|them) (over|)", "please send them over", "send them over"),
        ("send (it|them) (over|)", "please send them now", "send them"),
        ("send (it (all|now)|them)", "please send it now", "send it now"),
        ("send * draft", "send me the draft", "send me the draft"),
        ("send * draft", "send draft", "send draft"),
        ("send * draft", "send us one two three four five draft", None),
        ("send * draft", "send it. The draft", None),
        ("send * draft", "send it, my draft", None),
        ("send draft", "send, draft", "send draft"),
        ("interess*", "wir sind interessiert", "interessiert"),
        ("(a|interess*) er", "interessant er", "interessant er"),
        ("send it", "resend it", None),
        ("d'accord", "D’accord", "d accord"),
    ],
)
def test_a_wording_is_read_as_it_is_written(phrase, text, shown):
    assert said(text, interest=[phrase]) == ({} if shown is None else {"interest": shown})


def test_a_longer_wording_hides_those_inside_it():
    sayings = {"interest": ["interested"], "decline": ["not interested"]}
    assert said("we are not interested", **sayings) == {"decline": "not interested"}


def test_a_not_stands_in_no_gap_of_a_yes():
    sayings = {"negations": ["not"], "interest": ["happy to * add"], "decline": ["sorry * add"]}
    assert said("happy to not add", **sayings) == {}
    assert said("sorry not add", **sayings) == {"decline": "sorry not add"}


def test_a_comma_takes_an_unsubscription_apart():
    assert said("no, write", unsubscribe=["no write"]) == {}
    assert said("no, thanks", decline=["no thanks"]) == {"decline": "no thanks"}


def test_the_tables_of_a_reader_do_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("syncd.core.mail.saying_wordings._MOST_STEPS_KEPT", 3)
    wordings = build([{"language": "xx", "sayings": {"interest": ["a b", "c d"]}}]).wordings
    for text in ("a b", "c d", "x y", "a b"):
        words = split(sentences(text), wordings.but)
        assert len(wordings.hits(words, wordings.languages)) == (text != "x y")
