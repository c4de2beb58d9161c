"""How everything in a report is counted, as its readers are told."""

from __future__ import annotations

from syncd.core.figures import ELSEWHERE
from syncd.core.figures_templates import FEWEST
from syncd.core.statistics import SMALL

_TEXT = f"""
Pitch: A conversation in which one of us wrote first to somebody outside, or first to somebody who
had been introduced to us. It belongs to the time of that first message and to who wrote it; what
came of it counts however much later it came. A conversation that they began is no pitch: only its
messages and links count, and are shown apart.

Written to: Pitches that reached somebody. Left out of every rate: those that bounced, where
nobody answered and every address we wrote to failed or belongs to somebody who has left.

Answered: A person outside wrote after our first message, in the conversation or within
{ELSEWHERE.days} days in a thread of their own. Absence notes, receipts and bounces are no
answers, nor is a word of whoever introduced us.

Agreed, declined: The newest answer that says either says yes (interest, or that the link is live)
or no; the stage a person set in the CRM goes before that. A pitch that brought a link has agreed,
whatever was said.

Placed: At least one link of it was seen on its page by syncd itself. Lost: none of them stands
any more; a page that cannot be judged is not lost. A link nobody told us of belongs to our newest
conversation with that person before it was seen.

Step: The place of our message that was answered: 1 is the first, 2 the first follow-up. Sent:
pitches that came to that message without an answer.

Template: First messages whose subjects are the same but for names, sites and addresses, and whose
texts begin alike. It is a likeness, not a record: a rewritten template becomes two, near-twins
one. What occurs fewer than {FEWEST} times is put together.

Source: Introduced: somebody had introduced the person to us, who had not written to us before.
Existing: they had written to us before our first message. Cold: neither.

Time to answer: Working time from our message that was answered to the answer, by the team's
calendar: the median, and the middle half of all. d is a working day, h an hour of one.

Follow-ups on time: Tasks whose day came: one of us wrote, or completed the task, by the end of
that day. Not needed: they answered first, or it was closed for another reason. Snoozed: a person
moved it to a later day. Only on time and late are in the share.

Range: Where the true value lies with 95 % confidence: Wilson's interval for shares, Garwood's
exact one for links per 100 messages, and the exact conditional one for how many times as many.
Few: the rate rests on fewer than {SMALL}, which is too little to go by.
"""

DEFINITIONS: tuple[tuple[str, str], ...] = tuple(
    (term, " ".join(meaning.split()))
    for term, _, meaning in (one.partition(": ") for one in _TEXT.strip().split("\n\n"))
)
