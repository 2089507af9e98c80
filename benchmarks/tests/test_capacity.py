import pytest

from benchmarks.capacity import Growth, Measured, format_growth, plan, shorten

pytestmark = pytest.mark.check


def growth(disk, wal=2000.0):
    return Growth({"stock_movement: rows": disk, "idempotency_idempotencykey: rows": 0.0}, wal, 2.0, 1.0)


MEASURED = Measured(
    product_bytes=1000.0,
    growth={"one movement": growth(500.0), "one, with a key": growth(1500.0)},
    page_ms=(3.0, 2.0),
    memory=[],
)


def test_the_needs_of_shops_follow_from_the_figures():
    """10,000 shops have 500,000 movements a day, and 28 a second in the busy hour, each with four pages."""
    needs = {cells[0]: cells[2] for cells in plan(MEASURED)}
    assert needs["shops"] == "10,000"
    assert needs["movements a day"] == "500,000"
    assert needs["movements a second in the busy hour"] == "27.8"
    assert needs["cores of the database"] == "0.50"
    assert needs["cores of the service"] == "0.78"
    assert needs["GB of products"] == "3.00"
    assert needs["GB of movements in a year"] == "91.2"
    assert needs["the same, if each request has a key"] == "273.8"
    assert needs["GB of WAL a day"] == "1.00"


def test_an_instance_has_at_least_two_processes_and_a_process_for_each_core():
    needs = {cells[0]: cells[1:] for cells in plan(MEASURED)}
    assert needs["cores of the service"] == ["0.01", "0.78", "77.78"]
    assert needs["connections of that many processes, at least two"] == ["8", "8", "312"]


def test_tables_and_indexes_that_do_not_grow_are_left_out():
    table = format_growth(MEASURED.growth)
    assert [cells[0] for cells in table[1:]] == ["stock_movement: rows", "**disk**", "**WAL**"]
    assert table[2][1:] == ["500", "1,500"]


def test_an_index_is_named_by_its_columns():
    definition = "CREATE UNIQUE INDEX stock_movement_pkey ON public.stock_movement USING btree (id)"
    assert shorten(f"stock_movement: index {definition}") == "stock_movement: index (id)"
