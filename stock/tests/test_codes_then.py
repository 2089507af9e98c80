"""What is booked later than it happened finds goods by the codes of its time, whatever has these codes now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from testing.cast.orders import make_supplier
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.sheets.models import Sheet

BARCODE, SAME_IN_LONG = "036000291452", "0036000291452"


def tell_time():
    """Return the time of the database, between what was done before and what is done next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.fixture
def moved(as_alice, alice):
    """Return a product, another one that has its codes now, and a time before."""
    codes = {"sku": "CUP", "barcode": BARCODE, "external_id": "shop-7"}
    old, new = make_product(alice, "Old cup", 10, **codes).pk, make_product(alice, "New cup", 10).pk
    at = tell_time()
    as_alice.patch(f"/api/products/{old}/", {"sku": "OLD", "barcode": "", "external_id": None})
    assert as_alice.patch(f"/api/products/{new}/", codes).status_code == 200
    return old, new, at


def sell(client, at, **line):
    body = {"reason": "sale", "lines": [{"movement_type": "OUT", "quantity": 1, **line}]}
    response = client.post("/api/stock/operations/", body | ({"occurred_at": at.isoformat()} if at else {}))
    assert response.status_code == 201, response.json()
    return response.json()["movements"][0]["product"]


@pytest.mark.quick
@all_cases("code", [{"sku": "cup"}, {"barcode": BARCODE}, {"barcode": SAME_IN_LONG}, {"external_id": "SHOP-7"}])
def test_a_late_sale_finds_the_product_that_had_the_code_then(as_alice, moved, code):
    old, new, at = moved
    assert (sell(as_alice, at, **code), sell(as_alice, None, **code)) == (old, new)
    body = {"movement_type": "OUT", "quantity": 1, "occurred_at": at.isoformat(), **code}
    assert as_alice.post("/api/stock/", body).json()["product"] == old


def test_a_code_that_nothing_had_then_names_the_present_product(as_alice, moved):
    old, new, at = moved
    assert sell(as_alice, at - timedelta(days=1), sku="CUP") == new
    assert sell(as_alice, at, sku="OLD") == old


def test_codes_that_came_back_and_codes_of_two_changes(as_alice, moved):
    old, new, at = moved
    between = tell_time()
    as_alice.patch(f"/api/products/{new}/", {"sku": "NEW"})
    as_alice.patch(f"/api/products/{old}/", {"sku": "CUP"})
    assert [sell(as_alice, time, sku="CUP") for time in (at, between, None)] == [old, new, old]


@pytest.mark.quick
def test_an_archived_product_is_named_and_not_the_one_with_its_code(as_alice, alice):
    old = make_product(alice, "Old cup", 5, sku="CUP")
    at = tell_time()
    as_alice.delete(f"/api/products/{old.pk}/")
    make_product(alice, "New cup", 5, sku="CUP")
    body = {"occurred_at": at.isoformat(), "lines": [{"sku": "CUP", "movement_type": "OUT", "quantity": 1}]}
    [line] = as_alice.post("/api/stock/operations/", body).json()["lines"]
    assert (line["code"], line["product"]) == ("product_archived", old.pk)


def test_all_doors_find_it(as_alice, alice, moved, cellar):
    old, _new, at = moved
    time, line = {"occurred_at": at.isoformat()}, {"sku": "CUP", "quantity": 1}
    part = make_product(alice, "Part", 5)
    as_alice.put(f"/api/products/{old}/recipe/", {"makes": 1, "parts": [{"product": part.pk, "quantity": 1}]})
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All"}).json()["id"]
    Sheet.objects.update(created_at=at)
    counted = {"sku": "CUP", "counted_at": at.isoformat()}
    requests = [
        ("makings/", {**line, **time}, "movements"),
        ("transfers/", {"from": None, "to": cellar.pk, "lines": [line], **time}, "movements"),
        ("counts/", {"lines": [{**counted, "counted": 9}]}, "lines"),
        (f"sheets/{sheet}/entries/", {"entries": [{**counted, "quantity": 9}]}, "entries"),
    ]
    for address, body, rows in requests:
        response = as_alice.post(f"/api/stock/{address}", body)
        assert response.status_code in (200, 201), response.json()
        assert response.json()[rows][-1]["product"] == old, address


def test_each_line_of_a_count_has_its_own_time(as_alice, moved, cellar, shelf):
    old, new, at = moved
    lines = [{"sku": "CUP", "counted": 1, "location": place.pk} for place in (cellar, shelf)]
    lines[0]["counted_at"] = at.isoformat()
    response = as_alice.post("/api/stock/counts/", {"lines": lines})
    assert [line["product"] for line in response.json()["lines"]] == [old, new]


