"""Every content type that the schema offers for a body is read: the same values have the same outcome as in JSON."""

from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from testing import walk
from testing.schemas import resolve_reference

pytestmark = [pytest.mark.django_db, pytest.mark.check]
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = {
    URLENCODED: (URLENCODED, lambda form: urlencode(form, doseq=True)),
    MULTIPART: (MULTIPART_CONTENT, lambda form: encode_multipart(BOUNDARY, form)),
}


def list_forms():
    """Yield each operation that offers JSON and forms, with the media type of a form and the names of its fields."""
    for call in walk.list_calls():
        content = call.operation.get("requestBody", {}).get("content", {})
        for media_type in content.keys() & FORMS if walk.JSON in content else ():
            form = resolve_reference(walk.generate_schema(), content[media_type]["schema"])
            yield call, media_type, form["properties"]


def write_text(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def make_body(call, world, fields):
    """Return the values of an example for these fields. A form can't say null."""
    body = walk.body_of(call, "alice", world) or {}
    return {name: value for name, value in body.items() if name in fields and value is not None}


def send_form(client, call, address, body, media_type):
    form = {name: [*map(write_text, v)] if isinstance(v, list) else write_text(v) for name, v in body.items()}
    content_type, encode = FORMS[media_type]
    with transaction.atomic():
        answer = client.generic(call.method, address, encode(form), content_type=content_type)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("media_type", FORMS)
def test_a_form_is_read_as_json_is(world, media_type):
    client, differing, succeeded = world.client("alice"), [], 0
    offered = [(call, fields) for call, offered, fields in list_forms() if offered == media_type]
    for call, fields in offered:
        address = walk.address_of(call, "alice", world)
        # An answer to a challenge works once, so each request has its own body.
        as_json = walk.send_and_roll_back(client, call.method, address, make_body(call, world, fields))
        as_form = send_form(client, call, address, make_body(call, world, fields), media_type)
        succeeded += as_form.status_code < 300
        if as_form.status_code != as_json.status:
            differing.append((str(call), as_json.status, as_form.status_code, as_form.content))
    assert differing == []
    assert succeeded > 50


def test_no_form_has_a_field_with_fields_of_its_own():
    """OpenAPI would describe these fields as JSON within the form."""
    schema = walk.generate_schema()
    nested = [
        (str(call), name)
        for call, _, fields in list_forms()
        for name, field in fields.items()
        if resolve_reference(schema, field).get("type") == "object"
        or resolve_reference(schema, field.get("items", {})).get("type") == "object"
    ]
    assert nested == []


def test_lines_are_offered_as_json_alone():
    content = {str(call): [*call.operation["requestBody"]["content"]] for call in walk.list_calls() if call.example}
    for call in ("PATCH /api/products/", "POST /api/stock/operations/", "POST /api/stock/counts/", "POST /api/labels/"):
        assert content[call] == [walk.JSON]
