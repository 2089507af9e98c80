"""Why a change of a product is refused."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from inventory_api.errors import DomainError


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
