"""Open a file of products. Other apps use this module and the types in products/filing/states.py."""

from typing import Any

from products.filing.answers import DescribedRows
from products.filing.choices import Choices
from products.filing.column_names import parse_mapping
from products.filing.columns import COLUMN_NAMES
from products.filing.header import read_header
from products.filing.layout import read_layout
from products.filing.price_lists import READ
from products.filing.source import MAX_ROWS, Source

__all__ = ["MAX_ROWS", "open_rows"]
NO_CHOICES = Choices()


def open_rows(
    file: Any, *, owner_id: int, mapping: str = "", decimal_sign: str = ".", choices: Choices = NO_CHOICES,
    currency: str = "", encoding: str = "", header_line: int = 0,
) -> DescribedRows:  # fmt: skip
    """Read the header and the layout of the account's file, and return its rows. The caller closes them.

    `mapping` is the parameter `columns`: see products/filing/column_names.py. `encoding` is the codec of a CSV file,
    and `header_line` the line of the header. Both are detected by default. `decimal_sign` and `currency` are settings
    of the shop. Raise InvalidFile if the file is not a table or has no header, and the errors of Source.
    """
    targets = parse_mapping(mapping, READ if choices.is_list else COLUMN_NAMES)
    source = Source(file, owner_id, encoding)
    try:
        layout = read_layout(source, read_header(source, targets, choices, header_line))
        return DescribedRows(source, layout, decimal_sign=decimal_sign, currency=currency)
    except BaseException:
        source.close()
        raise
