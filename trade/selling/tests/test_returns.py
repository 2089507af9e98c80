"""Returns against a sale: what comes back, with which value, to which place, and what is refused."""

from decimal import Decimal
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from stock.booking import services as ledger
from stock.models import Holding, Movement, Operation, Return
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_location, make_product
from testing.tables import all_cases
from trade.selling.sold import make_sold


@pytest.fixture
def cup(alice):
    """Return a product of Alice with ten pieces."""
    return make_product(alice, "Cup", 10)


def buy(client, product, quantity, unit_cost, **place):
    line = {"product": product.pk, "movement_type": "IN", "quantity": quantity, "unit_cost": unit_cost, **place}
    response = client.post("/api/stock/operations/", {"lines": [line]})
    assert response.status_code == 201, response.json()
    return response.json()


def sell(client, *lines, **fields):
    """Book a sale of (product, quantity) lines, with a price or a place as further fields."""
    sold = [
        {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **(more[0] if more else {})}
        for product, quantity, *more in lines
    ]
    response = client.post("/api/stock/operations/", {"lines": sold, **fields})
    assert response.status_code == 201, response.json()
    return response.json()


def give_back(client, sale, *lines, **fields):
    """Send the return of (product, quantity) lines, with a condition or a place as further fields."""
    if lines:
        fields["lines"] = [
            {"product": product.pk, "quantity": quantity, **(more[0] if more else {})}
            for product, quantity, *more in lines
        ]
    return client.post(f"/api/stock/operations/{sale['id']}/return/", fields)


def returned(client, sale, *lines, **fields):
    response = give_back(client, sale, *lines, **fields)
    assert response.status_code == 201, response.json()
    return response.json()


def undo(client, operation):
    return client.post(f"/api/stock/operations/{operation['id']}/reverse/", {})


def get(client, operation):
    return client.get(f"/api/stock/operations/{operation['id']}/").json()


def refuse(response, status):
    assert response.status_code == status, response.json()
    return response.json()


def refuse_line(response):
    [line] = refuse(response, 400)["lines"]
    return line


def read_stock(product):
    row = Product.objects.get(pk=product.pk)
    return row.quantity, row.stock_value


def get_places(product):
    return {
        (row.location and row.location.name, row.lot and row.lot.code): row.quantity
        for row in Holding.objects.filter(product=product).select_related("location", "lot")
    }


@pytest.fixture(autouse=True)
def ledger_holds(request, alice):
    yield
    assert find_breaks(alice.pk) == []


SCRAP = {"condition": "scrap"}


@pytest.mark.quick
def test_without_lines_all_that_is_left_comes_back(as_alice, kettle, cup):
    sale = sell(as_alice, (kettle, 4), (cup, 3))
    returned(as_alice, sale, (kettle, 1))
    back = returned(as_alice, sale, note="Too small", reference="R-1")
    assert (back["reason"], back["returns"], back["note"], back["reference"]) == (
        "return", sale["id"], "Too small", "R-1",
    )  # fmt: skip
    assert [(m["product"], m["movement_type"], m["quantity"], m["unit_price"]) for m in back["movements"]] == [
        (kettle.pk, "IN", 3, None), (cup.pk, "IN", 3, None),
    ]  # fmt: skip
    assert (read_stock(kettle)[0], read_stock(cup)[0]) == (10, 10)


def test_the_sale_and_its_lines_tell_what_came_back_and_what_still_can(as_alice, kettle, cup):
    sale = sell(as_alice, (kettle, 2), (cup, 3), (kettle, 2))
    assert (sale["returned"], sale["returnable"], sale["returned_by"]) == (0, 7, [])
    first = returned(as_alice, sale, (kettle, 3))
    second = returned(as_alice, sale, (cup, 1))
    sale = get(as_alice, sale)
    assert (sale["returned"], sale["returnable"], sale["returned_by"]) == (4, 3, [first["id"], second["id"]])
    assert [(m["returned"], m["returnable"]) for m in sale["movements"]] == [(1, 1), (1, 2), (2, 0)]
    assert [(line["movement"], line["quantity"]) for line in sale.pop("return_lines")] == [
        (sale["movements"][0]["id"], 1), (sale["movements"][1]["id"], 2),
    ]  # fmt: skip
    [listed] = as_alice.get("/api/stock/operations/?reason=sale").json()["results"]
    assert listed == sale


