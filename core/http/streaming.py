"""Streamed responses. A worker's memory does not grow with their length."""

from collections.abc import Iterable, Iterator, Mapping
from contextvars import copy_context
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse

from core.http.renderers import JSONRenderer

LINES_PER_BATCH = 500


def streaming_response(pieces: Iterator[str], content_type: str, **headers: str) -> StreamingHttpResponse:
    """Return a streamed response. The first piece is generated at once, so that an error in it sets the status.

    The other pieces are generated after the request has ended, in a copy of its context, which has the decision to show
    costs.
    """
    first, context = next(pieces, ""), copy_context()
    others: Iterator[str] = iter(lambda: context.run(next, pieces, None), None)
    return StreamingHttpResponse(chain([first], others), content_type=content_type, headers=headers)


def csv_response(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    """Return a CSV file as a download with this name."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return streaming_response(batch_lines(lines), "text/csv; charset=utf-8", **disposition)


def batch_lines(lines: Iterator[str]) -> Iterator[str]:
    """Join lines into larger pieces, because each piece is a separate write to the network."""
    while batch := "".join(islice(lines, LINES_PER_BATCH)):
        yield batch


def write_json_lists(lists: Mapping[str, Iterable[list[Any]]]) -> Iterator[str]:
    """Yield a JSON object of lists, each given in parts, with the same bytes as JSONRenderer's."""
    for number, (name, parts) in enumerate(lists.items()):
        yield f'{"," if number else "{"}"{name}":['
        separator = ""
        for part in parts:
            yield separator + JSONRenderer().render(part).decode()[1:-1]
            separator = ","
        yield "]"
    yield "}"
