"""What reaches the wire, and what does not: checked against sockets on loopback."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from syncd.core.facts import Hop, Trouble
from tests.unit.webcheck.conftest import PAGE, answer

ACME = ("acme.example",)


def test_a_page_is_looked_at_over_a_real_connection(host, checker):
    host.scripts["/post"] = answer()
    page = checker().check(host.url("/post"), ACME)
    assert page.judged
    assert [one.text for one in page.links] == ["the guide"]
    assert host.seen == ["/robots.txt", "/post"]


# where we do not go


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0",
     "[::ffff:127.0.0.1]", "[::1]"],
)  # fmt: skip
def test_our_own_machine_is_not_asked_however_it_is_spelt(host, checker, name):
    host.scripts["/post"] = answer()
    page = checker(allow=()).check(host.url("/post", name), ACME)
    assert page.trouble is Trouble.FORBIDDEN
    assert host.seen == []


def test_a_redirect_to_a_private_address_is_not_followed(host, checker):
    host.scripts["/post"] = answer(b"", status="302 Found", Location=host.url("/", "127.0.0.2"))
    page = checker().check(host.url("/post"), ACME)
    assert page.trouble is Trouble.FORBIDDEN
    assert "127.0.0.2" in page.detail
    assert page.hops == (Hop(host.url("/post"), 302),)


def test_a_redirect_of_robots_rules_to_a_private_address_is_not_followed(host, checker):
    host.scripts["/post"] = answer()
    away = host.url("/rules", "127.0.0.2")
    host.scripts["/robots.txt"] = answer(b"", status="302 Found", Location=away)
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.FORBIDDEN
    assert host.seen == ["/robots.txt"]


def test_a_name_that_resolves_otherwise_the_second_time_is_not_asked_twice(host, checker, names):
    """The address that was checked is the one connected to: no second look-up in between."""
    host.scripts["/post"] = answer()
    site = host.url("/post", "reedhomes.example")
    names["reedhomes.example"] = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"]]
    web = checker()
    assert web.check(site, ACME).judged  # two connections, two look-ups
    page = web.check(site, ACME)
    assert page.trouble is Trouble.FORBIDDEN
    assert host.seen == ["/robots.txt", "/post"]
    assert all("Host: reedhomes.example:" in head for head in host.heads)


def test_a_name_with_one_private_address_among_public_ones_is_refused(host, checker, names):
    names["reedhomes.example"] = [["127.0.0.1", "10.0.0.1"]]
    page = checker().check(host.url("/", "reedhomes.example"), ACME)
    assert page.trouble is Trouble.FORBIDDEN
    assert "10.0.0.1" in page.detail
    assert host.seen == []


def test_the_next_address_is_tried_where_one_does_not_answer(host, checker, names):
    host.scripts["/post"] = answer()
    names["reedhomes.example"] = [["127.0.0.3", "127.0.0.1"]]
    web = checker(allow=("127.0.0.0/8",))
    assert web.check(host.url("/post", "reedhomes.example"), ACME).judged


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), Trouble.NOT_FOUND_HOST),
        (socket.gaierror(socket.EAI_AGAIN, "later"), Trouble.UNREACHABLE),
        (UnicodeError("label too long"), Trouble.NOT_FOUND_HOST),
    ],
)
def test_a_name_that_does_not_resolve_is_trouble(checker, monkeypatch, error, trouble):
    def fails(*_args, **_more):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert checker().check("https://reedhomes.example/", ACME).trouble is trouble


def test_a_port_where_nobody_listens_is_trouble(checker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert checker().check(f"http://127.0.0.1:{port}/", ACME).trouble is Trouble.UNREACHABLE


def test_a_proxy_of_the_environment_is_not_used(host, checker, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    host.scripts["/post"] = answer()
    assert checker().check(host.url("/post"), ACME).judged


# limits


def drip(first: bytes, drop: bytes):
    def script(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:  # until the other side is gone
            time.sleep(0.02)
            connection.sendall(drop)

    return script


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
         b"1\r\nx\r\n"),
    ],
    ids=["body", "header", "chunks"],
)  # fmt: skip
def test_an_answer_that_drips_is_cut_in_time(host, checker, first, drop):
    host.scripts["/post"] = drip(first, drop)
    page = checker(seconds=0.3).check(host.url("/post"), ACME)
    assert page.trouble is Trouble.TOO_SLOW


def test_a_redirect_without_end_is_followed_without_reading_it(host, checker):
    host.scripts["/new"] = answer()
    head = f"HTTP/1.1 301 Moved\r\nLocation: {host.url('/new')}\r\n\r\n".encode()
    sent = []

    def endless(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x" * 65_536)
            sent.append(65_536)

    host.scripts["/post"] = endless
    assert checker().check(host.url("/post"), ACME).judged
    assert sum(sent) < 50_000_000


def test_a_small_file_that_unpacks_to_a_huge_one_is_cut(host, checker):
    packed = gzip.compress(PAGE + b" " * 50_000_000)
    host.scripts["/post"] = answer(packed, Content_Encoding="gzip")
    page = checker(megabytes=1).check(host.url("/post"), ACME)
    assert (page.trouble, page.whole, page.judged) == (Trouble.NONE, False, False)
    assert [one.text for one in page.links] == ["the guide"]


def test_a_packed_page_is_unpacked(host, checker):
    host.scripts["/post"] = answer(gzip.compress(PAGE), Content_Encoding="gzip")
    assert checker().check(host.url("/post"), ACME).links


def test_a_page_that_is_said_to_be_packed_and_is_not_is_trouble(host, checker):
    host.scripts["/post"] = answer(Content_Encoding="gzip")
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.UNREACHABLE


def test_half_a_page_is_trouble(host, checker):
    host.scripts["/post"] = answer(Content_Length="5000")
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.UNREACHABLE


def test_what_is_not_html_is_not_read(host, checker):
    sent = []

    def film(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)
            sent.append(65_536)

    host.scripts["/post"] = film
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.NOT_HTML
    assert sum(sent) < 50_000_000


def test_an_answer_that_is_no_http_is_trouble(host, checker):
    host.scripts["/robots.txt"] = host.scripts["/post"] = b"SSH-2.0-OpenSSH_9.6\r\n"
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.UNREACHABLE


def test_a_certificate_nobody_vouches_for_is_trouble(host, checker, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    serve, host.serve = host.serve, None

    def secure(connection: socket.socket) -> None:
        try:
            serve(context.wrap_socket(connection, server_side=True))
        except (ssl.SSLError, OSError):
            connection.close()

    host.serve = secure
    host.scripts["/post"] = answer()
    page = checker().check(host.url("/post").replace("http:", "https:"), ACME)
    assert page.trouble is Trouble.UNREACHABLE
    assert "certificate" in page.detail
    assert host.seen == []


def certificate(folder) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


def test_a_page_that_sends_its_reader_to_a_private_address_is_not_followed(host, checker):
    away = host.url("/", "127.0.0.2")
    sends = f'<html><head><meta http-equiv="refresh" content="0;url={away}"></head></html>'
    host.scripts["/post"] = answer(sends.encode())
    assert checker().check(host.url("/post"), ACME).trouble is Trouble.FORBIDDEN
    assert host.seen == ["/robots.txt", "/post"]
