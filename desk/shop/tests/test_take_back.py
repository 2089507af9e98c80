"""Take goods back of which nobody finds the sale."""

import pytest

from desk.shop.tests.reading import find_cell_errors, find_field_errors, read_message
from products.models import Product
from stock.models import Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.closings.models import Cash
from users.models import User

PAGE = "/shop/return/without-receipt/"


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 10, sku="POT", price="5.00")


@pytest.fixture
def switched(alice):
    """Switch payments on, in a shop with a currency."""
    User.objects.filter(pk=alice.pk).update(uses_payments="on", currency="EUR")


def read_last():
    one = Operation.objects.latest("pk")
    return one.reason, one.note


@pytest.mark.quick
def test_goods_come_back_at_the_price_that_is_typed_or_at_that_of_the_product(browser, pot):
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "2", "unit_price": "3.50"}, note="Cracked box")
    assert read_message(browser, response) == "Took back 2 of Pot: 12 in stock. Give back 7.00."
    assert read_last() == ("return", "Cracked box\nTaken back without a receipt. Given back: 7.00.")
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "1"})
    assert read_message(browser, response).endswith("Give back 5.00.")
    assert not Cash.objects.exists()


@all_cases(("currency", "given"), [("EUR", "6.00 EUR"), ("JPY", "6 JPY")])
def test_vat_is_given_back_with_the_price_of_the_product_if_prices_are_net(
    browser, as_alice, alice, pot, currency, given
):
    User.objects.filter(pk=alice.pk).update(currency=currency, prices_include_tax=False)
    tax = as_alice.post("/api/taxes/", {"name": "Standard", "rate": "20.00"}).json()["id"]
    as_alice.patch(f"/api/products/{pot.pk}/", {"tax": tax})
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "1"})
    assert read_message(browser, response).endswith(f"Give back {given}.")
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "1", "unit_price": "5"})
    assert read_message(browser, response).endswith(f"Give back {given.replace('6', '5')}.")


def test_vat_is_rounded_once_for_all_lines_with_a_rate(browser, as_alice, alice, pot):
    User.objects.filter(pk=alice.pk).update(prices_include_tax=False)
    tax = as_alice.post("/api/taxes/", {"name": "Standard", "rate": "20.00"}).json()["id"]
    as_alice.patch(f"/api/products/{pot.pk}/", {"tax": tax, "price": "0.33"})
    response = browser.send_task(PAGE, *[{"product": "Pot", "quantity": "1"}] * 3)
    assert read_message(browser, response).endswith("Give back 1.19.")


def test_what_is_broken_is_written_off_from_where_it_was_put(browser, as_alice, pot):
    old = {"product": pot.pk, "movement_type": "IN", "quantity": 1, "lot": "OLD", "expires_on": "2030-01-01"}
    assert as_alice.post("/api/stock/", old).status_code == 201
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "2"}, condition="scrap")
    assert read_message(browser, response) == "Took back 1 line. Give back 10.00."
    damage, back = Operation.objects.order_by("-pk")[:2]
    assert (damage.reason, back.reason, damage.note) == ("damage", "return", back.note)
    assert Product.objects.get(pk=pot.pk).quantity == 11
    [lot] = as_alice.get("/api/lots/").json()["results"]
    assert lot["quantity"] == 1


@pytest.mark.quick
def test_goods_without_stock_come_back_and_none_is_written_off(browser, wrap):
    browser.send_task(PAGE, {"product": "Gift wrap"}, condition="scrap")
    assert read_last()[0] == "return"
    assert Product.objects.get(pk=wrap.pk).quantity == 0


def test_cash_leaves_the_drawer_with_its_reason(browser, switched, pot):
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "2", "unit_price": "3.50"})
    assert read_message(browser, response).endswith("Give back 7.00 EUR.")
    cash, operation = Cash.objects.get(), Operation.objects.latest("pk")
    assert (cash.kind, str(cash.amount), cash.till) == ("out", "7.00", None)
    assert cash.reason == f"Taken back without a receipt: number {operation.pk}"


