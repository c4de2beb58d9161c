"""Bugs in what is counted, and in what it is shown as."""

from __future__ import annotations

from tests.mutants.bug import Bug

_PITCHES = ("tests/unit/core/test_figures.py",)
_STORE = ("tests/unit/store/test_figures.py",)

REPORT_BUGS: tuple[Bug, ...] = (
    Bug(
        "an absence is taken for an answer",
        "syncd/core/figures.py",
        "        and message.mail_class is MailClass.HUMAN\n        and message.person",
        "        and message.mail_class in {MailClass.HUMAN, MailClass.AUTO_REPLY}\n"
        "        and message.person",
        _PITCHES,
    ),
    Bug(
        "a pitch that bounced stays in the denominators",
        "syncd/core/figures.py",
        "        return self.pitches - self.bounced\n",
        "        return self.pitches\n",
        _PITCHES,
    ),
    Bug(
        "a second address of the same contact is a stranger",
        "syncd/store/credit.py",
        'addresses.get(contact.get(one, ""), ())',
        "()",
        _STORE,
    ),
    Bug(
        "a pitch begun before the span is counted in it",
        "syncd/store/figures.py",
        "            and (since is None or since <= first.at)\n",
        "",
        _STORE,
    ),
    Bug(
        "a follow-up that a person moved is late",
        "syncd/core/figures_kept.py",
        "    if one.due_now is None or one.due_now > one.due:\n        return Kept.SNOOZED\n",
        "",
        ("tests/unit/core/test_figures_kept.py",),
    ),
)
