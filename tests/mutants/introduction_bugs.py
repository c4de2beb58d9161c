"""Bugs in asking for introductions."""

from __future__ import annotations

from tests.mutants.bug import Bug

_CORE = "syncd/core/introductions.py"
_PROMISE = "syncd/core/promises/introduce.py"
_MATTER = "syncd/core/promises/introduce_matter.py"
_DRAFTS = "syncd/engine/handlers/drafts.py"
_RANKING = ("tests/unit/core/test_introductions.py",)
_DECIDING = ("tests/unit/core/test_introduce.py",)
_TROUBLE = ("tests/unit/engine/test_introductions_trouble.py",)

INTRODUCTION_BUGS = (
    Bug(
        "a person who was asked lately is asked for something else",
        _CORE,
        "    if latest := _latest(sent, rules.per_contact, now):\n",
        "    if latest := _latest([], rules.per_contact, now):\n",
        _RANKING,
    ),
    Bug(
        "one who wants no mail gets the draft that was planned before",
        _DRAFTS,
        "        if silent:\n",
        "        if silent and one.thread is None:\n",
        _TROUBLE,
    ),
    Bug(
        "a draft whose answer was lost is written again although it may be sent",
        _DRAFTS,
        "        if seen_at is None or seen_at <= since",
        "        if seen_at is None and seen_at <= since",
        _TROUBLE,
    ),
    Bug(
        "another mail in the thread is taken for the ask",
        _MATTER,
        "    if matter.draft is not Draft.GONE:\n",
        "    if matter.draft is Draft.UNKNOWN:\n",
        _DECIDING,
    ),
    Bug(
        "a draft is dropped before the mailbox could show that it was sent",
        _PROMISE,
        "        if matter.settled:\n",
        "        if matter.domain:\n",
        _DECIDING,
    ),
    Bug(
        "an edited draft is deleted",
        "connectors/gmail/drafts.py",
        "        if stands.version != one.version:\n",
        "        if not stands.version:\n",
        ("tests/contract/test_gmail.py",),
    ),
)
