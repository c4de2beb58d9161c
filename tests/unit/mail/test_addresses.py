from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import Party
from syncd.core.mail.addresses import (
    canonical,
    domain_of,
    is_free_mail,
    is_robot,
    normalise,
    parties,
    registrable,
    valid,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Jane@Blog.Example", "jane@blog.example"),
        ("  <jane@blog.example> ", "jane@blog.example"),
        ("mailto:jane@blog.example", "jane@blog.example"),
        ("'jane@blog.example'", "jane@blog.example"),
        ('"jane"@blog.example', "jane@blog.example"),
        ("jane@blog.example.", "jane@blog.example"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jane@" + "ü" * 300 + ".example", "jane@" + "ü" * 300 + ".example"),
        ("jane@" + "ü" * 70 + ".example", "jane@" + "ü" * 70 + ".example"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(written, normal):
    assert normalise(written) == normal


@given(st.text())
def test_normalising_takes_any_text_and_settles(text):
    once = normalise(text)
    assert normalise(once) == once
    canonical(text, own=("x",))
    domain_of(text)
    is_robot(text)
    valid(text)


@pytest.mark.parametrize(
    ("address", "own", "mailbox"),
    [
        ("ja.ne+links@gmail.com", (), "jane@gmail.com"),
        ("ja.ne@googlemail.com", (), "jane@gmail.com"),
        ("ja.ne+links@blog.example", (), "ja.ne+links@blog.example"),
        ("ja.ne+links@blog.example", ("blog.example",), "ja.ne@blog.example"),
        ("+@gmail.com", (), "+@gmail.com"),
        ("not an address", (), "not an address"),
    ],
)
def test_tags_and_dots_fold_only_where_they_mean_nothing(address, own, mailbox):
    assert canonical(address, own) == mailbox


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jane@b.example", [("jane@b.example", "")]),
        ("Jane Doe <jane@b.example>", [("jane@b.example", "Jane Doe")]),
        ('"Doe, Jane" <jane@b.example>', [("jane@b.example", "Doe, Jane")]),
        ("Doe, Jane <jane@b.example>", [("jane@b.example", "Doe, Jane")]),
        ('"Jane \\"JJ\\" Doe" <jane@b.example>', [("jane@b.example", 'Jane "JJ" Doe')]),
        ("jane@b.example (Jane Doe)", [("jane@b.example", "Jane Doe")]),
        ("jane@b.example <jane@b.example>", [("jane@b.example", "")]),
        ("'jane@b.example' <jane@b.example>", [("jane@b.example", "")]),
        ("'Jane' <jane@b.example>", [("jane@b.example", "Jane")]),
        ("=?utf-8?q?M=C3=BCller=2C_Hans?= <h@b.example>", [("h@b.example", "Müller, Hans")]),
        ('"=?utf-8?q?J=C3=B6?=" <j@b.example>', [("j@b.example", "Jö")]),
        ("=?utf-8?q?J=C3=B6_=3Cj=40b=2Eexample=3E?=", [("j@b.example", "Jö")]),
        ("Müller, Hans <h@b.example>", [("h@b.example", "Müller, Hans")]),
        ("a@b.example; c@d.example", [("a@b.example", ""), ("c@d.example", "")]),
        (
            "Jane <a@b.example>; Bob <c@d.example>",
            [("a@b.example", "Jane"), ("c@d.example", "Bob")],
        ),
        ("a@b.example c@d.example", [("a@b.example", ""), ("c@d.example", "")]),
        ("Team: a@b.example, c@d.example;", [("a@b.example", ""), ("c@d.example", "")]),
        ("undisclosed-recipients:;", []),
        (
            '"unclosed <a@b.example>, c@d.example',
            [("a@b.example", "unclosed"), ("c@d.example", "")],
        ),
        ("<a@b.example", [("a@b.example", "")]),
        ("<<a@b.example>>", [("a@b.example", "")]),
        ("Jane <SMTP:a@b.example>", [("a@b.example", "Jane")]),
        ("[mailto:a@b.example]", [("a@b.example", "")]),
        ("MAILER-DAEMON", []),
        ("Mail Delivery System <>", []),
        ("", []),
        ("(" * 5000 + "a@b.example", [("a@b.example", "")]),
        ("Jane\r\n Doe\x00 <a@b.example>", [("a@b.example", "Jane Doe")]),
    ],
)
def test_people_are_read_from_what_senders_write(value, expected):
    assert parties([value]) == tuple(Party(address, name) for address, name in expected)


def test_one_address_named_twice_is_one_party():
    assert parties(["A@b.example, a@b.example", "Jane <a@B.example>"]) == (Party("a@b.example"),)


def test_five_hundred_recipients_are_five_hundred():
    value = ", ".join(f'"Person, No. {n}" <p{n}@b.example>' for n in range(500))
    assert len(parties([value])) == 500


@given(st.lists(st.text(alphabet=st.sampled_from('a@b.,;:<>"()[]\\ =?üxQ\n'), max_size=60)))
def test_parties_never_raise_and_hold_only_addresses(values):
    assert all("@" in party.address for party in parties(values))


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("mail.acme.example", "acme.example"),
        ("www.acme.co.uk", "acme.co.uk"),
        ("acme.co.uk", "acme.co.uk"),
        ("jane.blogspot.com", "jane.blogspot.com"),
        ("co.uk", "co.uk"),
        ("192.0.2.1", "192.0.2.1"),
        ("localhost", "localhost"),
        ("www.bücher.de", "xn--bcher-kva.de"),
        ("", ""),
    ],
)
def test_the_registered_part_of_a_domain(domain, registered):
    assert registrable(domain) == registered


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.co.uk",
        "yahoo.com.br",
        "hotmail.fr",
        "outlook.com",
        "live.nl",
        "icloud.com",
        "gmx.de",
        "web.de",
        "t-online.de",
        "orange.fr",
        "free.fr",
        "laposte.net",
        "libero.it",
        "uol.com.br",
        "wp.pl",
        "seznam.cz",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "naver.com",
        "docomo.ne.jp",
        "bigpond.com",
        "rediffmail.com",
        "proton.me",
        "vip.qq.com",
        "GMAIL.COM",
    ],
)
def test_a_shared_provider_says_nothing_of_a_company(domain):
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain", ["acme.example", "gmail.com.acme.example", "google.com", "", "com"]
)
def test_a_company_is_no_free_mail(domain):
    assert not is_free_mail(domain)


