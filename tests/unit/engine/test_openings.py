"""What is kept of the text of our messages, which leaves the state with the bodies."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from syncd.core.mail.opening import alike, fingerprint
from syncd.store.schema import messages
from tests.unit.engine.office import ADA, BOB, Office

TEXT = (
    "We help a company that makes garden rooms, and they have published a guide for home "
    "builders that your readers may find useful. Would you be open to adding it?"
)


def _openings(office: Office) -> dict[str, str]:
    with office.state() as tx:
        return {
            key: print_ for key, print_ in tx.execute(select(messages.c.key, messages.c.opening))
        }


def test_our_text_without_greeting_signature_and_quotation_is_kept_as_a_likeness(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(ADA, 6, "p1@b", text=f"Hi Ada,\n\n{TEXT}\n\nBest regards,\nMaya\n")
    office.wrote(BOB, 6, "p2@b", text=f"Dear Bob,\n\n{TEXT}\n\nThanks,\nTom\n\n> quoted words here")
    office.turn()
    one, other = _openings(office).values()
    assert one == other == fingerprint(TEXT)


def test_nothing_is_kept_of_what_others_write_nor_of_what_we_write_among_ourselves(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 5, "r1@x", text=TEXT)
    office.wrote("tom@brightlink.example", 4, "i1@b", text=TEXT)
    office.wrote(ADA, 3, "p1@b", text=TEXT)
    office.turn()
    kept = {key: print_ for key, print_ in _openings(office).items() if print_}
    assert list(kept) == ["mid:p1@b"]
    assert alike(kept["mid:p1@b"], fingerprint(TEXT))
