"""A reader that fails after it has written rows refuses its file, as one that fails before does."""

import io
from contextlib import closing

import pytest

from core.files import workbooks
from core.files.limits import BROKEN, ENCRYPTED, REASONS_BY_PART, TOO_LARGE, TOO_MANY_PARTS, UnreadableTable
from core.files.workbooks import WorkbookTable
from testing.tables import all_cases

OWNER = 1
REASONS = [BROKEN, TOO_LARGE, TOO_MANY_PARTS, ENCRYPTED, *filter(None, REASONS_BY_PART.values())]


@pytest.fixture(autouse=True)
def late_reader(monkeypatch):
    monkeypatch.setattr(workbooks, "READER", "core.tests.late_reader")


@all_cases("reason", REASONS)
def test_a_refusal_after_the_first_row_has_its_reason(reason):
    with pytest.raises(UnreadableTable) as refusal:
        WorkbookTable(io.BytesIO(f"refuse {reason}".encode()), OWNER)
    assert str(refusal.value) == reason


@all_cases("end", ["abort", "memory", "output", "error"])
def test_a_reader_that_ends_after_the_first_row_is_a_refusal(end):
    with pytest.raises(UnreadableTable) as refusal:
        WorkbookTable(io.BytesIO(end.encode()), OWNER)
    assert str(refusal.value) == TOO_LARGE


def test_a_reader_that_ends_well_has_its_rows():
    with closing(WorkbookTable(io.BytesIO(b"succeed"), OWNER)) as table:
        assert list(table.read_rows(None)) == [(1, ["name"])]
