"""What an attack on kits found: prices that are too high, orders that lost money, kits that came back too often."""

from decimal import Decimal

import pytest
from django.utils import timezone

from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit, sell
from trade.reservations.models import ReservationLine
from users.models import User

ORDERS = "/api/stock/reservations/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 20, price="3.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 20, price="1.00")


@pytest.fixture
def kit(alice, tea, cup):
    return make_kit(alice, "Pair", {tea.pk: 1, cup.pk: 2}, price="10.00")["id"]


def order(client, *lines):
    response = client.post(ORDERS, {"lines": lines})
    assert response.status_code == 201, response.json()
    return response.json()


def fulfil(client, reservation, *lines, **body):
    response = client.post(f"{ORDERS}{reservation['id']}/fulfil/", {"lines": lines, **body})
    assert response.status_code == 201, response.json()
    return response.json()


def test_a_price_that_is_too_high_for_a_kit_is_refused_on_all_ways_to_sell(as_alice, alice, kit):
    dear = make_product(alice, "Dear", 5, price="9999999999.99")
    pair = make_kit(alice, "Dear pair", {dear.pk: 2})["id"]
    for line in ({"kit": kit, "total": "99999999999999999.00"}, {"kit": pair}):
        error = sell(as_alice, {"quantity": 1, **line}).json()["lines"][0]
        assert (error["code"], error["kit"]) == ("price_too_high", line["kit"])
    refused = as_alice.post(ORDERS, {"lines": [{"kit": pair, "quantity": 1}]}).json()["lines"][0]
    assert refused["code"] == "price_too_high"


def test_parts_of_a_line_that_names_no_kit_are_refused(as_alice, tea, cup):
    line = {"product": tea.pk, "quantity": 1, "parts": [{"product": cup.pk, "quantity": 1}]}
    assert "Only a kit has parts." in sell(as_alice, line).json()["lines"][0]["detail"]


def test_a_line_with_its_own_price_takes_what_was_reserved_at_this_price_first(as_alice, kit, cup):
    """So the money of an order is that of what was sold and what is kept."""
    reserved = order(as_alice, {"kit": kit, "quantity": 3}, {"product": cup.pk, "quantity": 2, "unit_price": "0.50"})
    sold = fulfil(as_alice, reserved, {"product": cup.pk, "quantity": 2, "unit_price": "0.50"}, keep_rest=True)
    kept = as_alice.get(f"{ORDERS}{sold['kept']}/").json()
    assert sum(Decimal(line["total"]) for line in kept["lines"]) == Decimal("30.00")
    assert [(m["quantity"], m["unit_price"]) for m in sold["movements"]] == [(2, "0.50")]


def test_what_is_sold_and_kept_of_an_order_adds_up_in_a_currency_without_decimals(as_alice, alice, tea, cup):
    User.objects.filter(pk=alice.pk).update(currency="JPY")
    client = client_of(User.objects.get(pk=alice.pk))
    pair = make_kit(alice, "Yen", {tea.pk: 1, cup.pk: 4}, price="7.00")["id"]
    sold = fulfil(client, order(client, {"kit": pair, "quantity": 1}), {"product": cup.pk, "quantity": 3})
    assert all(Decimal(m["total"]) % 1 == 0 for m in sold["movements"])


@pytest.mark.quick
@all_cases("is_page", [True, False])
def test_saving_a_note_keeps_what_was_ordered(as_alice, alice, kit, tea, cup, is_page):
    own = [{"product": tea.pk, "quantity": 2}]
    pk = order(as_alice, {"kit": kit, "quantity": 2, "parts": own}, {"product": cup.pk, "quantity": 1})["id"]
    before = [*ReservationLine.objects.order_by("id").values_list("product_id", "quantity", "total")]
    as_alice.patch(f"/api/kits/{kit}/", {"parts": [{"product": cup.pk, "quantity": 5}], "price": "99.00"})
    browser = Browser(alice)
    if is_page:
        page = f"/shop/reservations/{pk}/"
        assert browser.client.post(page, browser.task_values(page) | {"note": "call first"}).status_code == 303
    else:
        page = browser.get_page(f"{ORDERS}{pk}/")
        body = {"lines": browser.prepared_json(page.partition("PATCH")[2])["lines"], "note": "call first"}
        assert as_alice.patch(f"{ORDERS}{pk}/", body).status_code == 200
    assert [*ReservationLine.objects.order_by("id").values_list("product_id", "quantity", "total")] == before


def test_a_changed_line_of_an_order_keeps_the_parts_of_its_kits(as_alice, alice, kit, tea, cup):
    own = [{"product": tea.pk, "quantity": 2}]
    pk = order(as_alice, {"kit": kit, "quantity": 2, "parts": own}, {"product": cup.pk, "quantity": 1})["id"]
    browser, page = Browser(alice), f"/shop/reservations/{pk}/"
    values = browser.task_values(page)
    assert browser.client.post(page, values | {"quantity": ["2", "3", *values["quantity"][2:]]}).status_code == 303
    assert [*ReservationLine.objects.order_by("id").values_list("product_id", "quantity")] == [(tea.pk, 4), (cup.pk, 3)]


@pytest.mark.quick
def test_a_worker_at_list_prices_changes_an_order_with_an_agreed_price(as_alice, alice, bob, kit, cup):
    pk = order(as_alice, {"kit": kit, "quantity": 2, "unit_price": "4.00"})["id"]
    User.objects.filter(pk=alice.pk).update(workers_sell_at_list_price=True)
    worker = client_of(User.objects.get(pk=bob.pk))
    agreed = {"kit": kit, "quantity": 1, "unit_price": "4.00"}
    assert worker.patch(f"{ORDERS}{pk}/", {"lines": [agreed]}).status_code == 200
    for other in ({"quantity": 2}, {"unit_price": "3.00"}, {"parts": [{"product": cup.pk, "quantity": 1}]}):
        assert worker.patch(f"{ORDERS}{pk}/", {"lines": [{**agreed, **other}]}).status_code == 400


@pytest.mark.quick
def test_no_more_kits_come_back_than_were_sold(as_alice, kit, tea, cup):
    sale = sell(as_alice, {"kit": kit, "quantity": 1}, {"product": tea.pk, "quantity": 5},
                {"product": cup.pk, "quantity": 9}).json()  # fmt: skip
    address = f"/api/stock/operations/{sale['id']}/return/"
    error = as_alice.post(address, {"lines": [{"kit": kit, "quantity": 2}]}).json()["lines"][0]
    assert (error["code"], error["kit"], error["sold"]) == ("more_than_sold", kit, 1)
    assert error["detail"] == "1 of this kit were sold: 2 can't come back."


@pytest.mark.quick
def test_an_archived_part_of_an_order_names_its_kit(as_alice, kit, tea):
    pk = order(as_alice, {"kit": kit, "quantity": 1})["id"]
    tea.refresh_from_db()
    type(tea).objects.filter(pk=tea.pk).update(archived_at=timezone.now())
    error = as_alice.post(f"{ORDERS}{pk}/fulfil/", {}).json()["lines"][0]
    assert (error["code"], error["kit"]) == ("product_archived", kit)
