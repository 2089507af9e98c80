"""Makings: what goes out and comes in, what it is worth, what is refused, and how it is undone."""

import pytest

from stock.making.tests.recipes import make, read_stock, write_recipe
from stock.models import Operation
from stock.proofs.verification import find_breaks, verify_ledger
from stock.tests.test_verify import tamper
from testing.cast.people import make_location, make_product
from testing.cast.reservations import reserve
from testing.tables import all_cases


@pytest.fixture
def recipe(alice, tea, paper, bag):
    return write_recipe(alice, bag, 10, {tea: 1000, paper: 10})


def undo(client, operation):
    return client.post(f"/api/stock/operations/{operation['id']}/reverse/", {})


def book(client, product, movement_type, quantity, **fields):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity, **fields}
    response = client.post("/api/stock/", body)
    assert response.status_code == 201, response.json()
    return response.json()


def test_the_parts_go_out_and_the_product_comes_in_with_their_value(as_bob, as_alice, tea, paper, bag, recipe):
    response = make(as_bob, bag, 15, note="Monday")
    assert response.status_code == 201, response.json()
    operation = as_alice.get(f"/api/stock/operations/{response.json()['id']}/").json()
    assert (operation["reason"], operation["note"]) == ("making", "Monday")
    assert operation["made"] == {"product": bag.pk, "quantity": 15, "take_apart": False, "expected": None}
    moved = [(m["product_name"], m["movement_type"], m["quantity"], m["value"]) for m in operation["movements"]]
    assert moved == [
        ("Tea", "OUT", 1500, "30.00"), ("Paper bag", "OUT", 15, "1.50"), ("Bag of tea", "IN", 15, "31.50"),
    ]  # fmt: skip
    assert read_stock(tea, paper, bag) == [(1000, "20.00"), (9, "0.90"), (15, "31.50")]


def test_the_answer_is_what_the_operation_shows_later(as_alice, bag, recipe):
    booked = make(as_alice, bag, 10).json()
    assert as_alice.get(f"/api/stock/operations/{booked['id']}/").json() == booked


@pytest.mark.quick
def test_a_part_of_a_base_unit_is_refused_with_the_nearest_quantities(alice, as_alice, paper, bag):
    write_recipe(alice, bag, 4, {paper: 6})
    error = make(as_alice, bag, 5).json()
    assert (error["code"], error["part"], error["quantity"], error["nearest"]) == (
        "not_divisible", paper.pk, 5, [4, 6],
    )  # fmt: skip
    assert make(as_alice, bag, 1).json()["nearest"] == [None, 2]
    assert make(as_alice, bag, 6).status_code == 201


@pytest.mark.quick
def test_what_was_really_used_is_booked_beside_what_was_expected(as_alice, tea, paper, bag, recipe):
    used = [{"product": tea.pk, "amount": "1.040"}, {"product": paper.pk, "quantity": 11}]
    operation = make(as_alice, bag, 10, used=used).json()
    assert [m["quantity"] for m in operation["movements"]] == [1040, 11, 10]
    expected = [{"product": tea.pk, "quantity": 1000}, {"product": paper.pk, "quantity": 10}]
    assert operation["made"]["expected"] == expected
    assert read_stock(bag) == [(10, "21.90")]
    assert as_alice.get(f"/api/stock/operations/{operation['id']}/").json() == operation


def test_an_empty_list_of_what_was_used_counts_as_none(as_alice, tea, bag, recipe):
    assert make(as_alice, bag, 10, used=[]).json()["made"]["expected"] is None
    assert read_stock(tea)[0][0] == 1500


def test_without_a_recipe_a_making_says_what_it_used(as_alice, tea, bag):
    assert make(as_alice, bag, 10).json()["code"] == "no_recipe"
    operation = make(as_alice, bag, 10, used=[{"product": tea.pk, "quantity": 1000}]).json()
    assert operation["made"]["expected"] is None


@pytest.mark.quick
def test_taking_apart_shares_the_value_over_the_parts(as_alice, tea, paper, bag, recipe):
    make(as_alice, bag, 20)
    operation = make(as_alice, bag, 10, take_apart=True).json()
    moved = [(m["product_name"], m["movement_type"], m["value"]) for m in operation["movements"]]
    assert moved == [("Bag of tea", "OUT", "21.00"), ("Tea", "IN", "20.00"), ("Paper bag", "IN", "1.00")]
    assert operation["made"]["take_apart"]


