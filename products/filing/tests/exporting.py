"""Helpers that write the lines which an exported file should have."""

from products.filing.columns import EXPORT_COLUMNS
from records.history.models import Change, Kind

EXPORT_COLUMN_NAMES = tuple(column.name for column in EXPORT_COLUMNS)

# docs/import.md publishes the columns and their order. test_column_names.py compares these names with it.
HEADER = ",".join(EXPORT_COLUMN_NAMES) + "\r\n"


def write_line(delimiter=",", **cells):
    """Return the line with these cells by column. All other cells are empty."""
    assert cells.keys() <= {*EXPORT_COLUMN_NAMES}
    return delimiter.join(str(cells.get(name, "")) for name in EXPORT_COLUMN_NAMES) + "\r\n"


def last_change(product):
    """Return the number of the last change of the product, which is the cell of change_sequence."""
    changes = Change.objects.filter(kind=Kind.PRODUCT, row_id=product.pk).order_by("id")
    return changes.values_list("id", flat=True).last() or 0
