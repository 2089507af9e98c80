"""`EMAIL_URL`, and the address with which links in mails begin."""

import pytest

from core.environment import default_public_url, parse_email_url
from testing.tables import all_cases


@all_cases(
    ("url", "port", "starttls", "ssl"),
    [
        ("smtp://mail.example.org", 587, True, False),
        ("smtp://mail.example.org/?tls=starttls", 587, True, False),
        ("smtp://mail.example.org:2525", 2525, True, False),
        ("smtp://mail.example.org/?tls=ssl", 465, False, True),
        ("smtp://mail.example.org?tls=off", 25, False, False),
    ],
)
def test_reads_host_port_and_tls(url, port, starttls, ssl):
    server = parse_email_url(url)
    assert (server.backend, server.host) == ("django.core.mail.backends.smtp.EmailBackend", "mail.example.org")
    assert (server.port, server.starttls, server.ssl) == (port, starttls, ssl)


def test_reads_user_and_password_percent_encoded():
    server = parse_email_url("smtp://me%40example.org:a%3Ab%2Fc%25%3F@mail.example.org")
    assert (server.user, server.password) == ("me@example.org", "a:b/c%?")


def test_the_console_prints_mail():
    assert parse_email_url("console:").backend == "core.mail.DemoBackend"


@all_cases(
    "url",
    [
        "mail.example.org", "smtp://", "smtp:mail.example.org", "http://mail.example.org", "smtp://mail.example.org/inbox",
        "smtp://mail.example.org/?tls=yes", "smtp://mail.example.org/?ssl=True", "smtp://mail.example.org:99999",
        "smtp://mail.example.org:smtp", "smtp://[::1", "console",
    ],
)  # fmt: skip
def test_refuses_anything_else(url):
    with pytest.raises(ValueError, match=r"."):
        parse_email_url(url)


@all_cases(
    ("hosts", "options", "address"),
    [
        (["shop.example.org", "b.example.org"], {"is_local": False, "https": True}, "https://shop.example.org"),
        (["shop.example.org"], {"is_local": False, "https": False}, "http://shop.example.org"),
        (["*"], {"is_local": False, "https": True}, ""),
        ([".example.org", "shop.example.org"], {"is_local": False, "https": True}, ""),
        ([], {"is_local": True, "https": False}, "http://127.0.0.1:8001"),
    ],
)
def test_the_default_address_is_that_of_the_first_host(hosts, options, address):
    assert default_public_url(hosts, 8001, **options) == address