@all_cases("code", ["cup", BARCODE, SAME_IN_LONG])
def test_what_was_scanned_for_a_sheet_is_what_had_the_code_then(as_alice, moved, code):
    old, new, at = moved
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All"}).json()["id"]
    Sheet.objects.update(created_at=at)
    entries = [{"code": code, "quantity": 1, "counted_at": at.isoformat()}, {"code": code, "quantity": 2}]
    response = as_alice.post(f"/api/stock/sheets/{sheet}/entries/", {"entries": entries})
    assert [(one["product"], one["quantity"]) for one in response.json()["entries"]] == [(old, 1), (new, 2)]


def test_a_scanned_code_that_goods_by_weight_had_then_does_not_say_how_much(as_alice, alice):
    flour = make_product(alice, "Flour", 1500, decimals=3, sku="BAG")
    sheet = as_alice.post("/api/stock/sheets/", {"name": "All"}).json()["id"]
    scanned = {"code": "BAG", "counted_at": tell_time().isoformat()}
    as_alice.patch(f"/api/products/{flour.pk}/", {"sku": "FLOUR"})
    make_product(alice, "Bag", sku="BAG")
    address = f"/api/stock/sheets/{sheet}/entries/"
    [refused] = as_alice.post(address, {"entries": [{**scanned, "quantity": 1}]}).json()["lines"]
    assert (refused["code"], refused["product"]) == ("code_without_amount", flour.pk)
    [entry] = as_alice.post(address, {"entries": [{**scanned, "amount": "0.250"}]}).json()["entries"]
    assert (entry["product"], entry["quantity"]) == (flour.pk, 250)


def test_what_is_handed_out_arrives_or_comes_back_late_is_found_too(as_alice, alice, moved):
    old, new, at = moved
    line, time = {"sku": "CUP", "quantity": 1}, {"occurred_at": at.isoformat()}
    both = [{"product": pk, "quantity": 2} for pk in (old, new)]
    sold = as_alice.post("/api/stock/operations/", {"lines": [{**one, "movement_type": "OUT"} for one in both], **time})
    reserved = as_alice.post("/api/stock/reservations/", {"lines": both}).json()["id"]
    order = as_alice.post("/api/purchase-orders/", {"supplier": make_supplier(alice).pk, "lines": both}).json()["id"]
    as_alice.post(f"/api/purchase-orders/{order}/send/", {})
    for address in (
        f"stock/operations/{sold.json()['id']}/return", f"stock/reservations/{reserved}/fulfil",
        f"purchase-orders/{order}/receive",
    ):  # fmt: skip
        booked = as_alice.post(f"/api/{address}/", {"lines": [line], **time}).json()
        assert (booked.get("operation") or booked)["movements"][0]["product"] == old, address


@pytest.mark.quick
def test_a_code_that_a_kit_had_or_has_is_that_of_its_time(as_alice, alice):
    cup = make_product(alice, "Cup", 10)
    kit = make_kit(alice, "Set", {cup.pk: 2}, sku="SET")
    at = tell_time()
    as_alice.patch(f"/api/kits/{kit['id']}/", {"sku": "OLD"})
    between = tell_time()
    box = make_product(alice, "Box", 10)
    as_alice.patch(f"/api/products/{box.pk}/", {"sku": "SET"})
    later = tell_time()
    as_alice.patch(f"/api/products/{box.pk}/", {"sku": "BOX"})
    as_alice.patch(f"/api/kits/{kit['id']}/", {"sku": "SET"})
    assert [sell(as_alice, time, sku="SET") for time in (at, later, between)] == [cup.pk, box.pk, cup.pk]


@all_cases("reason", ["sale", "damage"])
def test_one_line_by_a_code_that_a_kit_had_then_is_refused(as_alice, alice, reason):
    cup = make_product(alice, "Cup", 10)
    kit = make_kit(alice, "Set", {cup.pk: 2}, sku="SET")
    at = tell_time()
    as_alice.patch(f"/api/kits/{kit['id']}/", {"sku": "OLD"})
    as_alice.patch(f"/api/products/{cup.pk}/", {"sku": "SET"})
    body = {"movement_type": "OUT", "quantity": 1, "sku": "SET", "reason": reason}
    refused = as_alice.post("/api/stock/", {**body, "occurred_at": at.isoformat()})
    assert (refused.status_code, refused.json()["code"], refused.json()["kit"]) == (400, "kit_not_here", kit["id"])
    assert as_alice.post("/api/stock/", body).json()["product"] == cup.pk
    assert as_alice.post("/api/stock/", {**body, "occurred_at": tell_time().isoformat()}).json()["product"] == cup.pk


def test_a_booking_of_now_and_one_by_id_read_no_history(as_alice, alice):
    pot = make_product(alice, "Pot", 10, sku="POT")
    for fields in ({"sku": "POT"}, {"product": pot.pk, "occurred_at": datetime.now(UTC).isoformat()}):
        with CaptureQueriesContext(connection) as queries:
            as_alice.post("/api/stock/", {"movement_type": "OUT", "quantity": 1, "reason": "other", **fields})
        assert not any("lost AS" in query["sql"] for query in queries)
    assert Product.objects.get(pk=pot.pk).quantity == 8
