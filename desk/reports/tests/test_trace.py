"""The trace of a lot: where it came from, to whom it went, and what is left of it."""

import csv
import io

import pytest
from django.utils.html import strip_tags

from stock.models import Lot
from testing.cast.orders import make_supplier, post, send_order
from testing.cast.people import make_product
from testing.cast.reservations import reserve
from testing.laws.schemas import find_mistakes
from testing.reading.browser import Browser
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from trade.customers.models import Customer

ROUTE = "/api/lots/{id}/trace/"
ROW = (
    "movement", "operation", "occurred_at", "timestamp", "reason", "reference", "performed_by",
    "performed_by_username", "reservation", "customer", "customer_name", "lot_code", "product_name", "movement_type",
    "quantity", "location", "location_name", "reverses", "reversed_by", "returns", "order", "supplier",
    "supplier_name", "left", "unit", "decimals",
)  # fmt: skip


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea")


def address(lot):
    return f"/api/lots/{getattr(lot, 'pk', lot)}/trace/"


def book(client, product, movement_type, quantity, **place):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity}
    names = ("reason", "reference")
    head = {name: place.pop(name) for name in names if name in place}
    answer = client.post("/api/stock/operations/", {"lines": [{**body, **place}], **head})
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def reverse(client, operation):
    answer = client.post(f"/api/stock/operations/{operation}/reverse/", {})
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def move(client, product, quantity, source, target, lot):
    line = {"product": product.pk, "quantity": quantity, "lot": lot}
    answer = client.post("/api/stock/transfers/", {"from": source, "to": target, "lines": [line]})
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def get_lot(code="H26"):
    return Lot.objects.get(code=code)


