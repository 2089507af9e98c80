"""Products without stock: each booking lets in what goes out, so their quantity is always 0."""

import re

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from products.models import Product
from stock.models import Movement, Operation
from stock.proofs.services import seal_for
from stock.proofs.verification import find_breaks
from testing.cast.people import make_location
from testing.reading.browser import Browser
from testing.tables import all_cases

pytestmark = [pytest.mark.django_db, pytest.mark.measured]


@pytest.fixture
def wrap(as_alice):
    """Return the gift wrap of Alice, which costs 0.50 and is sold for 2.00."""
    body = {"name": "Gift wrap", "sku": "WRAP", "price": "2.00", "cost_price": "0.50", "keeps_stock": False}
    response = as_alice.post("/api/products/", body)
    assert response.status_code == 201, response.json()
    return Product.objects.get(pk=response.json()["id"])


def post(client, path, status=201, **body):
    response = client.post(f"/api/{path}/", body, format="json")
    assert response.status_code == status, response.json()
    return response.json()


def book(client, *lines, status=201, **body):
    """Book lines of (product, type, quantity), with further fields as the last part of a line."""
    sent = [
        {"product": product.pk, "movement_type": kind, "quantity": quantity, **(more[0] if more else {})}
        for product, kind, quantity, *more in lines
    ]
    return post(client, "stock/operations", status, lines=sent, **body)


def sell(client, product, quantity=1, **body):
    return book(client, (product, "OUT", quantity), **body)


def read(client, product):
    return client.get(f"/api/products/{product.pk}/").json()


def list_movements(operation):
    names = "movement_type", "quantity", "old_quantity", "new_quantity", "value", "unit_price"
    rows = Movement.objects.filter(operation_id=operation).order_by("id")
    return [tuple(map(str, row)) for row in rows.values_list(*names)]


@pytest.mark.quick
def test_a_product_without_stock_has_no_stock_to_show(as_alice, wrap):
    shown = read(as_alice, wrap)
    names = "keeps_stock", "quantity", "available", "min_threshold", "is_low_stock", "is_expired"
    assert {name: shown[name] for name in names} == {
        "keeps_stock": False, "quantity": 0, "available": None, "min_threshold": None, "is_low_stock": False,
        "is_expired": False,
    }  # fmt: skip
    assert as_alice.get("/api/products/?sku=WRAP").json()["results"] == [shown]
    assert as_alice.get("/api/products/").json()["results"] == [shown]


def test_a_sale_books_what_comes_in_and_what_goes_out(as_alice, wrap):
    booked = post(as_alice, "stock", product=wrap.pk, movement_type="OUT", quantity=3)
    assert (booked["movement_type"], booked["unit_price"], booked["value"]) == ("OUT", "2.00", "1.50")
    assert list_movements(booked["operation"]) == [
        ("IN", "3", "0", "3", "1.50", "None"), ("OUT", "3", "3", "0", "1.50", "2.00"),
    ]  # fmt: skip


def test_a_sale_without_a_cost_price_has_the_value_0(as_alice, wrap):
    Product.objects.filter(pk=wrap.pk).update(cost_price=None)
    assert [value for *_, value, _price in list_movements(sell(as_alice, wrap)["id"])] == ["0.00", "0.00"]


def test_several_lines_of_one_operation_are_booked_in_their_order(alice, as_alice, wrap, kettle):
    sold = book(as_alice, (wrap, "OUT", 2), (kettle, "OUT", 1), (wrap, "OUT", 5, {"unit_price": "1.00"}))
    assert [line["product"] for line in sold["movements"]] == [wrap.pk] * 2 + [kettle.pk] + [wrap.pk] * 2
    assert (read(as_alice, wrap)["stock_sequence"], find_breaks(alice.pk)) == (4, [])


@pytest.mark.quick
def test_a_delivery_books_its_cost_and_leaves_nothing(as_alice, wrap):
    booked = book(as_alice, (wrap, "IN", 4, {"cost": "3.00"}), reason="purchase")
    assert list_movements(booked["id"]) == [
        ("IN", "4", "0", "4", "3.00", "None"), ("OUT", "4", "4", "0", "3.00", "None"),
    ]  # fmt: skip


