"""What drf-spectacular can't know by itself."""

from typing import Any

ERROR = {
    "type": "object",
    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    "required": ["detail", "code"],
    "additionalProperties": True,
}
INVALID = {
    "description": "Field errors, `{field: [messages]}`, or `{detail, code}` with the numbers of a domain error.",
    "type": "object",
    "additionalProperties": True,
}
STATUSES = {
    "400": "A field, a parameter or the JSON is wrong, or a rule of the stock forbids it.",
    "401": "No, bad, expired or revoked credentials.",
    "403": "This role may not do this.",
    "404": "No such row in your account.",
    "409": "The state has changed since it was read.",
    "503": "The database is away; try again after `Retry-After` seconds.",
}


def describe_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the error bodies to every operation that can answer them."""
    result["components"]["schemas"].update(Error=ERROR, Invalid=INVALID)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for code in statuses(path, method, operation):
                name = "Invalid" if code == "400" else "Error"
                content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
                operation["responses"].setdefault(code, {"description": STATUSES[code], "content": content})
    return result


def statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    found = ["401", "503"]
    if operation.get("parameters") or "requestBody" in operation:
        found.append("400")
    if method != "get":
        found.append("403")
    if "{" in path or any(p["name"] == "page" for p in operation.get("parameters", [])):
        found.append("404")
    if path.startswith(("/api/stock/", "/api/products/{")) and method in ("post", "put", "patch"):
        found.append("409")
    return sorted(found)


def one_way_to_sign_in(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Show the token alone: a session works as well, but two entries confuse who looks for the first call."""
    result["components"]["securitySchemes"].pop("cookieAuth", None)
    for operations in result["paths"].values():
        for operation in operations.values():
            if "security" in operation:
                operation["security"] = [way for way in operation["security"] if "cookieAuth" not in way]
    return result