def test_a_booked_return_and_the_return_that_is_read_are_the_same(as_alice, kettle):
    sale = sell(as_alice, (kettle, 2))
    back = returned(as_alice, sale, (kettle, 2, SCRAP))
    assert get(as_alice, back) == back
    assert (back["returned"], back["returnable"], back["returned_by"]) == (None, None, [])
    scrapped = get(as_alice, {"id": back["scrapped"]})
    assert (scrapped["returns"], scrapped["returned"], scrapped["movements"][0]["returnable"]) == (None, None, None)


def test_all_back_is_exactly_the_value_of_the_sale(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 3, "3.33")
    buy(as_alice, pot, 4, "0.01")
    sale = sell(as_alice, (pot, 7))
    values = [returned(as_alice, sale, (pot, 1))["movements"][0]["value"] for _ in range(7)]
    assert values == ["1.43", "1.44", "1.43", "1.43", "1.43", "1.44", "1.43"]
    assert read_stock(pot) == (7, Decimal("10.03"))


def test_the_value_is_that_of_the_sale_not_the_present_average(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 2, "5.00")
    sale = sell(as_alice, (pot, 1))
    buy(as_alice, pot, 1, "9.00")
    assert returned(as_alice, sale)["movements"][0]["value"] == "5.00"
    assert read_stock(pot) == (3, Decimal("19.00"))


def test_each_movement_of_a_product_brings_back_its_own_value_the_last_one_first(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 1, "1.00")
    first = {"product": pot.pk, "movement_type": "OUT", "quantity": 1}
    bought = {"product": pot.pk, "movement_type": "IN", "quantity": 1, "unit_cost": "4.00"}
    body = {"lines": [first, bought, first], "reason": "sale"}
    sale = as_alice.post("/api/stock/operations/", body).json()
    assert [m["returnable"] for m in sale["movements"]] == [1, None, 1]
    assert [returned(as_alice, sale, (pot, 1))["movements"][0]["value"] for _ in range(2)] == ["4.00", "1.00"]


def test_what_is_scrapped_is_written_off_with_the_value_that_it_brought(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 3, "3.33")
    sale = sell(as_alice, (pot, 3))
    back = returned(as_alice, sale, (pot, 1), (pot, 2, SCRAP), note="Broken")
    scrapped = get(as_alice, {"id": back["scrapped"]})
    assert (scrapped["reason"], scrapped["note"], scrapped["occurred_at"]) == ("damage", "Broken", back["occurred_at"])
    assert [(m["movement_type"], m["quantity"], m["value"]) for m in scrapped["movements"]] == [("OUT", 2, "6.66")]
    assert [m["value"] for m in back["movements"]] == ["3.33", "6.66"]
    assert read_stock(pot) == (1, Decimal("3.33"))


@pytest.mark.quick
def test_goods_go_back_to_where_they_were_taken_from_the_last_taken_first(as_alice, alice):
    pot = make_product(alice, "Pot")
    make_location(alice, "Shelf")
    for lot, day, quantity in (("A", "2036-01-01", 2), ("B", "2036-02-01", 2)):
        buy(as_alice, pot, quantity, "1.00", location="Shelf", lot=lot, expires_on=day)
    buy(as_alice, pot, 2, "1.00")
    sale = sell(as_alice, (pot, 5))
    assert get_places(pot) == {}
    assert returned(as_alice, sale, (pot, 2))["movements"][0]["portions"][0]["lot_code"] == "B"
    assert get_places(pot) == {("Shelf", "B"): 1}
    returned(as_alice, sale)
    assert get_places(pot) == {("Shelf", "A"): 2, ("Shelf", "B"): 2}


def test_expired_lots_were_taken_last_and_go_back_first(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 1, "1.00", lot="Old", expires_on="2020-01-01")
    buy(as_alice, pot, 1, "1.00")
    sale = sell(as_alice, (pot, 2))
    returned(as_alice, sale, (pot, 1))
    assert get_places(pot) == {(None, "Old"): 1}


