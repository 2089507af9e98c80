"""The client's address behind no proxy, one proxy and two proxies."""

from django.test import RequestFactory

from core.http.clients import client_address, client_network
from testing.tables import all_cases


def get_address(peer="10.0.0.1", forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@all_cases(
    ("trusted", "forwarded", "expected"),
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
def test_trusts_the_configured_number_of_proxies(settings, trusted, forwarded, expected):
    settings.TRUSTED_PROXY_COUNT = trusted
    assert get_address(forwarded=forwarded) == expected


@all_cases("forwarded", ["nonsense", "192.0.2.1:80", "1.2.3", "' OR 1=1", "a" * 5000])
def test_an_invalid_address_is_unknown(settings, forwarded):
    settings.TRUSTED_PROXY_COUNT = 1
    assert get_address(forwarded=forwarded) == "unknown"


def test_ipv6_addresses_are_cut_to_their_64_bit_network():
    assert get_address("2001:db8:1:2::7") == get_address("2001:db8:1:2:ffff::8") == "2001:db8:1:2::"
    assert get_address("2001:db8:1:3::7") != get_address("2001:db8:1:2::7")


def test_an_ipv4_mapped_address_is_converted_to_ipv4():
    assert get_address("::ffff:192.0.2.1") == get_address("192.0.2.1") == "192.0.2.1"


@all_cases(
    ("peer", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::7", "2001:db8:1::/48"),
        ("a socket", "unknown"),
    ],
)
def test_returns_the_network_of_an_address(peer, network):
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=peer)) == network