@pytest.mark.quick
@pytest.mark.measured
@all_cases(
    ("costs", "shares"),
    [
        (("3.00", "1.00", "1.00"), ["6.00", "2.00", "2.00"]),
        ((None, None, None), ["3.34", "3.33", "3.33"]),
        (("1.00", None, None), ["10.00", "0.00", "0.00"]),
        (("0.01", "0.01", "0.04"), ["1.67", "1.67", "6.66"]),
    ],
)
def test_shares_are_whole_cents_that_add_up(alice, as_alice, costs, shares):
    whole = make_product(alice, "Basket", 1, cost_price="10.00")
    parts = [make_product(alice, f"P{number}", cost_price=cost) for number, cost in enumerate(costs)]
    used = [{"product": part.pk, "quantity": 1} for part in parts]
    operation = make(as_alice, whole, 1, take_apart=True, used=used).json()
    assert [m["value"] for m in operation["movements"]] == ["10.00", *shares]


@pytest.mark.quick
def test_only_a_part_without_cost_price_is_worth_its_present_average(alice, as_alice):
    whole = make_product(alice, "Basket", 1, cost_price="10.00")
    first, second = (make_product(alice, name) for name in ("First", "Second"))
    free = make_product(alice, "Free", cost_price="0.00")
    book(as_alice, first, "IN", 2, unit_cost="4.00")
    book(as_alice, second, "IN", 1, unit_cost="1.00")
    book(as_alice, free, "IN", 1, unit_cost="5.00")
    used = [{"product": part.pk, "quantity": 1} for part in (first, second, free)]
    operation = make(as_alice, whole, 1, take_apart=True, used=used).json()
    assert [m["value"] for m in operation["movements"]] == ["10.00", "8.00", "2.00", "0.00"]


def test_all_parts_that_are_short_are_named_and_nothing_is_booked(as_alice, tea, paper, bag, recipe):
    response = make(as_alice, bag, 30)
    assert response.json()["code"] == "invalid_lines"
    found = [(line["line"], line["code"], line["product"], line["available"]) for line in response.json()["lines"]]
    assert found == [(0, "insufficient_stock", tea.pk, 2500), (1, "insufficient_stock", paper.pk, 24)]
    assert not Operation.objects.filter(reason="making").exists()


def test_reserved_parts_are_not_used(as_alice, tea, bag, recipe):
    reserve(as_alice, tea, 2000)
    [error] = make(as_alice, bag, 10).json()["lines"]
    assert (error["code"], error["available"], error["reserved"]) == ("insufficient_stock", 500, 2000)


@pytest.mark.quick
def test_nothing_is_made_of_itself(as_alice, bag):
    body = {"product": bag.pk, "quantity": 10, "used": [{"product": bag.pk, "quantity": 1}]}
    response = as_alice.post("/api/stock/makings/", body)
    assert (response.status_code, [line["code"] for line in response.json()["lines"]]) == (400, ["made_of_itself"])


@pytest.mark.measured
@all_cases(
    ("fields", "code"),
    [
        ({"product": 999}, "product_not_found"),
        ({"used": [{"sku": "NONE", "quantity": 1}]}, "product_not_found"),
        ({"used": [{"sku": "SACK"}]}, "invalid"),
        ({"used": [{"kit": 1, "quantity": 1}]}, "kit_not_here"),
        ({"location": "Nowhere"}, "location_not_found"),
        ({"from_lot": "H26"}, "lot_not_found"),
    ],
)
def test_what_a_making_refuses(as_alice, bag, recipe, fields, code):
    response = as_alice.post("/api/stock/makings/", {"product": bag.pk, "quantity": 10, **fields})
    assert response.status_code == 400
    body = response.json()
    assert body["lines"][0]["code"] == code if "lines" in body else body["code"] == code


@all_cases(("field", "quantity"), [("quantity", 10**9), ("amount", "1000000000")])
def test_a_making_of_which_too_much_is_expected_is_refused_at_its_quantity(as_alice, tea, bag, recipe, field, quantity):
    body = {"product": bag.pk, field: quantity, "used": [{"product": tea.pk, "quantity": 1}]}
    response = as_alice.post("/api/stock/makings/", body)
    assert (response.status_code, response.json()) == (400, {field: ["This is too high."]})


