"""Parsers that refuse unsafe bodies before any serializer runs: too large, too deep, or not valid text."""

import json
import math
import re
from collections import Counter
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, FormParser, JSONParser, MultiPartParser

from core.files.writers import CONTENT_TYPE
from core.http.schema_checks import MAX_NAME_LENGTH, check_fields, nest_form_names
from core.sentences import fill

MAX_DEPTH = 20
TOO_DEEP = gettext_lazy("The JSON is nested deeper than {limit} levels.")
CHUNK_BYTES = 64 * 1024
SURROGATE = re.compile(r"[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # Django decodes bytes of a form that are not UTF-8 to this character


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body is larger than {limit} bytes.")
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(self.default_detail.format(limit=limit))


class StrictJSONParser(JSONParser):
    """Parses an object of limited size and depth. It accepts only finite numbers, and text that can be stored."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        body = read_json(stream, settings.MAX_JSON_BYTES)
        if not isinstance(body, dict):
            raise ParseError(gettext("The body must be a JSON object."))
        check_fields(body, parser_context["request"])
        return body


def read_json(stream: IO[Any], limit: int) -> Any:
    """Return the JSON of a body of at most `limit` bytes. Raise BodyTooLarge (413) or ParseError (400)."""
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise BodyTooLarge(limit)
    return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """Return the JSON. Raise ParseError (400) if it is malformed or too deep, or has text that can't be stored."""
    try:
        body = DECODER.decode(raw.decode())
    except RecursionError:
        raise ParseError(TOO_DEEP.format(limit=MAX_DEPTH)) from None
    except ValueError as error:
        raise ParseError(fill("Malformed JSON: {error}", error=str(error)[:200])) from None
    # Most bodies need no check: without an escape there is no text to refuse, and few brackets can't nest too deeply.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        check_text(body, MAX_DEPTH)
    return body


class StrictFormParser(FormParser):
    """Parses a form. It accepts only UTF-8."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        form = super().parse(stream, media_type, parser_context)
        check_form(form)
        check_fields(nest_form_names(form), parser_context["request"])
        return form


class StrictMultiPartParser(MultiPartParser):
    """Parses a multipart form. It accepts only UTF-8 of limited size. The content of files is not checked here."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_IMPORT_BYTES:
            raise BodyTooLarge(settings.MAX_IMPORT_BYTES)
        parsed = super().parse(stream, media_type, parser_context)
        check_form(parsed.data)
        check_fields(nest_form_names([*parsed.data, *parsed.files]), request)
        return parsed


def check_form(form: QueryDict) -> None:
    """Raise ParseError if a name or value of the form is not UTF-8."""
    if any(REPLACEMENT in text for name, texts in form.lists() for text in (name, *texts)):
        raise ParseError(gettext("Malformed form: it is not UTF-8."))


def parse_finite(text: str) -> float:
    """Return the number. Raise ValueError if it is too large for a float."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def refuse_constant(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which Python's parser would accept."""
    raise ValueError(f"{name} is not JSON")


def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raise ParseError (400) if it has a key twice, of which Python's parser would keep the last."""
    made = dict(pairs)
    if len(made) < len(pairs):
        [(name, _)] = Counter(name for name, _value in pairs).most_common(1)
        quoted = name[:MAX_NAME_LENGTH].encode(errors="replace").decode()
        raise ParseError(fill("The JSON has “{name}” twice in one object. Send each name once.", name=quoted))
    return made


DECODER = json.JSONDecoder(parse_float=parse_finite, parse_constant=refuse_constant, object_pairs_hook=make_object)


def check_text(value: Any, depth: int) -> None:
    """Raise ParseError for NUL characters and lone surrogates in keys and values, and for more than `depth` levels."""
    if isinstance(value, str):
        if "\0" in value:
            raise ParseError(gettext("Text must not contain NUL characters."))
        if SURROGATE.search(value):
            raise ParseError(gettext("Text must not contain lone surrogates."))
    elif isinstance(value, list | dict):
        if depth == 0:
            raise ParseError(TOO_DEEP.format(limit=MAX_DEPTH))
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check_text(part, depth - 1)


BODY_NAME = "body"  # the name of a file that is the body of a request


class FileParser(BaseParser):
    """Accepts a file as the body. Returns it like a file of a form; large files are stored on disk."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115, Django closes it
        upload = UploadedFile(body, BODY_NAME, self.media_type)
        files = MultiValueDict({"file": [upload]})
        parser_context["request"]._request._files = files  # the request closes these files when it ends
        while chunk := stream.read(CHUNK_BYTES):
            body.write(chunk)
            if body.tell() > settings.MAX_IMPORT_BYTES:
                raise BodyTooLarge(settings.MAX_IMPORT_BYTES)
        upload.size = body.tell()
        return DataAndFiles(QueryDict(), files)


class CSVParser(FileParser):
    media_type = "text/csv"


class XLSXParser(FileParser):
    media_type = CONTENT_TYPE


class ODSParser(FileParser):
    media_type = "application/vnd.oasis.opendocument.spreadsheet"


class PictureParser(FileParser):
    media_type = "image/*"


FILE_PARSERS = [CSVParser, XLSXParser, ODSParser]