def test_a_line_with_a_place_goes_through_it(alice, as_alice, wrap):
    shelf = make_location(alice, "Shelf")
    sold = book(as_alice, (wrap, "OUT", 2, {"location": shelf.pk}))
    assert [line["portions"][0]["location"] for line in sold["movements"]] == [shelf.pk] * 2
    assert (read(as_alice, wrap)["quantity"], find_breaks(alice.pk)) == (0, [])


@pytest.mark.quick
@all_cases(
    ("kind", "reason"),
    [("OUT", "damage"), ("OUT", "theft"), ("OUT", "expiry"), ("OUT", "correction"), ("IN", "correction"),
     ("IN", "sale"), ("OUT", "purchase")],
)  # fmt: skip
def test_what_would_correct_stock_is_refused(as_alice, wrap, kind, reason):
    refused = post(as_alice, "stock", 400, product=wrap.pk, movement_type=kind, quantity=1, reason=reason)
    assert (refused["code"], refused["product"]) == ("keeps_no_stock", wrap.pk)


def test_a_count_is_refused(as_alice, wrap):
    refused = post(as_alice, "stock/counts", 400, lines=[{"product": wrap.pk, "counted": 0}])
    assert refused["lines"][0]["code"] == "keeps_no_stock"


def test_a_transfer_is_refused(alice, as_alice, wrap):
    shelf = make_location(alice, "Shelf")
    body = {"from": None, "to": shelf.pk, "lines": [{"product": wrap.pk, "quantity": 1}]}
    assert post(as_alice, "stock/transfers", 400, **body)["lines"][0]["code"] == "keeps_no_stock"


@all_cases("body", [{"quantity": 3}, {"quantity_in_stock": 3}, {"amount": "3"}])
def test_no_way_sets_a_quantity(as_alice, wrap, body):
    response = as_alice.patch(f"/api/products/{wrap.pk}/", body, format="json")
    assert (response.status_code, response.json()["code"]) == (400, "keeps_no_stock")
    lines = [{"id": wrap.pk, **body}]
    assert as_alice.patch("/api/products/", {"lines": lines}, format="json").json()["code"] == "keeps_no_stock"
    new = {"name": "Bread", "price": "1.00", "keeps_stock": False, **body}
    assert post(as_alice, "products", 400, **new)["code"] == "keeps_no_stock"
    assert not Product.objects.filter(name="Bread").exists()


def test_a_return_books_what_comes_back_and_what_leaves(alice, as_alice, wrap):
    sale = sell(as_alice, wrap, 3)
    back = post(as_alice, f"stock/operations/{sale['id']}/return", lines=[{"product": wrap.pk, "quantity": 2}])
    assert list_movements(back["id"]) == [
        ("IN", "2", "0", "2", "1.00", "None"), ("OUT", "2", "2", "0", "1.00", "None"),
    ]  # fmt: skip
    shown = as_alice.get(f"/api/stock/operations/{sale['id']}/").json()
    assert (shown["returned"], shown["returnable"], find_breaks(alice.pk)) == (2, 1, [])
    refused = post(as_alice, f"stock/operations/{sale['id']}/return", 400, lines=[{"product": wrap.pk, "quantity": 2}])
    assert refused["lines"][0]["code"] == "more_than_sold"
    post(as_alice, f"stock/operations/{sale['id']}/return")
    assert post(as_alice, f"stock/operations/{sale['id']}/return", 400)["code"] == "more_than_sold"


@pytest.mark.quick
def test_a_scrapped_return_has_nothing_to_write_off(as_alice, wrap):
    sale = sell(as_alice, wrap, 3)
    lines = [{"product": wrap.pk, "quantity": 3, "condition": "scrap"}]
    assert post(as_alice, f"stock/operations/{sale['id']}/return", lines=lines)["scrapped"] is None


def test_a_delivery_goes_back_with_its_cost(alice, as_alice, wrap):
    delivery = book(as_alice, (wrap, "IN", 4, {"cost": "3.00"}), reason="purchase")
    back = post(as_alice, f"stock/operations/{delivery['id']}/return", lines=[{"product": wrap.pk, "quantity": 1}])
    assert [line[4] for line in list_movements(back["id"])] == ["0.75", "0.75"]
    shown = as_alice.get(f"/api/stock/operations/{delivery['id']}/").json()
    assert (shown["returned"], shown["returnable"], find_breaks(alice.pk)) == (1, 3, [])


