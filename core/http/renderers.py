"""JSON as orjson writes it, its entity tags (RFC 9110, 8.8.3; ADR 25), and the choice of a route's renderer."""

from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from django.utils.http import parse_etags
from rest_framework import renderers, status
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import DomainError
from core.sentences import decimal_sign

ANYTHING = "*/*"
INDENTS = {None: 0, 2: orjson.OPT_INDENT_2}  # pages have an indent of 2; REST framework writes the others
# REST framework escapes these, because JavaScript before 2019 ends a line at them.
LINE_SEPARATOR, PARAGRAPH_SEPARATOR = "\u2028".encode(), "\u2029".encode()
FIRST_BYTE = LINE_SEPARATOR[:1]  # both separators begin with it, and few bodies contain it


class JSONRenderer(renderers.JSONRenderer):
    """JSON with the bytes of REST framework's renderer, in a tenth of the time."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Return the data as JSON, or as b"" for None. Floats below 0.0001 have another notation of the same number."""
        media_type = accepted_media_type or ""
        indent = self.get_indent(media_type, renderer_context or {}) if ";" in media_type else None
        if data is None or indent not in INDENTS:
            return super().render(data, accepted_media_type, renderer_context)
        try:
            body = orjson.dumps(data, self.encoder_class().default, orjson.OPT_UTC_Z | INDENTS[indent])
        except orjson.JSONEncodeError:  # keys that are no text, integers of more than 64 bits, lone surrogates
            return super().render(data, accepted_media_type, renderer_context)
        if FIRST_BYTE in body:
            body = body.replace(LINE_SEPARATOR, b"\\u2028").replace(PARAGRAPH_SEPARATOR, b"\\u2029")
        return body


class Negotiation(DefaultContentNegotiation):
    """REST framework's negotiation. A client that accepts everything, or just the first renderer's type, gets it."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        accepts_first = request._request.META.get("HTTP_ACCEPT", ANYTHING) in (ANYTHING, renderers[0].media_type)
        if accepts_first and self.settings.URL_FORMAT_OVERRIDE not in request.query_params:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


class AlwaysFirst(BaseContentNegotiation):
    """Selects the first parser and the first renderer, no matter what the client sends and accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class AlwaysJSON(AlwaysFirst):
    """Selects JSON for errors. Successful responses have their own content type, and numbers with the shop's signs."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        decimal_sign.set(getattr(request.user, "shop_decimal_sign", "."))
        return super().select_renderer(request, renderers, format_suffix)


class JSONForFiles(Negotiation):
    """Selects JSON for errors, and the parser by the type of the body. Successful responses have their own type."""

    select_renderer = AlwaysFirst.select_renderer


class JSONOrFile(Negotiation):
    """Leaves a `?format=` without a renderer to the view, which returns a file, or an error in JSON."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        file_format = request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        if file_format and file_format not in [renderer.format for renderer in renderers]:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


DIGEST_BYTES = 16


class Unsent(NamedTuple):
    """The content that a 304 omits. A 304 has it as `unsent`, because Compression needs it to find the ETag."""

    content_type: str
    length: int


class Changed(DomainError):
    """The row has changed since the client read it: its ETag is not in the request's `If-Match`."""

    status: int = status.HTTP_412_PRECONDITION_FAILED
    code, is_outdated = "changed", True
    detail = "This has changed since you read it, so nothing was written. Read it again and send its new ETag."
    also = "of a reservation or an order: `reservation` or `order`, `updated_at`"
    when = (
        "the row is not the one that the client has read by its `ETag`; 409 with `expected_updated_at`, and of the form"
        " of a page. So nothing was written. With the status 409, a reservation or a draft of a purchase order has"
        " another `updated_at` than the request's `expected_updated_at`, or was changed while the request waited; or"
        " somebody else has changed what the form of a page changes"
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