def test_a_line_may_name_another_place_and_keeps_the_lot(as_alice, alice):
    pot = make_product(alice, "Pot")
    make_location(alice, "Shelf")
    make_location(alice, "Cellar")
    buy(as_alice, pot, 2, "1.00", location="Shelf", lot="A")
    buy(as_alice, pot, 1, "1.00", location="Shelf", lot="B")
    sale = sell(as_alice, (pot, 3))
    returned(as_alice, sale, (pot, 1, {"location": "Cellar", "lot": "A"}))
    assert get_places(pot) == {("Cellar", "A"): 1}
    returned(as_alice, sale, (pot, 1, {"location": "Cellar"}))
    assert get_places(pot) == {("Cellar", "A"): 1, ("Cellar", "B"): 1}
    returned(as_alice, sale, (pot, 1, {"lot": "C"}))
    assert get_places(pot) == {("Cellar", "A"): 1, ("Cellar", "B"): 1, ("Shelf", "C"): 1}


def test_a_lot_without_a_location_is_kept(as_alice, alice):
    pot = make_product(alice, "Pot")
    buy(as_alice, pot, 1, "1.00", lot="A")
    returned(as_alice, sell(as_alice, (pot, 1)), (pot, 1, {"lot": "a"}))
    assert get_places(pot) == {(None, "A"): 1}


def test_what_came_back_elsewhere_counts_as_the_last_taken(as_alice, alice):
    pot = make_product(alice, "Pot")
    make_location(alice, "Cellar")
    buy(as_alice, pot, 1, "1.00", lot="A")
    buy(as_alice, pot, 1, "1.00", lot="B")
    sale = sell(as_alice, (pot, 2))
    returned(as_alice, sale, (pot, 1, {"location": "Cellar", "lot": "C"}))
    returned(as_alice, sale)
    assert get_places(pot) == {("Cellar", "C"): 1, (None, "A"): 1}


def test_what_is_scrapped_leaves_from_where_it_was_put(as_alice, alice):
    pot = make_product(alice, "Pot")
    make_location(alice, "Shelf")
    buy(as_alice, pot, 3, "1.00", location="Shelf", lot="A")
    sale = sell(as_alice, (pot, 2))
    back = returned(as_alice, sale, (pot, 2, {"condition": "scrap", "lot": "B"}))
    [movement] = get(as_alice, {"id": back["scrapped"]})["movements"]
    assert [(part["location_name"], part["lot_code"], part["quantity"]) for part in movement["portions"]] == [
        ("Shelf", "B", 2)
    ]
    assert get_places(pot) == {("Shelf", "A"): 1}


@pytest.fixture
def from_shelf(as_alice, alice):
    """Return a sale of everything that lay on a shelf, which is archived since, and its product."""
    pot, shelf = make_product(alice, "Pot"), make_location(alice, "Shelf")
    make_location(alice, "Cellar")
    buy(as_alice, pot, 2, "1.00", location="Shelf")
    sale = sell(as_alice, (pot, 2))
    assert as_alice.delete(f"/api/locations/{shelf.pk}/").status_code == 204
    return sale, pot, shelf


@pytest.mark.quick
def test_a_return_to_an_archived_place_is_refused_unless_the_line_names_another(as_alice, from_shelf):
    sale, pot, shelf = from_shelf
    refused = refuse(give_back(as_alice, sale), 409)
    assert (refused["code"], refused["location"]) == ("location_archived", shelf.pk)
    assert refuse(give_back(as_alice, sale, (pot, 1)), 409)["code"] == "location_archived"
    assert refuse_line(give_back(as_alice, sale, (pot, 1, {"location": "Shelf"})))["code"] == "location_not_found"
    returned(as_alice, sale, (pot, 1, {"location": "Cellar"}))
    assert get_places(pot) == {("Cellar", None): 1}


