"""Who is let in, as what, and how often one may guess."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from syncd.web.access import (
    ALL_GUESSES,
    AT_ONCE,
    GUESSES,
    MOST_PEERS,
    MOST_SESSIONS,
    REQUESTS,
    SESSION_SECONDS,
    WINDOW,
    Access,
    Doors,
    Role,
    TooManyGuesses,
)

TOKENS = (("operators-token", Role.OPERATOR), ("viewers-token", Role.VIEWER))
PROXY = [ip_network("10.1.0.0/16")]
BEHIND = Doors(proxy_header="X-Forwarded-User", proxy_from=PROXY, operators=frozenset({"ann"}))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_without_tokens_and_proxy_whoever_reaches_us_may_act():
    person = Access(Doors()).who("127.0.0.1", {}, "")
    assert person is not None
    assert person.may_act


@pytest.mark.parametrize(("token", "role"), TOKENS)
def test_a_bearer_token_gives_its_role(token: str, role: Role):
    person = Access(Doors(TOKENS)).who("192.0.2.1", bearer(token), "")
    assert person is not None
    assert (person.role, person.program) == (role, True)


@pytest.mark.parametrize("token", ["", "operators-toke", "operators-token2", "Operators-token"])
def test_no_other_token_lets_in(token: str):
    access = Access(Doors(TOKENS))
    assert access.who("192.0.2.1", bearer(token), "") is None
    assert access.log_in("192.0.2.1", token) is None


def test_a_login_lasts_until_its_time_is_up_or_it_is_ended():
    clock = Clock()
    access = Access(Doors(TOKENS), clock)
    cookie = access.log_in("192.0.2.1", "viewers-token")
    assert cookie is not None
    person = access.who("192.0.2.1", {}, cookie)
    assert person is not None
    assert not person.may_act
    assert access.who("192.0.2.1", {}, cookie + "x") is None
    clock.now += SESSION_SECONDS - 1
    assert access.who("192.0.2.1", {}, cookie) is not None
    clock.now += 1
    assert access.who("192.0.2.1", {}, cookie) is None
    again = access.log_in("192.0.2.1", "viewers-token")
    assert again is not None
    access.log_out(again)
    assert access.who("192.0.2.1", {}, again) is None


def test_sessions_are_bounded_and_the_oldest_goes_first():
    access = Access(Doors(TOKENS), Clock())
    cookies = [access.log_in("192.0.2.1", "viewers-token") for _ in range(MOST_SESSIONS + 1)]
    assert access.who("", {}, cookies[0] or "") is None
    assert access.who("", {}, cookies[1] or "") is not None


def test_guessing_from_one_place_is_stopped_and_others_are_not():
    clock = Clock()
    access = Access(Doors(TOKENS), clock)
    for _ in range(GUESSES):
        assert access.log_in("192.0.2.1", "guess") is None
    with pytest.raises(TooManyGuesses) as stopped:
        access.log_in("192.0.2.1", "operators-token")
    assert 0 < stopped.value.after <= WINDOW
    with pytest.raises(TooManyGuesses):
        access.who("192.0.2.1", bearer("operators-token"), "")
    assert access.log_in("192.0.2.2", "operators-token") is not None
    clock.now += WINDOW
    assert access.log_in("192.0.2.1", "operators-token") is not None


def test_guessing_from_many_places_is_stopped_too():
    access = Access(Doors(TOKENS), Clock())
    for number in range(ALL_GUESSES):
        access.log_in(f"192.0.2.{number}", "guess")
    with pytest.raises(TooManyGuesses):
        access.log_in("198.51.100.1", "operators-token")


def test_guessing_from_many_places_shuts_out_nobody_who_was_let_in():
    access = Access(Doors(TOKENS), Clock())
    assert access.log_in("198.51.100.1", "operators-token") is not None
    for number in range(ALL_GUESSES):
        access.log_in(f"192.0.2.{number}", "guess")
    assert access.log_in("198.51.100.1", "operators-token") is not None
    for _ in range(GUESSES):
        access.log_in("198.51.100.1", "guess")
    with pytest.raises(TooManyGuesses):
        access.log_in("198.51.100.1", "operators-token")


def test_a_machine_with_a_network_of_addresses_guesses_from_one_place():
    access = Access(Doors(TOKENS), Clock())
    for number in range(GUESSES):
        access.log_in(f"2001:db8:0:1::{number}", "guess")
    with pytest.raises(TooManyGuesses):
        access.log_in("2001:db8:0:1:ffff::1", "operators-token")
    assert access.log_in("2001:db8:0:2::1", "operators-token") is not None
    assert sum(access.admits(f"2001:db8::{number}") for number in range(1000)) == AT_ONCE


def test_with_other_tokens_who_came_in_by_the_old_ones_is_out():
    access = Access(Doors(TOKENS), Clock())
    cookie = access.log_in("192.0.2.1", "operators-token")
    assert cookie is not None
    access.change(Doors(TOKENS))
    assert access.who("192.0.2.1", {}, cookie) is not None
    access.change(Doors((("another-token", Role.OPERATOR),)))
    assert access.who("192.0.2.1", {}, cookie) is None
    assert access.log_in("192.0.2.1", "operators-token") is None
    assert access.log_in("192.0.2.1", "another-token") is not None


def test_whom_the_proxy_names_is_let_in_and_operators_may_act():
    access = Access(BEHIND)
    ann = access.who("10.1.2.3", {"x-forwarded-user": "Ann"}, "")
    bob = access.who("10.1.2.3", {"x-forwarded-user": "bob"}, "")
    assert ann is not None
    assert ann.may_act
    assert bob is not None
    assert not bob.may_act


@pytest.mark.parametrize("peer", ["10.2.0.1", "127.0.0.1", "", "not an address", "::1"])
def test_the_header_is_believed_from_the_proxy_alone(peer: str):
    assert Access(BEHIND).who(peer, {"x-forwarded-user": "ann"}, "") is None


def test_the_proxy_must_name_somebody():
    assert Access(BEHIND).who("10.1.2.3", {"x-forwarded-user": " "}, "") is None


def test_a_form_token_is_good_for_its_cookie_alone():
    access = Access(Doors())
    token = access.form_token("a")
    assert access.is_form_token("a", token)
    assert not access.is_form_token("b", token)
    assert not access.is_form_token("a", "")
    assert not access.is_form_token("", access.form_token(""))
    assert not Access(Doors()).is_form_token("a", token)


def test_whoever_asks_too_often_waits_and_others_do_not():
    clock = Clock()
    access = Access(Doors(), clock)
    assert sum(access.admits("10.0.0.9") for _ in range(1000)) == AT_ONCE
    assert access.admits("10.0.0.1")
    clock.now += 2.0
    assert sum(access.admits("10.0.0.9") for _ in range(1000)) == 2 * REQUESTS


def test_how_many_peers_are_remembered_is_bounded():
    access = Access(Doors(), Clock())
    for number in range(MOST_PEERS + 50):
        access.admits(f"peer {number}")
    assert len(access._allowances) == MOST_PEERS
