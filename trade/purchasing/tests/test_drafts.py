"""Drafts of orders are written, read, changed and deleted."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from products.models import Product
from testing.cast.orders import ADDRESS, make_supplier, post, read, send_order, write_order
from testing.cast.people import client_with_key, make_product
from testing.tables import all_cases
from trade.purchasing import services
from trade.purchasing.lines import list_suggestions
from trade.purchasing.models import Order, OrderLine


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", sku="POT", supplier_sku="M-7", pack_size=4, cost_price="2.50")


def refuse(response, status, code):
    """Return the body of a refusal. Check its status and its code."""
    assert response.status_code == status
    body = response.json()
    assert body["code"] == code
    return body


# --- Write and read -------------------------------------------------------------------------------------


def test_a_draft_has_its_lines_and_nothing_has_arrived(as_alice, alice, mill, pot):
    made = write_order(as_alice, mill, pot, quantity=8, reference="spring", note="back door", expected_on="2031-05-01")
    assert made == {
        "id": made["id"], "supplier": mill.pk, "supplier_name": "Mill", "state": "draft", "state_detail": "draft",
        "is_received": False, "expected_on": "2031-05-01",
        "cost": "20.00", "reference": "spring", "external_id": None, "metadata": {},
        "note": "back door",
        "made_by": alice.pk, "made_by_username": "alice",
        "created_at": made["created_at"], "updated_at": made["updated_at"], "sent_at": None, "closed_at": None,
        "mail_to": "", "mailed_at": None, "next_mail_at": None, "mail_error": "", "operations": [],
        "lines": [{
            "product": pot.pk, "product_name": "Pot", "sku": pot.sku, "supplier_sku": "M-7", "quantity": 8,
            "amount": None, "unit": pot.unit, "packs": 2, "pack_size": 4, "unit_cost": "2.50", "cost": "20.00",
            "received": 0, "damaged": 0, "outstanding": 0, "is_kept": False, "min_packs": 1, "below_minimum": False,
        }],
    }  # fmt: skip
    assert read(as_alice, made) == made
    assert as_alice.get(ADDRESS).json()["results"] == [made]


def test_products_are_found_by_id_sku_and_barcode(as_alice, alice, mill, pot, kettle):
    cup = make_product(alice, "Cup", barcode="400")
    lines = [{"barcode": "400", "quantity": 1}, {"sku": "pot", "quantity": 2}, {"product": kettle.pk, "quantity": 3}]
    made = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}).json()
    assert [(line["product"], line["quantity"]) for line in made["lines"]] == [(cup.pk, 1), (pot.pk, 2), (kettle.pk, 3)]


def test_a_line_may_name_its_cost(as_alice, mill, pot):
    lines = [{"product": pot.pk, "quantity": 3, "unit_cost": "1.99"}]
    made = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}).json()
    assert (made["lines"][0]["unit_cost"], made["cost"]) == ("1.99", "5.97")


def test_the_cost_of_an_order_is_null_if_no_line_has_one(as_alice, alice, mill):
    made = write_order(as_alice, mill, make_product(alice))
    assert (made["lines"][0]["unit_cost"], made["cost"]) == (None, None)


def test_a_quantity_of_parts_of_packs_has_no_number_of_packs(as_alice, mill, pot):
    assert write_order(as_alice, mill, pot, quantity=9)["lines"][0]["packs"] is None


def test_a_draft_moves_no_stock(as_alice, mill, kettle):
    write_order(as_alice, mill, kettle)
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.stock_sequence) == (10, 1)


def test_every_refused_line_is_named_and_nothing_is_written(as_alice, alice, charlie, mill, pot):
    archived = make_product(alice, "Old")
    as_alice.delete(f"/api/products/{archived.pk}/")
    lines = [
        {"product": pot.pk, "quantity": 1}, {"product": pot.pk, "quantity": 1}, {"product": archived.pk, "quantity": 1},
        {"product": make_product(charlie).pk, "quantity": 1}, {"product": pot.pk, "quantity": 0},
    ]  # fmt: skip
    body = refuse(as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}), 400, "invalid_lines")
    codes = [(line["line"], line["code"]) for line in body["lines"]]
    assert codes == [(1, "ordered_twice"), (2, "product_archived"), (3, "product_not_found"), (4, "invalid")]
    assert body["detail"] == "Nothing was ordered. Refused lines: 4."
    assert not Order.objects.exists()


@all_cases("lines", [[], [{"product": 1, "quantity": 1}] * 501])
def test_an_order_has_1_to_500_lines(as_alice, mill, lines):
    response = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines})
    assert (response.status_code, list(response.json())) == (400, ["lines"])


@all_cases("missing", ["supplier", "lines"])
def test_an_order_needs_a_supplier_and_lines(as_alice, mill, kettle, missing):
    body = {"supplier": mill.pk, "lines": [{"product": kettle.pk, "quantity": 1}]}
    del body[missing]
    response = as_alice.post(ADDRESS, body)
    assert (response.status_code, list(response.json())) == (400, [missing])


def test_an_order_made_by_a_key_names_it(alice, mill, pot):
    made = write_order(client_with_key(alice, "manage", name="reorder bot"), mill, pot)
    assert made["made_by_username"] == "alice/reorder bot"


# --- Change and delete ----------------------------------------------------------------------------------


def test_the_lines_of_a_change_replace_the_lines(as_alice, mill, pot, kettle):
    made = write_order(as_alice, mill, pot, kettle)
    lines = [{"product": kettle.pk, "quantity": 7}]
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", {"lines": lines, "note": "less"}).json()
    assert [(line["product"], line["quantity"]) for line in changed["lines"]] == [(kettle.pk, 7)]
    assert (changed["note"], changed["supplier"]) == ("less", mill.pk)
    assert OrderLine.objects.count() == 1


@pytest.mark.quick
def test_a_change_without_lines_keeps_them(as_alice, alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    other = make_supplier(alice, "Garden")
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", {"supplier": other.pk}).json()
    assert (changed["supplier"], changed["supplier_name"], changed["lines"]) == (other.pk, "Garden", made["lines"])


def test_a_refused_change_leaves_the_order_as_it_was(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    lines = [{"product": pot.pk, "quantity": 7}] * 2
    response = as_alice.patch(f"{ADDRESS}{made['id']}/", {"lines": lines, "note": "less"})
    refuse(response, 400, "invalid_lines")
    assert read(as_alice, made) == made


def test_a_put_needs_supplier_and_lines(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    response = as_alice.put(f"{ADDRESS}{made['id']}/", {"note": "less"})
    assert (response.status_code, set(response.json())) == (400, {"supplier", "lines"})


def test_a_deleted_draft_is_gone_with_its_lines(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    assert as_alice.delete(f"{ADDRESS}{made['id']}/").status_code == 204
    assert as_alice.get(f"{ADDRESS}{made['id']}/").status_code == 404
    assert not OrderLine.objects.exists()


@pytest.mark.quick
def test_a_sent_order_is_neither_changed_nor_deleted_nor_sent_again(as_alice, mill, pot):
    made = send_order(as_alice, mill, pot)
    responses = [
        as_alice.patch(f"{ADDRESS}{made['id']}/", {"note": "less"}),
        as_alice.delete(f"{ADDRESS}{made['id']}/"),
        post(as_alice, made, "send"),
    ]
    for response in responses:
        body = refuse(response, 409, "order_not_draft")
        assert (body["order"], body["state"]) == (made["id"], "sent")
    assert read(as_alice, made) == made


@all_cases("action", ["", "send/"])
def test_a_draft_that_has_changed_is_neither_changed_nor_sent_as_it_was_read(as_alice, mill, pot, action):
    made = write_order(as_alice, mill, pot)
    address = f"{ADDRESS}{made['id']}/"
    etag = as_alice.get(address).headers["ETag"]
    now = as_alice.patch(address, {"note": "first", "expected_updated_at": made["updated_at"]}).json()
    method = as_alice.post if action else as_alice.patch
    refused = method(f"{address}{action}", {"expected_updated_at": made["updated_at"]})
    assert refuse(refused, 409, "changed").items() >= {"order": made["id"], "updated_at": now["updated_at"]}.items()
    refuse(method(f"{address}{action}", {}, headers={"If-Match": etag}), 412, "changed")
    assert read(as_alice, made) == now
    assert method(f"{address}{action}", {"expected_updated_at": now["updated_at"]}).status_code == 200


def test_a_change_of_a_draft_is_repeated_with_its_key(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    body, key = {"note": "first", "expected_updated_at": made["updated_at"]}, {"Idempotency-Key": "one"}
    answers = [as_alice.patch(f"{ADDRESS}{made['id']}/", body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_an_archived_supplier_stays_in_the_order_by_name(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    assert as_alice.delete(f"/api/suppliers/{mill.pk}/").status_code == 204
    shown = read(as_alice, made)
    assert (shown["supplier"], shown["supplier_name"]) == (None, "Mill")
    assert as_alice.post(f"/api/suppliers/{mill.pk}/restore/").status_code == 200
    assert read(as_alice, made)["supplier"] == mill.pk
    as_alice.delete(f"/api/suppliers/{mill.pk}/")
    assert post(as_alice, made, "send").json()["expected_on"] is None


# --- Lists ----------------------------------------------------------------------------------------------


def test_orders_are_filtered(as_alice, alice, mill, pot, kettle):
    other = make_supplier(alice, "Garden")
    first = write_order(as_alice, mill, pot, reference="A 1", expected_on="2031-05-01")
    second = send_order(as_alice, other, kettle, expected_on="2031-06-01")
    for query, found in (
        ("state=draft", first), ("state=sent", second), ("reference=A 1", first),
        (f"supplier={mill.pk}", first), (f"product={kettle.pk}", second), ("expected_before=2031-06-01", first),
    ):  # fmt: skip
        assert [row["id"] for row in as_alice.get(f"{ADDRESS}?{query}").json()["results"]] == [found["id"]], query
    assert len(as_alice.get(ADDRESS).json()["results"]) == 2


def test_a_page_ends_early_if_it_has_many_lines(as_alice, mill, pot, kettle, monkeypatch):
    monkeypatch.setattr("core.lists.pagination.LinesPagination.max_parts", 3)
    made = [write_order(as_alice, mill, pot, kettle)["id"] for _ in range(2)]
    page = as_alice.get(ADDRESS).json()
    assert [row["id"] for row in page["results"]] == made[1:]
    assert [row["id"] for row in as_alice.get(page["next"]).json()["results"]] == made[:1]


# --- What a draft keeps ---------------------------------------------------------------------------------


@pytest.mark.quick
def test_the_cost_of_a_line_is_that_of_the_product_when_it_was_written(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot)
    Product.objects.filter(pk=pot.pk).update(cost_price="9.00")
    assert read(as_alice, made)["lines"][0]["unit_cost"] == "2.50"


def test_the_day_of_a_draft_is_any_day(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot, expected_on="2020-01-01")
    assert Order.objects.get(pk=made["id"]).expected_on == date(2020, 1, 1)


# --- Suggestions ----------------------------------------------------------------------------------------


def order_suggested(client, supplier, **fields):
    return client.post(ADDRESS, {"supplier": supplier.pk, "suggested": True, **fields})


@pytest.mark.quick
def test_a_draft_of_what_is_suggested_is_in_whole_packs_and_at_cost_prices(as_alice, alice, mill):
    make_product(alice, "Cup")  # it has no supplier
    pot = make_product(alice, "Pot", supplier=mill, min_threshold=5, pack_size=4, cost_price="2.50")
    made = order_suggested(as_alice, mill, reference="spring").json()
    assert [(line["product"], line["quantity"], line["unit_cost"]) for line in made["lines"]] == [(pot.pk, 8, "2.50")]
    assert (made["state"], made["reference"]) == ("draft", "spring")


@pytest.mark.quick
def test_what_is_suggested_is_computed_for_up_to_a_minute(as_alice, alice, mill, monkeypatch):
    make_product(alice, "Pot", supplier=mill)
    limits = []

    def read_limit(*args, **rate):
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            limits.extend(cursor.fetchone())
        return list_suggestions(*args, **rate)

    monkeypatch.setattr(services, "list_suggestions", read_limit)
    assert order_suggested(as_alice, mill).status_code == 201
    assert limits == ["1min"]


@pytest.mark.quick
def test_what_is_in_a_draft_is_not_suggested_again(as_alice, alice, mill):
    make_product(alice, "Pot", supplier=mill)
    assert order_suggested(as_alice, mill).status_code == 201
    assert refuse(order_suggested(as_alice, mill), 409, "nothing_suggested")["supplier"] == mill.pk


def test_a_longer_cover_orders_more(as_alice, alice, mill):
    pot = make_product(alice, "Pot", 30, supplier=mill, min_threshold=0)
    as_alice.post("/api/stock/", {"product": pot.pk, "movement_type": "OUT", "quantity": 30})
    assert order_suggested(as_alice, mill, days=30, cover=23).json()["lines"][0]["quantity"] == 31


def test_a_draft_takes_the_sales_of_a_year_ago_and_a_factor(as_alice, alice, mill):
    pot = make_product(alice, "Pot", 0, supplier=mill, min_threshold=0)
    for movement_type, days_ago in (("IN", 370), ("OUT", 364)):
        at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        body = {"product": pot.pk, "movement_type": movement_type, "quantity": 30, "occurred_at": at}
        assert as_alice.post("/api/stock/", body).status_code == 201
    made = order_suggested(as_alice, mill, basis="year_ago", factor="1.50").json()
    assert made["lines"][0]["quantity"] == 45 + 1


@pytest.mark.quick
@all_cases(
    ("extra", "field"),
    [
        ({"suggested": True, "lines": [{"sku": "POT", "quantity": 1}]}, "suggested"),
        ({"suggested": False}, "lines"),
        ({"lines": [{"sku": "POT", "quantity": 1}], "days": 30}, "days"),
        ({"suggested": True, "days": 0}, "days"),
        ({"suggested": True, "cover": 367}, "cover"),
        ({"lines": [{"sku": "POT", "quantity": 1}], "factor": "1.20"}, "factor"),
        ({"suggested": True, "factor": "0.09"}, "factor"),
        ({"suggested": True, "basis": "tomorrow"}, "basis"),
    ],
)
def test_either_lines_or_suggestions_are_ordered(as_alice, mill, pot, extra, field):
    response = as_alice.post(ADDRESS, {"supplier": mill.pk, **extra})
    assert (response.status_code, list(response.json())) == (400, [field])


@all_cases("text", ["{id}", "%23{id}"])
def test_an_order_is_found_by_its_number(as_alice, mill, pot, text):
    made = [write_order(as_alice, mill, pot, quantity=1) for _ in range(3)][1]
    found = as_alice.get(f"{ADDRESS}?search={text.format(**made)}").json()["results"]
    assert [one["id"] for one in found] == [made["id"]]
