"""Responses with a file that the worker has written."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from django.http import Http404, StreamingHttpResponse

from core.http.table_files import CHUNK_BYTES


def read_parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def send_archive(path: Path) -> StreamingHttpResponse:
    """Return the zip archive as a download. Raise Http404 if it is gone."""
    try:
        content = chain([next(parts := read_parts(path))], parts)
    except FileNotFoundError as error:
        raise Http404 from error
    disposition = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    length = {"Content-Length": str(path.stat().st_size)}
    return StreamingHttpResponse(content, content_type="application/zip", headers=disposition | length)
