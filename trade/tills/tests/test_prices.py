"""The prices that a till knows without a network, and those that it books."""

import pytest

from testing.cast.people import client_of, make_product
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.prices.tests.priced import make_customer, make_group, set_prices
from trade.tills import reading

CATALOGUE = "/api/tills/catalogue/"
ROW = {"price_group": None, "from": None, "starts_on": None, "ends_on": None}


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="10.00")


def list_prices(client, **query):
    return [row["price"] for row in client.get(CATALOGUE, query).json()["prices"]]


def test_the_catalogue_has_the_prices_of_everybody_and_the_percents_of_live_groups(alice, as_alice, tea):
    flour = make_product(alice, "Flour", 100, price="2.00", unit="kg", decimals=3)
    regulars, gone = make_group(alice), make_group(alice, "Gone")
    as_alice.delete(f"/api/price-groups/{gone}/")
    set_prices(alice, flour, {"price": "1.80", "from": "2.5"}, {"price": "1.50", "price_group": regulars})
    basket = make_kit(alice, "Basket", {tea.pk: 1})["id"]
    set_prices(alice, basket, {"price": "9.00", "ends_on": "2099-12-31"}, kind="kits")
    found = Device(alice).client.get(CATALOGUE).json()
    assert found["prices"] == [
        {**ROW, "product": flour.pk, "kit": None, "from": 2500, "price": "1.80"},
        {**ROW, "product": None, "kit": basket, "price": "9.00", "ends_on": "2099-12-31"},
    ]
    assert [(one["id"], one["name"], one["percent"]) for one in found["price_groups"]] == [
        (regulars, "Regulars", "10.00")
    ]


def test_the_catalogue_has_the_prices_of_the_groups_that_are_asked_for(alice, as_charlie, tea):
    groups = [make_group(alice, name) for name in ("Regulars", "Friends", "Shops")]
    set_prices(alice, tea, *({"price": f"{place}.00", "price_group": one} for place, one in enumerate(groups, 1)))
    client = Device(alice).client
    assert list_prices(client) == []
    assert list_prices(client, price_group=f"{groups[0]},{groups[2]}") == ["1.00", "3.00"]
    assert list_prices(as_charlie, price_group=groups[0]) == []
    assert client.get(CATALOGUE, {"price_group": "regulars"}).status_code == 400


def test_each_page_has_the_prices_of_its_goods(alice, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PRODUCTS", 1)
    for place, product in enumerate([make_product(alice, name, 1, price="10.00") for name in ("Tea", "Cup")], 1):
        set_prices(alice, product, {"price": f"{place}.00"})
    first = client_of(alice).get(CATALOGUE).json()
    assert [row["price"] for row in first["prices"]] == ["1.00"]
    assert list_prices(client_of(alice), after=first["next"]) == ["2.00"]


def test_events_tell_which_prices_have_changed(alice, tea):
    client = Device(alice).client
    basket, group = make_kit(alice, "Basket", {tea.pk: 1})["id"], make_group(alice)
    client.get("/api/events/")
    position = client.get(CATALOGUE).json()["position"]
    set_prices(alice, tea, {"price": "9.00"})
    set_prices(alice, basket, {"price": "9.00"}, kind="kits")
    client_of(alice).patch(f"/api/price-groups/{group}/", {"percent": "20.00"})
    events = client.get("/api/events/", {"after": position}).json()["events"]
    assert [event["type"] for event in events] == ["product.changed", "kit.changed", "price_group.changed"]
    assert list(events[0]["data"]["changes"]) == ["prices"]


def test_a_found_customer_has_its_price_group(alice):
    group = make_group(alice)
    make_customer(alice, group)
    found = Device(alice).client.get("/api/customers/", {"search": "ada", "fields": "name,price_group"}).json()
    assert found["results"] == [{"name": "Ada Fern", "price_group": group}]


@all_cases(("price", "source"), [("9.00", "percent"), ("8.99", "typed")])
def test_a_price_that_a_till_names_applies_or_is_typed(alice, tea, price, source):
    device, customer = Device(alice), make_customer(alice, make_group(alice))
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 2, "unit_price": price}
    answer = device.send(device.key(1), {"lines": [line], "reason": "sale", "customer": customer}).json()
    assert [(one["unit_price"], one["price_from"]) for one in answer["movements"]] == [(price, source)]
