"""Write rows as a workbook (`.xlsx`). Texts, numbers and dates become cells of these types."""

import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from core.files.csv_text import guard_formulas, remove_guards

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
MAX_NAME_LENGTH = 31  # the most characters in the name of a sheet
NARROW, WIDE = 8, 50  # the least and the greatest width of a column, in characters
FORMATS = {"money": "0.00", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss"}


def write_workbook(
    rows: Iterable[Iterable[Any]], titles: int = 0, created: datetime | None = None, name: str = ""
) -> IO[bytes]:
    """Return a temporary file with the rows in one sheet.

    The sheet has this name. The first row below the titles is the header. It stays visible when somebody scrolls. If
    `created` is given, the same rows always give the same bytes.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115, the caller closes it, which deletes it
    try:
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            book.set_properties({"created": created})
            formats = {name: book.add_format({"num_format": pattern}) for name, pattern in FORMATS.items()}
            sheet = book.add_worksheet(name[:MAX_NAME_LENGTH] or None)
            sheet.freeze_panes(titles + 1, 0)
            bold, widths = book.add_format({"bold": True}), Counter[int]()
            for number, row in enumerate(rows):
                if number <= titles:
                    sheet.set_row(number, None, bold)
                for column, value in enumerate(row):
                    write_cell(sheet, number, column, value, formats)
                    if number >= titles:
                        widths[column] = max(widths[column], len(str(value)))
            for column, width in widths.items():
                sheet.set_column(column, column, min(max(width + 2, NARROW), WIDE))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    """Write one value by its type. A text is never stored as a formula, a number or a link."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, float(value), formats["money"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time()), formats["date"])
    else:
        text = str(value)
        # The import removes a `'` that looks like a guard against formulas, so such a text gets another `'`.
        sheet.write_string(row, column, text if remove_guards(text) == text else guard_formulas(text))
