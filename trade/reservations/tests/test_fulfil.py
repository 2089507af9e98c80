"""Fulfilling a reservation sells what was promised, once."""

import pytest

from records.events.models import Event
from stock.models import Movement, Operation
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS, reserve
from testing.tables import all_cases
from trade.reservations import services
from trade.reservations.models import Reservation
from trade.reservations.reading import read_customer_goods


def fulfil(client, made, **body):
    return client.post(f"{ADDRESS}{made['id']}/fulfil/", body)


def read_available(client, product):
    return client.get(f"/api/products/{product.pk}/").json()["available"]


@pytest.mark.quick
def test_sells_what_is_reserved(as_alice, alice, kettle):
    made = reserve(as_alice, kettle, 3, reference="cart 1", note="for Nora")
    response = fulfil(as_alice, made)
    sold = response.json()
    assert response.status_code == 201
    assert (sold["reason"], sold["reference"], sold["note"]) == ("sale", "cart 1", "for Nora")
    [movement] = sold["movements"]
    assert (movement["movement_type"], movement["quantity"], movement["new_quantity"]) == ("OUT", 3, 7)
    after = as_alice.get(f"{ADDRESS}{made['id']}/").json()
    assert after == {**made, "state": "fulfilled", "operation": sold["id"], "updated_at": after["updated_at"]}
    assert sold.pop("kept") is None
    shown = as_alice.get(f"/api/stock/operations/{sold['id']}/").json()
    assert [line["quantity"] for line in shown.pop("return_lines")] == [3]
    assert shown == sold
    assert read_available(as_alice, kettle) == 7
    assert find_breaks(alice.pk) == []


def test_takes_its_own_reference_note_and_time(as_alice, kettle):
    made = reserve(as_alice, kettle, 3, reference="cart 1", note="for Nora")
    texts = {"reference": "till 1", "note": "came herself", "occurred_at": "2026-01-02T03:04:05Z"}
    sold = fulfil(as_alice, made, **texts).json()
    assert {name: sold[name] for name in texts} == texts


@pytest.mark.quick
def test_sells_all_of_a_product_that_is_all_reserved(as_alice, kettle):
    made = reserve(as_alice, kettle, 4)
    reserve(as_alice, kettle, 6)
    assert fulfil(as_alice, made).status_code == 201
    assert read_available(as_alice, kettle) == 0


def test_a_fulfilled_reservation_is_closed(as_alice, kettle):
    made = reserve(as_alice, kettle)
    sold = fulfil(as_alice, made).json()
    for action in ("fulfil", "release", "extend"):
        refused = as_alice.post(f"{ADDRESS}{made['id']}/{action}/", {"expires_in": 60})
        assert refused.status_code == 409
        assert (refused.json()["state"], refused.json()["operation"]) == ("fulfilled", sold["id"])


def test_less_than_reserved_frees_the_rest(as_alice, alice, kettle):
    pot = make_product(alice, "Pot", 5, sku="POT")
    lines = [{"product": kettle.pk, "quantity": 4}, {"sku": "POT", "quantity": 5}]
    made = as_alice.post(ADDRESS, {"lines": lines}).json()
    sold = fulfil(as_alice, made, lines=[{"sku": "pot", "quantity": 2}]).json()
    assert [(movement["product"], movement["quantity"]) for movement in sold["movements"]] == [(pot.pk, 2)]
    assert (read_available(as_alice, kettle), read_available(as_alice, pot)) == (10, 3)


