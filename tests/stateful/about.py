"""What a task is for, read from its own words as a person would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.stateful.truth import AT_ONCE, BOUNCE, LATER, NURTURE, Talk, Wait

OURS = re.compile(r"Last message:\*\* \S+ (?P<subject>[^\n]*)")
STEP = re.compile(r"Step:\*\* (?:(?P<number>\d) of \d|(?P<nurture>nurture)|the address bounced)")
AT_ONCE_WORDS = "**They say:**"


@dataclass(frozen=True)
class About:
    """What a task is for. `bounced`: the message that could not be delivered, if that is it.

    `answer`: the subject of what they said, where that called for it.
    """

    talk: Talk
    wait: Wait | None
    step: int
    bounced: str = ""
    answer: str = ""


def about(text: str, talks: Sequence[Talk]) -> About:
    """What the task is for whose description is `text`."""
    said, step = OURS.search(text), STEP.search(text)
    assert said is not None, text
    subject = said["subject"].strip()
    talk = talks[int(subject.split("/")[-2])]
    if subject.startswith("Re: "):
        return About(talk, None, AT_ONCE if AT_ONCE_WORDS in text else LATER, answer=subject)
    assert step is not None, text
    number = NURTURE if step["nurture"] else BOUNCE
    if step["number"]:
        number = int(step["number"]) - 1
    return About(talk, talk.wait_of(subject), number, subject if number == BOUNCE else "")