@pytest.fixture(params=["sale", "delivery", "return"])
def operation(request, as_alice, wrap):
    """Return an operation of the gift wrap."""
    if request.param == "delivery":
        return book(as_alice, (wrap, "IN", 4, {"cost": "3.00"}), reason="purchase")
    sale = sell(as_alice, wrap, 3)
    return sale if request.param == "sale" else post(as_alice, f"stock/operations/{sale['id']}/return")


def test_an_operation_is_reversed_and_the_reversal_again(alice, as_alice, wrap, operation):
    for _ in range(3):
        operation = post(as_alice, f"stock/operations/{operation['id']}/reverse")
        assert len(operation["movements"]) == 2
    assert (read(as_alice, wrap)["quantity"], find_breaks(alice.pk)) == (0, [])


def test_a_return_that_was_taken_back_can_be_booked_again(as_alice, wrap):
    sale = sell(as_alice, wrap, 3)
    back = post(as_alice, f"stock/operations/{sale['id']}/return")
    post(as_alice, f"stock/operations/{back['id']}/reverse")
    assert as_alice.get(f"/api/stock/operations/{sale['id']}/").json()["returnable"] == 3
    post(as_alice, f"stock/operations/{sale['id']}/return")


def switch(client, product, keeps_stock, status=200, **fields):
    response = client.patch(f"/api/products/{product.pk}/", {"keeps_stock": keeps_stock, **fields}, format="json")
    assert response.status_code == status, response.json()
    return response.json()


@pytest.mark.quick
def test_switching_off_with_stock_left_is_refused(as_alice, kettle):
    refused = switch(as_alice, kettle, False, 409)
    assert (refused["code"], refused["product"], refused["quantity"]) == ("has_stock", kettle.pk, 10)
    lines = [{"id": kettle.pk, "keeps_stock": False}]
    refused = as_alice.patch("/api/products/", {"lines": lines}, format="json").json()
    assert refused["lines"][0]["code"] == "has_stock"


def test_switching_off_takes_the_threshold_and_switching_on_leaves_none(as_alice, kettle):
    sell(as_alice, kettle, 10)
    off = switch(as_alice, kettle, False)
    assert (off["min_threshold"], off["is_low_stock"], off["available"]) == (None, False, None)
    assert switch(as_alice, kettle, False, min_threshold=7)["min_threshold"] is None
    on = switch(as_alice, kettle, True)
    assert (on["min_threshold"], on["is_low_stock"], on["available"]) == (None, False, 0)
    assert switch(as_alice, kettle, True, quantity=4, min_threshold=5)["is_low_stock"] is True


def test_the_switch_is_in_the_history_and_ends_the_low_stock(as_alice, kettle):
    sell(as_alice, kettle, 10)
    switch(as_alice, kettle, False)
    changes = as_alice.get(f"/api/products/{kettle.pk}/changes/").json()["results"][0]["changes"]
    assert changes["keeps_stock"] == [True, False]
    types = [event["type"] for event in as_alice.get("/api/events/?limit=100").json()["events"]]
    assert types[-2:] == ["product.changed", "stock.recovered"]


def test_what_was_sold_before_the_switch_comes_back_and_leaves(alice, as_alice, kettle):
    sale = sell(as_alice, kettle, 10)
    switch(as_alice, kettle, False)
    back = post(as_alice, f"stock/operations/{sale['id']}/return", lines=[{"product": kettle.pk, "quantity": 4}])
    assert [line[:4] for line in list_movements(back["id"])] == [("IN", "4", "0", "4"), ("OUT", "4", "4", "0")]
    post(as_alice, f"stock/operations/{back['id']}/reverse")
    assert post(as_alice, f"stock/operations/{sale['id']}/reverse", 400)["code"] == "keeps_no_stock"
    assert (read(as_alice, kettle)["quantity"], find_breaks(alice.pk)) == (0, [])


def test_what_comes_back_after_the_switch_on_is_stock(alice, as_alice, wrap):
    sale = sell(as_alice, wrap, 3)
    switch(as_alice, wrap, True)
    post(as_alice, f"stock/operations/{sale['id']}/return", lines=[{"product": wrap.pk, "quantity": 2}])
    assert (read(as_alice, wrap)["quantity"], read(as_alice, wrap)["stock_value"]) == (2, "1.00")
    assert find_breaks(alice.pk) == []