def trace(client, lot, **query):
    answer = client.get(address(lot), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_csv(client, lot):
    answer = client.get(address(lot), {"format": "csv"})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_a_trace_leads_from_the_supplier_to_the_reservation(as_alice, as_bob, alice, bob, tea, cellar):
    order = send_order(as_alice, make_supplier(alice), tea, quantity=10)
    line = {"product": tea.pk, "quantity": 10, "lot": "H26", "location": cellar.pk}
    delivered = post(as_alice, order, "receive", lines=[line], reference="note 7").json()["id"]
    ada = Customer.objects.create(owner=alice, name="Ada Fern")
    reservation = reserve(as_bob, tea, 4, reference="web 3", customer=ada.pk)
    sold = as_bob.post(f"/api/stock/reservations/{reservation['id']}/fulfil/", {}).json()["id"]
    found = trace(as_bob, get_lot())
    assert (found["count"], found["totals"]) == (2, {"in": 10, "out": 4, "left": 6})
    first, last = found["results"]
    assert tuple(first) == ROW
    assert [first[name] for name in ("operation", "reason", "reference", "performed_by", "performed_by_username")] == [
        delivered, "purchase", "note 7", alice.pk, "alice",
    ]  # fmt: skip
    assert [first[name] for name in ("order", "supplier", "supplier_name", "reservation")] == [
        order["id"], order["supplier"], "Mill", None,
    ]  # fmt: skip
    assert [first[name] for name in ("movement_type", "quantity", "location_name", "left")] == ["IN", 10, "Cellar", 10]
    assert [last[name] for name in ("operation", "reason", "reference", "order", "reservation", "customer")] == [
        sold, "sale", "web 3", None, reservation["id"], ada.pk,
    ]  # fmt: skip
    assert [last[name] for name in ("performed_by_username", "lot_code", "product_name", "left")] == [
        "bob",
        "H26",
        "Tea",
        6,
    ]


def test_a_transfer_is_listed_but_neither_in_nor_out(as_alice, tea, cellar):
    book(as_alice, tea, "IN", 10, lot="H26", location=cellar.pk)
    moved = move(as_alice, tea, 3, cellar.pk, None, "H26")
    found = trace(as_alice, get_lot())
    assert found["totals"] == {"in": 10, "out": 0, "left": 10}
    rows = [(row["movement_type"], row["quantity"], row["location_name"], row["left"]) for row in found["results"]]
    assert rows == [("IN", 10, "Cellar", 10), ("OUT", 3, "Cellar", 7), ("IN", 3, None, 10)]
    reverse(as_alice, moved)
    assert trace(as_alice, get_lot())["totals"] == {"in": 10, "out": 0, "left": 10}


def test_what_was_undone_is_listed_with_its_reversal_and_is_in_no_total(as_alice, alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26")
    sold = book(as_alice, tea, "OUT", 4, lot="H26", reason="sale")
    undone = reverse(as_alice, sold)
    found = trace(as_alice, get_lot())
    assert found["totals"] == {"in": 10, "out": 0, "left": 10}
    sale, reversal = found["results"][1:]
    assert (sale["operation"], sale["reversed_by"], sale["reverses"], sale["left"]) == (sold, undone, None, 6)
    assert (reversal["operation"], reversal["reverses"], reversal["reversed_by"]) == (undone, sold, None)
    reverse(as_alice, undone)
    assert trace(as_alice, get_lot())["totals"] == {"in": 10, "out": 4, "left": 6}


def test_the_reversal_of_a_delivery_names_its_order(as_alice, alice, tea):
    order = send_order(as_alice, make_supplier(alice), tea, quantity=10)
    line = {"product": tea.pk, "quantity": 10, "lot": "H26"}
    delivered = post(as_alice, order, "receive", lines=[line]).json()["id"]
    reverse(as_alice, delivered)
    found = trace(as_alice, get_lot())
    assert [row["order"] for row in found["results"]] == [order["id"]] * 2
    assert found["totals"] == {"in": 0, "out": 0, "left": 0}


def test_a_return_names_its_sale_and_the_reservation_of_the_sale(as_alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26")
    reservation = reserve(as_alice, tea, 4)
    sold = as_alice.post(f"/api/stock/reservations/{reservation['id']}/fulfil/", {}).json()["id"]
    assert as_alice.post(f"/api/stock/operations/{sold}/return/", {}).status_code == 201
    found = trace(as_alice, get_lot())
    returned = found["results"][-1]
    assert (returned["reason"], returned["returns"], returned["reservation"]) == ("return", sold, reservation["id"])
    assert found["totals"] == {"in": 14, "out": 4, "left": 10}


def test_a_movement_of_two_places_has_a_row_for_each(as_alice, tea, cellar):
    book(as_alice, tea, "IN", 2, lot="H26", location=cellar.pk)
    book(as_alice, tea, "IN", 3, lot="H26")
    book(as_alice, tea, "OUT", 5, lot="H26")
    [one, two] = trace(as_alice, get_lot())["results"][2:]
    assert one["movement"] == two["movement"]
    assert [(row["quantity"], row["location_name"], row["left"]) for row in (one, two)] == [
        (2, "Cellar", 3),
        (3, None, 0),
    ]


def test_other_lots_and_stock_without_a_lot_are_left_out(as_alice, tea):
    book(as_alice, tea, "IN", 9)
    book(as_alice, tea, "IN", 2, lot="H27")
    book(as_alice, tea, "IN", 3, lot="H26")
    assert [row["quantity"] for row in trace(as_alice, get_lot())["results"]] == [3]


def test_the_totals_are_those_of_all_pages(as_alice, tea):
    for quantity in (5, 6, 7):
        book(as_alice, tea, "IN", quantity, lot="H26")
    page = trace(as_alice, get_lot(), page=2, page_size=2)
    assert ([row["quantity"] for row in page["results"]], page["count"]) == ([7], 3)
    assert (page["results"][0]["left"], page["totals"]["in"]) == (18, 18)
    assert as_alice.get(address(get_lot()), {"page": 3, "page_size": 2}).status_code == 404


def test_a_lot_without_movements_has_an_empty_trace(as_alice, alice, tea):
    lot = Lot.objects.create(owner=alice, product=tea, code="new")
    found = trace(as_alice, lot)
    assert (found["results"], found["totals"]) == ([], {"in": 0, "out": 0, "left": 0})


def test_the_file_has_the_rows_of_all_pages(as_alice, tea, cellar):
    book(as_alice, tea, "IN", 10, lot="H26", location=cellar.pk, reference="=1")
    for _ in range(10):
        book(as_alice, tea, "OUT", 1, lot="H26")
    rows = read_csv(as_alice, get_lot())
    assert len(rows) == 11
    assert set(rows[0]) == {*ROW} - {"decimals"}
    assert (rows[0]["lot_code"], rows[0]["reference"], rows[-1]["left"]) == ("H26", "'=1", "0")


def test_the_file_has_a_name_and_comes_as_a_workbook_too(as_alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26")
    lot = get_lot()
    names = {}
    for form in ("csv", "xlsx"):
        answer = as_alice.get(address(lot), {"format": form})
        names[form] = answer.headers["Content-Disposition"]
    assert names == {form: f'attachment; filename="trace-{lot.pk}.{form}"' for form in names}
    header, row = read_workbook(answer.getvalue())
    assert row[header.index("quantity")] == 10


def test_a_file_has_quantities_as_amounts(as_alice, alice):
    cheese = make_product(alice, "Cheese", unit="kg", decimals=3)
    book(as_alice, cheese, "IN", 2500, lot="H26")
    [row] = read_csv(as_alice, get_lot())
    assert (row["quantity"], row["left"], row["unit"]) == ("2.500", "2.500", "kg")


def test_no_costs_are_in_a_trace(as_alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26", unit_cost="77.31")
    answer = as_alice.get(address(get_lot()))
    assert "77.31" not in answer.text
    assert not {"value", "unit_cost", "unit_price"} & {*answer.json()["results"][0]}


def test_a_lot_of_an_archived_product_has_a_trace(as_alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26")
    as_alice.delete(f"/api/products/{tea.pk}/")
    assert trace(as_alice, get_lot())["totals"]["left"] == 10


@all_cases("number", [1, 60])
def test_a_trace_takes_a_fixed_number_of_queries(as_alice, tea, number, django_assert_max_num_queries):
    line = {"product": tea.pk, "movement_type": "IN", "quantity": 1, "lot": "H26"}
    as_alice.post("/api/stock/operations/", {"lines": [line] * number})
    lot = get_lot()
    # user, lot, and for the trace and for what makings lead to: savepoint, time limit, statement, release
    with django_assert_max_num_queries(10):
        assert len(trace(as_alice, lot, page_size=100)["results"]) == number


def test_answers_match_the_schema(schema, as_alice, tea):
    book(as_alice, tea, "IN", 10, lot="H26")
    assert find_mistakes(schema, as_alice.get(address(get_lot())), ROUTE, "get") == []


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_the_page_of_a_lot_leads_to_its_trace_with_totals_and_links(as_alice, alice, tea, cellar):
    order = send_order(as_alice, make_supplier(alice), tea, quantity=10)
    line = {"product": tea.pk, "quantity": 10, "lot": "H26", "location": cellar.pk}
    post(as_alice, order, "receive", lines=[line])
    lot = get_lot()
    browser = Browser(alice)
    assert f'href="{address(lot)}"' in browser.get_page(f"/api/lots/{lot.pk}/")
    page = browser.get_page(address(lot))
    assert "<h1>Trace of lot H26 of Tea</h1>" in page
    operation = trace(as_alice, lot)["results"][0]["operation"]
    links = (
        f"/api/stock/operations/{operation}/", f"/api/purchase-orders/{order['id']}/",
        f"/api/suppliers/{order['supplier']}/", f"/api/locations/{cellar.pk}/",
    )  # fmt: skip
    assert [link for link in links if f'href="{link}"' not in page] == []
    assert f'href="{address(lot)}?_from_page=1&amp;format=xlsx"' in page
    assert page.partition('<dl class="figures">')[2].partition("</dl>")[0].count("10") == 2  # in, left


def test_figures_of_the_page_have_the_unit(alice, as_alice):
    cheese = make_product(alice, "Cheese", unit="kg", decimals=3)
    book(as_alice, cheese, "IN", 2500, lot="H26")
    figures = Browser(alice).get_page(address(get_lot())).partition("<dl")[2].partition("</dl>")[0]
    assert "2.500 kg" in strip_tags(figures)


def test_the_page_of_a_lot_without_movements_says_so(alice, tea):
    lot = Lot.objects.create(owner=alice, product=tea, code="new")
    assert "Nothing has been recorded yet." in Browser(alice).get_page(address(lot))
