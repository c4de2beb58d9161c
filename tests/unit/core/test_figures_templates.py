"""Which first messages count as written from one template."""

from __future__ import annotations

import pytest

from syncd.core.figures import Known, Pitch, Talk, Won, pitch_of
from syncd.core.figures_templates import BY_HAND, Templates, without_names
from syncd.core.mail.opening import fingerprint
from syncd.core.promises.waiting import Utterance
from tests.support.mail import sent
from tests.unit.mail.test_opening import FILLED, GUIDE, POST

ADA = ("ada.stone@shed-journal.example",)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Guest post for shed-journal.example?", "Guest post for …"),
        ("Guest post for the Shed Journal", "Guest post for the …"),
        ("Ada, a quick question", "… a quick question"),
        ("A question for Ms. Stone", "A question for Ms. …"),
        ("Ada Stone: your guide", "… your guide"),
        ("Ada's guide to sheds", "… guide to sheds"),
        ("Re: Guest post", "Guest post"),
        ("Link on https://www.shed.example/a/b", "Link on …"),
        ("7 ideas for autumn", "7 ideas for autumn"),
        ("", ""),
    ],
)
def test_names_and_sites_are_left_out_of_a_subject(subject: str, expected: str):
    assert without_names(subject, ADA, ("Ada Stone",)) == expected


def _pitch(number: int, subject: str, text: str) -> Pitch:
    first = sent(f"p{number}")
    first = Utterance(
        first.key,
        first.at,
        ours=True,
        mail_class=first.mail_class,
        people=ADA,
        mailbox=first.mailbox,
        subject=subject,
    )
    talk = Talk(number, "", (first,), {first.key: fingerprint(text) if text else ""})
    found = pitch_of(talk, Known(), Won())
    assert found is not None
    return found


def _sizes(pitches: list[Pitch]) -> dict[str, int]:
    templates = Templates()
    for one in pitches:
        templates.add(one, None)
    found = {name: group.tally.pitches for name, group in templates.groups().items()}
    assert sum(found.values()) == len(pitches)
    return found


def test_one_subject_and_one_text_are_one_template():
    pitches = [_pitch(n, "Guest post", GUIDE.format(**FILLED[n % 3])) for n in range(4)]
    assert _sizes(pitches) == {"Guest post": 4}


def test_two_texts_under_one_subject_are_told_apart():
    pitches = [_pitch(n, "Hello", GUIDE.format(**FILLED[n % 3])) for n in range(4)]
    pitches += [_pitch(10 + n, "Hello", POST.format(**FILLED[n % 3])) for n in range(3)]
    assert _sizes(pitches) == {"Hello (text 1)": 4, "Hello (text 2)": 3}


def test_two_subjects_of_one_text_are_told_apart_where_both_are_in_use():
    pitches = [_pitch(n, ("One", "Two")[n % 2], GUIDE.format(**FILLED[0])) for n in range(8)]
    assert _sizes(pitches) == {"One": 4, "Two": 4}


def test_a_rare_subject_goes_with_the_text_it_shares():
    pitches = [_pitch(n, "One", GUIDE.format(**FILLED[n % 3])) for n in range(4)]
    pitches.append(_pitch(9, "Something new", GUIDE.format(**FILLED[1])))
    assert _sizes(pitches) == {"One and 1 rarer subject": 5}


def test_one_text_under_subjects_that_are_all_different_is_one_template():
    pitches = [_pitch(n, f"Title number {n}", GUIDE.format(**FILLED[n % 3])) for n in range(5)]
    assert _sizes(pitches) == {"Title number 0 and 4 rarer subjects": 5}


def test_what_is_written_once_or_twice_is_put_together():
    texts = [GUIDE.format(**FILLED[0]), POST.format(**FILLED[0]), "", ""]
    pitches = [_pitch(n, f"Subject {n}", text) for n, text in enumerate(texts)]
    assert _sizes(pitches) == {BY_HAND: 4}


def test_texts_that_were_not_kept_go_by_their_subject():
    assert _sizes([_pitch(n, "Hello", "") for n in range(3)]) == {"Hello": 3}


def test_however_many_texts_there_are_nothing_is_lost():
    words = ("alpha", "bravo", "delta", "gamma", "omega", "sigma", "theta", "kappa", "lambda")
    pitches = []
    for number in range(60):
        tail = chr(97 + number % 26) * (1 + number // 26)
        pitches.append(_pitch(number, "Hello", " ".join(word + tail for word in words)))
    assert sum(_sizes(pitches).values()) == 60