@pytest.mark.quick
def test_fulfilling_sells_no_more_than_is_reserved(as_alice, alice, kettle):
    made, pot = reserve(as_alice, kettle, 3), make_product(alice, "Pot", 5)
    lines = [
        {"product": kettle.pk, "quantity": 2}, {"product": kettle.pk, "quantity": 2},
        {"product": pot.pk, "quantity": 1}, {"product": 99_999_999, "quantity": 1}, {"quantity": 1},
    ]  # fmt: skip
    refused = fulfil(as_alice, made, lines=lines)
    assert refused.status_code == 400
    assert [(line["line"], line["code"]) for line in refused.json()["lines"]] == [
        (1, "more_than_reserved"), (2, "more_than_reserved"), (3, "product_not_found"), (4, "invalid"),
    ]  # fmt: skip
    assert [line["reserved"] for line in refused.json()["lines"][:2]] == [1, 0]
    assert as_alice.get(f"{ADDRESS}{made['id']}/").json() == made


@pytest.fixture
def hours(alice):
    return make_product(alice, "Hours", keeps_stock=False, price="50.00", decimals=2, unit="h")


@pytest.mark.quick
@all_cases(
    ("lines", "sold"),
    [
        ([{"quantity": 1500}], [(1500, "40.00")]),
        ([{"amount": "12.25"}], [(1225, "40.00")]),
        ([{"quantity": 1500, "unit_price": "45.00"}], [(1500, "45.00")]),
        ([{"quantity": 1000}, {"quantity": 500}], [(1000, "40.00"), (500, "40.00")]),
        ([{"quantity": 400}, {"quantity": 1100, "unit_price": "60.00"}], [(400, "40.00"), (1100, "60.00")]),
        ([{"quantity": 1}], [(1, "40.00")]),
    ],
)
def test_more_goods_without_stock_may_be_handed_out_than_were_reserved(as_alice, alice, hours, lines, sold):
    made = as_alice.post(ADDRESS, {"lines": [{"product": hours.pk, "quantity": 1000, "unit_price": "40.00"}]}).json()
    answer = fulfil(as_alice, made, lines=[{"product": hours.pk, **line} for line in lines])
    assert answer.status_code == 201, answer.json()
    out = [one for one in answer.json()["movements"] if one["movement_type"] == "OUT"]
    assert [(one["quantity"], one["unit_price"]) for one in out] == sold
    assert find_breaks(alice.pk) == []
    assert as_alice.get(f"{ADDRESS}{made['id']}/file/").status_code == 200


def test_more_than_the_parts_of_kits_is_sold_at_the_price_of_the_product(as_alice, kettle, hours):
    parts = [{"product": kettle.pk, "quantity": 1}, {"product": hours.pk, "quantity": 200}]
    kit = as_alice.post("/api/kits/", {"name": "Fitted kettle", "price": "90.00", "parts": parts}).json()["id"]
    made = as_alice.post(ADDRESS, {"lines": [{"kit": kit, "quantity": 1}]}).json()
    share = {one["product"]: one["total"] for one in made["lines"]}[hours.pk]
    lines = [{"product": kettle.pk, "quantity": 1}, {"product": hours.pk, "quantity": 300}]
    sold = fulfil(as_alice, made, lines=lines).json()["movements"]
    out = [one for one in sold if one["product"] == hours.pk and one["movement_type"] == "OUT"]
    assert [(one["quantity"], one["total"], one["unit_price"]) for one in out][1:] == [(100, None, "50.00")]
    assert (out[0]["quantity"], out[0]["total"]) == (200, share)


def test_goods_without_stock_that_were_not_reserved_are_refused(as_alice, kettle, hours):
    refused = fulfil(as_alice, reserve(as_alice, kettle), lines=[{"product": hours.pk, "quantity": 1}])
    assert [line["code"] for line in refused.json()["lines"]] == ["more_than_reserved"]