@all_cases("lines", [[4], [3, 2], [1, 1, 3]])
def test_more_than_sold_is_refused(as_alice, kettle, lines):
    sale = sell(as_alice, (kettle, 2), (kettle, 2))
    returned(as_alice, sale, (kettle, 1))
    line = refuse_line(give_back(as_alice, sale, *((kettle, quantity) for quantity in lines)))
    assert line == {
        "line": len(lines) - 1, "code": "more_than_sold", "detail": line["detail"],
        "product": kettle.pk, "sold": 4, "returned": 1, "requested": sum(lines),
    }  # fmt: skip
    assert read_stock(kettle)[0] == 7


def test_nothing_left_is_refused(as_alice, kettle):
    sale = sell(as_alice, (kettle, 2))
    returned(as_alice, sale)
    refused = refuse(give_back(as_alice, sale), 400)
    assert {name: refused[name] for name in ("code", "product", "sold", "returned", "requested")} == {
        "code": "more_than_sold", "product": kettle.pk, "sold": 2, "returned": 2, "requested": 2,
    }  # fmt: skip


def test_a_product_that_is_not_in_the_sale_is_refused_by_line(as_alice, as_charlie, charlie, kettle, cup):
    sale = sell(as_alice, (kettle, 2))
    line = refuse_line(give_back(as_alice, sale, (kettle, 1), (cup, 1)))
    assert (line["line"], line["code"], line["product"], line["operation"]) == (1, "not_in_sale", cup.pk, sale["id"])
    theirs = make_product(charlie)
    assert refuse_line(give_back(as_alice, sale, (theirs, 1)))["code"] == "product_not_found"


@all_cases(
    "body",
    [
        {"lines": []}, {"lines": "all"}, {"expected_returns": -1}, {"occurred_at": "2999-01-01"},
        {"reference": "x" * 101},
    ],
)  # fmt: skip
def test_a_malformed_return_is_refused(as_alice, kettle, body):
    sale = sell(as_alice, (kettle, 2))
    assert list(refuse(give_back(as_alice, sale, **body), 400)) == list(body)


@all_cases("wrong", [{"condition": "new"}, {"quantity": 0}, {"quantity": "1.5"}, {"lot": 5}])
def test_a_malformed_line_is_refused(as_alice, kettle, wrong):
    sale = sell(as_alice, (kettle, 2))
    assert list(refuse_line(give_back(as_alice, sale, (kettle, 1, wrong)))["errors"]) == list(wrong)


def test_a_return_is_not_dated_before_its_sale(as_alice, kettle):
    sale = sell(as_alice, (kettle, 2), occurred_at="2026-03-02T10:00:00Z")
    assert refuse(give_back(as_alice, sale, occurred_at="2026-03-02T09:59:59Z"), 400)["code"] == "returned_before_sale"
    back = returned(as_alice, sale, occurred_at="2026-03-02T10:00:00Z")
    assert back["occurred_at"] == sale["occurred_at"]


def test_an_operation_that_is_no_sale_and_no_delivery_is_refused(as_alice, kettle):
    sale = sell(as_alice, (kettle, 2))
    reversal = undo(as_alice, sale).json()
    others = [reversal, undo(as_alice, reversal).json()]
    body = {"lines": [{"product": kettle.pk, "movement_type": "IN", "quantity": 1}], "reason": "sale"}
    others.append(as_alice.post("/api/stock/operations/", body).json())
    for other in others:
        refused = refuse(give_back(as_alice, other), 400)
        assert (refused["code"], refused["operation"]) == ("not_a_sale", other["id"])


def test_a_sale_of_another_shop_is_not_found(as_alice, as_charlie, kettle):
    assert give_back(as_charlie, sell(as_alice, (kettle, 2))).status_code == 404
    assert give_back(as_alice, {"id": 999_999}).status_code == 404


def test_a_worker_may_book_a_return_and_sees_no_cost(as_alice, bob, kettle):
    back = returned(client_of(bob), sell(as_alice, (kettle, 2)))
    assert (back["performed_by"], back["movements"][0]["value"]) == (bob.pk, None)


