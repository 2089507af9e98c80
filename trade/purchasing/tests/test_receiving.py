"""Sending, receiving and closing orders. The received quantities follow the ledger."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from products.models import Product
from records.events.models import Event
from stock.models import Holding, Lot, Movement, Operation
from stock.proofs.verification import find_breaks
from testing.cast.orders import ADDRESS, make_supplier, post, read, send_order, write_order
from testing.cast.people import make_location, make_product
from testing.tables import all_cases
from trade.purchasing import services
from trade.purchasing.models import Order, Receipt


@pytest.fixture
def mill(alice):
    return make_supplier(alice, lead_days=3)


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", sku="POT")


def receive(client, order, *lines, **body):
    """Receive these lines and return the operation. By default, receive all outstanding quantities."""
    response = post(client, order, "receive", **({"lines": list(lines)} if lines else {}), **body)
    assert response.status_code == 201, response.json()
    return response.json()


def count_lines(client, order):
    """Return the received and the outstanding quantity of each line."""
    return [(line["received"], line["outstanding"]) for line in read(client, order)["lines"]]


def undo(client, operation):
    response = client.post(f"/api/stock/operations/{operation['id']}/reverse/", {})
    assert response.status_code == 201, response.json()
    return response.json()


# --- Send -----------------------------------------------------------------------------------------------


def test_a_sent_order_is_expected_after_the_lead_time(as_alice, alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    assert (sent["state"], sent["expected_on"]) == ("sent", (alice.shop_today() + timedelta(days=3)).isoformat())
    assert sent["sent_at"] is not None
    assert count_lines(as_alice, sent) == [(0, 5)]


def test_the_day_of_the_draft_is_kept(as_alice, mill, pot):
    assert send_order(as_alice, mill, pot, expected_on="2031-05-01")["expected_on"] == "2031-05-01"


@pytest.mark.quick
def test_sending_may_name_the_day(as_alice, mill, pot):
    made = write_order(as_alice, mill, pot, expected_on="2031-05-01")
    assert post(as_alice, made, "send", expected_on="2031-05-04").json()["expected_on"] == "2031-05-04"


# --- Receive --------------------------------------------------------------------------------------------


def test_products_are_locked_once_and_only_those_that_arrive_are_written(as_alice, mill, pot, kettle):
    sent = send_order(as_alice, mill, pot, kettle)
    versions = Product.objects.filter(pk=kettle.pk).extra(select={"version": "xmin::text"}).values_list("version")
    before = list(versions)
    with CaptureQueriesContext(connection) as captured:
        receive(as_alice, sent, {"product": pot.pk, "quantity": 5})
    assert sum("FOR NO KEY UPDATE" in query["sql"] and "products_product" in query["sql"] for query in captured) == 1
    assert list(versions) == before


def test_receives_all_that_is_outstanding_as_a_purchase(as_alice, alice, mill, pot, kettle):
    sent = send_order(as_alice, mill, pot, kettle, reference="spring", note="back door")
    operation = receive(as_alice, sent)
    assert (operation["reason"], operation["reference"], operation["note"]) == ("purchase", "spring", "back door")
    booked = [(line["movement_type"], line["product"], line["quantity"]) for line in operation["movements"]]
    assert booked == [("IN", pot.pk, 5), ("IN", kettle.pk, 5)]
    shown = read(as_alice, sent)
    assert count_lines(as_alice, sent) == [(5, 0), (5, 0)]
    assert (shown["state"], shown["is_received"], shown["operations"]) == ("sent", True, [operation["id"]])
    delivery = as_alice.get(f"/api/stock/operations/{operation['id']}/").json()
    assert [line["quantity"] for line in delivery.pop("return_lines")] == [5, 5]
    assert {**delivery, "damaged": None} == operation
    assert find_breaks(alice.pk) == []


def test_takes_its_own_reference_note_and_time(as_alice, mill, pot):
    texts = {"reference": "note 7", "note": "one dented", "occurred_at": "2026-01-02T03:04:05Z"}
    operation = receive(as_alice, send_order(as_alice, mill, pot, reference="spring"), **texts)
    assert {name: operation[name] for name in texts} == texts


def test_receives_again_and_again_until_all_has_arrived(as_alice, mill, pot, kettle):
    sent = send_order(as_alice, mill, pot, kettle)
    receive(as_alice, sent, {"sku": "pot", "quantity": 2})
    assert count_lines(as_alice, sent) == [(2, 3), (0, 5)]
    assert read(as_alice, sent)["is_received"] is False
    receive(as_alice, sent)
    assert count_lines(as_alice, sent) == [(5, 0), (5, 0)]
    assert Product.objects.get(pk=pot.pk).quantity == 5


@pytest.mark.quick
def test_more_than_ordered_is_booked_and_shown_and_closes_no_other_line(as_alice, mill, pot, kettle):
    sent = send_order(as_alice, mill, pot, kettle)
    receive(as_alice, sent, {"product": pot.pk, "quantity": 9})
    assert count_lines(as_alice, sent) == [(9, 0), (0, 5)]
    assert read(as_alice, sent)["is_received"] is False


@all_cases("expected", [0, 2])
def test_another_number_of_deliveries_than_expected_is_a_conflict(as_alice, mill, pot, expected):
    sent = send_order(as_alice, mill, pot)
    receive(as_alice, sent, {"product": pot.pk, "quantity": 1}, expected_deliveries=0)
    refused = post(as_alice, sent, "receive", expected_deliveries=expected)
    body = refused.json()
    assert (refused.status_code, body["code"]) == (409, "order_received_meanwhile")
    assert (body["order"], body["actual"], body["expected"]) == (sent["id"], 1, expected)
    receive(as_alice, sent, expected_deliveries=1)
    assert count_lines(as_alice, sent) == [(5, 0)]


def test_several_lines_of_a_product_add_up(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    receive(as_alice, sent, {"product": pot.pk, "quantity": 2}, {"sku": "POT", "quantity": 1})
    assert count_lines(as_alice, sent) == [(3, 2)]


def test_a_line_says_where_it_was_put_and_in_which_lot(as_alice, alice, mill, pot):
    make_location(alice, "Cellar")
    line = {"product": pot.pk, "quantity": 5, "location": "cellar", "lot": "L 1", "expires_on": "2031-05-01"}
    operation = receive(as_alice, send_order(as_alice, mill, pot), line)
    [portion] = operation["movements"][0]["portions"]
    assert (portion["location_name"], portion["lot_code"], portion["quantity"]) == ("Cellar", "L 1", 5)
    assert Lot.objects.get().expires_on.isoformat() == "2031-05-01"


def test_a_delivery_costs_what_the_order_says_unless_it_says_otherwise(as_alice, alice, mill):
    pot = make_product(alice, "Pot", cost_price="9.00")
    lines = [{"product": pot.pk, "quantity": 5, "unit_cost": "2.00"}]
    sent = as_alice.post(ADDRESS, {"supplier": mill.pk, "lines": lines}).json()
    post(as_alice, sent, "send")
    said = receive(as_alice, sent, {"product": pot.pk, "quantity": 1, "unit_cost": "3.00"})
    rest = receive(as_alice, sent)
    assert [operation["movements"][0]["value"] for operation in (said, rest)] == ["3.00", "8.00"]
    assert find_breaks(alice.pk) == []


def test_a_delivery_of_an_order_without_a_cost_costs_the_cost_price_of_today(as_alice, alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    Product.objects.filter(pk=pot.pk).update(cost_price="4.00")
    assert receive(as_alice, sent)["movements"][0]["value"] == "20.00"


def test_a_worker_receives_at_the_order_s_cost_and_sees_none(as_bob, as_alice, alice, mill):
    pot = make_product(alice, "Pot", cost_price="2.00")
    sent = send_order(as_alice, mill, pot)
    operation = receive(as_bob, sent)
    assert operation["movements"][0]["value"] is None
    shown = read(as_bob, sent)
    assert (shown["cost"], shown["lines"][0]["unit_cost"]) == (None, None)
    assert Movement.objects.get(product=pot).value == 10


def test_nothing_is_received_twice(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    receive(as_alice, sent)
    refused = post(as_alice, sent, "receive")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_outstanding")
    assert Product.objects.get(pk=pot.pk).quantity == 5


def test_every_refused_line_is_named_by_its_index_and_nothing_is_booked(as_alice, charlie, mill, pot, kettle):
    sent = send_order(as_alice, mill, pot)
    lines = [
        {"product": pot.pk, "quantity": 1}, {"product": pot.pk, "quantity": "0.5"},
        {"product": kettle.pk, "quantity": 1}, {"product": make_product(charlie).pk, "quantity": 1},
        {"product": pot.pk, "quantity": 1, "location": "nowhere"},
    ]  # fmt: skip
    refused = post(as_alice, sent, "receive", lines=lines)
    assert refused.status_code == 400
    codes = [(line["line"], line["code"]) for line in refused.json()["lines"]]
    assert codes == [
        (1, "invalid"), (2, "product_not_in_order"), (3, "product_not_found"), (4, "location_not_found"),
    ]  # fmt: skip
    assert not Receipt.objects.exists()
    assert Operation.objects.filter(reason="purchase").count() == 0


def test_the_errors_of_booking_have_the_index_of_the_request(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    lines = [{"product": pot.pk, "quantity": 1}, {"product": pot.pk, "quantity": 1_000_000_000}]
    refused = post(as_alice, sent, "receive", lines=lines).json()
    assert [(line["line"], line["code"]) for line in refused["lines"]] == [(1, "stock_limit_exceeded")]


def test_an_archived_product_is_restored_before_it_is_received(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    as_alice.delete(f"/api/products/{pot.pk}/")
    refused = post(as_alice, sent, "receive").json()
    assert [(line["line"], line["code"]) for line in refused["lines"]] == [(0, "product_archived")]


# --- Undo -----------------------------------------------------------------------------------------------


def test_undoing_a_delivery_opens_the_order_again(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    first, second = receive(as_alice, sent, {"product": pot.pk, "quantity": 2}), receive(as_alice, sent)
    undo(as_alice, first)
    assert count_lines(as_alice, sent) == [(3, 2)]
    shown = read(as_alice, sent)
    assert (shown["is_received"], shown["operations"]) == (False, [first["id"], second["id"]])
    receive(as_alice, sent)
    assert count_lines(as_alice, sent) == [(5, 0)]


def test_undoing_the_undoing_counts_the_delivery_again(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    operation = receive(as_alice, sent)
    for received in (0, 5, 0):
        operation = undo(as_alice, operation)
        assert count_lines(as_alice, sent) == [(received, 5 - received)]


def test_a_sale_of_what_arrived_is_not_taken_from_the_order(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    receive(as_alice, sent)
    as_alice.post("/api/stock/", {"product": pot.pk, "movement_type": "OUT", "quantity": 5})
    assert count_lines(as_alice, sent) == [(5, 0)]


def test_deliveries_of_two_orders_are_kept_apart(as_alice, mill, pot):
    first, second = (send_order(as_alice, mill, pot) for _ in range(2))
    receive(as_alice, second)
    assert (count_lines(as_alice, first), count_lines(as_alice, second)) == ([(0, 5)], [(5, 0)])


# --- Close ----------------------------------------------------------------------------------------------


def test_nothing_more_is_expected_of_a_closed_order(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    receive(as_alice, sent, {"product": pot.pk, "quantity": 2})
    closed = post(as_alice, sent, "close").json()
    assert (closed["state"], closed["lines"][0]["received"], closed["lines"][0]["outstanding"]) == ("closed", 2, 0)
    assert closed["closed_at"] is not None
    for action in ("receive", "close"):
        refused = post(as_alice, sent, action)
        assert (refused.status_code, refused.json()["code"]) == (409, "order_closed")


@all_cases("action", ["receive", "close"])
def test_a_draft_is_sent_before_it_is_received_or_closed(as_alice, mill, pot, action):
    refused = post(as_alice, write_order(as_alice, mill, pot), action)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_sent")


# --- Records --------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_the_events_of_an_order_have_no_costs(as_alice, alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    operation = receive(as_alice, sent)
    post(as_alice, sent, "close")
    events = Event.objects.filter(owner=alice, type__startswith="order.").order_by("id")
    assert [(event.type, event.data) for event in events] == [
        ("order.sent", {"order": sent["id"]}),
        ("order.received", {"order": sent["id"], "operation": operation["id"], "quantity": 5}),
        ("order.closed", {"order": sent["id"]}),
    ]


def test_an_order_is_not_closed_if_its_event_can_not_be_recorded(as_alice, alice, mill, pot, monkeypatch):
    sent = send_order(as_alice, mill, pot)
    monkeypatch.setattr(services, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.close_order(by=alice, pk=sent["id"])
    assert Order.objects.get(pk=sent["id"]).state == "sent"


def test_an_order_that_is_closed_already_records_no_further_event(as_alice, alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    assert [post(as_alice, sent, "close").status_code for _ in range(2)] == [200, 409]
    assert Event.objects.filter(owner=alice, type="order.closed").count() == 1


@pytest.mark.quick
def test_a_delivery_that_can_not_be_recorded_is_not_booked(as_alice, alice, mill, pot, monkeypatch):
    sent = send_order(as_alice, mill, pot)

    def refuse(*args, **kwargs):
        raise IntegrityError("no room")

    monkeypatch.setattr(Receipt.objects, "create", refuse)
    with pytest.raises(IntegrityError):
        services.receive(by=alice, pk=sent["id"])
    assert not Movement.objects.filter(product=pot).exists()
    assert Product.objects.get(pk=pot.pk).quantity == 0


def test_an_order_is_not_sent_if_its_event_can_not_be_recorded(as_alice, alice, mill, pot, monkeypatch):
    made = write_order(as_alice, mill, pot)
    monkeypatch.setattr(services, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.send_order(by=alice, pk=made["id"])
    assert Order.objects.get().state == "draft"


@all_cases("action", ["send", "receive", "close"])
def test_a_missing_order_is_a_404_whatever_the_body_is(as_alice, action):
    assert as_alice.post(f"{ADDRESS}999999/{action}/", {"lines": "x", "mail": "x"}).status_code == 404


def test_what_arrives_damaged_is_written_off_at_once(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    body = {"lines": [{"product": pot.pk, "quantity": 3, "damaged": 2}]}
    answer = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", body)
    assert answer.status_code == 201, answer.json()
    damage = as_alice.get(f"/api/stock/operations/{answer.json()['damaged']}/").json()
    assert (damage["reason"], [one["quantity"] for one in damage["movements"]]) == ("damage", [2])
    order = as_alice.get(f"/api/purchase-orders/{sent['id']}/").json()
    assert (order["state"], order["state_detail"]) == ("sent", "partly_received")
    [line] = [one for one in order["lines"] if one["product"] == pot.pk]
    assert line["received"] == 3
    plain = as_alice.post(
        f"/api/purchase-orders/{sent['id']}/receive/", {"lines": [{"product": pot.pk, "quantity": 1}]}
    )
    assert plain.json()["damaged"] is None


@all_cases("none", [{"damaged": 0}, {"damaged": None}, {"damaged_amount": "0"}])
def test_no_damage_may_be_said(as_alice, mill, pot, none):
    sent = send_order(as_alice, mill, pot)
    body = {"lines": [{"product": pot.pk, "quantity": 3, **none}]}
    answer = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", body)
    assert (answer.status_code, answer.json().get("damaged", "")) == (201, None), answer.json()


@all_cases("damaged", [{"damaged": 2, "damaged_amount": "1"}, {"damaged": 2, "damaged_amount": "0"}])
def test_damage_is_a_quantity_or_an_amount(as_alice, mill, pot, damaged):
    sent = send_order(as_alice, mill, pot)
    body = {"lines": [{"product": pot.pk, "quantity": 3, **damaged}]}
    answer = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", body)
    [refused] = answer.json()["lines"]
    assert (answer.status_code, refused["code"]) == (400, "quantity_and_amount")


def test_what_is_damaged_is_taken_from_where_it_was_put(alice, as_alice, mill, cellar):
    milk = make_product(alice, "Milk", cost_price="1.00")
    old = {"product": milk.pk, "movement_type": "IN", "quantity": 3, "lot": "OLD", "expires_on": "2099-01-01"}
    for place in ({}, {"location": cellar.pk}):
        assert as_alice.post("/api/stock/", {**old, **place}).status_code == 201
    sent = send_order(as_alice, mill, milk, quantity=12)
    places = ({}, {"location": cellar.pk}, {"lot": "OLD"}, {"lot": "NEW", "location": cellar.pk})
    lines = [{"product": milk.pk, "quantity": 3, "damaged": 2, **place} for place in places]
    answer = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", {"lines": lines})
    assert answer.status_code == 201, answer.json()
    held = Holding.objects.filter(product=milk).order_by("id").values_list("location__name", "lot__code", "quantity")
    assert list(held) == [(None, "OLD", 4), ("Cellar", "OLD", 3), ("Cellar", None, 1), ("Cellar", "NEW", 1)]
    milk.refresh_from_db()
    assert (milk.quantity, str(milk.stock_value)) == (10, "10.00")


def test_a_service_is_not_damaged(alice, as_alice, mill, pot):
    freight = make_product(alice, "Freight", keeps_stock=False, min_threshold=None)
    sent = send_order(as_alice, mill, pot, freight)
    lines = [{"product": pot.pk, "quantity": 1}, {"product": freight.pk, "quantity": 1, "damaged": 1}]
    refused = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", {"lines": lines}).json()
    assert [(line["line"], line["code"]) for line in refused["lines"]] == [(1, "keeps_no_stock")]


def test_no_more_is_damaged_than_has_arrived(as_alice, mill, pot):
    sent = send_order(as_alice, mill, pot)
    before = Operation.objects.count()
    body = {"lines": [{"product": pot.pk, "quantity": 6, "damaged": 7}]}
    answer = as_alice.post(f"/api/purchase-orders/{sent['id']}/receive/", body)
    assert (answer.status_code, answer.json()["lines"][0]["code"]) == (400, "too_much_damaged")
    assert Operation.objects.count() == before