def test_the_customer_has_ordered_once_what_was_handed_out_in_parts(as_alice, alice, kettle, hours):
    customer = as_alice.post("/api/customers/", {"name": "Nora"}).json()["id"]
    lines = [{"product": hours.pk, "quantity": 1000}, {"product": kettle.pk, "quantity": 2}]
    made = as_alice.post(ADDRESS, {"lines": lines, "customer": customer}).json()
    first = fulfil(as_alice, made, lines=[{"product": hours.pk, "quantity": 400}], keep_rest=True).json()
    worked = [{"product": hours.pk, "quantity": 1100}]
    second = fulfil(as_alice, {"id": first["kept"]}, lines=worked, keep_rest=True).json()
    back = f"/api/stock/operations/{second['id']}/return/"
    assert as_alice.post(back, {"lines": [{"product": hours.pk, "quantity": 100}]}).status_code == 201
    goods = {one["product"]: one for one in read_customer_goods(alice.pk, customer)}
    names = ("ordered", "reserved", "sold", "returned")
    assert [goods[hours.pk][name] for name in names] == [1000, 0, 1500, 100]
    assert [goods[kettle.pk][name] for name in names] == [2, 2, 0, 0]


def test_after_a_loss_it_takes_all_there_is(as_alice, kettle):
    made = reserve(as_alice, kettle, 4)
    reserve(as_alice, kettle, 6)
    loss = {"product": kettle.pk, "movement_type": "OUT", "quantity": 6, "reason": "theft"}
    assert as_alice.post("/api/stock/", loss).status_code == 201
    assert read_available(as_alice, kettle) == -6
    assert fulfil(as_alice, made).status_code == 201
    assert read_available(as_alice, kettle) == -6


def test_more_than_there_is_is_refused(as_alice, kettle):
    made = reserve(as_alice, kettle, 4)
    as_alice.patch(f"/api/products/{kettle.pk}/", {"quantity": 3})
    refused = fulfil(as_alice, made).json()
    assert [(line["code"], line["available"]) for line in refused["lines"]] == [("insufficient_stock", 3)]
    assert fulfil(as_alice, made, lines=[{"product": kettle.pk, "quantity": 3}]).status_code == 201


def test_an_archived_product_is_not_sold_but_released(as_alice, kettle):
    made = reserve(as_alice, kettle, 4)
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert [line["code"] for line in fulfil(as_alice, made).json()["lines"]] == ["product_archived"]
    assert as_alice.post(f"{ADDRESS}{made['id']}/release/").status_code == 200


@pytest.mark.parametrize("step", ["close", "record_reservation_event"])
def test_a_failure_after_the_booking_undoes_it(as_alice, kettle, monkeypatch, step):
    made = reserve(as_alice, kettle, 4)

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(services, step, fail)
    before = Operation.objects.count(), Movement.objects.count(), Event.objects.count()
    with pytest.raises(RuntimeError):
        fulfil(as_alice, made)
    assert (Operation.objects.count(), Movement.objects.count(), Event.objects.count()) == before
    assert Reservation.objects.get().outcome is None


@pytest.mark.parametrize("step", ["lines.raise_hints", "services.record_reservation_event"])
def test_a_failure_while_reserving_reserves_nothing(as_alice, kettle, monkeypatch, step):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(f"trade.reservations.{step}", fail)
    with pytest.raises(RuntimeError):
        reserve(as_alice, kettle, 4)
    assert not Reservation.objects.exists()
    kettle.refresh_from_db()
    assert kettle.reserved_until is None


def test_each_change_has_an_event(as_alice, alice, kettle):
    made = [reserve(as_alice, kettle, quantity)["id"] for quantity in (1, 2)]
    sold = as_alice.post(f"{ADDRESS}{made[0]}/fulfil/").json()["id"]
    as_alice.post(f"{ADDRESS}{made[1]}/release/")
    events = Event.objects.filter(owner=alice, type__startswith="reservation.").order_by("id")
    assert list(events.values_list("type", "data")) == [
        ("reservation.made", {"reservation": made[0], "quantity": 1}),
        ("reservation.made", {"reservation": made[1], "quantity": 2}),
        ("reservation.fulfilled", {"reservation": made[0], "operation": sold, "quantity": 1}),
        ("reservation.released", {"reservation": made[1]}),
    ]