def test_expected_returns_is_the_number_of_standing_returns(as_alice, kettle):
    sale = sell(as_alice, (kettle, 5))
    first = returned(as_alice, sale, (kettle, 1), expected_returns=0)
    refused = refuse(give_back(as_alice, sale, (kettle, 1), expected_returns=0), 409)
    assert (refused["code"], refused["expected"], refused["actual"]) == ("returned_meanwhile", 0, 1)
    assert refused["detail"] == "Returns of this sale: 1 now, not 0. Look at what is left."
    undo(as_alice, first)
    second = returned(as_alice, sale, (kettle, 1), expected_returns=0)
    assert get(as_alice, sale)["returned_by"] == [first["id"], second["id"]]


def test_reversing_a_return_opens_it_again(as_alice, kettle):
    sale = sell(as_alice, (kettle, 2))
    back = returned(as_alice, sale)
    assert undo(as_alice, back).status_code == 201
    sale = get(as_alice, sale)
    assert (sale["returned"], sale["returnable"], read_stock(kettle)[0]) == (0, 2, 8)
    returned(as_alice, sale)


def test_undoing_the_undoing_of_a_return_is_refused_where_it_no_longer_fits(as_alice, kettle):
    sale = sell(as_alice, (kettle, 3))
    undone = undo(as_alice, returned(as_alice, sale, (kettle, 2))).json()
    second = returned(as_alice, sale, (kettle, 2))
    refused = refuse(undo(as_alice, undone), 400)
    assert {name: refused[name] for name in ("code", "product", "sold", "returned", "requested")} == {
        "code": "more_than_sold", "product": kettle.pk, "sold": 3, "returned": 2, "requested": 2,
    }  # fmt: skip
    undo(as_alice, second)
    assert undo(as_alice, undone).status_code == 201
    assert get(as_alice, sale)["returned"] == 2


def test_a_reversed_sale_has_no_returns_until_it_is_done_again(as_alice, kettle):
    sale = sell(as_alice, (kettle, 3))
    undone = undo(as_alice, returned(as_alice, sale)).json()
    reversal = undo(as_alice, sale).json()
    assert refuse(give_back(as_alice, sale), 409)["code"] == "sale_reversed"
    assert refuse(undo(as_alice, undone), 409) | {"detail": ""} == {
        "code": "sale_reversed", "operation": sale["id"], "detail": "",
    }  # fmt: skip
    read = get(as_alice, sale)
    assert (read["returned"], read["returnable"], read["movements"][0]["returnable"]) == (0, 0, 0)
    undo(as_alice, reversal)
    assert get(as_alice, sale)["returnable"] == 3
    returned(as_alice, sale)


@pytest.mark.quick
def test_a_sale_with_standing_returns_is_not_reversed(as_alice, kettle):
    sale = sell(as_alice, (kettle, 3))
    reversal = undo(as_alice, sale).json()
    again = undo(as_alice, reversal).json()
    backs = [returned(as_alice, sale, (kettle, 1)) for _ in range(3)]
    undo(as_alice, backs[0])
    refused = refuse(undo(as_alice, again), 409)
    assert (refused["code"], refused["returns"]) == ("has_returns", [backs[1]["id"], backs[2]["id"]])
    for back in backs[1:]:
        undo(as_alice, back)
    assert undo(as_alice, again).status_code == 201


def test_a_return_of_which_a_part_was_scrapped_is_not_reversed_before_that(as_alice, kettle):
    sale = sell(as_alice, (kettle, 3))
    back = returned(as_alice, sale, (kettle, 1), (kettle, 2, SCRAP))
    refused = refuse(undo(as_alice, back), 409)
    assert (refused["code"], refused["operation"]) == ("return_scrapped", back["scrapped"])
    assert undo(as_alice, {"id": back["scrapped"]}).status_code == 201
    assert undo(as_alice, back).status_code == 201
    assert (get(as_alice, sale)["returnable"], read_stock(kettle)[0]) == (3, 7)


