"""Entity tags of single rows, for conditional reads and writes (RFC 9110, 8.8.3 and 13.1): see ADR 25."""

from hashlib import blake2b
from typing import Any, NamedTuple

from django.utils.http import parse_etags
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import DomainError
from core.http.renderers import JSONRenderer

DIGEST_BYTES = 16


class Unsent(NamedTuple):
    """The content that a 304 omits. A 304 has it as `unsent`, because Compression needs it to find the ETag."""

    content_type: str
    length: int


class Changed(DomainError):
    """The row has changed since the client read it: its ETag is not in the request's `If-Match`."""

    status: int = status.HTTP_412_PRECONDITION_FAILED
    code = "changed"
    detail = "This has changed since you read it, so nothing was written. Read it again and send its new ETag."
    also = "of a reservation or an order: `reservation` or `order`, `updated_at`"
    when = (
        "the row's content has changed since the client read the `ETag` that it sent as `If-Match`, so nothing was"
        " written. 409 for a reservation, or a draft of a purchase order, with another `updated_at` than the"
        " `expected_updated_at` of the request, or that was changed while the request waited;"
        " and for the form of a page if somebody else has changed what it changes"
    )


class FormChanged(Changed):
    """Somebody else has changed a field that the user of a form has changed, too. The form shows the present values."""

    status = status.HTTP_409_CONFLICT
    detail = (
        "Somebody else has changed the same fields, so nothing was saved. Below are your values and the present ones."
        " To replace the present ones, save again."
    )


def make_etag(content: bytes) -> str:
    return f'"{blake2b(content, digest_size=DIGEST_BYTES).hexdigest()}"'


def make_data_etag(data: Any) -> str:
    """Return the entity tag of a response's data. It is the tag of the compact JSON."""
    return make_etag(JSONRenderer().render(data))


def is_listed(etag: str, header: str) -> bool:
    """Return whether an `If-Match` or `If-None-Match` header is `*` or lists the tag, which may be in its weak form."""
    listed = parse_etags(header)
    return listed == ["*"] or etag in {tag.removeprefix("W/") for tag in listed}


def add_etag(request: Request, response: Response) -> None:
    """Set the ETag of a successful response in JSON. Turn it into a 304 if the client has this content already."""
    renderer: Any = response.accepted_renderer
    if response.status_code != status.HTTP_200_OK or renderer.format != JSONRenderer.format:
        return
    content = JSONRenderer().render(response.data)
    etag = make_etag(content)
    # The tag of indented JSON is weak, because representations with different bytes must not have the same strong tag.
    is_indented = renderer.get_indent(response.accepted_media_type, {}) is not None
    response.headers["ETag"] = f"W/{etag}" if is_indented else etag
    if request.method in ("GET", "HEAD") and is_listed(etag, request.headers.get("If-None-Match", "")):
        response.status_code, response.data = status.HTTP_304_NOT_MODIFIED, None
        response.unsent = Unsent(JSONRenderer.media_type, len(content))  # type: ignore[attr-defined]


def check_if_match(request: Request, data: Any) -> None:
    """Raise Changed if the request has an `If-Match` that does not list the tag of this data."""
    header = request.headers.get("If-Match")
    if header is not None and not is_listed(make_data_etag(data), header):
        raise Changed()
