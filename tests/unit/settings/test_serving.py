"""Where the pages listen, and whom they let in there."""

from __future__ import annotations

import pytest

from tests.unit.settings.sample import GOOD, complaints, good


def web(words: str) -> str:
    return f"{GOOD}web: {words}\n"


def test_without_a_word_only_this_machine_is_listened_to():
    listen = good().web.listen
    assert listen is not None
    assert (listen.host, listen.is_loopback) == ("127.0.0.1", True)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.9.9.9:1", "'[::1]:1'", "localhost:0"])
def test_this_machine_needs_no_token(address: str):
    assert good(web(f"{{listen: {address}}}")).web.listen is not None


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0:8385", "'[::]:8385'", "10.1.2.3:80", "'[::ffff:10.1.2.3]:80'", "0:80"),
        *("127.1:80", "localhost.:80", "localhost.evil.example:80", "syncd.example.com:80"),
    ],
)
def test_beyond_this_machine_nobody_is_let_in_for_nothing(address: str):
    [said] = complaints(web(f"{{listen: {address}}}"))
    assert "beyond this machine, and lets in anyone" in said
    [said] = complaints(web(f"{{listen: {address}, operators: [ann]}}"))
    assert "lets in anyone" in said
    for way in ("token: {env: A}", "viewer_token: {env: A}", "proxy_header: X-User"):
        assert good(web(f"{{listen: {address}, {way}}}")).web.listen is not None


def test_a_token_stands_nowhere_in_the_file():
    [said] = complaints(web("{token: quokka}"))
    assert "never the secret itself" in said
    assert "quokka" not in said


def test_a_proxy_is_believed_from_this_machine_unless_another_is_named():
    assert good(web("{proxy_header: X-User}")).web.proxy_from == ("127.0.0.0/8", "::1/128")
    assert "the name of a header" in complaints(web("{proxy_header: X User}"))[0]
