"""How tasks look: our own words, ops' templates, and what strangers try to write into them."""

# ruff: noqa: E501 - a table is read by rows

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.markdown import escaped, link
from syncd.core.template_language import LONGEST_LINE, LONGEST_TEXT, BadTemplate
from syncd.core.templates import (
    CONTACT_OWNER,
    DEFAULTS,
    SAMPLES,
    SENDER,
    About,
    Addressee,
    Last,
    Situation,
    TaskTemplate,
    Why,
    addressee,
    check_body,
    check_title,
    first_name,
    render,
)

ADA = Situation(
    person=Addressee("Ada Lovelace", "Ada", "ada@site.example"),
    site="site.example",
    campaign=About("acme", "ACME"),
    client="acme.example",
    sender="maya@brightlink.example",
    step=1,
    steps=2,
    wait="3 business days",
    days_waiting=3,
    last=Last("Guide", date(2026, 11, 2)),
    links=(link("Thread", "https://mail.example/a_b"),),
)


def body(source: str, situation: Situation = ADA) -> str:
    return render(TaskTemplate(body=source), Why.STEP, situation).body


def title(source: str, situation: Situation = ADA) -> str:
    return render(TaskTemplate(title=source), Why.STEP, situation).title


def test_our_own_words_say_who_where_for_whom_how_far_and_what_was_last():
    text = render(TaskTemplate(), Why.STEP, ADA)
    assert text.title == "Follow up with Ada Lovelace (site.example)"
    assert text.body == (
        "**Person:** Ada Lovelace (ada@site.example)\n\n"
        "**Site:** site.example\n\n"
        "**Campaign:** ACME, for acme.example\n\n"
        "**Step:** 1 of 2, after 3 business days without an answer\n\n"
        "**Last message:** 2026-11-02, Guide\n\n"
        "[Thread](https://mail.example/a_b)"
    )
    assert (text.owner, text.priority, text.tags, text.checklist) == (SENDER, "", (), ())
    assert text.problems == ()


def test_our_own_words_leave_out_what_is_not_there():
    bare = replace(ADA, campaign=About(), client="", links=(), last=Last("", date(2026, 11, 2)))
    assert render(TaskTemplate(), Why.STEP, bare).body == (
        "**Person:** Ada Lovelace (ada@site.example)\n\n"
        "**Site:** site.example\n\n"
        "**Step:** 1 of 2, after 3 business days without an answer\n\n"
        "**Last message:** 2026-11-02, (no subject)"
    )


OWN_WORDS = [
    (Why.NURTURE, {"wait": "90 days"}, "Stay in touch with", "**Step:** nurture, after 90 days"),
    (Why.BOUNCE, {}, "Find another address for", "**Step:** the address bounced"),
    (Why.ANSWER, {"says": "price"}, "Talk money with", "**They say:** price"),
    (Why.ANSWER, {"says": "question"}, "Answer", "**They say:** question"),
    (Why.REVIEW, {"says": "other"}, "Review the answer of", "**They say:** other"),
    (
        Why.REVIEW,
        {"says": "referral", "referred": ("Grace <g@x.example>", "Joan")},
        "Review the answer of",
        r"**They name:** Grace \<g@x.example\>, Joan",
    ),
    (Why.LATER, {"wait": "2027-01-11"}, "Write again to", "**Step:** they asked for later: 2027-01-11"),
    (
        Why.LINK,
        {"urls": ("https://site.example/a",)},
        "Check the link of",
        "**They sent:** https://site.example/a",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "known", "verb", "line"), OWN_WORDS)
def test_each_kind_of_task_says_what_it_is_about(why, known, verb, line):
    text = render(TaskTemplate(), why, replace(ADA, **known))
    assert text.title == f"{verb} Ada Lovelace (site.example)"
    assert f"\n\n{line}\n\n**Last message:**" in text.body


def test_every_kind_of_task_has_words_that_need_no_checking():
    for why in Why:
        ours = DEFAULTS[why]
        assert ours.title is not None
        assert ours.body is not None
        check_title(ours.title)
        check_body(ours.body)


anything = st.text(max_size=30)


def written_by_hand(it: Situation) -> tuple[str, str]:
    """What the tasks said before there were templates."""
    name = it.person.name
    lines = [
        f"**Person:** {escaped(name)} ({escaped(it.person.address)})",
        f"**Site:** {escaped(it.site)}",
    ]
    if it.campaign.name:
        lines.append(f"**Campaign:** {escaped(f'{it.campaign.name}, for {it.client}')}")
    lines.append(f"**Step:** {it.step} of {it.steps}, after {it.wait} without an answer")
    lines.append(f"**Last message:** {it.last.date}, {escaped(it.last.subject) or '(no subject)'}")
    return f"Follow up with {name} ({it.site})", "\n\n".join(lines)


