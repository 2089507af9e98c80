"""The hook that turns the choices of query parameters into components."""

from collections.abc import Iterator
from typing import Any

from inventory_api.schema.errors import make_reference

# The choices that several parameters share and no field has: the choices of fields are components already. No two
# components may share a value, because the Go client names a constant after the value alone. So orders, and sets of
# formats that overlap with these, stay with their parameters.
PARAMETER_ENUMS = {"ReportFormatEnum": ("csv", "json", "xlsx"), "TimeOfReportEnum": ("occurred", "recorded")}


def share_enums(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Replace the choices of query parameters by references to components with the same choices.

    Otherwise generated clients have a separate type for each of the parameters.
    """
    components = result["components"]["schemas"]
    components |= {name: {"type": "string", "enum": list(values)} for name, values in PARAMETER_ENUMS.items()}
    names = {frozenset(schema["enum"]): name for name, schema in components.items() if "enum" in schema}
    for schema in iterate_choices(result):
        if name := names.get(frozenset(schema["enum"])):
            schema.clear()
            schema |= make_reference(name)
    return result


def iterate_choices(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schemas of query parameters that list their choices."""
    for operations in result["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"].get("items", parameter["schema"])
                if "enum" in schema:
                    yield schema