def test_it_is_reserved_and_sold_without_a_limit(alice, as_alice, wrap):
    order = post(as_alice, "stock/reservations", lines=[{"product": wrap.pk, "quantity": 1000}])
    assert (read(as_alice, wrap)["reserved"], read(as_alice, wrap)["available"]) == (1000, None)
    sell(as_alice, wrap, 5)
    done = post(as_alice, f"stock/reservations/{order['id']}/fulfil")
    movements = Movement.objects.filter(product=wrap).order_by("id").values_list("movement_type", "quantity")
    assert list(movements)[-2:] == [("IN", 1000), ("OUT", 1000)]
    event = as_alice.get("/api/events/?limit=100").json()["events"][-1]
    assert (event["type"], event["data"]["quantity"], find_breaks(alice.pk)) == ("reservation.fulfilled", 1000, [])
    assert done


def test_an_order_to_a_supplier_is_done_once_it_arrived(as_alice, wrap):
    line = [{"product": wrap.pk, "quantity": 4, "unit_cost": "0.60"}]
    order = post(as_alice, "purchase-orders", supplier=post(as_alice, "suppliers", name="Paper")["id"], lines=line)
    post(as_alice, f"purchase-orders/{order['id']}/send", 200)

    def outstanding():
        return as_alice.get(f"/api/purchase-orders/{order['id']}/").json()["lines"][0]["outstanding"]

    assert (outstanding(), read(as_alice, wrap)["on_order"]) == (4, 4)
    delivery = post(as_alice, f"purchase-orders/{order['id']}/receive", lines=[{"product": wrap.pk, "quantity": 3}])
    assert (outstanding(), read(as_alice, wrap)["on_order"]) == (1, 1)
    post(as_alice, f"stock/operations/{delivery['id']}/return", lines=[{"product": wrap.pk, "quantity": 1}])
    assert outstanding() == 2
    back = as_alice.get(f"/api/stock/operations/{delivery['id']}/").json()["returned_by"][0]
    post(as_alice, f"stock/operations/{back}/reverse")
    post(as_alice, f"stock/operations/{delivery['id']}/reverse")
    assert outstanding() == 4


def test_margins_have_its_cost_and_lists_of_stock_leave_it_out(as_alice, wrap, kettle):
    sell(as_alice, wrap, 3)
    [row] = as_alice.get("/api/reports/margins/?period=today").json()["results"]
    assert (row["sold"], row["revenue"], row["cost"], row["margin"]) == (3, "6.00", "1.50", "4.50")
    for report in ("idle/", "not-counted/", "reorder/", "days-left/"):
        rows = as_alice.get(f"/api/reports/{report}").json()["results"]
        assert wrap.pk not in [row["product"] for row in rows], report
    alerts = as_alice.get("/api/products/alerts/").json()
    assert wrap.pk not in [row["id"] for row in [*alerts["low_stock"], *alerts["expired"]]]
    counts = as_alice.get("/api/dashboard/").json()["counts"]
    assert (counts["total_products"], counts["low_stock"]) == (2, 0)


def test_a_date_does_not_expire_it(as_alice, wrap):
    Product.objects.filter(pk=wrap.pk).update(expiration_date="2020-01-01")
    assert read(as_alice, wrap)["is_expired"] is False
    assert as_alice.get("/api/products/?expired=true").json()["count"] == 0
    assert as_alice.get("/api/products/?expires_before=2021-01-01").json()["count"] == 0
    assert as_alice.get("/api/dashboard/").json()["counts"]["expired_products"] == 0


@all_cases(
    ("query", "found"),
    [("keeps_stock=false", {"Gift wrap"}), ("keeps_stock=true", {"Kettle"}), ("low_stock=true", set()),
     ("low_stock=false", {"Gift wrap", "Kettle"}), ("low_stock=true&threshold=10", {"Kettle"})],
)  # fmt: skip
def test_filters(as_alice, wrap, kettle, query, found):
    results = as_alice.get(f"/api/products/?{query}").json()["results"]
    assert {row["name"].split(",")[0].split()[0] for row in results} == {name.split()[0] for name in found}


@pytest.mark.needs("sheets")
@pytest.mark.quick
def test_a_sheet_leaves_it_out(as_alice, wrap, kettle):
    sheet = post(as_alice, "stock/sheets", name="All")
    lines = as_alice.get(f"/api/stock/sheets/{sheet['id']}/lines/").json()["results"]
    assert [line["product"] for line in lines] == [kettle.pk]
    entry = {"product": wrap.pk, "quantity": 1, "extra": True}
    refused = post(as_alice, f"stock/sheets/{sheet['id']}/entries", 400, entries=[entry])
    assert refused["lines"][0]["code"] == "keeps_no_stock"


