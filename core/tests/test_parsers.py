"""Malformed bodies. The response is a 4xx with a JSON body, and nothing is written."""

import io
from urllib.parse import urlencode

import pytest
from django.conf import settings
from rest_framework.exceptions import ParseError

from core.http.parsers import MAX_DEPTH, BodyTooLarge, StrictJSONParser
from suppliers.models import Supplier
from testing.tables import all_cases

ADDRESSES = ["/api/suppliers/", "/api/products/", "/api/stock/", "/api/auth/logout/", "/api/register/", "/api/login/"]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def send(client, body, address="/api/suppliers/", content_type=JSON):
    raw = body if isinstance(body, bytes) else body.encode()
    return client.generic("POST", address, raw, content_type=content_type)


def nested(levels):
    return '{"a":' * levels + "1" + "}" * levels


def read_error(response, status=400):
    """Return the JSON of an error response, after checking its status and type."""
    assert response.status_code == status
    assert response.headers["Content-Type"] == JSON
    assert isinstance(response.json(), dict)
    return response.json()


@all_cases(
    ("body", "name"),
    [
        ('{"name": "Acme", "phone": "1", "name": "Acme"}', "name"),
        ('{"name": "Acme", "metadata": {"till": "1", "t\\u0069ll": "2"}}', "till"),
        ('{"lines": [{"product": 1}, {"product": 1, "quantity": 2, "quantity": 3}]}', "quantity"),
        ('{"a\\ud800": 1, "a\\ud800": 1}', "a?"),
        ('{"' + "n" * 100 + '": 1, "' + "n" * 100 + '": 1}', "n" * 64),
    ],
)
def test_a_key_twice_in_an_object_is_refused_by_its_name(as_alice, body, name):
    error = {"detail": f"The JSON has “{name}” twice in one object. Send each name once.", "code": "parse_error"}
    assert read_error(send(as_alice, body)) == error
    assert not Supplier.objects.exists()


@all_cases(
    "body",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        nested(100_000),
        '{"name":' * 100_000,
        '{"name": "Acme", "name": "Acme"}',
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
)
def test_every_route_refuses_a_malformed_body(as_alice, body):
    for address in ADDRESSES:
        assert read_error(send(as_alice, body, address))["code"] == "parse_error"
    assert not Supplier.objects.exists()


@all_cases("value", ['"\\u0000"', '"\\ud83d"', "1e5", "true", "null", "[]", "{}", "7", '"\\t\\u0007"'])
def test_a_wrong_value_is_a_field_error_or_a_malformed_body(as_alice, value):
    body = read_error(send(as_alice, f'{{"name": {value}}}'))
    assert set(body) in ({"name"}, {"detail", "code"})
    assert not Supplier.objects.exists()


def test_accepts_a_surrogate_pair(as_alice):
    response = send(as_alice, '{"name": "Kettle \\ud83d\\ude00"}')
    assert (response.status_code, response.json()["name"]) == (201, "Kettle 😀")


def test_accepts_twenty_levels_of_nesting_but_not_more(as_alice):
    assert read_error(send(as_alice, nested(MAX_DEPTH))) == {"name": ["This field is required."]}
    body = read_error(send(as_alice, nested(MAX_DEPTH + 1)))
    assert body == {"detail": "The JSON is nested deeper than 20 levels.", "code": "parse_error"}


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "latin-1", "no-such-charset", ""])
def test_reads_json_as_utf_8_with_any_charset(as_alice, charset):
    response = send(as_alice, '{"name": "Café"}', content_type=f"{JSON}; charset={charset}")
    assert (response.status_code, response.json()["name"]) == (201, "Café")


def padded(size):
    body = '{"name": "Acme", "x": "' + "x" * (size - 25) + '"}'
    assert len(body) == size
    return body


