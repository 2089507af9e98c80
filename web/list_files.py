"""The lists that are files, too: CSV or a workbook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rest_framework import viewsets
from rest_framework.request import Request

from core.http.downloads import Words, table_response
from core.http.renderers import JSONOrFile
from core.lists.parameters import FILE_FORMATS, query_format
from core.lists.serialization import get_row_serializer
from web.view_bases import GenericApiView

ROWS_AT_A_TIME = 500


class FileOfList(GenericApiView, viewsets.GenericViewSet):
    """A mixin for viewsets whose list is a file, too, which has all rows. The page of the list links to it.

    The file has the name of `root_link`. This mixin comes before the base class that lists the rows.
    """

    content_negotiation_class = JSONOrFile
    lists_files = True  # the schema reads it
    file_labels: Mapping[str, str] = {}  # the headings for people; by default the labels of the fields
    file_money: Sequence[str] = ()  # the columns with amounts of money

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.pages = {**cls.pages, "list": replace(cls.pages["list"], has_csv=True)}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the rows. A file has all of them."""
        file_format = query_format(request, self)
        if file_format not in FILE_FORMATS:
            return super().list(request, *args, **kwargs)  # type: ignore[misc] # the next base class lists rows
        rows = self.export_rows(self.filter_queryset(self.get_queryset()))
        words = Words(self.file_labels, write_titles=None)
        return table_response(request, rows, self.root_link, file_format, self.file_money, words)

    def export_rows(self, found: Any) -> Iterator[Sequence[Any]]:
        """Yield the header, and the fields of each row that was found."""
        rows = get_row_serializer(self.get_serializer_class())
        yield rows.names
        for row in rows.select_columns(found).iterator(ROWS_AT_A_TIME):
            yield [*rows.serialize_row(row).values()]
