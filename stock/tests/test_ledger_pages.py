"""What the pages of operations say of a transfer and of an undo."""

import re

import pytest

from stock.pages import list_products_of_lines
from stock.tests.test_transfers import line, move
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.selling.pages import say_undone
from users.models import User


@all_cases(("target", "places"), [("Shelf", ("Cellar", "Shelf")), (None, ("Cellar", "no place"))])
def test_the_page_of_a_transfer_says_from_where_to_where_it_moved(as_alice, alice, cellar, shelf, target, places):
    tea = make_product(alice, "Tea", 5)
    assert move(as_alice, None, "Cellar", line(tea, 5)).status_code == 201
    moved = move(as_alice, "Cellar", target, line(tea, 2)).json()
    page = Browser(alice).get_page(f"/api/stock/operations/{moved['id']}/")
    shown = dict(re.findall(r"<dt>(From|To)</dt>\s*<dd[^>]*>(?:<[^>]+>)*([^<]+)", page))
    assert shown == dict(zip(("From", "To"), places, strict=True))


def test_the_page_of_a_sale_names_no_places(as_alice, alice):
    tea = make_product(alice, "Tea", 5)
    body = {"lines": [line(tea, 1, movement_type="OUT")]}
    sold = as_alice.post("/api/stock/operations/", body).json()
    assert "<dt>From</dt>" not in Browser(alice).get_page(f"/api/stock/operations/{sold['id']}/")


@pytest.mark.measured
@all_cases(
    ("stock", "said"),
    [
        ({"Tea": 5}, "Undone. Tea: 5 in stock."),
        ({"Tea": 5, "Cup": 1}, "Undone: the stock of 2 products is as before."),
    ],
)
def test_an_undo_says_what_is_in_stock_again(stock, said):
    movements = [{"product_name": name, "new_quantity": quantity} for name, quantity in stock.items()]
    assert say_undone({"movements": movements}) == said


def test_the_form_that_reverses_a_transfer_says_that_it_goes_back(as_alice, alice, cellar, shelf):
    tea = make_product(alice, "Tea", 5)
    assert move(as_alice, None, "Cellar", line(tea, 5)).status_code == 201
    moved = move(as_alice, "Cellar", "Shelf", line(tea, 2)).json()
    assert "Tea: back to its place" in Browser(alice).get_page(f"/shop/form/stock/operations/{moved['id']}/reverse/")


def test_the_form_that_reverses_says_what_was_counted_since(as_alice, alice):
    tea, cup = make_product(alice, "Tea", 5), make_product(alice, "Cup", 5)
    lines = [{"product": product.pk, "movement_type": "OUT", "quantity": 1} for product in (tea, cup)]
    sold = as_alice.post("/api/stock/operations/", {"lines": lines}).json()["id"]
    page = f"/shop/form/stock/operations/{sold}/reverse/"
    assert "Counted since then" not in Browser(alice).get_page(page)
    counted = as_alice.post("/api/stock/counts/", {"lines": [{"product": tea.pk, "counted": 5}]}).json()["operation"]
    assert "Counted since then: Tea. The count" in Browser(alice).get_page(page)
    assert "Counted since then" not in Browser(alice).get_page(f"/shop/form/stock/operations/{counted}/reverse/")


def test_the_form_that_reverses_a_purchase_says_if_too_little_is_left(as_alice, alice):
    tea = make_product(alice, "Tea", 0)
    bought = as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "IN", "quantity": 5}).json()
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 2})
    page = Browser(alice).get_page(f"/shop/form/stock/operations/{bought['operation']}/reverse/")
    assert "Tea: −5, but only 3 in stock, so this will be refused" in page


def test_the_proof_has_the_seals_for_developers_alone(alice):
    for developer in (True, False):
        User.objects.filter(pk=alice.pk).update(developer=developer)
        page = Browser(alice).get_page("/api/stock/verify/")
        assert "The numbers are right" in page
        assert ("/shop/form/stock/seals/" in page) == developer


@pytest.mark.quick
def test_quantities_stay_beside_names_from_right_to_left():
    lines = [{"name": name, "quantity": number} for name, number in (("קפה", 3), ("شاي", 2), ("Tea", 1))]
    assert list_products_of_lines({"lines": lines}) == "3 of \u2068קפה\u2069, 2 of \u2068شاي\u2069, 1 of Tea"
