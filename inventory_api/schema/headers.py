"""The schema of headers: those of responses, and the idempotency key of requests."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

# HTTP strips spaces around a value, so a key does not begin or end with one.
KEY_PATTERN = "^[!-~]([ -~]{0,253}[!-~])?$"
KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY_PATTERN}

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    KEY,
    location=OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters of your choice. The same request sent again with the same key"
    " has no further effect and gets the first response, with `Idempotent-Replayed: true`.",
)

PREFER = {
    "in": "header",
    "name": "Prefer",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]*$"},
    "description": "With `handling=strict` (RFC 7240), a field of the body that the service does not know is a 400 that"
    " names the nearest known one. Otherwise it is ignored, and named in `Ignored-Fields`.",
}

IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string", "maxLength": 1000, "pattern": "^[ -~]*$"},
    "description": "The `ETag` of the content that you have, or several with commas between them. If it is still the"
    " present content, the response is a 304 without a body.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string", "maxLength": 1000, "pattern": "^[ -~]*$"},
    "description": "The `ETag` that you have read. If the content has changed since, the response is a 412 `changed`,"
    " and nothing is written. Without this header the present content is not checked.",
}

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "The id of this request in the service's log: the client's own `X-Request-ID`, or a new one.",
        "schema": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        "example": "3f2a9c4e5d6b47188a90b1c2d3e4f506",
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}, "example": 1},
    "Idempotent-Replayed": {
        "description": "`true` if the `Idempotency-Key` was used before, and this is the first response again.",
        "schema": {"type": "string"},
        "example": "true",
    },
    "Preference-Applied": {
        "description": "`handling=strict` if the request preferred it, and its body was checked that way.",
        "schema": {"type": "string"},
        "example": "handling=strict",
    },
    "ETag": {
        "description": "Identifies the present content, in JSON. Send it as `If-None-Match` to read only a changed"
        " content, and as `If-Match` to change only this content.",
        "schema": {"type": "string"},
        "example": '"5f0c8d5a9c3e4b1f8a7d6c5b4a39281f"',
    },
    "Ignored-Fields": {
        "description": "The names of the body's fields that the service does not know and has ignored.",
        "schema": {"type": "string"},
        "example": "qauntity, refernce",
    },
}


def refer_to_headers(*names: str) -> dict[str, dict[str, str]]:
    """Return references to these headers and to `X-Request-ID`, which every response has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}