def test_accepts_a_body_at_the_limit_but_not_above(as_alice):
    assert send(as_alice, padded(settings.MAX_JSON_BYTES)).status_code == 201
    body = read_error(send(as_alice, padded(settings.MAX_JSON_BYTES + 1)), 413)
    assert body == {"detail": "The body is larger than 2097152 bytes.", "code": "body_too_large"}
    assert Supplier.objects.count() == 1


def test_a_form_above_the_limit_is_a_413(as_alice):
    too_long = "x" * (settings.MAX_JSON_BYTES + 1)
    for address in ADDRESSES:
        assert read_error(send(as_alice, f"name={too_long}", address, FORM), 413)["code"] == "body_too_large"
        response = as_alice.post(address, {"name": too_long}, format="multipart")
        assert read_error(response, 413)["code"] == "body_too_large"


def test_a_form_above_the_limit_is_a_413_outside_the_api(client, db):
    response = client.post("/api-auth/login/", {"username": "x" * (settings.MAX_JSON_BYTES + 1)})
    assert read_error(response, 413)["code"] == "body_too_large"


@all_cases("too_many", [0, 1])
def test_a_form_has_a_limited_number_of_fields(as_alice, too_many):
    fields = {f"x{n}": "1" for n in range(settings.MAX_FORM_FIELDS - 1 + too_many)}
    in_parts = as_alice.post(ADDRESSES[0], fields | {"name": "Mill"}, format="multipart")
    in_one = send(as_alice, urlencode(fields | {"name": "Pottery"}), content_type=FORM)
    assert [in_parts.status_code, in_one.status_code] == [400 if too_many else 201] * 2


def test_the_parser_limits_what_it_reads():
    parser = StrictJSONParser()
    with pytest.raises(BodyTooLarge):
        parser.parse(io.BytesIO(b"x" * (settings.MAX_JSON_BYTES + 1)))
    with pytest.raises(ParseError):
        parser.parse(io.BytesIO(b"x" * settings.MAX_JSON_BYTES))


def test_refuses_a_form_with_too_many_fields(as_alice):
    read_error(send(as_alice, "&".join(f"a{n}=1" for n in range(201)), content_type=FORM))
    files = {f"f{n}": io.BytesIO(b"x") for n in range(3)}
    read_error(as_alice.post("/api/suppliers/", files, format="multipart"))


@all_cases("body", ["name=%00", "name=%ff", "name=%07", "%00=1", "name", "", "=", "%"])
def test_refuses_a_malformed_form(as_alice, body):
    read_error(send(as_alice, body, content_type=FORM))


@all_cases(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\xff"]
)
def test_refuses_a_multipart_body_without_parts(as_alice, content_type):
    read_error(send(as_alice, "no boundary here", content_type=content_type))


@all_cases("content_type", ["text/plain", "text/csv", "application/xml", "application/jsonx", "x", "/"])
def test_an_unsupported_content_type_is_a_415(as_alice, content_type):
    body = read_error(send(as_alice, '{"name": "Acme"}', content_type=content_type), 415)
    assert body["code"] == "unsupported_media_type"


def test_a_multipart_form_must_be_utf_8(as_alice):
    for name, status in [("Café".encode(), 201), (b"Caf\xe9", 400), (b"\xed\xa0\x80", 400)]:
        body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + name + b"\r\n--x--\r\n"
        assert send(as_alice, body, content_type="multipart/form-data; boundary=x").status_code == status


def test_a_body_without_a_length_is_a_411(as_alice):
    response = as_alice.post("/api/suppliers/", headers={"Transfer-Encoding": "chunked"})
    assert read_error(response, 411)["code"] == "length_required"
    assert len(response.headers["X-Request-ID"]) == 32


def test_refuses_a_body_above_the_largest_limit_without_reading_it(as_alice):
    """The server does not receive such a body, so no view may read it."""
    response = as_alice.generic("POST", "/api/stock/", b"{}", "application/json", CONTENT_LENGTH="20971521")
    assert read_error(response, 413)["code"] == "body_too_large"