def test_the_changes_of_items_have_no_pair_and_the_feed_has_the_operation(as_alice, wrap, kettle):
    sell(as_alice, kettle, 1)
    before = as_alice.get("/api/item-changes/").json()
    sold = sell(as_alice, wrap, 3)
    assert as_alice.get("/api/item-changes/").json() == before
    event = as_alice.get("/api/events/?limit=100").json()["events"][-1]
    assert (event["type"], event["data"]["id"], len(event["data"]["movements"])) == ("operation.booked", sold["id"], 2)


def test_after_switching_the_stock_on_the_changes_of_items_have_the_pairs_of_before(as_alice, wrap):
    sold = sell(as_alice, wrap, 3)
    assert as_alice.patch(f"/api/products/{wrap.pk}/", {"keeps_stock": True}).status_code == 200
    changes = as_alice.get("/api/item-changes/").json()["results"]
    assert [(row["old_quantity"], row["new_quantity"]) for row in changes] == [(3, 0), (0, 3)]
    booked = [e for e in as_alice.get("/api/events/?limit=100").json()["events"] if e["type"] == "operation.booked"]
    assert [event["data"]["id"] for event in booked] == [sold["id"]]


def test_the_seals_hold(alice, as_alice, wrap):
    sell(as_alice, wrap, 3)
    seal, is_new = seal_for(alice)
    assert (is_new, seal.movements, as_alice.get("/api/stock/verify/").json()["broken"]) == (True, 2, [])


def test_a_rollback_gives_all_products_a_threshold(as_alice, wrap):
    guide = (settings.BASE_DIR / "docs/upgrading.md").read_text()
    statement = re.search("`(UPDATE products_product SET keeps_stock = true.*?)`", guide, re.DOTALL)[1]
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert (read(as_alice, wrap)["min_threshold"], read(as_alice, wrap)["keeps_stock"]) == (0, True)


@pytest.mark.quick
def test_the_database_refuses_stock(wrap):
    with pytest.raises(IntegrityError, match="products_product_keeps_stock"), transaction.atomic():
        connection.cursor().execute("UPDATE products_product SET quantity = 1 WHERE id = %s", [wrap.pk])
    with pytest.raises(IntegrityError, match="products_product_keeps_stock"), transaction.atomic():
        connection.cursor().execute("UPDATE products_product SET min_threshold = 1 WHERE id = %s", [wrap.pk])


@all_cases(
    ("fields", "threshold"),
    [({}, 5), ({"min_threshold": 2}, 2), ({"min_threshold": None}, None), ({"decimals": 3, "unit": "kg"}, None),
     ({"decimals": 3, "unit": "kg", "min_threshold": 500}, 500), ({"keeps_stock": False, "min_threshold": 5}, None)],
)  # fmt: skip
def test_the_threshold_of_a_new_product(as_alice, fields, threshold):
    made = post(as_alice, "products", name="Tea", price="1.00", **fields)
    assert made["min_threshold"] == threshold
    line = {"external_id": "tea-2", "name": "Tea 2", "price": "1.00", **fields}
    [upserted] = post(as_alice, "products/upsert", 200, lines=[line])["lines"]
    assert Product.objects.get(pk=upserted["id"]).min_threshold == threshold


def test_without_a_threshold_a_product_is_never_low(as_alice, kettle):
    response = as_alice.patch(f"/api/products/{kettle.pk}/", {"min_threshold": None}, format="json")
    assert response.json()["min_threshold"] is None
    sell(as_alice, kettle, 10)
    assert (read(as_alice, kettle)["is_low_stock"], read(as_alice, kettle)["available"]) == (False, 0)
    assert as_alice.get("/api/products/?low_stock=true").json()["count"] == 0
    assert as_alice.get("/api/dashboard/").json()["counts"]["low_stock"] == 0
    assert Operation.objects.filter(reason="sale").count() == 1
    assert "stock.low" not in {event["type"] for event in as_alice.get("/api/events/?limit=100").json()["events"]}


@pytest.mark.quick
def test_the_form_that_reverses_its_sale_names_no_stock(alice, as_alice, wrap):
    sold = sell(as_alice, wrap)
    assert "Gift wrap: –" in Browser(alice).get_page(f"/shop/form/stock/operations/{sold['id']}/reverse/")
