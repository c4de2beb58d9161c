"""What people say: which kind goes before which, and what is not taken for it."""

from __future__ import annotations

import pytest

from syncd.core.facts import Party
from syncd.core.mail.envelope import envelope
from syncd.core.mail.saying import Says, saying
from syncd.settings.phrases import phrases
from tests.unit.mail.letters import mail


def of(body, targets=("acme.example",), **headers):
    letter = mail(body, **headers)
    return saying(letter, envelope(letter), phrases(), targets=targets)


def kind(body, **headers):
    return of(body, **headers).kind.value


@pytest.mark.parametrize(
    ("body", "says"),
    [
        # The price goes before the yes, and the "no problem" is no no.
        ("Yes, our fee is 200 USD.", "price"),
        ("No problem, we'd be happy to. That is $50.", "price"),
        ("No problem, we'd be happy to.", "interest"),
        ("No worries, send it over!", "interest"),
        # A refusal goes before what else is said ...
        ("Great guide! But I'm afraid it is not a good fit for us.", "decline"),
        ("We're not interested. Why do you ask?", "decline"),
        ("Not interested. We covered it at https://homeblog.example/guide already.", "decline"),
        # ... but a door left open is that door: somebody else, another time, a price.
        ("Not interested, but write to Ann <ann@homeblog.example>.", "referral"),
        ("We don't accept guest posts at the moment.", "not_now"),
        ("We don't accept guest posts. Try us again in March.", "not_now"),
        ("We don't accept guest posts, but a sponsored post is $150.", "price"),
        # A door shut stays shut.
        ("We don't do sponsored posts.", "decline"),
        ("We don't pay for posts, and we never sell links.", "decline"),
        # Nothing goes before the wish to be left alone.
        ("Not interested. Remove me from your list, or ask ann@homeblog.example.", "unsubscribe"),
        ("Our fee is $100. And stop emailing my colleagues.", "unsubscribe"),
        ("Why have you not removed me from your list?", "unsubscribe"),
        # A referral goes before a yes.
        ("Happy to help! Please send it to my colleague Ann (ann@homeblog.example).", "referral"),
        # What is conditional, asked or still to come is not said.
        ("If we are interested, we will come back to you.", "other"),
        ("Would you be interested in our newsletter?", "question"),
        ("It will go live next week: https://homeblog.example/guide", "interest"),
        ("Is it live yet? https://homeblog.example/guide", "question"),
        ("If you are not interested, tell me.", "other"),
        # No fee is no price.
        ("We don't charge anything, it's free of charge. Send me the draft!", "interest"),
        ("How much do you charge for your tool?", "question"),
        ("Our readers are worth $2 million to you.", "other"),
        # Courtesy is no question.
        ("How are you? I got your mail.", "other"),
        ("Thank you for your interest in our blog.", "other"),
        # Numbers are no sums.
        ("We have 200 readers in 12 countries.", "other"),
    ],
)  # fmt: skip
def test_the_first_in_order_counts(body, says):
    assert kind(body) == says


@pytest.mark.parametrize(
    "body",
    [
        "OK\n\nOn Mon, 1 Jun 2026 at 10:00, Maya <m@b.example> wrote:\n> Not interested? $50?",
        "OK\n\n-----Original Message-----\nFrom: Maya\nNot interested? Unsubscribe me.",
        "OK\n-- \nJane\nWe charge $50 for sponsored posts. Remove me from your list.",
        "OK\n\nBest regards,\nJane Doe\nHead of sponsored posts\nhttps://homeblog.example/live",
        "OK\n\nThanks, Jane\nSent from my iPhone",
        "OK\n\nGet Outlook for iOS",
        "OK\n\nThis email is confidential. If you are not interested, delete it. Fee: $5",
        "OK\n\nTo unsubscribe from these emails click here: https://homeblog.example/unsubscribe",
        "> not interested\n> what is your budget?",
        "",
    ],
)
def test_only_their_own_words_count(body):
    assert of(body).kind is Says.OTHER
    assert of(body).evidence == ()


def test_words_below_a_thank_you_are_still_theirs():
    assert kind("Hi Maya,\nThanks,\nbut we are not interested.") == "decline"
    assert kind("Thanks Maya\n\nWe will pass on this.\n\nJane") == "decline"


def test_a_postscript_below_the_signature_is_theirs():
    assert kind("I'll read it.\n\nBest,\nJane\n\nPS: our fee is $80") == "price"


def test_html_is_read_without_its_quotation():
    body = (
        "<div>Not interested.<br></div><div class='gmail_quote'><blockquote>What is your budget? "
        "$100</blockquote></div>"
    )
    got = of(body, Content_Type="text/html; charset=utf-8")
    assert (got.kind, got.also) == (Says.DECLINE, ())


def test_a_link_in_html_is_a_link():
    body = "<p>Your article <a class=x href='https://homeblog.example/guide'>is live here</a>!</p>"
    got = of(body, Content_Type="text/html; charset=utf-8")
    assert (got.kind, got.urls) == (Says.LIVE, ("https://homeblog.example/guide",))


