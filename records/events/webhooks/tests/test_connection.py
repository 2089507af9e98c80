"""One request to a receiver: its limits, the stored part of the response, and TLS to the address that was checked."""

import gzip
import socket
import ssl
import time

import pytest

from records.events.webhooks import addresses, connection
from records.events.webhooks.connection import MAX_KEPT_BYTES, post
from records.events.webhooks.tests.receivers import drip, hang, make_certificate, reply, run_receiver
from testing.tables import all_cases

BODY = b'{"type": "ping"}'


def send(url, seconds=5.0, **headers):
    return post(url, BODY, headers, seconds)


def measure(url, seconds):
    started = time.monotonic()
    return send(url, seconds), time.monotonic() - started


def test_sends_the_body_with_the_headers():
    with run_receiver() as receiver:
        result = send(f"{receiver.url}?a=b", **{"webhook-id": "evt_7_1"})
    assert (result.status, result.error, result.answer) == (204, "", "")
    [(headers, body)] = receiver.requests
    assert body == BODY
    assert headers["Host"] == receiver.url.split("/")[2]
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == "evt_7_1"
    assert headers["Accept-Encoding"] == "identity"


def test_keeps_the_first_kibibyte_of_the_answer():
    with run_receiver(reply(500, b"x" * 100_000)) as receiver:
        result = send(receiver.url)
    assert (result.status, result.answer) == (500, "x" * MAX_KEPT_BYTES)


def test_an_answer_is_stored_as_text_whatever_its_bytes_are():
    with run_receiver(reply(400, b"a\0b\xff\xfe")) as receiver:
        assert send(receiver.url).answer == "a\N{REPLACEMENT CHARACTER}b" + "\N{REPLACEMENT CHARACTER}" * 2


def test_a_compressed_answer_is_not_expanded():
    bomb = gzip.compress(b"0" * 10_000_000)
    with run_receiver(reply(200, bomb, Content_Encoding="gzip")) as receiver:
        assert len(send(receiver.url).answer) <= MAX_KEPT_BYTES


def test_a_redirect_is_not_followed_and_its_target_is_told():
    with run_receiver() as other, run_receiver(reply(307, b"moved", Location=other.url)) as receiver:
        result = send(receiver.url)
    assert (result.status, other.requests) == (307, [])
    assert result.error == "Redirects are not followed. Change the URL to the right address."
    assert result.answer == f"Location: {other.url}\nmoved"


def test_a_redirect_without_a_target_is_told_so():
    with run_receiver(reply(304)) as receiver:
        assert send(receiver.url).answer == "Location: \n"


@all_cases("location", ["/a\0b", "/" + "x" * 5000])
def test_the_target_of_a_redirect_fits_into_the_row_of_the_attempt(location):
    with run_receiver(reply(301, Location=location)) as receiver:
        answer = send(receiver.url).answer
    assert answer.startswith("Location: /")
    assert "\0" not in answer
    assert len(answer) <= MAX_KEPT_BYTES


@all_cases("status", [100, 102, 103])
def test_an_interim_response_is_not_the_answer(status):
    interim = f"HTTP/1.1 {status} Wait\r\nLink: </a>\r\n\r\n".encode()
    with run_receiver(lambda handler: (handler.wfile.write(interim * 2), reply(204)(handler))) as receiver:
        assert send(receiver.url).status == 204


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with run_receiver() as receiver:
        assert send(receiver.url).status == 204


def test_reads_retry_after():
    with run_receiver(reply(503, Retry_After="120")) as receiver:
        assert send(receiver.url).retry_after == 120


def test_a_receiver_that_does_not_answer_is_given_up_in_time():
    with run_receiver(hang(2)) as receiver:
        result, seconds = measure(receiver.url, 0.3)
    assert (result.status, result.error) == (None, "There was no answer in time.")
    assert seconds < 1
    assert result.ms >= 300


