"""Events name their products by the codes of that time, and have the fields of new and changed products."""

import io
import json

import pytest
from django.db import connection

from records.events.models import Event, EventType
from records.events.services import has_form
from stock.jobs import record_new_expiring_lots
from testing.cast.people import client_of, make_product
from testing.tables import all_cases


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 9, sku="CUP", external_id="shop-7", cost_price="3.33", min_threshold=5)


def read(client, **query):
    return client.get("/api/events/", query).json()["events"]


def name_codes(data):
    return {name: data[name] for name in ("product", "sku", "external_id")}


@pytest.mark.quick
def test_events_keep_the_codes_that_the_product_had(as_alice, alice, cup):
    codes = {"product": cup.pk, "sku": "CUP", "external_id": "shop-7"}
    line = {"product": cup.pk, "movement_type": "OUT", "quantity": 1, "amount": None}
    as_alice.post("/api/stock/", {"product": cup.pk, "movement_type": "OUT", "quantity": 6})
    lot = {**line, "movement_type": "IN", "quantity": 7, "lot": "L", "expires_on": alice.shop_today().isoformat()}
    assert as_alice.post("/api/stock/operations/", {"lines": [lot]}).status_code == 201
    record_new_expiring_lots(alice.pk, alice.shop_today())
    as_alice.patch(f"/api/products/{cup.pk}/", {"price": "9.00"})
    as_alice.delete(f"/api/products/{cup.pk}/")
    as_alice.post(f"/api/products/{cup.pk}/restore/")
    before = read(as_alice)
    named = [event["data"] for event in before if "product" in event["data"]]
    assert {event["type"] for event in before} == {
        "product.created", "operation.booked", "stock.low", "stock.recovered", "lot.expiring", "product.changed",
        "product.archived", "product.restored",
    }  # fmt: skip
    movements = [row for event in before for row in event["data"].get("movements", ())]
    assert all(name_codes(data) == codes for data in [*named, *movements])
    as_alice.patch(f"/api/products/{cup.pk}/", {"sku": "MUG", "external_id": "shop-8"})
    later = read(as_alice)
    assert later[:-1] == before
    assert name_codes(later[-1]["data"]) == {"product": cup.pk, "sku": "MUG", "external_id": "shop-8"}


@pytest.mark.quick
def test_a_new_product_has_its_fields_without_its_cost(as_bob, cup):
    created = read(as_bob, type="product.created")[0]["data"]
    [nothing, fields] = created["changes"]["created"]
    assert (nothing, fields["name"], fields["sku"], fields["price"]) == (None, "Cup", "CUP", "10.00")
    assert "cost_price" not in fields
    assert "3.33" not in json.dumps(read(as_bob))


def test_a_changed_product_has_the_changed_fields_without_costs(as_alice, as_bob, cup):
    as_alice.patch(f"/api/products/{cup.pk}/", {"price": "9.00", "cost_price": "4.44"})
    [changed] = read(as_bob, type="product.changed")
    assert changed["data"]["changes"] == {"price": ["10.00", "9.00"]}


@all_cases("way", ["import", "upsert", "fill"])
def test_each_way_to_create_products_has_their_fields_and_codes(as_alice, way):
    if way == "import":
        file = io.BytesIO(b"name,sku,external_id,price,quantity\nPot,POT,x-1,3,7\nPan,,,3,2\n")
        file.name = "products.csv"
        answer = as_alice.post("/api/products/import/", {"file": file}, format="multipart")
    elif way == "upsert":
        lines = [{"external_id": "x-1", "name": "Pot", "sku": "POT", "price": "3"}]
        answer = as_alice.post("/api/products/upsert/", {"lines": lines})
    else:
        group = as_alice.post("/api/groups/", {"name": "Pot", "axes": ["size"]}).json()["id"]
        body = {"options": {"size": ["S"]}, "price": "3", "sku": "POT"}
        answer = as_alice.post(f"/api/groups/{group}/fill/", body)
    assert answer.status_code in (200, 201), answer.json()
    created = [event["data"] for event in read(as_alice, type="product.created")]
    assert created[0]["sku"] == "POT" == created[0]["changes"]["created"][1]["sku"]
    if way == "import":
        [booked] = read(as_alice, type="operation.booked")
        moved = [(row["product_name"], row["sku"], row["external_id"]) for row in booked["data"]["movements"]]
        assert moved == [("Pot", "POT", "x-1"), ("Pan", "", None)]


def test_events_of_before_stay_as_they_were(as_alice, alice, cup):
    """They have no codes, and the events of new products have no fields."""
    [operation] = Event.objects.filter(type=EventType.OPERATION_BOOKED).values_list("operation", flat=True)
    at = Event.objects.get(type=EventType.PRODUCT_CREATED).created_at
    with connection.cursor() as cursor:
        for event in (("operation.booked", operation, None, None), ("product.created", None, cup.pk, None),
                      ("stock.low", operation, cup.pk, '{"quantity": 4, "min_threshold": 5}')):  # fmt: skip
            cursor.execute(
                "INSERT INTO events_event (owner_id, type, operation, product, data, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)", [alice.pk, *event, at],
            )  # fmt: skip
    booked, created, low = (event["data"] for event in read(as_alice, after=2))
    assert booked["movements"][0].keys().isdisjoint({"sku", "external_id"})
    assert created == {"product": cup.pk}
    assert low == {"operation": operation, "product": cup.pk, "quantity": 4, "min_threshold": 5}


@all_cases(
    "values",
    [
        {"product": 1, "sku": "A"},
        {"product": 1, "sku": None, "external_id": None},
        {"product": 1, "sku": 1, "external_id": "a"},
    ],
)
def test_a_product_has_both_codes_or_none(values):
    assert not has_form("product.created", values)
    assert has_form("product.created", {"product": 1, "sku": "", "external_id": None})
    assert has_form("product.created", {"product": 1})


@all_cases("codes", [None, "text", ["A"], [["A"]], [["A", 1]], [[None, None]]])
def test_the_codes_of_an_operation_are_pairs(codes):
    assert not has_form("operation.booked", {"operation": 1, "codes": codes})
    assert has_form("operation.booked", {"operation": 1, "codes": [["A", None], ["", "x"]]})


def test_a_limit_above_the_highest_is_told(as_alice, cup):
    assert as_alice.get("/api/events/?limit=501").headers["Clamped"] == "limit=500"
    assert "Clamped" not in as_alice.get("/api/events/?limit=500").headers


def test_no_key_of_a_worker_reads_a_cost_in_an_event(bob, cup):
    assert "cost" not in json.dumps(read(client_of(bob)))
