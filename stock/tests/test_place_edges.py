"""Rare cases of places: the last pages, emptied holdings, refused imports, the names of rows."""

from functools import partial
from io import BytesIO

import pytest

from core.lists.pagination import BoundedLogPagination
from products.filing.errors import InvalidRows
from products.filing.files import open_rows
from products.reading.details import read_expiring
from stock import product_page
from stock.importing.services import import_products
from stock.jobs import record_due_lots
from stock.models import Holding, Portion
from stock.tests.test_places import day, receive, sell, taken
from testing.cast.people import make_location, make_product
from testing.cast.places import put_away
from testing.reading.browser import Browser
from users.jobs import Round


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea")


def test_a_line_passes_over_what_an_earlier_line_has_emptied(as_alice, alice, tea):
    receive(as_alice, tea, 2, lot="EARLY", expires_on=day(alice, 1))
    receive(as_alice, tea, 2, lot="LATE", expires_on=day(alice, 9))
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 2}
    movements = as_alice.post("/api/stock/operations/", {"lines": [line, line]}).json()["movements"]
    assert [movement["portions"][0]["lot_code"] for movement in movements] == ["EARLY", "LATE"]


def test_the_page_of_a_product_whose_whole_stock_is_held(as_alice, alice, tea):
    receive(as_alice, tea, 2, lot="A")
    page = Browser(alice).get_page(f"/api/products/{tea.pk}/holdings/")
    assert "not held" not in page.partition("In the order")[2]


def test_the_page_of_a_product_leads_to_all_its_holdings(as_alice, alice, tea, monkeypatch):
    monkeypatch.setattr(product_page, "HOLDINGS_SHOWN", 1)
    receive(as_alice, tea, 2, lot="A")
    receive(as_alice, tea, 2, lot="B")
    assert "All places and lots" in Browser(alice).get_page(f"/api/products/{tea.pk}/")


def test_an_unknown_parameter_does_not_reveal_a_product_of_another_shop(as_alice, as_charlie, tea):
    address = f"/api/products/{tea.pk}/holdings/?nothing=1"
    assert as_alice.get(address).status_code == 400
    assert as_charlie.get(address).status_code == 404


def test_an_import_names_the_cell_of_an_unknown_location(alice, tea):
    file = BytesIO(b"name,quantity,location\nTea,3,Nowhere\n")
    with pytest.raises(InvalidRows) as refused:
        import_products(by=alice, open_file=partial(open_rows, file, owner_id=alice.pk))
    [row] = refused.value.rows
    assert {2, "location", "Nowhere"} <= {*row}


def test_an_import_names_the_row_that_brings_a_product_above_the_limit(alice, tea):
    for name in ("Cellar", "Shelf"):
        make_location(alice, name)
    file = BytesIO(b"name,quantity,location\nTea,900000000,Cellar\nTea,900000000,Shelf\n")
    with pytest.raises(InvalidRows) as refused:
        import_products(by=alice, open_file=partial(open_rows, file, owner_id=alice.pk))
    [row] = refused.value.rows
    assert {3, "quantity"} <= {*row}
    tea.refresh_from_db()
    assert (tea.quantity, tea.held) == (0, 0)


def test_lots_that_expire_are_found_by_their_date(as_alice, alice, tea):
    receive(as_alice, tea, 2, lot="A", expires_on=day(alice, 3))
    found, number = read_expiring(alice.pk, alice.shop_today(), alice.shop_today(), 5)
    assert (found, number) == ([], 0)


def test_a_turn_goes_on_with_the_accounts_that_are_left(as_alice, alice, tea):
    receive(as_alice, tea, 2, lot="A", expires_on=day(alice, 3))
    daily = Round(record_due_lots, 60)
    daily.shops = [(alice.pk, "UTC")]
    assert daily.run() is False
    assert "lot.expiring" in {event["type"] for event in as_alice.get("/api/events/").json()["events"]}


def test_rows_have_words(alice, tea):
    put_away(make_product(alice, "Cup", 5), 3, location=make_location(alice))
    assert str(Holding.objects.get()).startswith("3 of ")
    assert str(Portion.objects.get()).startswith("3 of movement ")


def test_the_parts_of_rows_are_counted_by_each_list_for_itself():
    with pytest.raises(TypeError, match="count_parts"):
        BoundedLogPagination()


def test_a_sale_says_what_it_took(as_alice, tea):
    receive(as_alice, tea, 1, lot="A")
    assert taken(sell(as_alice, tea, 1)) == [(None, "A", 1)]