@all_cases("beginning", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-A: "])
def test_a_receiver_that_drips_its_head_is_given_up_in_time(beginning):
    """Each byte arrives in time, and together they would take minutes."""
    with run_receiver(drip(beginning + b"a" * 500, 0.05)) as receiver:
        result, seconds = measure(receiver.url, 0.5)
    assert (result.status, seconds < 1.5) == (None, True)


def test_the_status_counts_even_if_the_body_drips():
    with run_receiver(drip(b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * 500, 0.01)) as receiver:
        result, seconds = measure(receiver.url, 0.8)
    assert (result.status, seconds < 1.8) == (200, True)


def test_a_receiver_that_reads_slowly_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        started = time.monotonic()
        result = post(url, b"x" * 20_000_000, {}, 0.4)
    assert result.error == "There was no answer in time."
    assert time.monotonic() - started < 1.5


@all_cases("head", [b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5000, b"HTTP/1.1 200 " + b"a" * 70_000, b"a" * 70_000])
def test_an_endless_head_is_not_read(head):
    with run_receiver(lambda handler: handler.wfile.write(head)) as receiver:
        result = send(receiver.url)
    assert result.status is None
    assert result.error


@all_cases(
    ("answer", "error"),
    [
        (b"", "The connection was closed before an answer."),
        (b"HTTP/1.1 103 Wait\r\n\r\n", "The connection was closed before an answer."),
        *[
            (text, "The answer is not HTTP.")
            for text in (b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01")
        ],
    ],
)
def test_an_answer_that_is_not_http_is_an_error(answer, error):
    with run_receiver(lambda handler: handler.wfile.write(answer)) as receiver:
        result = send(receiver.url)
    assert (result.status, result.error) == (None, error)


def test_malformed_headers_are_not_logged(caplog):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n no header\r\nX-A: b\r\n\r\n"
    with run_receiver(lambda handler: handler.wfile.write(answer)) as receiver:
        assert send(receiver.url).status == 200
    assert [record for record in caplog.records if record.name.startswith("urllib3")] == []


def test_a_closed_port_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error == "The connection was refused."


def test_the_address_is_checked_at_each_attempt(settings):
    with run_receiver() as receiver:
        assert send(receiver.url).status == 204
        settings.DEMO = False
        assert "not public" in send(receiver.url.replace("http:", "https:")).error
        assert "https alone" in send(receiver.url).error
    assert len(receiver.requests) == 1


def test_the_second_address_is_tried_if_the_first_refuses(monkeypatch):
    with run_receiver() as receiver:
        monkeypatch.setattr(addresses, "resolve_host", lambda *_: ["127.0.0.2", "127.0.0.1"])
        assert send(receiver.url.replace("127.0.0.1", "hooks.example")).status == 204


# --- TLS ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), "DNS:hooks.example")


@pytest.fixture
def secure(certificate):
    with run_receiver(certificate=certificate) as receiver:
        yield receiver


def test_connects_to_the_checked_address_by_the_name(secure, certificate, monkeypatch):
    """The name is resolved once, and the connection does not resolve it again."""
    trusted = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(connection, "load_tls_context", lambda: trusted)
    answers = [["127.0.0.1"], ["127.0.0.9"]]
    monkeypatch.setattr(addresses, "resolve_host", lambda *_: answers.pop(0))
    result = send(f"https://hooks.example:{secure.get_port()}/events")
    assert (result.status, result.error) == (204, "")
    assert secure.names == ["hooks.example"]
    assert secure.requests[0][0]["Host"] == f"hooks.example:{secure.get_port()}"
    assert answers == [["127.0.0.9"]]


def test_a_certificate_of_another_name_is_refused(secure, certificate, monkeypatch):
    trusted = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(connection, "load_tls_context", lambda: trusted)
    result = send(f"https://other.example:{secure.get_port()}/")
    assert result.error.startswith("The certificate is not valid: Hostname mismatch")
    assert secure.requests == []


def test_a_certificate_that_nobody_signed_is_refused(secure):
    result = send(f"https://hooks.example:{secure.get_port()}/")
    assert result.error == "The certificate is not valid: self-signed certificate."
    assert secure.requests == []


def test_a_handshake_that_hangs_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result, seconds = measure(f"https://hooks.example:{listener.getsockname()[1]}/", 0.4)
    assert (result.error, seconds < 1.5) == ("There was no answer in time.", True)


def test_a_receiver_without_tls_is_an_error():
    with run_receiver() as receiver:
        result = send(receiver.url.replace("http://", "https://"))
    assert result.error == "The connection failed: the receiver does not use TLS, or only an old version of it."
