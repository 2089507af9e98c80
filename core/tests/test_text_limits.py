"""Every text in a request body has a limit in the schema, including those of new fields."""

from testing.laws.schemas import list_operations, resolve_reference

BOUNDED = {"enum", "maxLength", "pattern"}
FORMS = {"date", "date-time", "binary"}


def find_texts(schema, part, where):
    """Yield each text in a body with its position."""
    part = resolve_reference(schema, part)
    for inner in [*part.get("allOf", []), *part.get("oneOf", []), *part.get("anyOf", [])]:
        yield from find_texts(schema, inner, where)
    for name, inner in part.get("properties", {}).items():
        yield from find_texts(schema, inner, f"{where} {name}")
    if "items" in part:
        yield from find_texts(schema, part["items"], where)
    if part.get("type") == "string":
        yield where, part


def test_every_text_of_a_body_has_a_limit(schema):
    found = [
        text
        for path, method, operation in list_operations(schema)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for text in find_texts(schema, content["schema"], f"{method} {path}")
    ]
    assert len(found) > 150
    assert [where for where, text in found if not BOUNDED & text.keys() and text.get("format") not in FORMS] == []
