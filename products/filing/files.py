"""Open a file of products. Other apps use the names of this module, and the types of products/filing/states.py."""

from typing import Any

from products.filing.answers import DescribedRows
from products.filing.choices import Choices
from products.filing.column_names import parse_mapping
from products.filing.header import read_header
from products.filing.layout import read_layout
from products.filing.source import MAX_ROWS, Source

__all__ = ["MAX_ROWS", "open_rows"]
NO_CHOICES = Choices()


def open_rows(
    file: Any, *, owner_id: int, mapping: str = "", decimal_sign: str = ".", choices: Choices = NO_CHOICES,
    currency: str = "", encoding: str = "", header_line: int = 0,
) -> DescribedRows:  # fmt: skip
    """Read the header of the account's file, then what the whole file is, and return its rows, which the caller closes.

    `mapping` is the parameter `columns`: see products/filing/column_names.py. `encoding` is the codec of a CSV file, by
    default the one that its letters show. `header_line` is the line of the header, by default the one with the names of
    columns. `decimal_sign` and `currency` are those of the shop. Raise InvalidFile if the file is not a table or has no
    header, and the errors of Source.
    """
    targets = parse_mapping(mapping)
    source = Source(file, owner_id, encoding)
    try:
        layout = read_layout(source, read_header(source, targets, choices, header_line))
        return DescribedRows(source, layout, decimal_sign=decimal_sign, currency=currency)
    except BaseException:
        source.close()
        raise
