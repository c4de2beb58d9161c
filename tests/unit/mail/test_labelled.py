"""The rules measured on public mail that nobody here wrote, where it lies beside the checkout.

`python -m tests.unit.mail.test_labelled` prints the rates.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from syncd.core.mail.classify import classify
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes
from syncd.settings.phrases import phrases

MAIL = Path(__file__).resolve().parents[3].parent / "shared" / "mail"
BOUNCES = {"bounce_hard", "bounce_soft", "bounce_delayed", "delivered"}
PEOPLE = {"human", "bulk"}  # newsletters are among what the upstream calls "human or list"
EXPECTED = {
    "bounce": BOUNCES,
    "dsn_delayed": {"bounce_delayed"},
    "dsn_delivered": {"delivered"},
    "complaint": {"complaint"},
    "auto_reply": {"auto_reply"},
    "human": PEOPLE,
    "human_or_list": PEOPLE,
}
# Labelled as people's mail by where the upstream filed them; what they say of themselves:
NO_PERSON_WROTE = {
    "sisimai-set-of-emails__maildir__not__rb-issue-368-bug.eml",  # "automatic bounce notification"
    "spamassassin__data__easy-ham-1__01507.e06cf7fcfb3a512f43c827529c19a9e6.txt",  # a MAILER-DAEMON
}

pytestmark = pytest.mark.skipif(
    not (MAIL / "labels.csv").exists(),
    reason="the labelled mail does not lie beside this checkout (../shared/mail)",
)


@cache
def letters():
    with (MAIL / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [(r["file"], r["label"], (MAIL / "labelled" / r["file"]).read_bytes()) for r in rows]


@cache
def answers():
    got = []
    for file, label, raw in letters():
        mail = from_bytes(raw)
        got.append((file, label, classify(mail, envelope(mail), phrases())))
    return got


def shares() -> dict[str, tuple[int, int]]:
    """For each label how many of how many came out as they should."""
    right: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for _, label, found in answers():
        if label in EXPECTED:
            number[label] += 1
            right[label] += found.mail_class in EXPECTED[label]
    return {label: (right[label], number[label]) for label in number}


def wrong(*labels: str) -> list[str]:
    return [
        file
        for file, label, found in answers()
        if label in labels
        and found.mail_class not in (BOUNCES if "bounce" in labels else EXPECTED[label])
    ]


def test_bounces_of_any_kind_are_found():
    labels = ("bounce", "dsn_delayed", "dsn_delivered")
    number = sum(shares()[label][1] for label in labels)
    assert len(wrong(*labels)) <= number * 0.01, wrong(*labels)


def test_delays_deliveries_complaints_and_automatic_answers_are_what_they_are():
    assert wrong("dsn_delayed") + wrong("dsn_delivered") + wrong("complaint") == []
    assert wrong("auto_reply") == []


def test_peoples_mail_is_not_taken_for_a_machines():
    number = sum(shares()[label][1] for label in ("human", "human_or_list"))
    mistaken = set(wrong("human", "human_or_list")) - NO_PERSON_WROTE
    assert len(mistaken) <= number * 0.001, mistaken


def test_a_bounce_names_who_did_not_get_it():
    bounces = [found for _, label, found in answers() if label == "bounce"]
    named = [found for found in bounces if found.failed_recipients]
    assert len(named) >= len(bounces) * 0.97


def speed() -> tuple[float, float]:
    """Messages a second of processor time: from parsed headers, from raw bytes. Best of two."""
    raws = [raw for _, _, raw in letters()]
    mails = [from_bytes(raw) for raw in raws]
    parsed, whole = [], []
    for _ in range(2):
        start = time.process_time()
        for mail in mails:
            classify(mail, envelope(mail), phrases())
        parsed.append(len(mails) / (time.process_time() - start))
        start = time.process_time()
        for raw in raws:
            mail = from_bytes(raw)
            classify(mail, envelope(mail), phrases())
        whole.append(len(raws) / (time.process_time() - start))
    return max(parsed), max(whole)


def test_classifying_keeps_up_with_a_backfill():
    parsed, whole = speed()
    assert parsed >= 1500
    assert whole >= 300


if __name__ == "__main__":
    for label, (right, number) in sorted(shares().items()):
        sys.stdout.write(f"{label}: {right} of {number} ({right / number:.1%})\n")
    classes = Counter((label, str(found.mail_class)) for _, label, found in answers())
    for (label, kind), number in sorted(classes.items()):
        sys.stdout.write(f"  {label} -> {kind}: {number}\n")
    sys.stdout.write("{:.0f} a second parsed, {:.0f} raw\n".format(*speed()))
