"""What there is to see of an answer when asking what it says, each looked at when asked."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from syncd.core.facts import Mail, Party
from syncd.core.mail.absences import month_first, written_on
from syncd.core.mail.bodies import written
from syncd.core.mail.envelope import Envelope, Headers
from syncd.core.mail.phrases import Phrases
from syncd.core.mail.saying_data import Topic, Wording
from syncd.core.mail.saying_kinds import Says
from syncd.core.mail.saying_links import amounts, is_article, pages, sites
from syncd.core.mail.saying_people import Names, introduced, referred
from syncd.core.mail.saying_standing import Standing, standing
from syncd.core.mail.saying_text import said
from syncd.core.mail.saying_times import Calendar
from syncd.core.mail.saying_wordings import Hit
from syncd.core.mail.saying_words import ADDRESS_MARK, URL_MARK, Text, sentences, split

_MOST_WORDS_BESIDE_LINK = 6
_MOST_WORDS_BESIDE_ADDRESS = 40
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2200
_MOST_EVIDENCE = 4
_NEAR = 2  # sentences
_CLEAR = 2  # words

# Topics that are what they say; the others bend these or need more than words.
_PLAIN = {
    Topic.UNSUBSCRIBE: Says.UNSUBSCRIBE,
    Topic.NOT_NOW: Says.NOT_NOW,
    Topic.PRICE: Says.PRICE,
    Topic.INTEREST: Says.INTEREST,
    Topic.QUESTION: Says.QUESTION,
}


@dataclass(slots=True)
class Found:
    """Why an answer is of one kind. `weak`: not by its words. `open`: a door, should the
    same answer be a refusal.
    """

    evidence: list[str] = field(default_factory=list)
    weak: bool = False
    open: bool = False


class Answer:
    """One message of a person, looked at from the sides that tell what it says."""

    def __init__(
        self, mail: Mail, envelope: Envelope, phrases: Phrases, targets: Collection[str]
    ) -> None:
        self._headers = Headers(mail)
        self._mail = mail
        self._envelope = envelope
        self._phrases = phrases
        self._targets, self._own = sites(targets, self._sender)

    @property
    def _sender(self) -> str:
        return self._envelope.sender.address if self._envelope.sender else ""

    @cached_property
    def text(self) -> Text:
        """What they wrote, its subject before it where they chose one."""
        wordings = self._phrases.wordings
        own = said(written(self._mail, self._phrases), wordings)
        envelope = self._envelope
        if not (envelope.in_reply_to or envelope.references or envelope.links):
            bare = self._phrases.bare(envelope.subject)
            if not (bare.reply or bare.forward):
                own = f"{envelope.subject[:300]}\n\n{own}"
        return split(sentences(own), wordings.but)

    @cached_property
    def _languages(self) -> tuple[Wording, ...]:
        return self._phrases.wordings.spoken(self.text)

    @cached_property
    def _standing(self) -> Standing:
        every = self._phrases.wordings.hits(self.text, self._languages)
        return standing(self.text, every, self._languages)

    @property
    def _hits(self) -> Mapping[Topic, list[Hit]]:
        return self._standing.hits

    def found(self) -> dict[Says, Found]:
        """Every kind of which the answer shows something, `Says.OTHER` never."""
        found: dict[Says, Found] = defaultdict(Found)
        for topic, kind in _PLAIN.items():
            self._tell(found, kind, self._hits[topic])
        self._whole(found)
        self._refusals(found)
        self._referrals(found)
        self._prices(found)
        self._publications(found)
        self._questions(found)
        few = len(self.text.words) <= _MOST_WORDS_BESIDE_ADDRESS
        if few and not found.keys() - {Says.QUESTION} and self.referred:
            # The address of somebody else, and nothing said that needs one.
            found[Says.REFERRAL].weak = True
            for party in self.referred:
                self._add(found[Says.REFERRAL], f"{Says.REFERRAL}: {party.address}")
        if not found and not self._standing.unpublished:
            self._mere_link(found)
        return dict(found)

    def _tell(self, found: dict[Says, Found], kind: Says, hits: Iterable[Hit]) -> None:
        for hit in hits:
            self._add(found[kind], f"{kind}: {hit.shown(self.text)} ({hit.language})")
            found[kind].open = True

    @staticmethod
    def _add(found: Found, words: str) -> None:
        words = words.replace(URL_MARK, "<link>").replace(ADDRESS_MARK, "<address>")
        if words not in found.evidence and len(found.evidence) < _MOST_EVIDENCE:
            found.evidence.append(words)

    def _whole(self, found: dict[Says, Found]) -> None:
        """Answers of a word or two: all they say, how they begin, or one sentence of it."""
        text = self.text
        for number, words in enumerate(self._sentences()):
            for topic, code in self._phrases.wordings.whole.get(words, ()):
                alone = len(text.sentences) == 1 or topic is Topic.UNSUBSCRIBE
                if alone or not number:
                    self._add_whole(found, topic, words, code)
        # "Cool, I'll ..." begins like a yes; "no, ..." may be no refusal at all.
        opening = self._opening()
        for language in self._languages:
            if Says.INTEREST not in found and opening in language.whole.get(Topic.INTEREST, ()):
                self._add_whole(found, Topic.INTEREST, opening, language.code)
                found[Says.INTEREST].weak = True

    def _sentences(self) -> list[tuple[str, ...]]:
        found: dict[int, list[str]] = defaultdict(list)
        for word, number in zip(self.text.words, self.text.of_sentence, strict=True):
            found[number].append(word)
        return [tuple(found[number]) for number in range(len(self.text.sentences))]

    def _opening(self) -> tuple[str, ...]:
        """The words before the first comma and the like."""
        first = self.text.of_clause[:1]
        number = bisect_right(self.text.of_clause, first[0]) if first else 0
        return self.text.words[:number]

    def _add_whole(
        self, found: dict[Says, Found], topic: Topic, words: tuple[str, ...], code: str
    ) -> None:
        self._add(found[_WHOLE[topic]], f"{_WHOLE[topic]}: {' '.join(words)} ({code})")

    def _refusals(self, found: dict[Says, Found]) -> None:
        """Refusals; those "at the moment" are put off."""
        qualified = {hit.sentence: hit for hit in self._hits[Topic.FOR_NOW]}
        for hit in self._hits[Topic.DECLINE]:
            if hit.sentence in qualified:
                self._tell_put_off(found[Says.NOT_NOW], hit, qualified[hit.sentence])
            else:
                self._tell(found, Says.DECLINE, [hit])

    def _tell_put_off(self, found: Found, refusal: Hit, qualifier: Hit) -> None:
        words = f"{refusal.shown(self.text)}, {qualifier.shown(self.text)}"
        self._add(found, f"{Says.NOT_NOW}: {words} ({refusal.language})")

    def _referrals(self, found: dict[Says, Found]) -> None:
        pointing = [*self._hits[Topic.REFERRAL], *self._hits[Topic.COPIED]]
        wrong = self._hits[Topic.WRONG_PERSON]
        if self.referred and (pointing or wrong):
            self._tell(found, Says.REFERRAL, [*pointing, *wrong])
        elif wrong:
            # They name nobody, so another one is to be found: no reason to keep a refusal.
            self._tell(found, Says.REFERRAL, wrong)
            found[Says.REFERRAL].weak = True
            found[Says.REFERRAL].open = False

    @cached_property
    def referred(self) -> tuple[Party, ...]:
        """The people to write to instead."""
        pointing = [*self._hits[Topic.REFERRAL], *self._hits[Topic.COPIED]]
        envelope = self._envelope
        every = [*pointing, *self._hits[Topic.WRONG_PERSON]]
        codes = {hit.language for hit in every}
        speaking = tuple(one for one in self._languages if one.code in codes or not codes)
        parties = referred(
            self.text,
            every,
            Names(self._phrases.wordings, speaking),
            known=[self._sender, *(one.address for one in envelope.to)],
        )
        if pointing and (parties or self._hits[Topic.COPIED]):
            parties = introduced(parties, envelope.cc, self._sender)
        return parties

    def _prices(self, found: dict[Says, Found]) -> None:
        sums = amounts(self.text, {word for one in self._languages for word in one.money})
        if sums:
            found[Says.PRICE].weak = Says.PRICE not in found or not found[Says.PRICE].evidence
        for start, end in sums:
            self._add(found[Says.PRICE], f"{Says.PRICE}: {' '.join(self.text.words[start:end])}")
        if Says.PRICE in found:
            # Words alone may refuse ("no budget for fees"); a sum is an offer.
            found[Says.PRICE].open = bool(sums)

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The pages on their own or a target site that they name."""
        urls = [url for sentence in self.text.sentences for url in sentence.urls]
        return pages(urls, self._sites)

    @property
    def _sites(self) -> frozenset[str]:
        return self._targets | ({self._own} if self._own else frozenset())

    def _publications(self, found: dict[Says, Found]) -> None:
        """Words of publication, with a page beside them or a sentence or two away."""
        hits = self._hits[Topic.LIVE]
        self._tell(found, Says.INTEREST, self._standing.promised)
        if self.pages:
            shown = [hit for hit in hits if self._beside_page(hit)]
            self._tell(found, Says.LIVE, shown)
            for url in self.pages if shown else ():
                self._add(found[Says.LIVE], f"{Says.LIVE}: {url}")
        else:
            # Without a page to look at it is no more than a promise kept, so they agree.
            clear = [hit for hit in hits if hit.end - hit.start >= _CLEAR]
            self._tell(found, Says.INTEREST, clear)

    def _beside_page(self, hit: Hit) -> bool:
        near = self.text.sentences[max(0, hit.sentence - _NEAR) : hit.sentence + _NEAR + 1]
        return any(pages(one.urls, self._sites) for one in near)

    def _questions(self, found: dict[Says, Found]) -> None:
        courtesies = {hit.sentence for hit in self._hits[Topic.COURTESY]}
        for number, sentence in enumerate(self.text.sentences):
            if sentence.question and number not in courtesies:
                self._add(found[Says.QUESTION], f"{Says.QUESTION}: ?")

    def _mere_link(self, found: dict[Says, Found]) -> None:
        """A page on a target site, or one of their own in a message of few other words."""
        urls = [url for one in self.text.sentences for url in one.urls]
        few = len(self.text.words) <= _MOST_WORDS_BESIDE_LINK
        of = {*self._targets, self._own if few else ""} - {""}
        for url in pages(urls, of):
            if is_article(url):
                self._add(found[Says.LIVE], f"{Says.LIVE}: {url}")
                found[Says.LIVE].weak = True

    def until(self, today: date | None) -> date | None:
        """The first day on which they may be asked again, where they name one."""
        today = written_on(self._headers, self._envelope) or today
        if today is None or not _EARLIEST_YEAR <= today.year <= _LATEST_YEAR:
            return None
        meant = [hit for topic in _PUT_OFF for hit in self._hits[topic]]
        codes = {hit.language for hit in meant} or {one.code for one in self._languages}
        calendar = Calendar(
            [one.times for one in self._languages if one.code in codes],
            [one.dates for one in self._phrases.languages if one.code in codes],
            today,
            month_first=month_first(self._headers, self._sender, codes),
        )
        invited = frozenset(hit.sentence for hit in self._hits[Topic.NOT_NOW])
        every = frozenset(range(len(self.text.sentences)))
        return calendar.latest(self.text, invited) or calendar.latest(self.text, every)


_PUT_OFF = (Topic.NOT_NOW, Topic.FOR_NOW, Topic.DECLINE)
_WHOLE = {**_PLAIN, Topic.DECLINE: Says.DECLINE}
