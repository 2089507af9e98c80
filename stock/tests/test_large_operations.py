"""A response has a limited number of movements, even if the operations are larger."""

import pytest
from django.db import connection

from products.models import Product
from stock import filters
from stock.booking import sql
from stock.models import Movement
from stock.reading.operations import count_shown_movements
from testing.cast.people import make_product

pytestmark = [pytest.mark.measured]

ADDRESS = "/api/stock/operations/"
IMPORT = "name,price,quantity\n" + "".join(f"P{number},1.00,5\n" for number in range(1001))


@pytest.fixture
def imported(as_alice):
    """Return an import with one movement more than a response shows."""
    return as_alice.generic("POST", "/api/products/import/", IMPORT, content_type="text/csv").json()["operation"]


def test_shows_the_first_thousand_movements_of_a_large_import(as_alice, imported):
    operation = as_alice.get(f"{ADDRESS}{imported}/").json()
    first = Movement.objects.filter(operation_id=imported).order_by("id").values_list("id", flat=True)[:1000]
    assert [movement["id"] for movement in operation["movements"]] == list(first)
    assert operation["movements_truncated"] is True
    [listed] = as_alice.get(ADDRESS).json()["results"]
    assert listed == operation


def test_the_list_of_movements_has_all_movements_of_the_import(as_alice, imported):
    found, address = 0, f"/api/stock/?operation={imported}&page_size=100"
    while address:
        page = as_alice.get(address).json()
        found, address = found + len(page["results"]), page["next"]
    assert found == 1001


def test_the_reversal_of_the_import_reverses_all_and_shows_a_thousand(as_alice, imported):
    response = as_alice.post(f"{ADDRESS}{imported}/reverse/")
    assert response.status_code == 201
    assert (len(response.json()["movements"]), response.json()["movements_truncated"]) == (1000, True)
    assert response.json() == as_alice.get(f"{ADDRESS}{response.json()['id']}/").json()
    assert not Product.objects.exclude(quantity=0).exists()


def test_shows_all_movements_of_a_small_operation(as_alice, kettle):
    [opening] = as_alice.get(ADDRESS).json()["results"]
    assert (len(opening["movements"]), opening["movements_truncated"]) == (1, False)


@pytest.fixture
def operations(as_alice, alice, monkeypatch):
    """Create five operations of three lines. A page shows at most seven movements."""
    monkeypatch.setattr(filters.OperationPagination, "max_parts", 7)
    products = [make_product(alice, f"P{number}") for number in range(3)]
    lines = [{"product": product.pk, "movement_type": "IN", "quantity": 1} for product in products]
    return [as_alice.post(ADDRESS, {"lines": lines}).json()["id"] for _ in range(5)][::-1]


def get_ids(page):
    return [operation["id"] for operation in page["results"]]


def test_a_page_ends_early_and_next_continues_after_it(as_alice, operations):
    pages, address = [], ADDRESS
    while address:
        page = as_alice.get(address).json()
        pages, address = [*pages, get_ids(page)], page["next"]
    assert pages == [operations[:2], operations[2:4], operations[4:]]


def test_a_page_of_operations_with_long_notes_ends_earlier(as_alice, operations):
    lines = as_alice.get(f"{ADDRESS}{operations[0]}/").json()["movements"]
    lines = [{"product": line["product"], "movement_type": "IN", "quantity": 1} for line in lines]
    note = "n" * filters.NOTE_LENGTH_OF_MOVEMENT
    with_note = as_alice.post(ADDRESS, {"lines": lines, "note": note}).json()["id"]
    assert get_ids(as_alice.get(ADDRESS).json()) == [with_note]


def test_previous_leads_back_over_the_same_pages(as_alice, operations):
    last = as_alice.get(as_alice.get(as_alice.get(ADDRESS).json()["next"]).json()["next"]).json()
    second = as_alice.get(last["previous"]).json()
    assert get_ids(second) == operations[2:4]
    first = as_alice.get(second["previous"]).json()
    assert get_ids(first) == operations[:2]
    assert first["previous"] is None
    assert get_ids(as_alice.get(first["next"]).json()) == operations[2:4]


def test_an_operation_too_large_for_a_page_has_a_page_of_its_own(as_alice, operations, monkeypatch):
    monkeypatch.setattr(filters.OperationPagination, "max_parts", 2)
    assert get_ids(as_alice.get(ADDRESS).json()) == operations[:1]


@pytest.mark.quick
def test_does_not_read_the_movements_that_are_not_shown(alice, imported):
    assert count_shown_movements(alice.pk, [imported], limit=3) == {imported: 3}


def test_a_reversal_has_the_timeout_of_an_import_and_a_booking_has_not(as_alice, imported, kettle, monkeypatch):
    slow = sql.BOOK_ONE.replace("clock_timestamp() AS now", "clock_timestamp() AS now FROM pg_sleep(1.5)", 1)
    monkeypatch.setattr(sql, "BOOK_ONE", slow)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '1s'")
    assert as_alice.post(f"{ADDRESS}{imported}/reverse/").status_code == 201
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '1s'")
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    assert as_alice.post("/api/stock/", sale).json()["code"] == "took_too_long"
