"""The catalogue: what a till needs of the products, and the position after which events repair its copy."""

from testing.cast.people import client_with_key, make_product, make_products
from testing.cast.reservations import reserve
from testing.cast.tills import Device
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.tills import reading

CATALOGUE = "/api/tills/catalogue/"


def test_it_has_what_a_till_sells(as_bob, alice, kettle):
    [shown] = as_bob.get(CATALOGUE).json()["products"]
    listed = as_bob.get(f"/api/products/{kettle.pk}/").json()
    assert shown == {name: listed[name] for name in shown}
    assert list(shown) == [
        "id", "name", "sku", "barcode", "codes", "unit", "decimals", "price", "tax", "available", "updated_at",
        "picture",
    ]  # fmt: skip


def test_it_has_the_language_of_the_tills_user(as_alice, as_bob, alice, kettle):
    as_alice.patch("/api/account/", {"language": "de"})
    assert as_alice.get(CATALOGUE).json()["language"] == "de"
    as_alice.patch("/api/users/me/", {"language": "fr"})
    assert as_alice.get(CATALOGUE).json()["language"] == "fr"


def test_it_has_the_codes_of_scales_and_the_decimals(as_alice, as_bob, alice):
    codes = [{"prefix": "21", "digits": 5, "places": 3, "holds": "weight"}]
    as_alice.patch("/api/account/", {"scale_codes": codes})
    make_product(alice, "Comté", unit="kg", decimals=3)
    catalogue = as_bob.get(CATALOGUE).json()
    assert (catalogue["scale_codes"], catalogue["products"][0]["decimals"]) == (codes, 3)


def test_it_has_further_codes_and_what_is_not_reserved(as_alice, alice):
    pot = make_product(alice, "Pot", 10, sku="POT")
    as_alice.patch(f"/api/products/{pot.pk}/", {"codes": [{"code": "CASE-POT", "quantity": 6}]})
    reserve(as_alice, pot, 3)
    [shown] = as_alice.get(CATALOGUE).json()["products"]
    assert (shown["codes"], shown["available"]) == ([{"code": "CASE-POT", "quantity": 6}], 7)


def test_archived_products_and_other_shops_are_not_in_it(as_alice, as_charlie, alice, kettle):
    as_alice.delete(f"/api/products/{make_product(alice, 'Gone').pk}/")
    assert [product["id"] for product in as_alice.get(CATALOGUE).json()["products"]] == [kettle.pk]
    assert as_charlie.get(CATALOGUE).json()["products"] == []


def test_it_is_read_in_pages_by_id(as_alice, alice, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PRODUCTS", 2)
    ids = [product.pk for product in make_products(alice, 5)]
    found, after = [], 0
    while after is not None:
        page = as_alice.get(CATALOGUE, {"after": after}).json()
        found.append([product["id"] for product in page["products"]])
        after = page["next"]
    assert found == [ids[:2], ids[2:4], ids[4:]]


def test_events_after_its_position_have_all_later_changes(as_alice, kettle):
    as_alice.get("/api/events/")
    position = as_alice.get(CATALOGUE).json()["position"]
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "9.99"})
    later = as_alice.get("/api/events/", {"after": position}).json()["events"]
    assert [event["data"]["product"] for event in later] == [kettle.pk]


def test_a_key_that_only_reads_gets_it(alice, kettle):
    assert len(client_with_key(alice, "read").get(CATALOGUE).json()["products"]) == 1


def test_it_shows_no_costs(alice, as_alice):
    make_product(alice, "Pot", cost_price="77.70")
    assert "77.70" not in as_alice.get(CATALOGUE).text


def test_a_page_costs_four_statements_beside_those_of_a_key(alice, django_assert_num_queries):
    make_products(alice, 20)
    device = Device(alice)
    device.gaps()
    with django_assert_num_queries(5):
        device.client.get(CATALOGUE)


def test_kits_cost_one_statement_more(alice, django_assert_num_queries):
    tea = make_product(alice, "Tea", 5)
    make_kit(alice, "Basket", {tea.pk: 2})
    device = Device(alice)
    device.gaps()
    with django_assert_num_queries(6):
        device.client.get(CATALOGUE)


def test_it_has_the_tiles_that_the_shop_has_chosen(as_alice, as_bob, alice):
    tea, cup = make_products(alice, 2)
    basket = make_kit(alice, "Basket", {tea.pk: 1})
    tiles = [{"kit": basket["id"]}, {"product": cup.pk}, {"product": tea.pk}]
    as_alice.patch("/api/account/", {"tiles": tiles})
    assert as_bob.get(CATALOGUE).json()["tiles"] == tiles
    as_alice.delete(f"/api/products/{cup.pk}/")
    assert as_bob.get(CATALOGUE).json()["tiles"] == [tiles[0], tiles[2]]
    assert as_bob.get(CATALOGUE, {"after": tea.pk}).json()["tiles"] == []


def test_without_a_choice_its_tiles_are_what_is_sold_most(as_alice, alice):
    tea, cup = (make_product(alice, name, 9) for name in ("Tea", "Cup"))
    basket = make_kit(alice, "Basket", {tea.pk: 1})
    for line in ({"kit": basket["id"]}, {"kit": basket["id"]}, {"product": cup.pk}):
        body = {"lines": [{**line, "movement_type": "OUT", "quantity": 1}]}
        assert as_alice.post("/api/stock/operations/", body).status_code == 201
    assert as_alice.get(CATALOGUE).json()["tiles"] == [{"kit": basket["id"]}, {"product": cup.pk}]


