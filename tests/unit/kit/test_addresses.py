"""Which addresses are fit to go to."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from connectors._kit.addresses import Forbidden, check_url, fit


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
     "2002:808:808::1"],
)  # fmt: skip
def test_public_addresses_are_fit(address):
    assert fit(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
     "::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
     "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b:1::1",
     "2002:7f00:1::1", "2001::1", "192.0.0.192", "168.63.129.16", "192.88.99.1", "::127.0.0.1",
     "::ffff:0:127.0.0.1", "::ffff:168.63.129.16", "fec0::1", "3fff::1", "5f00::1", "1::1"],
)  # fmt: skip
def test_addresses_that_are_not_public_are_not(address):
    assert not fit(address)


def test_a_network_that_is_allowed_is_fit_and_its_neighbours_are_not():
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/64"))
    assert fit("10.1.2.3", allowed)
    assert fit("::ffff:10.1.2.3", allowed)
    assert fit("fd00::1", allowed)
    assert not fit("10.2.0.1", allowed)
    assert fit("8.8.8.8", allowed)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://acme.example/", "only http and https"),
        ("acme.example", "no scheme"),
        ("https:///path", "no host"),
        ("https://ann@acme.example/", "credentials"),
        ("https://acme.example:70000/", "not a web address"),
        ("http://acme.example:25/", "port 25 is none"),
        ("http://acme.example:0/", "port 0 is none"),
    ],
)
def test_what_is_refused_says_why(url, words):
    with pytest.raises(Forbidden, match=words):
        check_url(url)