@pytest.mark.parametrize(
    "local",
    [
        "mailer-daemon",
        "MAILER-DAEMON",
        "postmaster",
        "noreply",
        "no-reply",
        "no_reply",
        "no.reply",
        "donotreply",
        "do-not-reply",
        "bounces+jane=b.example",
        "bounce-17",
        "notifications",
        "orders-noreply",
        "jane.noreply",
        "nepasrepondre",
        "nicht-antworten",
        "noresponder",
        "nao-responda",
        "geenantwoord",
        "auto-reply",
        "nobody",
    ],
)
def test_nobody_reads_a_robots_mail(local):
    assert is_robot(f"{local}@b.example")


@pytest.mark.parametrize(
    "local", ["jane", "info", "reply", "norbert", "noreen", "daemonic", "hello"]
)
def test_a_person_is_no_robot(local):
    assert not is_robot(f"{local}@b.example")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("jane@b.example", True),
        ("jane.doe+x@b.co.uk", True),
        ("o'neil@b.example", True),
        ("jane@bücher.example", True),
        ("jane@localhost", False),
        ("jane@192.0.2.1", False),
        ("jane@[192.0.2.1]", False),
        (".jane@b.example", False),
        ("ja..ne@b.example", False),
        ("jane@-b.example", False),
        ("jane doe@b.example", False),
        ("@b.example", False),
        ("jane@", False),
        ("jane", False),
        ("j" * 65 + "@b.example", False),
        ("jane@" + "b" * 250 + ".example", False),
    ],
)
def test_what_a_service_would_take_for_an_address(address, good):
    assert valid(address) is good


def test_the_domain_of_an_address():
    assert domain_of("Jane@B.Example") == "b.example"
    assert domain_of("jane") == ""
