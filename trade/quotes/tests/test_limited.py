"""Who sells at list prices may not enlarge what others have agreed in an order or a quote."""

import pytest

from products.models import Product
from products.taxes.services import create_tax
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.prices.tests.priced import set_prices
from trade.quotes.tests.quoting import QUOTES, kits, line, post, quote

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def limited(as_alice):
    assert as_alice.patch("/api/account/", {"workers_sell_at_list_price": True}).status_code == 200


def order(client, *lines, **fields):
    answer = client.post(ADDRESS, {"lines": lines, **fields}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def send(client, address, body):
    """Return the status of a PATCH or, if it is refused, the code of the body or of its first line."""
    answer = client.patch(address, body, format="json")
    return answer.status_code if answer.status_code == 200 else find_code(answer.json())


def find_code(refused):
    return refused["lines"][0]["code"] if refused.get("lines") else refused["code"]


def hand_out(client, made, *lines, **fields):
    answer = client.post(f"{ADDRESS}{made['id']}/fulfil/", {"lines": lines, **fields}, format="json")
    return answer.status_code if answer.status_code == 201 else find_code(answer.json())


@all_cases("kind", ["order", "quote"])
@all_cases(
    ("before", "discount", "after", "code"),
    [
        ({"unit_price": "1.00"}, None, {"quantity": 3, "unit_price": "1.00"}, "list_price_only"),
        ({"unit_price": "1.00"}, None, {"quantity": 2, "unit_price": "1.00"}, 200),
        ({"unit_price": "1.00"}, None, {"quantity": 1, "unit_price": "1.00"}, 200),
        ({"unit_price": "1.00"}, None, {"quantity": 3}, 200),
        ({"unit_price": "12.00"}, None, {"quantity": 3, "unit_price": "12.00"}, 200),
        ({}, {"percent": "50"}, {"quantity": 3}, "list_price_only"),
        ({}, {"amount": "5"}, {"quantity": 3}, "list_price_only"),
        ({}, {"percent": "50"}, {"quantity": 1}, 200),
    ],
)
def test_a_line_grows_only_at_the_price_that_applies(as_alice, as_bob, tea, kind, before, discount, after, code):
    write, address = {"order": (order, ADDRESS), "quote": (quote, QUOTES)}[kind]
    made = write(as_alice, line(tea, 2, **before), discount=discount)
    body = {"lines": [{"product": tea.pk, **after}]}
    assert send(as_bob, f"{address}{made['id']}/", body) == code
    assert send(as_alice, f"{address}{made['id']}/", {"lines": [line(tea, 9, unit_price="0.50")]}) == 200


@all_cases("kind", ["order", "quote"])
@all_cases(
    ("lines", "discount", "code"),
    [
        ([{"unit_price": "1.00"}], None, "list_price_only"),
        ([{}], {"percent": "50"}, "list_price_only"),
        ([{"unit_price": "12.00"}], None, 200),
        ([{}], None, 200),
    ],
)
@all_cases("sends_lines", [False, True])
def test_another_customer_gets_only_what_applies(as_alice, as_bob, tea, ada, kind, lines, discount, code, sends_lines):
    write, address = {"order": (order, ADDRESS), "quote": (quote, QUOTES)}[kind]
    lines = [line(tea, 2, **one) for one in lines]
    for before, after in ((ada, None), (None, ada)):
        made = write(as_alice, *lines, discount=discount, customer=before)
        body = {"customer": after, **({"lines": lines} if sends_lines else {})}
        assert send(as_bob, f"{address}{made['id']}/", body) == code
        assert send(as_bob, f"{address}{made['id']}/", {"customer": before, "note": "n"}) == 200


def test_a_discount_covers_no_other_line_and_none_is_added_beside_it(as_alice, as_bob, tea, cup):
    address = f"{ADDRESS}{order(as_alice, line(tea, 2), discount={'percent': '50'})['id']}/"
    assert send(as_bob, address, {"lines": [line(tea, 1), line(cup, 1)]}) == "list_price_only"
    assert send(as_bob, address, {"lines": [line(tea, 1), line(cup, 1)], "discount": None}) == 200


@all_cases(
    ("quantities", "price", "code"),
    [
        ([3], "2.00", "list_price_only"), ([1, 2], "2.00", "list_price_only"), ([1, 1], "2.00", 200),
        ([1], "2.00", 200),
        ([3], "20.00", 200),
    ],
)  # fmt: skip
def test_kits_grow_only_at_the_price_that_applies(as_alice, as_bob, basket, ada, quantities, price, code):
    made = order(as_alice, kits(basket, 2, unit_price=price))
    address, body = f"{ADDRESS}{made['id']}/", {"lines": [kits(basket, n, unit_price=price) for n in quantities]}
    assert send(as_bob, address, body) == code
    expected = 200 if price == "20.00" else "list_price_only"
    assert send(as_bob, address, {"customer": ada}) == expected


@all_cases("kind", ["order", "quote"])
@all_cases("goods", ["tea", "kits"])
@all_cases(
    ("is_gross", "to", "code"),
    [
        (True, {"quantity": 2}, "list_price_only"),
        (True, {"customer": None}, "list_price_only"),
        (True, {"copy": True}, "list_price_only"),
        (True, {"quantity": 1}, 200),
        (False, {"quantity": 2}, 200),
    ],
)
def test_what_was_agreed_with_vat_is_no_price_to_which_vat_is_added(
    alice, as_alice, as_bob, tea, basket, ada, kind, goods, is_gross, to, code
):
    tax = create_tax(owner_id=alice.pk, name="VAT", rate="7")
    Product.objects.filter(owner=alice).update(tax=tax)
    as_alice.patch("/api/account/", {"prices_include_tax": is_gross})
    alice.refresh_from_db()
    write, address = {"order": (order, ADDRESS), "quote": (quote, QUOTES)}[kind]
    price = {"unit_price": "16.00" if goods == "kits" else "10.00"}
    name = {"tea": lambda n: line(tea, n, **price), "kits": lambda n: kits(basket, n, **price)}[goods]
    made = write(as_alice, name(1), customer=ada)
    as_alice.patch("/api/account/", {"prices_include_tax": not is_gross})
    alice.refresh_from_db()
    if "copy" in to:
        assert kind == "order" or find_code(post(as_bob, made, "copy").json()) == code
    else:
        body = {"lines": [name(to["quantity"])]} if "quantity" in to else to
        assert send(as_bob, f"{address}{made['id']}/", body) == code


def test_kits_with_an_archived_part_are_for_no_other_customer(as_alice, as_bob, tea, basket, ada):
    address = f"{ADDRESS}{order(as_alice, kits(basket, 1, unit_price='1.00'))['id']}/"
    assert as_alice.delete(f"/api/products/{tea.pk}/").status_code == 204
    assert send(as_bob, address, {"customer": ada}) == "list_price_only"
    assert send(as_alice, address, {"customer": ada}) == 200


@all_cases(("price", "code"), [("1.00", "list_price_only"), ("12.00", 200)])
def test_an_archived_product_costs_another_customer_no_less(as_alice, as_bob, tea, ada, price, code):
    address = f"{ADDRESS}{order(as_alice, line(tea, 1, unit_price=price))['id']}/"
    assert as_alice.delete(f"/api/products/{tea.pk}/").status_code == 204
    assert send(as_bob, address, {"customer": ada}) == code


def test_a_copy_agrees_on_nothing(as_alice, as_bob, tea, basket):
    for made, code in (
        (quote(as_alice, line(tea, 1, unit_price="1.00")), 400),
        (quote(as_alice, kits(basket, 1, unit_price="1.00")), 400),
        (quote(as_alice, line(tea), discount={"percent": "50"}), 400),
        (quote(as_alice, line(tea)), 201),
    ):
        answer = post(as_bob, made, "copy")
        assert answer.status_code == code
        assert code == 201 or find_code(answer.json()) == "list_price_only"


@all_cases(
    ("ordered", "taken", "fields", "code"),
    [
        (12, 1, {}, "list_price_only"),
        (12, 1, {"unit_price": "8.00"}, "list_price_only"),
        (12, 1, {"unit_price": "10.00"}, 201),
        (12, 12, {}, 201),
        (13, 12, {}, 201),
    ],
)
@all_cases("is_quoted", [False, True])
def test_fewer_than_a_dozen_are_not_sold_at_its_price(alice, as_bob, tea, ordered, taken, fields, code, is_quoted):
    set_prices(alice, tea, {"price": "8.00", "from": "12"})
    made = (
        post(as_bob, quote(as_bob, line(tea, ordered)), "accept").json()
        if is_quoted
        else order(as_bob, line(tea, ordered))
    )
    part = line(tea, taken, **fields)
    assert hand_out(as_bob, made, part) == code
    assert code == 201 or hand_out(as_bob, made, part, keep_rest=True) == 201


def test_a_dozen_keeps_its_price_though_it_costs_more_by_now(alice, as_bob, tea):
    set_prices(alice, tea, {"price": "8.00", "from": "12"})
    made = order(as_bob, line(tea, 13))
    set_prices(alice, tea)
    assert hand_out(as_bob, made, line(tea, 11)) == "list_price_only"
    assert hand_out(as_bob, made, line(tea, 12)) == 201


def test_kits_at_the_price_of_a_dozen_are_not_taken_apart(alice, as_bob, tea, cup, basket):
    set_prices(alice, basket, {"price": "8.00", "from": "3"}, kind="kits")
    made = order(as_bob, kits(basket, 3))
    [one] = [one for one in made["lines"] if one["product"] == cup.pk]
    part = [line(tea, 1), line(cup, one["quantity"] // 3)]
    assert hand_out(as_bob, made, *part) == "list_price_only"
    assert hand_out(as_bob, made, *part, keep_rest=True) == 201


def test_less_of_a_typed_price_or_of_another_line_stays(alice, as_alice, as_bob, tea, cup):
    set_prices(alice, tea, {"price": "8.00", "from": "12"})
    made = order(as_alice, line(tea, 12), line(cup, 2, unit_price="1.00"), discount={"percent": "50"})
    assert hand_out(as_bob, made, line(cup, 1)) == 201


@all_cases(
    ("reserved", "discount", "sold", "code"),
    [
        ({"unit_price": "1.00"}, None, {}, "list_price_only"),
        ({"unit_price": "1.00"}, None, {"unit_price": "1.00"}, "list_price_only"),
        ({"unit_price": "1.00"}, None, {"unit_price": "10.00"}, 201),
        ({}, None, {}, 201),
        ({}, {"percent": "50"}, {}, "list_price_only"),
    ],
)
def test_no_more_work_is_sold_than_was_agreed(alice, as_alice, as_bob, reserved, discount, sold, code):
    work = make_product(alice, "Work", price="10.00", keeps_stock=False)
    made = order(as_alice, line(work, 1, **reserved), discount=discount)
    assert hand_out(as_bob, made, line(work, 200, **sold)) == code
    assert code == 201 or hand_out(as_bob, made, line(work, 1)) == 201


def test_tills_are_bound_and_managers_are_not(alice, as_alice, as_bob, tea):
    made = order(as_alice, line(tea, 1, unit_price="1.00"))
    body = {"lines": [line(tea, 3, unit_price="1.00")]}
    assert Device(alice).client.patch(f"{ADDRESS}{made['id']}/", body, format="json").status_code in (400, 403)
    as_alice.patch("/api/account/", {"workers_sell_at_list_price": False})
    alice.refresh_from_db()
    assert send(as_bob, f"{ADDRESS}{made['id']}/", body) == 200
