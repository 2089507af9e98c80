"""Bodies that nobody should send: each is a 4xx with a JSON body, and nothing is written."""

import io

import pytest
from django.conf import settings
from rest_framework.exceptions import ParseError

from core.http.parsers import MAX_DEPTH, BodyTooLarge, StrictJSONParser
from suppliers.models import Supplier

ADDRESSES = ["/api/suppliers/", "/api/products/", "/api/stock/", "/api/auth/logout/", "/api/register/", "/api/login/"]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def send(client, body, address="/api/suppliers/", content_type=JSON):
    raw = body if isinstance(body, bytes) else body.encode()
    return client.generic("POST", address, raw, content_type=content_type)


def nested(levels):
    return '{"a":' * levels + "1" + "}" * levels


def refused(answer, status=400):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == JSON
    assert isinstance(answer.json(), dict)
    return answer.json()


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        nested(100_000),
        '{"name":' * 100_000,
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"name": -Infinity}',
        '{"name": 1e400}',
        '{"name": -1e400}',
        '{"name": ' + "9" * 5000 + "}",
        '{"name": "a\\u0000b"}',
        '{"a\\u0000b": "name"}',
        '{"name": "\\ud800"}',
        '{"\\udfff": "name"}',
        '{"name": {"name": ["\\ud800"]}}',
        b'{"name": "\xff\xfe"}',
        b'{"name": "\xed\xa0\x80"}',
        '{"name": "Acme"}'.encode("utf-16"),
        b"\xef\xbb\xbf" + b'{"name": "Acme"}',
        '{"name": "Acme"',
        '{"name": "a\nb"}',
        "{'name': 'Acme'}",
        "{name: 1}",
        " ",
        "x",
        "[]",
        "[{}]",
        "null",
        "true",
        "1",
        '"x"',
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_malformed_body_is_refused_everywhere(as_alice, body):
    for address in ADDRESSES:
        assert refused(send(as_alice, body, address))["code"] == "parse_error"
    assert not Supplier.objects.exists()


@pytest.mark.parametrize("value", ['"\\u0000"', '"\\ud83d"', "1e5", "true", "null", "[]", "{}", "7", '"\\t\\u0007"'])
def test_a_wrong_value_is_a_field_error_or_a_malformed_body(as_alice, value):
    body = refused(send(as_alice, f'{{"name": {value}}}'))
    assert set(body) in ({"name"}, {"detail", "code"})
    assert not Supplier.objects.exists()


def test_a_pair_of_surrogates_is_a_character(as_alice):
    answer = send(as_alice, '{"name": "Kettle \\ud83d\\ude00"}')
    assert (answer.status_code, answer.json()["name"]) == (201, "Kettle 😀")


def test_twenty_levels_are_read_and_not_one_more(as_alice):
    assert refused(send(as_alice, nested(MAX_DEPTH))) == {"name": ["This field is required."]}
    body = refused(send(as_alice, nested(MAX_DEPTH + 1)))
    assert body == {"detail": "The JSON is nested deeper than 20 levels.", "code": "parse_error"}


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "latin-1", "no-such-charset", ""])
def test_json_is_utf_8_whatever_the_charset_says(as_alice, charset):
    answer = send(as_alice, '{"name": "Café"}', content_type=f"{JSON}; charset={charset}")
    assert (answer.status_code, answer.json()["name"]) == (201, "Café")


def padded(size):
    body = '{"name": "Acme", "x": "' + "x" * (size - 25) + '"}'
    assert len(body) == size
    return body


def test_a_body_at_the_limit_is_read_and_one_over_it_is_a_413(as_alice):
    assert send(as_alice, padded(settings.MAX_JSON_BYTES)).status_code == 201
    body = refused(send(as_alice, padded(settings.MAX_JSON_BYTES + 1)), 413)
    assert body == {"detail": "The body is larger than 2097152 bytes.", "code": "body_too_large"}
    assert Supplier.objects.count() == 1


def test_a_form_over_the_limit_is_a_413(as_alice):
    too_long = "x" * (settings.MAX_JSON_BYTES + 1)
    for address in ADDRESSES:
        assert refused(send(as_alice, f"name={too_long}", address, FORM), 413)["code"] == "body_too_large"
        answer = as_alice.post(address, {"name": too_long}, format="multipart")
        assert refused(answer, 413)["code"] == "body_too_large"


def test_a_form_over_the_limit_is_a_413_outside_of_the_api_too(client, db):
    answer = client.post("/api-auth/login/", {"username": "x" * (settings.MAX_JSON_BYTES + 1)})
    assert refused(answer, 413)["code"] == "body_too_large"


def test_the_parser_bounds_what_it_reads_by_itself():
    parser = StrictJSONParser()
    with pytest.raises(BodyTooLarge):
        parser.parse(io.BytesIO(b"x" * (settings.MAX_JSON_BYTES + 1)))
    with pytest.raises(ParseError):
        parser.parse(io.BytesIO(b"x" * settings.MAX_JSON_BYTES))


def test_a_form_of_too_many_fields_is_refused(as_alice):
    refused(send(as_alice, "&".join(f"a{n}=1" for n in range(201)), content_type=FORM))
    files = {f"f{n}": io.BytesIO(b"x") for n in range(3)}
    refused(as_alice.post("/api/suppliers/", files, format="multipart"))


@pytest.mark.parametrize("body", ["name=%00", "name=%ff", "name=%07", "%00=1", "name", "", "=", "%"])
def test_a_form_with_junk_is_refused(as_alice, body):
    refused(send(as_alice, body, content_type=FORM))


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\xff"]
)
def test_a_multipart_body_without_parts_is_refused(as_alice, content_type):
    refused(send(as_alice, "no boundary here", content_type=content_type))


@pytest.mark.parametrize("content_type", ["text/plain", "text/csv", "application/xml", "application/jsonx", "x", "/"])
def test_another_content_type_is_a_415(as_alice, content_type):
    body = refused(send(as_alice, '{"name": "Acme"}', content_type=content_type), 415)
    assert body["code"] == "unsupported_media_type"


def test_a_multipart_form_is_utf_8(as_alice):
    for name, status in [("Café".encode(), 201), (b"Caf\xe9", 400), (b"\xed\xa0\x80", 400)]:
        body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + name + b"\r\n--x--\r\n"
        assert send(as_alice, body, content_type="multipart/form-data; boundary=x").status_code == status


def test_a_body_without_a_length_is_a_411(as_alice):
    answer = as_alice.post("/api/suppliers/", headers={"Transfer-Encoding": "chunked"})
    assert refused(answer, 411)["code"] == "length_required"
    assert len(answer.headers["X-Request-ID"]) == 32


def test_a_body_above_the_largest_limit_is_refused_by_its_length_alone(as_alice):
    """The server does not receive it: a view that read it would fail."""
    answer = as_alice.generic("POST", "/api/stock/", b"{}", "application/json", CONTENT_LENGTH="20971521")
    assert refused(answer, 413)["code"] == "body_too_large"
