"""Compression of answers, static files and streams. docs/decisions/0019 says what stays as it is, and why."""

import gzip
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from core.request_checks.schema_cache import DOCUMENT

MIN_BYTES = 1024  # smaller answers are a packet either way
MAX_FILES_KEPT = 256  # compressed static files in a process's memory: all together a few MiB
LEVEL = 6  # Django's own for answers
COMPRESSIBLE = re.compile(r"text/|image/svg|application/(json|problem|javascript|yaml|xml|vnd\.oai\.openapi)")
GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([0-9.]+))?\s*(?:,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """Django's middleware, which adds a random number of bytes, for what is larger than MIN_BYTES and has no secret.

    A static file is compressed once and kept.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Give WhiteNoise the tag of a file as it knows it: that of a compressed file was made weak."""
        if tag := request.META.get("HTTP_IF_NONE_MATCH"):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not is_worth_compressing(response) or has_secret(request):
            return response
        if not accepts_gzip(request) or (isinstance(response, FileResponse) and request.method == "HEAD"):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        if isinstance(response, FileResponse):
            return compressed_answer(response)
        request.META["HTTP_ACCEPT_ENCODING"] = "gzip"  # Django looks for it in lower case
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def is_worth_compressing(response: HttpResponseBase) -> bool:
    """Return whether the content is text, whole, and long enough or of unknown length."""
    if response.status_code in (206, 304) or response.headers.get("Content-Encoding"):
        return False
    length = response.headers.get("Content-Length", MIN_BYTES + 1) if response.streaming else len(response.content)  # type: ignore[attr-defined]
    return int(length) > MIN_BYTES and bool(COMPRESSIBLE.match(response.headers.get("Content-Type", "")))


def has_secret(request: HttpRequest) -> bool:
    """Return whether the schema says that the route answers a token, a key or a secret."""
    match = request.resolver_match
    return match is not None and DOCUMENT.operation(match.route, request.method or "").answers_secret


def accepts_gzip(request: HttpRequest) -> bool:
    """Return whether the client takes gzip; with `q=0` it says that it does not."""
    found = GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    return found is not None and (found[1] is None or any(digit in found[1] for digit in "123456789"))


def compressed_answer(response: FileResponse) -> HttpResponse:
    """Return the answer with the content of its file compressed."""
    file: Any = response.file_to_stream
    file.close()
    content = compressed_file(file.name, Path(file.name).stat().st_mtime_ns)
    headers = {**response.headers, "Content-Encoding": "gzip", "Content-Length": str(len(content))}
    if headers.get("ETag", "").startswith('"'):
        headers["ETag"] = f"W/{headers['ETag']}"
    answer = HttpResponse(content, status=response.status_code, headers=headers)
    patch_vary_headers(answer, ("Accept-Encoding",))
    return answer


@lru_cache(maxsize=MAX_FILES_KEPT)
def compressed_file(name: str, changed_at: int) -> bytes:
    """Return the compressed content of a file as it was when it was last changed."""
    return gzip.compress(Path(name).read_bytes(), LEVEL, mtime=0)
