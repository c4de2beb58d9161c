from __future__ import annotations

from email.header import Header

import pytest

from syncd.sandbox.gmail_labels import labels_in


def test_takeouts_english_names_become_gmails_own():
    header = "Inbox,Important,Starred,Unread,Category Personal,Chat,Sent,Drafts,Spam,Trash"
    assert labels_in(header) == (
        "INBOX",
        "IMPORTANT",
        "STARRED",
        "UNREAD",
        "CATEGORY_PERSONAL",
        "CHAT",
        "SENT",
        "DRAFT",
        "SPAM",
        "TRASH",
    )


def test_opened_and_archived_are_said_by_the_absence_of_a_label():
    assert labels_in("Archived,Opened") == ()


def test_names_people_gave_stay_as_they_are():
    assert labels_in("Inbox, Campaigns/ACME,Réunions") == ("INBOX", "Campaigns/ACME", "Réunions")


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (
            'Posteingang,Geöffnet,Wichtig,Kategorie: "Soziale Medien"',
            "INBOX IMPORTANT CATEGORY_SOCIAL",
        ),
        ("Gesendet,Ungelesen,Markiert", "SENT UNREAD STARRED"),
        ("Messages archivés,Ouvert,Catégorie : E-mails personnels", "CATEGORY_PERSONAL"),
        ("Boîte de réception,Non lus,Favoris", "INBOX UNREAD STARRED"),
        ("Recibidos,Abierto,Destacados", "INBOX STARRED"),
        ("Posta in arrivo,Aperti", "INBOX"),
        ("受信トレイ,未読", "INBOX UNREAD"),
    ],
)
def test_names_in_other_languages_are_known(names, meant):
    assert " ".join(labels_in(names)) == meant


def test_encoded_names_are_decoded_also_over_a_fold():
    encoded = Header("Posteingang,Geöffnet,Überfällige Antworten aus München", "utf-8", 60).encode()
    assert "\n " in encoded
    assert labels_in(encoded) == ("INBOX", "Überfällige Antworten aus München")


def test_a_quoted_name_may_hold_a_comma():
    assert labels_in('Inbox,"Culture, events"') == ("INBOX", "Culture, events")


@pytest.mark.parametrize(
    "broken", ["", ",,", '"', "=?utf-8?q?=FF?=", "=?nonsense?b?!!?=", "a\x00b"]
)
def test_a_broken_header_never_stops_the_seeding(broken):
    assert isinstance(labels_in(broken), tuple)
