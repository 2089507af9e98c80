"""The schema describes forms without nested fields. Bodies with lines are JSON only. test_walk.py sends the forms."""

from testing.laws import walk
from testing.laws.record import ENCODED, list_form_fields
from testing.laws.schemas import resolve_reference


def test_no_form_has_a_field_with_fields_of_its_own():
    """OpenAPI would describe these fields as JSON within the form."""
    schema = walk.generate_schema()
    nested = [
        (str(call), name)
        for call in walk.list_calls()
        for media_type in ENCODED
        for name, field in list_form_fields(call, media_type).items()
        if resolve_reference(schema, field).get("type") == "object"
        or resolve_reference(schema, field.get("items", {})).get("type") == "object"
    ]
    assert nested == []


def test_lines_are_offered_as_json_alone():
    content = {str(call): [*call.operation["requestBody"]["content"]] for call in walk.list_calls() if call.example}
    for call in ("PATCH /api/products/", "POST /api/stock/operations/", "POST /api/stock/counts/", "POST /api/labels/"):
        assert content[call] == [walk.JSON]
