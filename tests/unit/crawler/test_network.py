from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from connectors.crawler import network


@pytest.fixture(autouse=True)
def nobody_told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names are looked up here; addresses by the real function."""
    asked: list[str] = []
    real = socket.getaddrinfo
    book = {
        "public.example": ["93.184.215.14"],
        "inside.example": ["10.0.0.7"],
        "both.example": ["93.184.215.14", "10.0.0.7"],
        "mapped.example": ["::ffff:127.0.0.1"],
        "metadata.example": ["169.254.169.254"],
    }

    def looked_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in book:
            asked.append(host)
            return [row for each in book[host] for row in real(each, port, *rest, **more)]
        if more.get("flags") != socket.AI_NUMERICHOST and not host[0].isdigit():
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(network, "state", network.State())
    return asked


def addresses(host: str | bytes) -> list[str]:
    return [row[4][0] for row in network.checked(host, 443, 0, socket.SOCK_STREAM)]


def test_a_public_name_is_looked_up_once_and_answered_by_its_address(nobody_told: list[str]):
    assert addresses(b"public.example") == ["93.184.215.14"]
    assert nobody_told == ["public.example"]


@pytest.mark.parametrize(
    "host",
    [
        "inside.example",
        "both.example",
        "mapped.example",
        "metadata.example",
        "127.0.0.1",
        "192.168.1.1",
    ],
)
def test_what_is_not_public_is_answered_by_nothing_and_told(host: str):
    with pytest.raises(socket.gaierror):
        addresses(host)
    assert "not a public address" in network.state.refused[host]


def test_a_name_that_is_not_there_is_told_as_that():
    with pytest.raises(socket.gaierror):
        addresses("none.example")
    assert network.state.refused["none.example"] == "none.example does not exist"


def test_a_network_can_be_allowed():
    network.state.allowed.append(ip_network("10.0.0.0/8"))
    assert addresses("inside.example") == ["10.0.0.7"]


def test_the_setting_is_one_that_this_scrapy_knows():
    from scrapy.settings import default_settings

    assert hasattr(default_settings, network.setting())