@all_cases("take_apart", [False, True])
def test_a_making_may_name_all_products_by_their_codes(alice, as_alice, tea, bag, take_apart):
    book(as_alice, bag, "IN", 5)
    used = [{"sku": "SACK", "quantity": 100}]
    response = as_alice.post(
        "/api/stock/makings/", {"sku": "BAG", "quantity": 1, "used": used, "take_apart": take_apart}
    )
    assert response.status_code == 201, response.json()
    assert [stock[0] for stock in read_stock(tea, bag)] == ([2600, 4] if take_apart else [2400, 6])


def test_what_nobody_counts_is_not_made(alice, as_alice, tea):
    service = make_product(alice, "Packing", keeps_stock=False)
    assert make(as_alice, service, 1, used=[{"product": tea.pk, "quantity": 1}]).json()["code"] == "keeps_no_stock"
    assert as_alice.put(f"/api/products/{service.pk}/recipe/", {
        "makes": 1, "parts": [{"product": tea.pk, "quantity": 1}],
    }).json()["code"] == "keeps_no_stock"  # fmt: skip


def test_parts_without_stock_pass_through_with_their_cost(alice, as_alice, tea, bag):
    wrap = make_product(alice, "Wrap", keeps_stock=False, cost_price="0.30")
    recipe = write_recipe(alice, bag, 1, {wrap: 1, tea: 100})
    assert (recipe["can_make"], recipe["cost"]) == (25, "2.30")
    made = make(as_alice, bag, 2).json()
    assert [(row["product_name"], row["movement_type"], row["value"]) for row in made["movements"]] == [
        ("Wrap", "IN", "0.60"), ("Wrap", "OUT", "0.60"), ("Tea", "OUT", "4.00"), (bag.name, "IN", "4.60"),
    ]  # fmt: skip
    apart = make(as_alice, bag, 1, take_apart=True).json()
    assert [(row["product_name"], row["movement_type"], row["value"]) for row in apart["movements"]] == [
        (bag.name, "OUT", "2.30"), ("Wrap", "IN", "0.00"), ("Wrap", "OUT", "0.00"), ("Tea", "IN", "2.30"),
    ]  # fmt: skip
    for one in (apart, made):
        assert as_alice.post(f"/api/stock/operations/{one['id']}/reverse/", {}).status_code == 201
    assert read_stock(tea, wrap, bag) == [(2500, "50.00"), (0, "0.00"), (0, "0.00")]
    assert find_breaks(alice.pk) == []


@pytest.mark.quick
def test_what_is_made_of_nothing_that_is_counted_can_not_be_taken_apart(alice, as_alice, bag):
    wrap = make_product(alice, "Wrap", keeps_stock=False, cost_price="0.30")
    assert write_recipe(alice, bag, 1, {wrap: 2})["can_make"] is None
    assert make(as_alice, bag, 3).status_code == 201
    assert read_stock(bag) == [(3, "1.80")]
    assert make(as_alice, bag, 1, take_apart=True).json()["code"] == "keeps_no_stock"


def test_goods_leave_and_come_to_the_named_places(alice, as_alice, tea, paper, bag, recipe):
    for name in ("Cellar", "Shelf"):
        make_location(alice, name)
    book(as_alice, tea, "IN", 1000, location="Cellar", lot="H26", expires_on="2027-01-31")
    used = [{"product": tea.pk, "quantity": 1000, "lot": "h26"}, {"product": paper.pk, "quantity": 10}]
    booked = make(as_alice, bag, 10, used=used[:1], from_location="Cellar", location="Shelf", lot="B1").json()
    places = [
        [(one["location_name"], one["lot_code"], one["quantity"]) for one in m["portions"]] for m in booked["movements"]
    ]
    assert places == [[("Cellar", "H26", 1000)], [("Shelf", "B1", 10)]]
    assert undo(as_alice, booked).status_code == 201
    taken = make(as_alice, bag, 10, used=used, location="Shelf", lot="B2", expires_on="2027-01-31").json()
    assert taken["movements"][2]["portions"][0]["expires_on"] == "2027-01-31"


def test_a_part_with_a_place_of_its_own_leaves_from_there(alice, as_alice, tea, bag):
    for name in ("Cellar", "Shelf"):
        make_location(alice, name)
    book(as_alice, tea, "IN", 5, location="Shelf", lot="H26")
    used = [{"product": tea.pk, "quantity": 3, "location": "Shelf"}]
    made = make(as_alice, bag, 1, used=used, from_location="Cellar", from_lot="H26").json()
    [portion] = made["movements"][0]["portions"]
    assert (portion["location_name"], portion["lot_code"], portion["quantity"]) == ("Shelf", "H26", 3)