@given(anything, anything, anything)
@example("- a", "1. b", "= c")
@example("\\", "\ue000- x", "\x0b\x0c\u2028")
def test_our_own_words_are_those_of_before_whatever_strangers_write(name, subject, campaign):
    name, subject = name.strip() or "x", " ".join(subject.replace("\ue000", "").split())
    campaign = " ".join(campaign.replace("\ue000", "").split())
    name = " ".join(name.replace("\ue000", "y").split())
    it = replace(
        ADA,
        person=Addressee(name, name, "ada@site.example"),
        campaign=About("id", campaign),
        last=Last(subject, date(2026, 11, 2)),
        links=(),
    )
    text = render(TaskTemplate(), Why.STEP, it)
    assert (text.title, text.body) == written_by_hand(it)


def test_a_template_says_what_ops_want_with_the_names_it_is_given():
    text = render(
        TaskTemplate(
            title="{{ client|upper }}: chase {{ person.first_name }}, {{ days_waiting }} days",
            body="{% for one in links %}* {{ one }}\n{% endfor %}{% if step == steps %}Last!"
            "{% else %}{{ steps - step }} to go{% endif %}",
            owner=CONTACT_OWNER,
            priority="high",
            tags=("a",),
            checklist=("Look at {{ site }}", "{% if not site %}never{% endif %}", "Write"),
        ),
        Why.STEP,
        ADA,
    )
    assert text.title == "ACME.EXAMPLE: chase Ada, 3 days"
    assert text.body == "* [Thread](https://mail.example/a_b)\n1 to go"
    assert (text.owner, text.priority, text.tags) == (CONTACT_OWNER, "high", ("a",))
    assert text.checklist == ("Look at site.example", "Write")
    assert text.problems == ()


EVIL = [
    "[click](http://evil.example)",
    "![x](http://evil.example/pixel.png)",
    "<img src=x onerror=alert(1)>",
    "a\n\n# Heading",
    "# Heading",
    "- item",
    "+ item",
    "12) item",
    "1. item",
    "---",
    "===",
    "```\ncode",
    "~~~",
    "> quote",
    "| a | b |",
    "{{ person.address }}",
    "{% for x in links %}{% endfor %}",
    "\ue000\ue000- twice",
]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "source",
    [
        "{{ last.subject }}",
        "Hello\n{{ last.subject }}\nend",
        "   {{ last.subject|upper }}",
        "* {{ last.subject }}",
    ],
)
def test_a_strangers_words_stay_words(evil, source):
    made = body(source, replace(ADA, last=Last(evil)))
    for line in made.splitlines():
        bare = line.removeprefix("* ").strip()
        assert not re.match(r"[-+=#>|~`]|\d+[.)] ", bare), line
        assert not re.search(r"(?<!\\)[\[\]<>`|{}]", bare), line
    assert made.count("\n") == source.count("\n")


def test_a_filter_takes_no_escaping_off():
    made = body(
        "{{ last.subject|title|truncate(12, True, '') }}", replace(ADA, last=Last("*a* [b](c)"))
    )
    assert made == r"\*a\* \[B\]\(C\)"


def test_a_title_is_one_plain_line_of_bearable_length():
    long = replace(ADA, last=Last("line\r\n" * 100))
    assert title("a\n{{ last.subject }}\nb", replace(ADA, last=Last("c\td*"))) == "a c d* b"
    made = title("{{ last.subject }}", long)
    assert len(made) == LONGEST_LINE
    assert made.endswith("…")


def test_a_body_is_of_bearable_length():
    endless = replace(ADA, urls=("x" * 1000,) * 1000)
    made = body("{% for url in urls %}{{ url }}{% endfor %}", endless)
    assert len(made) == LONGEST_TEXT


def test_what_a_template_cannot_say_is_said_in_our_own_words():
    text = render(
        TaskTemplate(title="{{ urls[0] }}", body="{{ nothing }}"), Why.STEP, replace(ADA, urls=())
    )
    assert text.title == "Follow up with Ada Lovelace (site.example)"
    assert text.body.startswith("**Person:**")
    assert [words.split(" fails here")[0] for words in text.problems] == [
        "the template of title",
        "the template of body",
    ]


def test_a_template_that_says_nothing_here_gives_way_as_well():
    text = render(TaskTemplate(title="{% if urls %}x{% endif %}"), Why.STEP, ADA)
    assert text.title == "Follow up with Ada Lovelace (site.example)"
    assert text.problems == ("the template of title says nothing here",)


def test_notes_end_the_body_whatever_the_template_says():
    text = render(TaskTemplate(body="Short."), Why.STEP, ADA, ("Tom wrote on *Monday*",))
    assert text.body == "Short.\n\n**Note:** Tom wrote on \\*Monday\\*"


