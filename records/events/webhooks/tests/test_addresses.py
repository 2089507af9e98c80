"""The URLs and addresses that webhooks are not sent to, in every spelling."""

import socket
import threading
from ipaddress import ip_network

import pytest

from records.events.webhooks import addresses
from records.events.webhooks.addresses import (
    InvalidURL,
    NameNotFound,
    WebhookTarget,
    find_addresses,
    is_allowed,
    parse_url,
)
from records.events.webhooks.errors import AddressNotPublic
from testing.tables import all_cases

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "161.25.255.255", "161.27.0.0", "166.7.255.255", "166.12.0.0", "168.63.129.17", "192.80.8.123", "192.0.1.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450::1", "2003::1", "2001:4860:4860::8888", "64:ff9b::8.8.8.8",
]  # fmt: skip
SPECIAL = {
    "this network": ["0.0.0.0", "0.1.2.3", "0.255.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "link-local": ["169.254.0.1", "169.254.169.254", "fe80::1", "febf::1"],
    "scoped": ["fe80::1%eth0", "2606:4700::1%1"],
    "protocols": ["192.0.0.1", "192.0.0.170", "192.88.99.1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarking": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.254", "255.255.255.255"],
    "unspecified": ["::"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"],
    "compatible": ["::127.0.0.1", "::10.0.0.1", "::8.8.8.8"],
    "translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::192.168.1.1"],
    "local NAT64": ["64:ff9b:1::1", "64:ff9b:1:ffff::8.8.8.8", "64:ff9b:2::1"],
    "6to4": ["2002:7f00:1::1", "2002:a00:1::1", "2002:808:808::1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "ORCHID": ["2001:10::1", "2001:20::1"],
    "discard": ["100::1"],
    "unique local": ["fc00::1", "fd00::1", "fdff:ffff::1", "fd00:ec2::254", "fd20:ce::254"],
    "platforms of clouds": [
        "168.63.129.16",
        "192.80.8.124",
        "161.26.0.10",
        "166.8.0.1",
        "166.11.255.255",
        "100.100.100.200",
        "192.0.0.192",
        "64:ff9b::168.63.129.16",
    ],
    "site-local": ["fec0::1", "feff::1"],
    "not an address": ["", "localhost", "1.2.3", "1.2.3.4.5", "0177.0.0.1", "0x7f.1", "2130706433", "１.1.1.1"],
}
FORMS = {
    "scheme": ["ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "//a.example/", "a.example", "HTTPS:a"],
    "user": ["https://me@a.example/", "https://me:secret@a.example/", "https://8.8.8.8@127.0.0.1/", "https://@a.example/"],
    "fragment": ["https://a.example/#x", "https://a.example#@127.0.0.1/"],
    "ports": ["https://a.example:22/", "https://a.example:80/", "https://a.example:1023/", "https://a.example:0/",
              "https://a.example:65536/", "https://a.example:-1/", "https://a.example:4x3/", "https://a.example:４４３/"],
    "octal": ["https://0177.0.0.1/", "https://127.0.0.01/", "https://017700000001/"],
    "hexadecimal": ["https://0x7f.0.0.1/", "https://0x7f000001/", "https://0x7f.1/", "https://127.0.0.0x1/"],
    "one number": ["https://2130706433/", "https://127.1/", "https://127.0.1/", "https://0/"],
    "trailing dot": ["https://a.example./", "https://127.0.0.1./"],
    "other letters": ["https://ⓔxample.org/", "https://bücher.example/", "https://１２７.0.0.1/", "https://a。example/"],
    "percent": ["https://%31%32%37.0.0.1/", "https://a%2eexample/", "https://[fe80::1%25eth0]/",
                "https://a.example%00.b/"],
    "brackets": ["https://[::1/", "https://::1/", "https://[a.example]/", "https://[127.0.0.1]/", "https://[]/"],
    "separators": ["https://a.example\\@127.0.0.1/", "https:\\\\a.example/", "https://a.example\t/",
                   "https://a.example /", "https://a.example/\r\nHost: b", "https:// a.example/", "https://a.example/\x00",
                   "https://a_b.example/"],
    "labels": ["https:///", "https://.example/", "https://a..example/", "https://-a.example/",
               f"https://{'a' * 64}.example/", "https://" + ".".join(["a" * 60] * 5) + "/", "https://?x", "https://#"],
    "length": ["https://a.example/" + "a" * 1000],
}  # fmt: skip


@pytest.fixture(autouse=True)
def production(settings):
    settings.DEMO = False


@pytest.fixture
def resolver(monkeypatch):
    """Make the resolver return these addresses: each list once, and then the last one again and again."""
    answers = []

    def resolve(host, port, **_):
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, found, strict=True)
        ]

    monkeypatch.setattr(addresses, "resolve_host", addresses.RESOLVE)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


@all_cases("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert is_allowed(address)


@pytest.mark.quick
@all_cases(("kind", "address"), [(kind, one) for kind, list_ in SPECIAL.items() for one in list_])
def test_special_addresses_are_refused(kind, address):
    assert not is_allowed(address)


def test_no_special_range_of_python_is_allowed():
    """The test tries every first and last address that the standard library does not call global."""
    for octet in range(256):
        for rest in ("0.0.0", "0.0.1", "255.255.255"):
            address = addresses.parse_address(f"{octet}.{rest}")
            assert address.is_global or not is_allowed(str(address)), address
    for first in range(0, 0x10000, 0x10):
        address = addresses.parse_address(f"{first:x}::1")
        assert address.is_global or not is_allowed(str(address)), address


@pytest.mark.quick
@all_cases("url", [url for urls in FORMS.values() for url in urls])
def test_odd_urls_are_refused(url):
    with pytest.raises(InvalidURL) as refused:
        parse_url(url)
    assert str(refused.value).endswith(".")


@all_cases(
    ("url", "target"),
    [
        ("https://a.example", WebhookTarget(True, "a.example", 443, "/")),
        ("HTTPS://A.Example:443/x?y=1&z=%20", WebhookTarget(True, "a.example", 443, "/x?y=1&z=%20")),
        ("https://xn--bcher-kva.example:8443/", WebhookTarget(True, "xn--bcher-kva.example", 8443, "/")),
        ("https://8.8.8.8:65535/", WebhookTarget(True, "8.8.8.8", 65535, "/")),
        ("https://[2606:4700::1111]:1024/", WebhookTarget(True, "2606:4700::1111", 1024, "/")),
        ("https://7.shop.example/", WebhookTarget(True, "7.shop.example", 443, "/")),
    ],
)
def test_plain_urls_are_read(url, target):
    assert parse_url(url) == target


def test_http_and_this_machine_are_for_demo_mode_alone(settings):
    with pytest.raises(InvalidURL, match="https alone"):
        parse_url("http://a.example/")
    assert not is_allowed("127.0.0.1")
    settings.DEMO = True
    assert parse_url("http://127.0.0.1:9000/").port == 9000
    assert [is_allowed(address) for address in ("127.0.0.1", "::1", "10.0.0.1")] == [True, True, False]


@all_cases("hosts", [["8.8.8.8"], ["127.0.0.1", "8.8.8.8"], ["10.1.0.1"]])
def test_over_http_a_demo_sends_to_this_machine_alone(resolver, settings, hosts):
    settings.DEMO, settings.WEBHOOK_PRIVATE_NETWORKS = True, [ip_network("10.1.0.0/16")]
    resolver.append(hosts)
    with pytest.raises(AddressNotPublic, match="its own machine only"):
        find_addresses(parse_url("http://a.example/"), 1)
    assert find_addresses(parse_url("https://a.example/"), 1) == hosts


@all_cases("url", ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://a.example:9000/"])
def test_over_http_a_demo_sends_to_each_name_of_this_machine(resolver, settings, url):
    settings.DEMO = True
    resolver.append(["127.0.0.1", "::1"])
    assert find_addresses(parse_url(url), 1)


def test_an_http_address_of_another_machine_is_refused(resolver, settings):
    settings.DEMO = True
    with pytest.raises(AddressNotPublic):
        find_addresses(parse_url("http://8.8.8.8/"), 1)


def test_the_settings_allow_networks(settings):
    settings.WEBHOOK_PRIVATE_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    assert is_allowed("10.1.255.255")
    assert is_allowed("fd00:1::7")
    assert not is_allowed("10.2.0.1")
    assert not is_allowed("::ffff:10.1.0.1")


@pytest.mark.quick
@all_cases("hidden", ["10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"])
def test_each_address_of_a_name_has_to_be_public(resolver, hidden):
    resolver.append(["8.8.8.8", hidden])
    with pytest.raises(AddressNotPublic):
        find_addresses(parse_url("https://a.example/"), 1)


def test_a_name_that_becomes_private_is_refused_the_next_time(resolver):
    resolver.extend([["8.8.8.8"], ["127.0.0.1"]])
    assert find_addresses(parse_url("https://a.example/"), 1) == ["8.8.8.8"]
    with pytest.raises(AddressNotPublic):
        find_addresses(parse_url("https://a.example/"), 1)


@pytest.mark.quick
def test_an_unknown_name_has_no_address(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(addresses, "resolve_host", addresses.RESOLVE)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NameNotFound):
        find_addresses(parse_url("https://a.example/"), 1)


@pytest.mark.quick
def test_a_slow_resolver_is_not_waited_for(monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(addresses, "resolve_host", addresses.RESOLVE)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(5) and [])
    with pytest.raises(NameNotFound, match="in time"):
        find_addresses(parse_url("https://a.example/"), 0.05)
    done.set()