def test_undone_is_as_before(alice, as_alice, tea, paper, bag, recipe):
    before = read_stock(tea, paper, bag)
    booked = make(as_alice, bag, 7).json()
    after = read_stock(tea, paper, bag)
    undone = undo(as_alice, booked)
    assert undone.status_code == 201, undone.json()
    assert read_stock(tea, paper, bag) == before
    assert undo(as_alice, undone.json()).status_code == 201
    assert read_stock(tea, paper, bag) == after
    assert verify_ledger(alice)["broken"] == []


def test_a_making_whose_goods_are_sold_is_not_undone(as_alice, bag, recipe):
    booked = make(as_alice, bag, 10).json()
    book(as_alice, bag, "OUT", 1)
    [error] = undo(as_alice, booked).json()["lines"]
    assert (error["code"], error["available"], error["requested"]) == ("insufficient_stock", 9, 10)


@all_cases(("unit_cost", "left"), [("0.10", "11.00"), ("10.00", "60.50")])
def test_a_making_whose_value_has_gone_is_not_undone(as_alice, bag, recipe, unit_cost, left):
    booked = make(as_alice, bag, 10).json()
    book(as_alice, bag, "IN", 10, unit_cost=unit_cost)
    book(as_alice, bag, "OUT", 10)
    refused = undo(as_alice, booked)
    assert refused.status_code == 409
    numbers = {name: refused.json()[name] for name in ("code", "product", "value", "left")}
    assert numbers == {"code": "value_gone", "product": bag.pk, "value": "21.00", "left": left}


def test_a_repeated_request_makes_once(as_alice, bag, recipe):
    headers = {"Idempotency-Key": "0123456789abcdef"}
    body = {"product": bag.pk, "quantity": 10}
    first, second = (as_alice.post("/api/stock/makings/", body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert Operation.objects.filter(reason="making").count() == 1


def test_no_client_books_the_reason_by_itself(as_alice, bag):
    line = {"product": bag.pk, "movement_type": "IN", "quantity": 1}
    assert as_alice.post("/api/stock/", {**line, "reason": "making"}).status_code == 400


def test_a_product_of_another_account_is_a_missing_one(as_charlie, bag, tea, recipe):
    assert make(as_charlie, bag, 10).json()["code"] == "product_not_found"


def test_the_verification_finds_a_making_that_creates_value(alice, as_alice, tea, bag, recipe):
    operation = make(as_alice, bag, 10).json()
    [*_, brought] = operation["movements"]
    tamper(
        f"UPDATE stock_movement SET value = value + 1 WHERE id = {brought['id']}",
        f"UPDATE products_product SET stock_value = stock_value + 1 WHERE id = {bag.pk}",
    )
    [found] = find_breaks(alice.pk)
    said = f"operation {operation['id']} makes something, but does not keep the value"
    assert (found.product, found.what) == (tea.pk, said)


def test_undoing_goes_by_what_was_booked_and_not_by_the_present_recipe(alice, as_alice, tea, paper, bag, recipe):
    before = read_stock(tea, paper, bag)
    booked = make(as_alice, bag, 10, used=[{"product": tea.pk, "quantity": 1040}]).json()
    write_recipe(alice, bag, 1, {paper: 2})
    tea.cost_price = "99.00"
    tea.save(update_fields=["cost_price"])
    assert undo(as_alice, booked).status_code == 201
    assert read_stock(tea, paper, bag) == before


def test_what_an_undone_making_had_used_is_in_its_lot_again(alice, as_alice, bag):
    leaf = make_product(alice, "Leaf", cost_price="1.00")
    book(as_alice, leaf, "IN", 12, lot="H26")
    undo(as_alice, make(as_alice, bag, 4, used=[{"product": leaf.pk, "quantity": 4, "lot": "H26"}]).json())
    again = make(as_alice, bag, 10, used=[{"product": leaf.pk, "quantity": 10, "lot": "H26"}])
    assert again.status_code == 201
    assert as_alice.get(f"/api/lots/?product={leaf.pk}").json()["results"][0]["quantity"] == 2
