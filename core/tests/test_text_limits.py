"""Every text that a body may hold has a limit, found in the schema: a new field can't come without one."""

from testing.schemas import list_operations, resolve_reference

BOUNDED = {"enum", "maxLength", "pattern"}
FORMS = {"date", "date-time", "binary"}


def texts(schema, part, where):
    """Each text of a body with its place."""
    part = resolve_reference(schema, part)
    for one in [*part.get("allOf", []), *part.get("oneOf", []), *part.get("anyOf", [])]:
        yield from texts(schema, one, where)
    for name, inner in part.get("properties", {}).items():
        yield from texts(schema, inner, f"{where} {name}")
    if "items" in part:
        yield from texts(schema, part["items"], where)
    if part.get("type") == "string":
        yield where, part


def test_every_text_of_a_body_has_a_limit(schema):
    found = [
        text
        for path, method, operation in list_operations(schema)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for text in texts(schema, content["schema"], f"{method} {path}")
    ]
    assert len(found) > 150
    assert [where for where, text in found if not BOUNDED & text.keys() and text.get("format") not in FORMS] == []
