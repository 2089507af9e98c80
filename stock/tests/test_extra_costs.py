"""What a delivery cost besides its goods: its shares, and what carries them."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from products.models import Product
from stock.models import Delivery, ExtraCost, ExtraShare, Movement, Seal
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_seals import read_lines
from stock.tests.test_verify import tamper
from suppliers.models import Supplier
from testing.cast.orders import make_supplier
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.tables import all_cases

pytestmark = [pytest.mark.django_db, pytest.mark.measured]
OPERATIONS = "/api/stock/operations/"
FREIGHT = [{"name": "Freight", "amount": "10.00"}]


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", cost_price="2.00")


@pytest.fixture
def flour(alice):
    """Return a product in kilograms, with grams."""
    return make_product(alice, "Flour", decimals=3, unit="kg", cost_price="1.00")


@pytest.fixture
def wrap(alice):
    return make_product(alice, "Wrap", cost_price="0.50", keeps_stock=False)


def send(client, *lines, **body):
    """Send a delivery of lines of (product, quantity) with further fields, and return the response."""
    sent = [
        {"product": product.pk, "movement_type": "IN", "quantity": quantity, **(more[0] if more else {})}
        for product, quantity, *more in lines
    ]
    return client.post(OPERATIONS, {"extra_costs": FREIGHT, "lines": sent, **body})


def deliver(client, *lines, **body):
    response = send(client, *lines, **body)
    assert response.status_code == 201, response.json()
    return response.json()


def list_shares(operation):
    return [(one["value"], one["extra_cost"]) for one in operation["movements"]]


def read_value(product):
    return Product.objects.get(pk=product.pk).stock_value


# --- Shares ---------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_extra_costs_are_shared_by_what_the_lines_cost(as_alice, alice, tea, kettle):
    operation = deliver(as_alice, (tea, 10), (kettle, 1, {"unit_cost": "60.00"}))
    assert list_shares(operation) == [("22.50", "2.50"), ("67.50", "7.50")]
    assert operation["extra_costs"] == FREIGHT
    assert read_value(tea) == Decimal("22.50")
    read = as_alice.get(f"{OPERATIONS}{operation['id']}/").json()
    assert (list_shares(read), read["extra_costs"]) == (list_shares(operation), FREIGHT)
    assert [line["total_left"] for line in read["return_lines"]] == ["22.50", "67.50"]
    assert find_breaks(alice.pk) == []


def test_the_shares_add_up_to_the_cent(as_alice, alice):
    products = [make_product(alice, f"P{n}", cost_price="1.00") for n in range(3)]
    costs = [{"name": "Freight", "amount": "0.99"}, {"name": "Customs", "amount": "0.02"}]
    operation = deliver(as_alice, *((product, 1) for product in products), extra_costs=costs)
    assert [share for _, share in list_shares(operation)] == ["0.34", "0.34", "0.33"]
    assert operation["extra_costs"] == costs


def test_if_all_cost_nothing_amounts_count(as_alice, alice, tea, flour):
    lines = (tea, 3, {"unit_cost": "0"}), (flour, 1000, {"unit_cost": "0"})
    assert list_shares(deliver(as_alice, *lines)) == [("7.50", "7.50"), ("2.50", "2.50")]


def test_if_some_cost_something_what_costs_nothing_has_no_share(as_alice, tea, kettle):
    operation = deliver(as_alice, (tea, 1), (kettle, 1, {"unit_cost": "0"}))
    assert list_shares(operation) == [("12.00", "10.00"), ("0.00", None)]
    assert ExtraShare.objects.count() == 1


def test_grams_carry_their_share(as_alice, tea, flour):
    operation = deliver(as_alice, (tea, 1), (flour, 500), extra_costs=[{"name": "Freight", "amount": "1.00"}])
    assert list_shares(operation) == [("2.80", "0.80"), ("0.70", "0.20")]


def test_goods_without_stock_carry_nothing(as_alice, tea, wrap):
    operation = deliver(as_alice, (wrap, 4), (tea, 1))
    assert list_shares(operation) == [("2.00", None), ("2.00", None), ("12.00", "10.00")]


def test_a_currency_without_decimals_has_whole_shares(as_alice, alice):
    as_alice.patch("/api/account/", {"currency": "JPY"})
    products = [make_product(alice, f"P{n}", cost_price="100") for n in range(3)]
    operation = deliver(as_alice, *((product, 1) for product in products))
    assert [share for _, share in list_shares(operation)] == ["4.00", "3.00", "3.00"]
    refused = send(as_alice, (products[0], 1), extra_costs=[{"name": "Freight", "amount": "1.50"}])
    assert (refused.status_code, list(refused.json())) == (400, ["extra_costs"])


def test_what_goes_out_with_the_delivery_takes_its_part(as_alice, alice, tea):
    lines = [{"product": tea.pk, "movement_type": kind, "quantity": n} for kind, n in (("IN", 4), ("OUT", 1))]
    operation = as_alice.post(OPERATIONS, {"reason": "purchase", "extra_costs": FREIGHT, "lines": lines}).json()
    assert list_shares(operation) == [("18.00", "10.00"), ("4.50", None)]
    assert read_value(tea) == Decimal("13.50")
    assert find_breaks(alice.pk) == []


def test_a_sale_takes_the_share_with_it(as_alice, tea):
    deliver(as_alice, (tea, 10))
    sale = as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 1}).json()
    assert sale["value"] == "3.00"
    margins = as_alice.get("/api/reports/margins/").json()["results"]
    assert [row["cost"] for row in margins] == ["3.00"]


# --- Undo, and to the supplier --------------------------------------------------------------------------


@pytest.mark.quick
def test_what_goes_back_to_the_supplier_carries_its_share(as_alice, alice, tea):
    operation = deliver(as_alice, (tea, 3))
    body = {"lines": [{"product": tea.pk, "quantity": 1}]}
    values = [
        as_alice.post(f"{OPERATIONS}{operation['id']}/return/", body).json()["movements"][0]["value"] for _ in range(3)
    ]
    assert sum(map(Decimal, values)) == Decimal("16.00")
    assert read_value(tea) == 0
    assert find_breaks(alice.pk) == []


def test_extra_costs_are_undone_and_done_again_with_the_delivery(as_alice, alice, tea):
    undone = deliver(as_alice, (tea, 3))["id"]
    for value in (0, 16, 0):
        undone = as_alice.post(f"{OPERATIONS}{undone}/reverse/", {}).json()["id"]
        assert read_value(tea) == value
    assert find_breaks(alice.pk) == []


# --- Who and what ---------------------------------------------------------------------------------------


def test_a_worker_sends_extra_costs_and_sees_none(as_bob, as_alice, tea):
    operation = deliver(as_bob, (tea, 1))
    assert (operation["extra_costs"], list_shares(operation)) == (None, [(None, None)])
    assert as_bob.get(f"{OPERATIONS}{operation['id']}/").json()["extra_costs"] is None
    assert as_alice.get(f"{OPERATIONS}{operation['id']}/").json()["extra_costs"] == FREIGHT


def test_a_till_sends_no_extra_costs(alice, as_alice, tea):
    till = Device(alice)
    till.pair(as_alice)
    assert send(till.client, (tea, 1)).status_code == 403
    assert send(till.client, (tea, 1), extra_costs=[]).status_code == 201
    assert not ExtraCost.objects.exists()


@all_cases("empty", [None, []])
def test_an_empty_list_is_none(as_alice, tea, empty):
    assert deliver(as_alice, (tea, 1), extra_costs=empty)["extra_costs"] == []


@pytest.mark.quick
@all_cases(
    ("body", "code"),
    [
        ({"reason": "other"}, "extra_costs_of_no_purchase"),
        ({"reason": "correction"}, "extra_costs_of_no_purchase"),
        ({"extra_costs": FREIGHT * 11}, "too_many_extra_costs"),
        ({"reason": "other", "extra_costs": [], "supplier": "his"}, "supplier_of_no_purchase"),
        ({"extra_costs": [{"name": "Freight", "amount": "99999999999999999999.99"}]}, "value_too_high"),
    ],
)
def test_what_no_delivery_can_have_is_refused(as_alice, alice, tea, body, code):
    if "supplier" in body:
        body = {**body, "supplier": make_supplier(alice).pk}
    refused = send(as_alice, (tea, 1), **body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert read_value(tea) == 0


@all_cases(
    "cost",
    [
        {"name": "", "amount": "1.00"}, {"name": "x" * 65, "amount": "1.00"}, {"amount": "1.00"}, {"name": "Freight"},
        {"name": "Freight", "amount": "0.00"}, {"name": "Freight", "amount": "1.001"}, "Freight",
    ],
)  # fmt: skip
def test_a_malformed_extra_cost_is_refused_at_its_place(as_alice, tea, cost):
    refused = send(as_alice, (tea, 1), extra_costs=[*FREIGHT, cost])
    assert (refused.status_code, list(refused.json()["extra_costs"])) == (400, ["1"])


def test_goods_without_stock_alone_have_nothing_to_share(as_alice, wrap):
    refused = send(as_alice, (wrap, 4))
    assert (refused.status_code, refused.json()["code"]) == (400, "nothing_to_share")


def test_a_sale_has_no_extra_costs(as_alice, kettle):
    line = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    refused = as_alice.post(OPERATIONS, {"lines": [line], "extra_costs": FREIGHT})
    assert (refused.status_code, refused.json()["code"]) == (400, "extra_costs_of_no_purchase")


def test_a_delivery_whose_extra_costs_can_not_be_kept_is_not_booked(as_alice, tea, monkeypatch):
    monkeypatch.setattr(ExtraShare.objects, "bulk_create", lambda _rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(as_alice, (tea, 1))
    assert (read_value(tea), ExtraCost.objects.count()) == (0, 0)


# --- The supplier ---------------------------------------------------------------------------------------


def test_a_delivery_without_an_order_names_its_supplier(as_alice, alice, tea):
    mill = make_supplier(alice)
    operation = deliver(as_alice, (tea, 2), supplier=mill.pk)
    assert (operation["supplier"], operation["supplier_name"]) == (mill.pk, "Mill")
    [row] = as_alice.get(f"/api/products/{tea.pk}/purchases/").json()["results"]
    assert (row["supplier"], row["supplier_name"], row["cost"], row["extra_cost"]) == (mill.pk, "Mill", "4.00", "10.00")
    as_alice.delete(f"/api/suppliers/{mill.pk}/")
    read = as_alice.get(f"{OPERATIONS}{operation['id']}/").json()
    assert (read["supplier"], read["supplier_name"]) == (None, "Mill")
    page = Browser(alice).get_page(f"{OPERATIONS}{operation['id']}/")
    assert ["Mill" in page, "Freight: 10.00" in page] == [True, True]


def test_a_foreign_or_an_archived_supplier_is_refused(as_alice, as_charlie, alice, charlie, tea):
    mine = make_supplier(alice)
    as_alice.delete(f"/api/suppliers/{mine.pk}/")
    for supplier in (mine, make_supplier(charlie)):
        refused = send(as_alice, (tea, 1), supplier=supplier.pk)
        assert (refused.status_code, list(refused.json())) == (400, ["supplier"])
    assert not Delivery.objects.exists()


def test_a_merge_moves_deliveries(as_alice, alice, tea):
    mill, other = make_supplier(alice), make_supplier(alice, "Other")
    operation = deliver(as_alice, (tea, 1), supplier=mill.pk)
    as_alice.post(f"/api/suppliers/{mill.pk}/merge/", {"into": other.pk})
    delivery = Delivery.objects.get()
    assert (delivery.supplier, str(delivery)) == (other, f"operation {operation['id']} of supplier {other.pk}")
    assert as_alice.get(f"{OPERATIONS}{operation['id']}/").json()["supplier_name"] == "Other"
    assert Supplier.objects.count() == 2


# --- Proofs ---------------------------------------------------------------------------------------------


def test_extra_costs_and_shares_are_sealed(as_alice, alice, tea):
    deliver(as_alice, (tea, 1))
    assert [str(one) for one in (ExtraCost.objects.get(), ExtraShare.objects.get())] == [
        "Freight", f"10.00 of movement {Movement.objects.get(product=tea).pk}",
    ]  # fmt: skip
    seal_account(owner_id=alice.pk)
    _, lines = read_lines(Seal.objects.get())
    kept = [(one.get("name", ""), one["cost"]) for one in lines if "cost" in one]
    assert kept == [("Freight", "10.00"), ("", "10.00")]
    tamper("UPDATE stock_extracost SET name = 'Customs'")
    assert "not what was sealed" in find_breaks(alice.pk)[0].what


@all_cases("table", ["stock_extracost", "stock_extrashare"])
def test_a_trigger_refuses_changes(as_alice, tea, table):
    deliver(as_alice, (tea, 1))
    for statement in (f"UPDATE {table} SET cost = 1", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@all_cases(
    "statement",
    [
        "UPDATE stock_extrashare SET cost = 9.99",
        "UPDATE stock_extracost SET cost = 9.99",
        "DELETE FROM stock_extrashare",
        "DELETE FROM stock_extracost",
        "UPDATE stock_extracost SET cost = 99; UPDATE stock_extrashare SET cost = 99",
    ],
)
def test_verification_finds_shares_that_do_not_add_up(as_alice, alice, tea, statement):
    operation = deliver(as_alice, (tea, 1))
    tamper(statement)
    what = f"operation {operation['id']} does not share its extra costs over what came in"
    assert [found.what for found in find_breaks(alice.pk)] == [what]