def test_cash_leaves_the_drawer_of_the_chosen_till_or_none(browser, as_alice, switched, pot):
    assert "till" not in read_task(browser.get_page(PAGE))
    till = as_alice.post("/api/tills/", {"name": "Front"}).json()["id"]
    browser.send_task(PAGE, {"product": "Pot"}, till=str(till))
    assert Cash.objects.get().till_id == till
    browser.send_task(PAGE, {"product": "Pot"}, kind="later")
    browser.send_task(PAGE, {"product": "Pot", "unit_price": "0"})
    assert Cash.objects.count() == 1


def test_nothing_is_booked_if_the_drawer_refuses_the_cash(browser, as_alice, switched, pot):
    as_alice.post("/api/tills/", {"name": "Front"})
    before = Operation.objects.count()
    response = browser.send_task(PAGE, {"product": "Pot"}, till="999999")
    assert response.status_code == 400
    assert find_field_errors(response, "till")
    assert (Operation.objects.count(), Cash.objects.count()) == (before, 0)
    assert Product.objects.get(pk=pot.pk).quantity == 10


def test_a_form_that_is_sent_twice_takes_back_once(browser, switched, pot):
    values = browser.task_values(PAGE) | {"product": ["Pot"], "quantity": ["1"], "unit_price": [""]}
    addresses = [browser.client.post(PAGE, values).status_code for _ in range(2)]
    assert addresses == [303, 303]
    assert (Product.objects.get(pk=pot.pk).quantity, Cash.objects.count()) == (11, 1)


def test_a_worker_gives_back_the_price_of_the_list_if_the_shop_says_so(bob, alice, pot):
    worker = Browser(bob)
    assert "unit_price" in read_task(worker.get_page(PAGE))
    User.objects.filter(pk=alice.pk).update(workers_sell_at_list_price=True)
    assert "unit_price" not in read_task(worker.get_page(PAGE))
    response = worker.send_task(PAGE, {"product": "Pot"})
    assert read_message(worker, response).endswith("Give back 5.00.")


def test_what_is_refused_is_kept(browser, pot):
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "0", "unit_price": "3.00"})
    assert response.status_code == 400
    assert read_task(response.text)["unit_price"][0] == "3.00"
    assert PAGE in browser.get_page("/shop/return/")


@all_cases("price", ["abc", "-5", "NaN", "Infinity", "1e99", "0.001", "123456789012345"])
def test_a_wrong_price_is_refused_at_its_field(browser, pot, price):
    response = browser.send_task(PAGE, {"product": "Pot", "quantity": "1", "unit_price": price})
    assert response.status_code == 400
    assert read_task(response.text)["unit_price"][0] == price
    assert find_cell_errors(response, "unit_price")
    assert not Operation.objects.filter(reason="return").exists()


def test_the_till_and_the_product_of_another_shop_are_missing(browser, switched, pot, as_charlie, charlie):
    till = as_charlie.post("/api/tills/", {"name": "Back"}).json()["id"]
    theirs = make_product(charlie, "Vase", 5)
    for one, values in (("Pot", {"till": str(till)}), ("Pot", {"till": "9" * 18}), (str(theirs.pk), {})):
        assert browser.send_task(PAGE, {"product": one}, **values).status_code == 400
    assert not Cash.objects.exists()
    assert not Operation.objects.filter(reason="return").exists()


def test_what_came_back_broken_is_undone_with_what_was_written_off(browser, as_alice, pot):
    before = Product.objects.get(pk=pot.pk).quantity
    browser.send_task(PAGE, {"product": "Pot", "quantity": "2"}, condition="scrap")
    damage, back = Operation.objects.order_by("-pk")[:2]
    assert as_alice.get(f"/api/stock/operations/{back.pk}/").json()["scrapped"] == damage.pk
    pk, found = back.pk, []
    for _ in range(3):
        pk = as_alice.post(f"/api/stock/operations/{pk}/reverse/", {}).json()["id"]
        found.append(Product.objects.get(pk=pot.pk).quantity)
    assert (found, find_breaks(pot.owner_id)) == ([before] * 3, [])