BAD = [
    ("{{ nmae }}", 'line 1 of the template: "nmae" is not known; known are person.name'),
    ("a\nb {{ last.subjct }}", 'line 2 of the template: "last" has no "subjct"; did you mean "subject"?'),
    ("{{ site.name }}", 'line 1 of the template: "site" has no parts; write {{ site }}'),
    ("{{ person.name.upper }}", 'line 1 of the template: ".upper" can only follow a name'),
    ("{{ site|reverse }}", 'line 1 of the template: no filter "reverse" is possible'),
    ("{{ site|nosuch }}", 'line 1 of the template: no filter "nosuch" is possible'),
    ("{% if site %}", "line 1 of the template: Unexpected end of template"),
    ("{{ site", "line 1 of the template: unexpected end of template"),
    ("{% frobnicate %}", "line 1 of the template: Encountered unknown tag"),
    ("{{ urls[0] }}", "fails where everything is empty; put it in {% if … %}"),
    ("{{ days_waiting + site }}", "fails when filled"),
    ("{{ person }}", "fails when filled: a name with parts, and none of them named"),
    ("{# nothing #}", "says nothing; write some words"),
    ("x" * 5001, "is longer than 5000 characters"),
    ("{{ " + "(" * 2000 + ")" * 2000 + " }}", "is nested too deeply"),
    ("{{ loop.index }}", '"loop" is not known'),
    ("{% for one in urls %}{{ loop.cycle }}{% endfor %}", '"loop" has no "cycle"'),
    ("{% for one in urls %}{{ one.x }}{% endfor %}", '"one" has no parts'),
    ("{% for one in urls %}{% endfor %}{{ one }}", '"one" is not known'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "words"), BAD, ids=[row[1] for row in BAD])
def test_a_mistake_in_a_template_is_told_with_its_line(source, words):
    with pytest.raises(BadTemplate) as caught:
        check_body(source)
    assert words in str(caught.value)


# Each would run for long, fill the memory, or reach what is none of a template's business.
BOMBS = [
    "{{ 'a' * 999999999 }}",
    "{{ 9 ** 999999999 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ site.ljust(999999999) }}",
    "{{ site|center(999999999) }}",
    "{{ step|round(-99999999) }}",
    "{{ step|round(99999999, 'ceil') }}",
    "{{ step|round(precision=99999999) }}",
    "{{ step|round(days_waiting) }}",
    "{{ step|round(*urls) }}",
    "{{ " + "9" * 4_500 + " }}",
    "{{ site|replace('', site)|replace('', site) }}",
    "{{ [site]|join(site) }}",
    "{% for a in range(999999999) %}{% endfor %}",
    "{% for a in urls %}{% for b in urls %}{% endfor %}{% endfor %}",
    "{% for a in urls recursive %}{{ loop(urls) }}{% endfor %}",
    "{% set x = site %}{{ x }}",
    "{% set x %}{{ site }}{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call site() %}{% endcall %}",
    "{% include 'x' %}",
    "{% import 'x' as x %}",
    "{% extends 'x' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}{% endfilter %}",
    "{% with x = site %}{% endwith %}",
    "{{ lipsum() }}",
    "{{ cycler('a') }}",
    "{{ self }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ site.__class__ }}",
    "{{ person.__init__.__globals__ }}",
    "{{ person['__class__'] }}",
    "{{ person|attr('__class__') }}",
    "{{ urls['append'] }}",
    "{{ site['upper'] }}",
]


@pytest.mark.parametrize("source", BOMBS)
def test_what_could_do_harm_is_refused(source):
    with pytest.raises(BadTemplate):
        check_body(f"{source} and more")


def test_the_sandbox_would_stop_it_as_well():
    for source in ("{{ ''.__class__.__mro__ }}", "{{ person['__class__'] }}", "{{ range(9) }}"):
        text = render(TaskTemplate(body=source), Why.STEP, ADA)
        assert text.body.startswith("**Person:**")
        assert text.problems


@given(st.text(st.sampled_from("{}%#| .()'\"[]~+-=persontlinkfdx\n"), max_size=40))
@example("{{ person }}")
def test_any_text_is_a_template_or_told_why_not(source):
    for check in (check_title, check_body):
        try:
            check(source)
        except BadTemplate:
            continue
        for sample in SAMPLES:
            template = TaskTemplate(title=source, body=source)
            assert not [it for it in render(template, Why.STEP, sample).problems if "fails" in it]


def test_a_template_says_only_what_differs_from_the_one_around_it():
    outer = TaskTemplate(title="a", owner=SENDER, priority="high", tags=("x",))
    inner = TaskTemplate(title="b", priority="", tags=())
    assert inner.over(outer) == TaskTemplate(title="b", owner=SENDER, priority="", tags=())


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ada Lovelace", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("Dr. Ada Lovelace", "Ada"),
        ("Dr.", "Dr."),
        ("Ada", "Ada"),
        ("ACME, ", "ACME"),
        ("", ""),
    ],
)
def test_the_first_name_is_what_one_calls_them(name, called):
    assert first_name(name) == called


def test_someone_without_a_name_is_called_by_their_address():
    assert addressee("", "ada@site.example") == Addressee(*["ada@site.example"] * 3)