def test_it_has_the_live_kits_with_their_parts(as_alice, as_charlie, alice):
    tea, cup = make_products(alice, 2)
    fixed = make_kit(alice, "Basket", {tea.pk: 1, cup.pk: 2}, sku="BASKET", price="10.00")
    make_kit(alice, "Set", {tea.pk: 1})
    as_alice.delete(f"/api/kits/{make_kit(alice, 'Gone', {cup.pk: 1})['id']}/")
    basket, other = as_alice.get(CATALOGUE).json()["kits"]
    parts = [{"product": tea.pk, "quantity": 1}, {"product": cup.pk, "quantity": 2}]
    assert basket == {name: fixed[name] for name in basket} | {"parts": parts}
    assert list(basket) == ["id", "name", "sku", "barcode", "price", "updated_at", "parts"]
    assert (other["name"], other["price"]) == ("Set", None)
    assert as_charlie.get(CATALOGUE).json()["kits"] == []


@all_cases(("products", "kits"), [(5, 3), (3, 5), (1, 3)])
def test_pages_have_each_product_and_each_kit_once(as_alice, alice, monkeypatch, products, kits):
    monkeypatch.setattr(reading, "MAX_PRODUCTS", 2)
    ids = [product.pk for product in make_products(alice, products)]
    made = [make_kit(alice, f"Kit {number}", {ids[0]: 1})["id"] for number in range(kits)]
    found: dict[str, list[int]] = {"products": [], "kits": []}
    after = 0
    while after is not None:
        page = as_alice.get(CATALOGUE, {"after": after}).json()
        for name, rows in found.items():
            assert len(page[name]) <= 2
            rows += [row["id"] for row in page[name]]
        after = page["next"]
    assert found == {"products": ids, "kits": made}


def test_a_device_reads_the_kits_that_have_changed(as_alice, alice):
    tea = make_product(alice, "Tea", 5, cost_price="77.70")
    kept, gone = (make_kit(alice, name, {tea.pk: 1})["id"] for name in ("Kept", "Gone"))
    client = Device(alice).client
    client.get("/api/events/")
    position = client.get(CATALOGUE).json()["position"]
    as_alice.patch(f"/api/kits/{kept}/", {"parts": [{"product": tea.pk, "quantity": 3}]})
    as_alice.delete(f"/api/kits/{gone}/")
    events = client.get("/api/events/", {"after": position}).json()["events"]
    assert [event["data"]["kit"] for event in events] == [kept, gone]
    listed = client.get("/api/kits/", {"id__in": f"{kept},{gone}"})
    [kit] = listed.json()["results"]
    assert (kit["id"], kit["parts"][0]["quantity"], kit["cost"]) == (kept, 3, None)
    assert client.get(f"/api/kits/{kept}/").status_code == client.delete(f"/api/kits/{kept}/").status_code == 403


def test_says_whether_the_caller_sells_at_the_list_price(alice, as_alice, as_bob):
    as_alice.patch("/api/account/", {"workers_sell_at_list_price": True})
    callers = [as_alice, as_bob, Device(alice).client]
    assert [one.get(CATALOGUE).json()["sells_at_list_price"] for one in callers] == [False, True, True]


@all_cases(("switch", "before", "after"), [("auto", False, True), ("off", False, False), ("on", True, True)])
def test_says_whether_the_till_asks_for_payments(alice, as_alice, kettle, switch, before, after):
    as_alice.patch("/api/account/", {"uses": {"payments": switch}, "acknowledged": True})
    assert as_alice.get(CATALOGUE).json()["payments"] is before
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1, "unit_price": "5.00"}
    sale = {"lines": [line], "payments": [{"kind": "cash"}]}
    assert as_alice.post("/api/stock/operations/", sale).status_code == 201
    assert Device(alice).client.get(CATALOGUE).json()["payments"] is after


def test_it_has_the_rates_only_if_they_are_added_to_the_prices(as_alice, as_bob, kettle):
    tax = as_alice.post("/api/taxes/", {"name": "Full", "rate": "19.00"}).json()["id"]
    as_alice.patch(f"/api/products/{kettle.pk}/", {"tax": tax})
    assert as_bob.get(CATALOGUE).json()["taxes"] == []
    as_alice.patch("/api/account/", {"prices_include_tax": False, "time_zone": "Europe/Vienna"})
    catalogue = as_bob.get(CATALOGUE).json()
    assert (catalogue["taxes"], catalogue["products"][0]["tax"]) == ([{"id": tax, "rate": "19.00"}], tax)
    assert catalogue["time_zone"] == "Europe/Vienna"


def test_a_device_finds_customers_and_lists_no_others(alice, as_alice):
    ada = as_alice.post("/api/customers/", {"name": "Ada Fern"}).json()["id"]
    as_alice.post("/api/customers/", {"name": "Bea"})
    device = Device(alice)
    found = device.client.get("/api/customers/", {"search": "ada", "fields": "id,name,phone,email"}).json()["results"]
    assert found == [{"id": ada, "name": "Ada Fern", "phone": "", "email": ""}]
    for query in ({}, {"search": "a"}, {"name": "Bea"}):
        assert device.client.get("/api/customers/", query).json()["results"] == []
    assert device.client.get(f"/api/customers/{ada}/").status_code == 403
    assert as_alice.get(CATALOGUE).json()["customers"] is True