def test_scrap_is_not_written_off_again_after_its_return_was_reversed(as_alice, kettle):
    back = returned(as_alice, sell(as_alice, (kettle, 3)), (kettle, 2, SCRAP))
    unscrapped = undo(as_alice, {"id": back["scrapped"]}).json()
    undone = undo(as_alice, back).json()
    refused = refuse(undo(as_alice, unscrapped), 409)
    assert (refused["code"], refused["operation"]) == ("sale_reversed", back["id"])
    assert undo(as_alice, undone).status_code == 201
    assert undo(as_alice, unscrapped).status_code == 201
    assert read_stock(kettle)[0] == 7


@pytest.mark.quick
@all_cases(
    ("line", "cost_price", "value"),
    [({}, None, "6.67"), ({"unit_cost": "1.00"}, None, "2.00"), ({"cost": "0.00"}, None, "0.00"), ({}, "2.00", "4.00")],
)
def test_what_comes_back_without_a_sale_costs_what_the_last_ones_did(as_alice, alice, line, cost_price, value):
    pot = make_product(alice, "Pot", cost_price=cost_price)
    buy(as_alice, pot, 3, "3.33")
    buy(as_alice, pot, 1, "3.34")
    sell(as_alice, (pot, 1))
    sell(as_alice, (pot, 3))
    back = {"product": pot.pk, "movement_type": "IN", "quantity": 2, **line}
    booked = as_alice.post("/api/stock/operations/", {"lines": [back], "reason": "return"}).json()
    assert booked["movements"][0]["value"] == value


def test_a_plain_return_stays_legal_and_can_be_reversed(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "reason": "return"}
    booked = as_alice.post("/api/stock/", line).json()
    operation = {"id": booked["operation"]}
    assert get(as_alice, operation)["returns"] is None
    assert undo(as_alice, operation).status_code == 201


def test_an_archived_product_does_not_come_back(as_alice, kettle):
    sale = sell(as_alice, (kettle, 10))
    assert as_alice.delete(f"/api/products/{kettle.pk}/").status_code == 204
    assert refuse(give_back(as_alice, sale), 409)["code"] == "product_archived"
    assert refuse_line(give_back(as_alice, sale, (kettle, 1)))["code"] == "product_archived"


def test_a_return_that_is_sent_again_is_booked_once(as_alice, kettle):
    sale = sell(as_alice, (kettle, 4))
    send = [
        as_alice.post(f"/api/stock/operations/{sale['id']}/return/", {}, headers={"Idempotency-Key": "r1"})
        for _ in range(2)
    ]
    assert send[0].content == send[1].content
    assert Return.objects.count() == 1


def test_a_product_is_found_by_its_code(as_alice, alice):
    pot = make_product(alice, "Pot", 3, sku="POT")
    sale = sell(as_alice, (pot, 2))
    body = {"lines": [{"sku": "pot", "quantity": 1}]}
    assert as_alice.post(f"/api/stock/operations/{sale['id']}/return/", body).status_code == 201


def test_neither_the_return_nor_its_scrap_is_booked_alone(as_alice, kettle, monkeypatch):
    sale = sell(as_alice, (kettle, 3))
    monkeypatch.setattr(ledger, "write_off", Mock(side_effect=RuntimeError("The server is gone.")))
    with pytest.raises(RuntimeError):
        give_back(as_alice, sale, (kettle, 2, SCRAP))
    assert (Operation.objects.count(), Movement.objects.count(), Return.objects.count()) == (2, 2, 0)
    assert read_stock(kettle)[0] == 7


def test_the_returned_rows_show_themselves(as_alice, kettle):
    back = returned(as_alice, sell(as_alice, (kettle, 1)))
    assert str(Return.objects.get()) == f"operation {back['id']} of sale {back['returns']}"


def test_what_was_sold_is_computed_before_any_product_is_locked(as_alice, cup, monkeypatch):
    """Of a sale of 1,000 lines it takes a second, in which nobody else could book these products."""
    sale, done = sell(as_alice, (cup, 2)), []
    with CaptureQueriesContext(connection) as statements:

        def note(*values):
            done.append(len(statements))
            return make_sold(*values)

        monkeypatch.setattr("trade.selling.sold.make_sold", note)
        returned(as_alice, sale)
    locks = [place for place, one in enumerate(statements) if "FOR NO KEY UPDATE" in one["sql"]]
    assert done
    assert max(done) <= min(locks)
