"""The parsers: they refuse what no field should ever see, before any serializer looks at it."""

import json
import math
import re
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, FormParser, JSONParser, MultiPartParser

from core.request_checks.unknown_fields import as_body, judge_fields

MAX_DEPTH = 20
PIECE_BYTES = 64 * 1024
SURROGATE = re.compile(r"[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # what Django puts in a form where the bytes are no UTF-8


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than {limit} bytes."
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(self.default_detail.format(limit=limit))


class StrictJSONParser(JSONParser):
    """Takes an object of bounded size and depth, with finite numbers and text that a database can hold."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = stream.read(settings.MAX_JSON_BYTES + 1)
        if len(raw) > settings.MAX_JSON_BYTES:
            raise BodyTooLarge(settings.MAX_JSON_BYTES)
        try:
            body = json.loads(raw.decode(), parse_float=finite, parse_constant=refuse_constant)
        except RecursionError:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
        except ValueError as error:
            raise ParseError(f"Malformed JSON: {str(error)[:200]}") from None
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        check_text(body, MAX_DEPTH)
        judge_fields(body, (parser_context or {})["request"])
        return body


class StrictFormParser(FormParser):
    """Takes UTF-8 alone."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        form = super().parse(stream, media_type, parser_context)
        check_form(form)
        judge_fields(as_body(form), (parser_context or {})["request"])
        return form


class StrictMultiPartParser(MultiPartParser):
    """Takes UTF-8 alone, of bounded size; what is in its files is not looked at."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {})["request"]
        size = request.META.get("CONTENT_LENGTH") or 0
        if int(size) > settings.MAX_IMPORT_BYTES:
            raise BodyTooLarge(settings.MAX_IMPORT_BYTES)
        parsed = super().parse(stream, media_type, parser_context)
        check_form(parsed.data)
        judge_fields(as_body([*parsed.data, *parsed.files]), request)
        return parsed


def check_form(form: QueryDict) -> None:
    if any(REPLACEMENT in text for name, texts in form.lists() for text in (name, *texts)):
        raise ParseError("Malformed form: it is not UTF-8.")


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def check_text(value: Any, depth: int) -> None:
    """Walk keys and values: no NUL, no lone surrogate, no more than `depth` levels."""
    if isinstance(value, str):
        if "\0" in value:
            raise ParseError("Text must not contain NUL characters.")
        if SURROGATE.search(value):
            raise ParseError("Text must not contain lone surrogates.")
    elif isinstance(value, list | dict):
        if depth == 0:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check_text(part, depth - 1)


class CSVParser(BaseParser):
    """A CSV file as the whole body: handed on as a form's file would be, a large one from the disk."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115, Django closes it
        upload = UploadedFile(body, "body.csv", self.media_type)
        files = MultiValueDict({"file": [upload]})
        (parser_context or {})["request"]._request._files = files  # closed with the request
        while piece := stream.read(PIECE_BYTES):
            body.write(piece)
            if body.tell() > settings.MAX_IMPORT_BYTES:
                raise BodyTooLarge(settings.MAX_IMPORT_BYTES)
        upload.size = body.tell()
        return DataAndFiles(QueryDict(), files)
