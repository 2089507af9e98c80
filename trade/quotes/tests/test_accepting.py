"""Accepting a quote makes its order, once, at its prices."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from products.models import Product
from products.taxes.services import create_tax
from records.events.models import Event
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.prices.tests.priced import set_prices
from trade.quotes.tests.quoting import QUOTES, kits, line, post, quote, read
from trade.quotes.tests.test_quotes import expire
from users.models import User


def accept(client, made, **body):
    answer = post(client, made, "accept", **body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def sell(client, order):
    """Hand out an order, and return its sale."""
    sold = client.post(f"{ADDRESS}{order['id']}/fulfil/", {}, format="json")
    assert sold.status_code == 201, sold.json()
    return client.get(f"/api/sales/{sold.json()['id']}/").json()


@pytest.mark.quick
def test_makes_the_order_at_the_prices_of_the_quote(as_alice, alice, tea, basket, ada):
    set_prices(alice, tea, {"price": "7.00"})
    fields = {"customer": ada, "discount": {"amount": "3"}, "reference": "wedding", "note": "n", "metadata": {"a": "b"}}
    made = quote(as_alice, kits(basket, 2), line(tea, 2), **fields)
    for pk in Product.objects.filter(owner=alice).values_list("pk", flat=True):
        as_alice.patch(f"/api/products/{pk}/", {"price": "99.00"})
    set_prices(alice, tea)
    order = accept(as_alice, made, wanted_on="2030-01-01")
    kept = (order["quote"], order["was_expired"], order["expires_at"], order["wanted_on"])
    assert kept == (made["id"], False, None, "2030-01-01")
    assert {name: order[name] for name in fields} == fields | {"discount": {"percent": None, "amount": "3.00"}}
    assert (order["kits"][0]["total"], order["lines"][-1]["unit_price"]) == ("28.80", "7.00")
    assert (read(as_alice, made)["state"], read(as_alice, made)["order"]) == ("accepted", order["id"])
    assert as_alice.get(f"{ADDRESS}{order['id']}/").json()["quote"] == made["id"]
    assert as_alice.get(f"/api/products/{tea.pk}/").json()["reserved"] == 4
    assert sell(as_alice, order)["total"] == made["total"] == "39.80"
    refused = post(as_alice, made, "accept")
    assert (refused.status_code, refused.json()["code"], refused.json()["order"]) == (409, "quote_closed", order["id"])


def test_a_kit_has_the_name_of_the_quote_in_order_and_sale(as_alice, alice, basket, ada):
    made = quote(as_alice, kits(basket, 2), customer=ada)
    renamed = as_alice.patch(f"/api/kits/{basket}/", {"name": "Hamper", "sku": "HAM"}, format="json")
    assert renamed.status_code == 200, renamed.json()
    order = accept(as_alice, made)
    sold = as_alice.get(f"/api/stock/operations/{sell(as_alice, order)['operation']}/").json()
    named = [(one["name"], one["sku"]) for one in (*order["kits"], *sold["kits"])]
    assert named == [("Basket", made["lines"][0]["sku"])] * 2
    assert quote(as_alice, kits(basket, 1))["lines"][0]["name"] == "Hamper"


def test_an_expired_one_can_be_accepted(as_alice, alice, tea):
    made, last = quote(as_alice, line(tea)), quote(as_alice, line(tea), valid_until=str(alice.shop_today()))
    expire(made)
    assert [accept(as_alice, one)["was_expired"] for one in (last, made)] == [False, True]
    events = Event.objects.filter(owner=alice, type="quote.accepted").order_by("id")
    assert [one.data["was_expired"] for one in events] == [False, True]


@pytest.mark.quick
def test_what_is_missing_leaves_the_quote_open(as_alice, tea, cup):
    made = quote(as_alice, line(cup), line(tea, 101))
    refused = post(as_alice, made, "accept")
    [error] = refused.json()["lines"]
    assert (refused.status_code, error["line"], error["code"], error["expected"]) == (400, 1, "insufficient_stock", [])
    assert read(as_alice, made)["state"] == "open"
    assert as_alice.get(ADDRESS).json()["results"] == []


@all_cases("what", ["product", "kit", "customer"])
def test_what_was_archived_leaves_the_quote_open(as_alice, tea, basket, ada, what):
    made = quote(as_alice, line(tea), kits(basket), customer=ada)
    addresses = {"product": f"products/{tea.pk}", "kit": f"kits/{basket}", "customer": f"customers/{ada}"}
    assert as_alice.delete(f"/api/{addresses[what]}/").status_code == 204
    refused = post(as_alice, made, "accept").json()
    found = {one["code"] for one in refused.get("lines", [refused])}
    assert f"{what}_archived" in found
    assert read(as_alice, made)["state"] == "open"


def test_a_kit_keeps_its_parts(as_alice, tea, cup, basket):
    made = quote(as_alice, kits(basket, 1, parts=[line(tea, 1)], unit_price="5.00"), kits(basket))
    as_alice.patch(f"/api/kits/{basket}/", {"parts": [line(cup, 1)]}, format="json")
    order = accept(as_alice, made)
    assert [(one["product"], one["quantity"]) for one in order["lines"]] == [(tea.pk, 1), (tea.pk, 1), (cup.pk, 2)]
    assert sell(as_alice, order)["total"] == made["total"] == "21.00"


def test_a_shop_that_got_its_currency_since_changes_the_quote_first(as_alice, alice, tea):
    made = quote(as_alice, line(tea))
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    alice.refresh_from_db()
    refused = post(as_alice, made, "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "currency_changed")
    as_alice.patch(f"{QUOTES}{made['id']}/", {"lines": [line(tea)]}, format="json")
    assert accept(as_alice, made)


def test_a_quote_fixes_the_currency(as_alice, tea):
    assert as_alice.patch("/api/account/", {"currency": "EUR"}).status_code == 200
    quote(as_alice, line(tea))
    refused = as_alice.patch("/api/account/", {"currency": "USD"}).json()
    assert (refused["code"], "quotes" in refused["detail"]) == ("currency_fixed", True)


def test_limits_of_workers_are_asked_when_it_is_written(as_alice, as_bob, tea, basket):
    as_alice.patch("/api/account/", {"workers_sell_at_list_price": True})
    low = as_bob.post(QUOTES, {"lines": [line(tea, 1, unit_price="5.00")]}, format="json")
    assert low.json()["lines"][0]["code"] == "list_price_only"
    off = as_bob.post(QUOTES, {"lines": [line(tea)], "discount": {"percent": "5"}}, format="json")
    assert off.json()["code"] == "discount_refused"
    made = quote(
        as_alice, line(tea, 2, unit_price="5.00"), kits(basket, 1, unit_price="2.00"), discount={"percent": "50"}
    )
    same = as_bob.patch(f"{QUOTES}{made['id']}/", {"discount": {"percent": "50"}}, format="json")
    assert same.status_code == 200, same.json()  # a form sends what it was rendered with
    assert sell(as_bob, accept(as_bob, made))["total"] == "6.00"


@all_cases(
    ("currency", "is_net", "rate"),
    [("EUR", False, "20"), ("EUR", True, "19"), ("JPY", False, "10"), ("JPY", True, "8")],
)
def test_a_random_quote_its_order_and_its_sale_cost_the_same(as_alice, alice, basket, tea, currency, is_net, rate):
    """So do their taxes: with products by weight, kits, groups, typed prices, rates and discounts."""
    random = Random(f"{currency}{is_net}")  # noqa: S311, not for secrets
    taxes = [
        None,
        *(
            create_tax(owner_id=alice.pk, name=name, rate=name, **({} if int(name) else {"category": "Z"}))
            for name in (rate, "7", "0")
        ),
    ]
    User.objects.filter(pk=alice.pk).update(currency=currency, prices_include_tax=not is_net, has_taxes=True)
    alice.refresh_from_db()
    Product.objects.filter(owner=alice).update(tax=taxes[1])
    products = [
        make_product(alice, f"P{n}", 10**6, price=f"{n * n}.{n}5", decimals=n % 4, tax=random.choice(taxes))
        for n in range(8)
    ]
    for _ in range(4):
        typed = [{}, {}, {"unit_price": f"{random.randint(0, 99)}.{'00' if currency == 'JPY' else '37'}"}]
        lines = [line(one, random.randint(1, 3000), **random.choice(typed)) for one in random.sample(products, 5)]
        discount = random.choice([None, {"percent": "7.5"}, {"amount": "12"}])
        made = quote(as_alice, kits(basket, 3), *lines, discount=discount)
        order = accept(as_alice, made)
        sale = sell(as_alice, order)
        assert (sale["total"], sale["taxes"]) == (made["total"], made["taxes"])
        assert sum(Decimal(one["gross"]) for one in made["taxes"]) == Decimal(made["total"])


def test_prices_count_as_typed_in_the_order(as_alice, alice, tea, ada):
    order = accept(as_alice, quote(as_alice, line(tea, 2), customer=ada))
    set_prices(alice, tea, {"price": "1.00"})
    changed = as_alice.patch(f"{ADDRESS}{order['id']}/", {"customer": None}, format="json").json()
    assert (changed["lines"][0]["unit_price"], changed["lines"][0]["price_from"]) == ("9.00", None)


def test_a_merge_moves_quotes(as_alice, tea, ada):
    made = quote(as_alice, line(tea), customer=ada)
    other = Customer.objects.create(owner=tea.owner, name="Ada F").pk
    moved = as_alice.post(f"/api/customers/{ada}/merge/?dry_run=true", {"into": other}).json()["moves"]
    assert moved["quotes"] == 1
    as_alice.post(f"/api/customers/{ada}/merge/", {"into": other})
    assert accept(as_alice, made)["customer"] == other


def test_events_have_ids_alone(as_alice, alice, tea, ada):
    made = quote(as_alice, line(tea), customer=ada, valid_until=str(alice.shop_today() + timedelta(days=1)))
    as_alice.patch(f"{QUOTES}{made['id']}/", {"note": "n"}, format="json")
    accept(as_alice, made)
    post(as_alice, post(as_alice, made, "copy").json(), "decline")
    events = Event.objects.filter(owner=alice, type__startswith="quote.").order_by("id")
    assert [one.type.partition(".")[2] for one in events] == ["created", "changed", "accepted", "created", "declined"]
    assert all({*one.data} <= {"quote", "order", "was_expired"} for one in events)


def test_a_key_has_one_effect(as_alice, tea):
    made = quote(as_alice, line(tea))
    for action, status in (("copy", 201), ("accept", 201)):
        answers = [
            as_alice.post(f"{QUOTES}{made['id']}/{action}/", {}, format="json", headers={"Idempotency-Key": action})
            for _ in range(2)
        ]
        assert [one.status_code for one in answers] == [status] * 2
        assert answers[0].json() == answers[1].json()
    assert [one["number"] for one in as_alice.get(QUOTES).json()["results"]] == [2, 1]


def test_a_till_has_no_quotes(alice, tea):
    device = Device(alice)
    assert device.client.get(QUOTES).status_code == 403
    assert device.client.post(QUOTES, {"lines": [line(tea)]}, format="json").status_code == 403
