"""The discount of an order: what hands out takes of it, and what is left."""

from decimal import Decimal
from random import Random

import pytest

from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS
from testing.reading.browser import Browser
from testing.tables import all_cases


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="10.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 100, price="3.00")


def line(product, quantity=1, **fields):
    return {"product": product.pk, "quantity": quantity, **fields}


def order(client, *lines, **fields):
    return client.post(ADDRESS, {"lines": lines, **fields}, format="json").json()


def hand_out(client, made, *lines, **fields):
    body = {**fields, **({"lines": lines} if lines else {})}
    answer = client.post(f"{ADDRESS}{made['id']}/fulfil/", body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def pay(client, sold):
    return client.get(f"/api/sales/{sold['id']}/").json()["total"]


@pytest.mark.quick
@pytest.mark.whole
@all_cases(
    ("discount", "body", "total"),
    [
        ({"percent": "10"}, {}, "36.00"),
        ({"amount": "5"}, {}, "35.00"),
        ({"amount": "5"}, {"discount": None}, "40.00"),
        ({"percent": "10"}, {"discount": {"amount": "1"}}, "39.00"),
        (None, {"discount": {"amount": "1"}}, "39.00"),
        ({"percent": "100"}, {}, "0.00"),
    ],
)
def test_hands_out_with_the_discount_of_the_order_or_of_the_body(as_alice, tea, discount, body, total):
    made = order(as_alice, line(tea, 4), discount=discount)
    assert pay(as_alice, hand_out(as_alice, made, **body)) == total


@pytest.mark.quick
def test_an_amount_is_shared_over_the_parts_and_the_last_one_takes_the_rest(as_alice, tea, cup):
    made = order(as_alice, line(tea, 3), line(cup, 1), discount={"amount": "10.00"})
    first = hand_out(as_alice, made, line(tea, 1), keep_rest=True)
    kept = as_alice.get(f"{ADDRESS}{first['kept']}/").json()
    assert (pay(as_alice, first), kept["discount"]) == ("6.97", {"percent": None, "amount": "6.97"})
    second = hand_out(as_alice, kept, line(tea, 2), keep_rest=True)
    last = as_alice.get(f"{ADDRESS}{second['kept']}/").json()
    totals = [pay(as_alice, first), pay(as_alice, second), pay(as_alice, hand_out(as_alice, last))]
    assert sum(map(Decimal, totals)) == Decimal("23.00")


def test_what_is_freed_takes_its_part_along(as_alice, tea):
    made = order(as_alice, line(tea, 4), discount={"amount": "10.00"})
    assert pay(as_alice, hand_out(as_alice, made, line(tea, 1))) == "7.50"


def test_a_percent_goes_on_as_it_is(as_alice, tea):
    made = order(as_alice, line(tea, 4), discount={"percent": "25"})
    first = hand_out(as_alice, made, line(tea, 1), keep_rest=True)
    assert as_alice.get(f"{ADDRESS}{first['kept']}/").json()["discount"]["percent"] == "25.00"


@all_cases("own", [None, {"percent": "50"}])
def test_what_a_sale_does_not_take_is_left(as_alice, tea, own):
    made = order(as_alice, line(tea, 2), discount={"amount": "4.00"})
    first = hand_out(as_alice, made, line(tea, 1), keep_rest=True, discount=own)
    kept = as_alice.get(f"{ADDRESS}{first['kept']}/").json()
    assert kept["discount"]["amount"] == "4.00"
    assert pay(as_alice, hand_out(as_alice, kept)) == "6.00"


def test_prices_of_the_hand_out_decide_the_part_and_limit_the_amount(as_alice, tea, cup):
    made = order(as_alice, line(tea, 1), line(cup, 1), discount={"amount": "13.00"})
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "1.00"})
    assert pay(as_alice, hand_out(as_alice, made, line(cup, 1))) == "0.00"


def test_an_order_costs_nothing_by_now(as_alice, tea):
    made = order(as_alice, line(tea, 1), discount={"amount": "3.00"})
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "0.00"})
    assert pay(as_alice, hand_out(as_alice, made)) == "0.00"


@all_cases(
    ("fields", "status"),
    [
        ({"amount": "20.00"}, 201), ({"amount": "20.01"}, 400), ({"percent": "100.01"}, 400), ({}, 400),
        ({"amount": "1", "percent": "1"}, 400), (None, 201),
    ],
)  # fmt: skip
def test_a_discount_is_at_most_what_the_order_costs_when_it_is_written(as_alice, tea, fields, status):
    body = {"lines": [line(tea, 1), line(make_product(tea.owner, "Box", 9, price="10.00"))], "discount": fields}
    assert as_alice.post(ADDRESS, body, format="json").status_code == status


