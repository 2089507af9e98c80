"""The schema of headers, and of refused requests: each status has a response with examples."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from core.database.transactions import UNAVAILABLE
from core.errors import LENGTH_REQUIRED, NOT_FOUND, StorageFull
from core.http.parsers import BodyTooLarge
from core.http.renderers import Changed
from inventory_api import __version__
from inventory_api.schema.errors import make_reference
from records.idempotency.decorators import KeyReused
from stock.errors import InsufficientStock, InvalidLines, QuantityChanged
from users.access.permissions import explain_refusal
from users.access.roles import Right

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


def describe_header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: dict[str, dict[str, Any]] = {
    "API-Version": describe_header(
        "The release of the service, which is also the version of this schema.", __version__
    ),
    "X-Request-ID": {
        "description": "The id of this request in the service's log: the client's own `X-Request-ID`, or a new one.",
        "schema": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        "example": "3f2a9c4e5d6b47188a90b1c2d3e4f506",
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}, "example": 1},
    "RateLimit-Policy": describe_header(
        "The requests `q` that a client may send in `w` seconds. Each of the `processes` of the host counts for itself,"
        " so several connections get up to `q` times `processes`. Absent where no limit applies.",
        '"requests";q=1200;w=60;processes=2',
    ),
    "RateLimit": describe_header(
        "The requests `r` that remain in the next `t` seconds. Absent where no limit applies.", '"requests";r=1180;t=42'
    ),
    "Idempotent-Replayed": describe_header(
        "`true` if the `Idempotency-Key` was used before, and this is the first response again.", "true"
    ),
    "Preference-Applied": describe_header(
        "`handling=strict` if the request preferred it, and its body was checked that way.", "handling=strict"
    ),
    "ETag": describe_header(
        "Identifies the present content, in JSON. Send it as `If-None-Match` to read only a changed content, and as"
        " `If-Match` to change only this content.",
        '"5f0c8d5a9c3e4b1f8a7d6c5b4a39281f"',
    ),
    "Clamped": describe_header(
        "The parameter that was above its limit, with the limit, which was taken in its place. Absent otherwise.",
        "page_size=100",
    ),
    "Ignored-Fields": describe_header(
        "The names of the body's fields that the service does not know and has ignored.", "qauntity, refernce"
    ),
}


def refer_to_headers(*names: str) -> dict[str, dict[str, str]]:
    """Return references to these headers and to those that every response may have."""
    found = ("API-Version", "X-Request-ID", "RateLimit-Policy", "RateLimit", *names)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in found}


REFUSALS = {
    "400": ("Invalid", "A field, a parameter or the JSON is wrong, or a rule of the stock forbids it."),
    "401": ("Unauthorized", "Credentials are missing, wrong, expired or revoked."),
    "403": ("Forbidden", "This role or API key may not do this."),
    "404": ("NotFound", "No such row in your account, or no such page."),
    "406": ("NotAcceptable", "`Accept` names no media type of this response."),
    "409": ("Conflict", "The state has changed since it was read."),
    "411": ("LengthRequired", "The body has no `Content-Length`."),
    "412": ("PreconditionFailed", "The content has changed since its `ETag` was read. Nothing was written."),
    "413": ("BodyTooLarge", "The body is larger than the limit."),
    "415": ("UnsupportedMediaType", "The media type of the body is not supported here."),
    "422": ("IdempotencyKeyReused", "The `Idempotency-Key` was used for another request."),
    "429": ("TooManyRequests", "Too many requests or attempts: retry after `Retry-After` seconds."),
    "503": (
        "Unavailable",
        "`database_unavailable`, `locked`, `too_busy`, `import_running`: retry after `Retry-After` seconds. Without"
        " that header: `took_too_long`, request less; `outcome_unknown`, retry with the same `Idempotency-Key`, or"
        " check the result before repeating.",
    ),
    "507": ("InsufficientStorage", "The service has no room for the body at the moment. Nothing was changed."),
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "401": {"detail": "Authentication credentials were not provided.", "code": "not_authenticated"},
    "403": {"detail": explain_refusal(Right.MANAGE_PRODUCTS), "code": "permission_denied"},
    "404": NOT_FOUND,
    "406": {"detail": "Could not satisfy the request Accept header.", "code": "not_acceptable"},
    "409": QuantityChanged(product=7, expected=5, actual=3).as_dict(),
    "411": LENGTH_REQUIRED,
    "412": Changed().as_dict(),
    "413": {"detail": str(BodyTooLarge(1024 * 1024).detail), "code": BodyTooLarge.default_code},
    "415": {"detail": 'Unsupported media type "text/plain" in request.', "code": "unsupported_media_type"},
    "422": KeyReused().as_dict(),
    "429": {"detail": "Request was throttled. Expected available in 60 seconds.", "code": "throttled"},
    "503": UNAVAILABLE,
    "507": StorageFull().as_dict(),
}
NOT_ENOUGH = InsufficientStock(product=7, available=3, requested=5)
EXAMPLES_OF_400 = {
    "A wrong field": {"name": ["This field is required."]},
    "A rule of the stock": NOT_ENOUGH.as_dict(),
    "Wrong lines": InvalidLines({0: NOT_ENOUGH}).as_dict(),
}


def make_error_response(status: str) -> dict[str, Any]:
    _, description = REFUSALS[status]
    content: dict[str, Any] = {"schema": make_reference("Invalid" if status == "400" else "Error")}
    if status == "400":
        content["examples"] = {name: {"value": value} for name, value in EXAMPLES_OF_400.items()}
    else:
        content["example"] = EXAMPLES[status]
    return {
        "description": description,
        "headers": refer_to_headers("Retry-After") if status in ("429", "503") else refer_to_headers(),
        "content": {"application/json": content},
    }


UNMODIFIED = "The content is still the one that `If-None-Match` names. There is no body."
RESPONSES = {
    **{name: make_error_response(status) for status, (name, _) in REFUSALS.items()},
    "NotModified": {"description": UNMODIFIED, "headers": refer_to_headers("ETag")},
}
