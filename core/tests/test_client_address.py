"""Whose address counts, behind none, one or two proxies."""

import pytest
from django.test import RequestFactory

from core.http.client_address import client_address, client_network


def address(peer="10.0.0.1", said=None):
    headers = {} if said is None else {"HTTP_X_FORWARDED_FOR": said}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize(
    ("trusted", "said", "believed"),
    [
        (0, "192.0.2.1", "10.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        (2, "6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (2, "192.0.2.1", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, " 192.0.2.1 ,", "192.0.2.1"),
    ],
)
def test_as_many_proxies_are_believed_as_are_trusted(settings, trusted, said, believed):
    settings.TRUSTED_PROXY_COUNT = trusted
    assert address(said=said) == believed


@pytest.mark.parametrize("said", ["nonsense", "192.0.2.1:80", "1.2.3", "' OR 1=1", "a" * 5000])
def test_what_is_no_address_is_counted_as_unknown(settings, said):
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(said=said) == "unknown"


def test_ipv6_counts_by_network():
    assert address("2001:db8:1:2::7") == address("2001:db8:1:2:ffff::8") == "2001:db8:1:2::"
    assert address("2001:db8:1:3::7") != address("2001:db8:1:2::7")


def test_ipv4_in_ipv6_clothes_is_ipv4():
    assert address("::ffff:192.0.2.1") == address("192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::7", "2001:db8:1::/48"),
        ("a socket", "unknown"),
    ],
)
def test_addresses_are_grouped_by_network(peer, network):
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=peer)) == network
