"""Compression of responses, static files and streams. docs/decisions/0019 says what is not compressed, and why."""

import gzip
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

from core.http.renderers import Unsent
from core.http.schema_checks import SCHEMA_CACHE

MIN_BYTES = 1024  # a response of up to this size fits into one packet anyway
MAX_CACHED_FILES = 256  # the number of compressed static files in a process's memory, which take a few MiB in total
GZIP_LEVEL = 6  # the level that Django uses for responses
COMPRESSIBLE = re.compile(r"text/|image/svg|application/(json|problem|javascript|wasm|yaml|xml|vnd\.oai\.openapi)")
GZIP = re.compile(r"(?:^|,)\s*+(?:x-)?gzip\s*+(?:;\s*+q=([0-9.]+))?\s*+(?:,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """Middleware that compresses responses above MIN_BYTES without secrets, and static files once for all requests."""

    def process_request(self, request: HttpRequest) -> None:
        """Remove the `W/` from the client's ETag: WhiteNoise compares it with the file's strong ETag."""
        if tag := request.META.get("HTTP_IF_NONE_MATCH"):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == 304:
            complete_unmodified(request, response)
        if not is_worth_compressing(response) or returns_secret(request):
            return response
        if not accepts_gzip(request) or (isinstance(response, FileResponse) and request.method == "HEAD"):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        if isinstance(response, FileResponse):
            return compress_file_response(response)
        request.META["HTTP_ACCEPT_ENCODING"] = "gzip"  # Django recognises gzip in lower case only
        return super().process_response(request, response)  # Django adds random bytes


def is_worth_compressing(response: HttpResponseBase) -> bool:
    """Return whether the content is complete text or WebAssembly, and longer than MIN_BYTES or of unknown length."""
    if response.status_code in (206, 304) or response.headers.get("Content-Encoding"):
        return False
    length = response.headers.get("Content-Length", MIN_BYTES + 1) if response.streaming else len(response.content)  # type: ignore[attr-defined]
    return is_long_text(response.headers.get("Content-Type", ""), int(length))


def is_long_text(content_type: str, length: int) -> bool:
    return length > MIN_BYTES and bool(COMPRESSIBLE.match(content_type))


def complete_unmodified(request: HttpRequest, response: HttpResponseBase) -> None:
    """Add `Vary`, and make the ETag weak if the content would have been compressed (RFC 9110, section 15.4.5)."""
    patch_vary_headers(response, ("Accept-Encoding",))
    unsent: Unsent | None = getattr(response, "unsent", None)
    is_compressed = unsent and is_long_text(*unsent) and accepts_gzip(request) and not returns_secret(request)
    if is_compressed and response.headers["ETag"].startswith('"'):
        response.headers["ETag"] = f"W/{response.headers['ETag']}"


def returns_secret(request: HttpRequest) -> bool:
    """Return whether the schema says that the response to this request contains a token, a key or a secret."""
    match = request.resolver_match
    return match is not None and SCHEMA_CACHE.find_operation(match.route, request.method or "").returns_secret


def accepts_gzip(request: HttpRequest) -> bool:
    """Return whether the client accepts gzip. With `q=0` a client refuses it."""
    found = GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    return found is not None and (found[1] is None or any(digit in found[1] for digit in "123456789"))


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, changed so that responses with status 304 have the attribute `unsent`."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        """Return the file. The content for a HEAD is never compressed, so its 304 has no `unsent`."""
        response: Any = WhiteNoiseMiddleware.serve(static_file, request)
        if response.status_code == 304 and request.method == "GET":
            _, items = static_file.get_path_and_headers(request.META)
            headers = dict(items)
            response.unsent = Unsent(headers["Content-Type"], int(headers["Content-Length"]))
        return response  # type: ignore[no-any-return]


def compress_file_response(response: FileResponse) -> HttpResponse:
    file: Any = response.file_to_stream
    file.close()
    content = compress_file(file.name, Path(file.name).stat().st_mtime_ns)
    headers = {**response.headers, "Content-Encoding": "gzip", "Content-Length": str(len(content))}
    if headers.get("ETag", "").startswith('"'):
        headers["ETag"] = f"W/{headers['ETag']}"
    compressed = HttpResponse(content, status=response.status_code, headers=headers)
    patch_vary_headers(compressed, ("Accept-Encoding",))
    return compressed


@lru_cache(maxsize=MAX_CACHED_FILES)
def compress_file(name: str, changed_at: int) -> bytes:
    """Return the compressed content of a file. `changed_at` gives a changed file a new cache entry."""
    return gzip.compress(Path(name).read_bytes(), GZIP_LEVEL, mtime=0)