@pytest.mark.parametrize("name", ["sku", "barcode", "external_id"])
def test_the_limit_of_a_discount_counts_lines_that_name_products_by_a_code(as_alice, alice, name):
    code = "4006381333931"
    make_product(alice, "Pot", 9, price="10.00", **{name: code})
    body = {"lines": [{name: code, "quantity": 2}], "discount": {"amount": "20.00"}}
    made = as_alice.post(ADDRESS, body, format="json")
    changed = as_alice.patch(f"{ADDRESS}{made.json().get('id')}/", body, format="json")
    higher = as_alice.post(ADDRESS, {**body, "discount": {"amount": "20.01"}}, format="json")
    assert (made.status_code, changed.status_code, higher.json().get("limit")) == (201, 200, "20.00")


def test_a_patch_sets_and_removes_it_and_leaves_it_alone(as_alice, tea):
    address = f"{ADDRESS}{order(as_alice, line(tea, 2))['id']}/"

    def patch(body):
        answer = as_alice.patch(address, body, format="json")
        return answer.json().get("discount", answer.json().get("code"))

    bodies = [{"discount": {"amount": "20"}}, {"note": "x"}, {"lines": [line(tea, 1)]}, {"discount": {"amount": "11"}}]
    assert [*map(patch, [*bodies, {"discount": None}])] == [
        *[{"percent": None, "amount": "20.00"}] * 3, "discount_too_high", None,
    ]  # fmt: skip


def test_parts_of_a_random_order_add_up(as_alice, alice):
    random = Random(7)  # noqa: S311, not for secrets
    products = [make_product(alice, f"P{n}", 1000, price=f"{random.randint(0, 999)}.{n}7") for n in range(5)]
    left = {product: random.randint(1, 9) for product in products}
    whole = sum(Decimal(product.price) * quantity for product, quantity in left.items())
    made = order(as_alice, *(line(*one) for one in left.items()), discount={"amount": "99.99"})
    total = Decimal()
    while left:
        part = {product: random.randint(0, quantity) for product, quantity in left.items()}
        part = {product: quantity for product, quantity in part.items() if quantity} or left
        sold = hand_out(as_alice, made, *(line(*one) for one in part.items()), keep_rest=True)
        total += Decimal(pay(as_alice, sold))
        left = {product: rest for product in left if (rest := left[product] - part.get(product, 0))}
        made = as_alice.get(f"{ADDRESS}{sold['kept']}/").json() if left else None
    assert total == whole - Decimal("99.99")


def test_the_file_of_an_order_has_no_total_while_its_prices_lack_the_discount(as_alice, tea):
    made = order(as_alice, line(tea, 2, unit_price="10.00"), discount={"percent": "10"})
    address = f"{ADDRESS}{made['id']}/file/?_from_page=1"
    assert "Total" not in as_alice.get(address).getvalue().decode()
    hand_out(as_alice, made)
    assert as_alice.get(address).getvalue().decode().splitlines()[-1] == "Total,,,,,,18.00"


def test_a_worker_hands_out_a_discount_that_was_agreed_and_writes_none(alice, as_alice, as_bob, tea):
    as_alice.patch("/api/account/", {"workers_sell_at_list_price": True})
    made = order(as_alice, line(tea, 2), discount={"percent": "50"})
    assert order(as_bob, line(tea, 2), discount={"percent": "50"})["code"] == "discount_refused"
    address = f"{ADDRESS}{made['id']}/"
    for discount, status in (({"percent": "50"}, 200), ({"percent": "51"}, 400), (None, 200)):
        assert as_bob.patch(address, {"discount": discount}, format="json").status_code == status
    again = order(as_alice, line(tea, 2), discount={"percent": "50"})
    assert pay(as_bob, hand_out(as_bob, again)) == "10.00"


def test_the_delivery_note_takes_it_off(as_alice, tea):
    made = order(as_alice, line(tea, 2, unit_price="9.00"), discount={"amount": "3.00"})
    file = f"{ADDRESS}{made['id']}/file/?format=html"
    for _ in range(2):
        assert "15.00" in as_alice.get(file).content.decode()
        hand_out(as_alice, made) if _ == 0 else None


def test_pages_write_it_take_it_and_leave_it_out(alice, as_alice, tea):
    browser = Browser(alice)
    for discount, total in (("10 %", "18.00"), ("", "20.00"), ("2.50", "17.50")):
        sent = browser.send_task("/shop/reserve/", {"product": tea.name, "quantity": "2"}, discount="10 %")
        pk = sent.headers["Location"].split("/")[-2]
        assert "10 %" in browser.get_page(f"{ADDRESS}{pk}/")
        page = f"/shop/reservations/{pk}/"
        assert browser.send_task(page, note="x").status_code == 303
        assert as_alice.get(f"{ADDRESS}{pk}/").json()["discount"]["percent"] == "10.00"
        sold = browser.send_task(f"{page}fulfil/", discount=discount)
        assert sold.status_code == 303
        assert as_alice.get("/api/sales/").json()["results"][0]["total"] == total
