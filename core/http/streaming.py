"""Answers sent piece by piece, so that a worker's memory does not grow with them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

LINES_PER_BATCH = 500


def streaming_response(pieces: Iterator[str], content_type: str, **headers: str) -> StreamingHttpResponse:
    """An answer of these pieces. The first is made at once: what fails there is still an error with its status."""
    begun = chain([next(pieces, "")], pieces)
    return StreamingHttpResponse(begun, content_type=content_type, headers=headers)


def csv_response(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    """A CSV file to save under this name."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return streaming_response(batch_lines(lines), "text/csv; charset=utf-8", **disposition)


def batch_lines(lines: Iterator[str]) -> Iterator[str]:
    """The same text in larger pieces: each piece is a write to the network, and a line is a small one."""
    while piece := "".join(islice(lines, LINES_PER_BATCH)):
        yield piece


def write_json_lists(lists: Mapping[str, Iterable[list[Any]]]) -> Iterator[str]:
    """An object of lists, each given in parts, as JSONRenderer would write it whole."""
    for number, (name, parts) in enumerate(lists.items()):
        yield f'{"," if number else "{"}"{name}":['
        separator = ""
        for part in parts:
            yield separator + JSONRenderer().render(part).decode()[1:-1]
            separator = ","
        yield "]"
    yield "}"
