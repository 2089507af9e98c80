"""Why a change of a product is refused."""

from dataclasses import dataclass, field
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from core.errors import DomainError


class CodeTaken(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "code_taken"
    detail = "Another product carries this one's {field} by now: change it there first."


class ImportRunning(APIException):
    """Another import of the account did not end in time, or the same products kept changing."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "import_running"
    default_detail = (
        "Another import of this shop is running, or its products are being changed. Nothing of this file was imported:"
        " send it again in a moment."
    )
    wait = 5  # seconds


class InvalidFile(DomainError):
    code = "invalid_file"
    detail = "This file can't be imported. {reason}"


class InvalidRows(DomainError):
    """All bad rows of a file at once."""

    code = "invalid_rows"
    detail = "{total} of the cells or rows can't be imported: nothing was."
    MAX_ROWS_NAMED = 1000

    def __init__(self, rows: list[tuple[int, str, str]], total: int) -> None:
        super().__init__(total=total)
        self.rows = rows

    def as_dict(self) -> dict[str, Any]:
        names = ("line", "column", "reason")
        return {**super().as_dict(), "rows": [dict(zip(names, row, strict=True)) for row in sorted(self.rows)]}


class TooManyRows(DomainError):
    code = "too_many_rows"
    detail = "A file has at most {limit} rows. Split it and import the parts one after the other: nothing was imported."


@dataclass
class Refused:
    """The bad rows found so far: line, column, reason. All are counted, the first ones kept."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    total: int = 0

    def add(self, line: int, column: str, reason: str) -> None:
        self.total += 1
        if len(self.rows) < InvalidRows.MAX_ROWS_NAMED:
            self.rows.append((line, column, reason))

    def check(self) -> None:
        """Raise InvalidRows if there is one."""
        if self.total:
            raise InvalidRows(self.rows, self.total)