def test_what_they_chose_as_a_subject_is_said_too():
    new = {"In_Reply_To": None, "Subject": "Unsubscribe"}
    assert kind("", **new) == "unsubscribe"
    # The subject of an answer is ours.
    assert kind("OK", Subject="Re: Not interested in our guide?") == "other"
    assert (
        kind("OK", Subject="Not interested?", In_Reply_To="<pitch@brightlink.example>") == "other"
    )


def test_evidence_is_their_very_words_with_their_language():
    got = of("Danke, aber wir haben leider kein Interesse.")
    assert got.evidence == ("decline: kein interesse (de)",)


def test_everything_said_is_told_whatever_counts():
    got = of("Take me off your list. Ann Lee <ann@homeblog.example> may like it, for $50. Why me?")
    assert got.kind is Says.UNSUBSCRIBE
    assert set(got.also) >= {Says.PRICE, Says.QUESTION}
    got = of("It is live: https://homeblog.example/guide. Please send your invoice, it was $50.")
    assert (got.kind, got.also) == (Says.LIVE, (Says.PRICE,))


def test_what_contradicts_itself_is_believed_less():
    sure, unsure = of("We are not interested."), of("We are not interested. Sounds great!")
    assert sure.kind is unsure.kind is Says.DECLINE
    assert unsure.confidence < sure.confidence


def test_an_empty_message_says_nothing():
    assert of("").confidence == 0


class TestReferrals:
    def test_somebody_in_copy_is_given_their_address(self):
        got = of(
            "I've copied in my colleague Ann, who can help.",
            Cc="Ann Lee <a.lee@homeblog.example>, tom@brightlink.example",
        )
        assert got.referred == (Party("a.lee@homeblog.example", "Ann Lee"),)

    def test_their_colleague_in_copy_need_not_be_named(self):
        got = of(
            "Not my area, adding our editor in cc.",
            Cc="a.lee@homeblog.example, tom@brightlink.example",
        )
        assert (got.kind, got.referred) == (Says.REFERRAL, (Party("a.lee@homeblog.example"),))

    def test_their_own_and_our_addresses_are_nobody_else(self):
        body = "Please write to jane@homeblog.example, not to maya@brightlink.example."
        assert of(body).kind is Says.OTHER

    def test_several_people_may_be_named(self):
        body = "Please contact Ann Lee (ann@homeblog.example) or Bob Ray (bob@homeblog.example)."
        assert [party.name for party in of(body).referred] == ["Ann Lee", "Bob Ray"]

    def test_where_to_pay_is_no_referral(self):
        got = of("The fee is $50, PayPal to pay@homeblog.example.")
        assert (got.kind, got.referred) == (Says.PRICE, ())

    def test_the_wrong_person_who_names_nobody_is_a_referral_to_be_found_out(self):
        got = of("Sorry, I'm not the right person for this.")
        assert (got.kind, got.referred) == (Says.REFERRAL, ())
        assert got.confidence < 0.8
        assert kind("I'm not the right person, and we're not interested.") == "decline"

    def test_titles_and_roles_are_not_part_of_a_name(self):
        assert of("Bitte wenden Sie sich an Frau Dr. Lang.").referred == (Party("", "Lang"),)
        assert of("Please contact our editor Ann Lee.").referred == (Party("", "Ann Lee"),)

    def test_german_nouns_are_no_names(self):
        assert of("Bitte wenden Sie sich an unseren Verlag.").referred == ()


class TestLive:
    def test_a_page_on_their_own_site_needs_words_of_publication(self):
        assert (
            kind("Have a look at https://homeblog.example/guide before you send us any.") != "live"
        )
        assert kind("We published it: https://homeblog.example/guide") == "live"

    def test_but_not_when_it_is_all_they_send(self):
        got = of("https://homeblog.example/guides/roof")
        assert got.kind is Says.LIVE
        assert got.confidence < 0.8
        assert kind("https://homeblog.example/") == "other"
        assert kind("https://homeblog.example/write-for-us") == "other"

    def test_a_page_on_a_target_site_is_enough_where_nothing_else_is_said(self):
        body = "For the record, this is the one that I meant when we spoke: {} (see the third item)"
        page = body.format("https://partner.example/list")
        assert of(page, targets=["https://www.Partner.example/"]).kind is Says.LIVE
        assert of(page).kind is Says.OTHER

    def test_other_sites_are_not_theirs(self):
        got = of("We published it: https://elsewhere.example/guide")
        assert (got.kind, got.urls) == (Says.INTEREST, ())

    def test_a_free_mail_site_is_nobodys(self):
        body = "It is live: https://gmail.com/guide"
        assert of(body, From="Jane <jane@gmail.com>").urls == ()

    def test_a_subdomain_and_a_bare_domain_are_the_site(self):
        got = of("It is live: blog.homeblog.example/guide, and www.homeblog.example/b.")
        assert got.urls == ("https://blog.homeblog.example/guide", "https://www.homeblog.example/b")

    def test_a_page_far_from_the_words_is_another_matter(self):
        body = (
            "We published it. " + "Then we did this. " * 5 + "Our rules: https://homeblog.example/r"
        )
        assert of(body).kind is not Says.LIVE
