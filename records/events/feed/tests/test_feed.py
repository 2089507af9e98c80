"""GET /api/events/: its responses for each user, and its limits."""

import re

import pytest
from django.db import connection

from core.http.renderers import JSONRenderer
from records.events.feed import bodies as operations
from records.events.feed import bodies as reading
from records.events.models import Event, EventType
from records.events.services import number_events
from testing.cast.people import make_product
from testing.tables import all_cases

NO_CODES = {"sku": "", "external_id": None}


def read(client, **query):
    answer = client.get("/api/events/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def book(client, product, movement_type="OUT", quantity=1):
    body = {"product": product.pk, "movement_type": movement_type, "quantity": quantity}
    return client.post("/api/stock/", body).json()


@pytest.mark.quick
def test_lists_events_oldest_first(as_alice, kettle):
    page = read(as_alice)
    assert [(event["position"], event["type"]) for event in page["events"]] == [
        (1, "product.created"),
        (2, "operation.booked"),
    ]
    assert (page["next"], page["more"]) == (2, False)


def test_the_event_of_an_operation_has_its_movements(as_alice, kettle):
    movement = book(as_alice, kettle)
    operation = as_alice.get(f"/api/stock/operations/{movement['operation']}/").json()
    beside = ("reversed_by", "returns", "scrapped", "returned", "returnable", "returned_by", "kits", "payments", "made")
    for name in (*beside, "return_lines", "extra_costs", "supplier", "supplier_name"):
        del operation[name]
    money = ("value", "unit_price", "total", "discount", "price_from", "extra_cost")
    for name in ("portions", "returned", "returnable", *money):  # as no event has
        del operation["movements"][0][name]
    [event] = read(as_alice, after=2)["events"]
    assert event["data"] == operation
    assert event["timestamp"] == operation["timestamp"]


def test_the_event_of_a_level_has_its_numbers(as_alice, kettle):
    operation = book(as_alice, kettle, quantity=6)["operation"]
    [event] = read(as_alice, type="stock.low")["events"]
    assert event["data"] == {
        "operation": operation,
        "product": kettle.pk,
        "quantity": 4,
        "min_threshold": 5,
        **NO_CODES,
    }


def test_reads_on_after_a_position(as_alice, kettle):
    for _ in range(3):
        book(as_alice, kettle)
    first = read(as_alice, limit=2)
    rest = read(as_alice, after=first["next"])
    assert (first["next"], first["more"]) == (2, True)
    assert [event["position"] for event in rest["events"]] == [3, 4, 5]
    assert not rest["more"]


def test_an_empty_feed_begins_at_zero(as_charlie):
    assert read(as_charlie) == {"events": [], "next": 0, "more": False}


def test_the_end_of_the_feed_is_an_empty_page(as_alice, kettle):
    assert read(as_alice, after=2) == {"events": [], "next": 2, "more": False}


def test_a_position_after_the_end_is_refused(as_alice, kettle):
    answer = as_alice.get("/api/events/", {"after": 3})
    assert (answer.status_code, answer.json()["code"], answer.json()["last"]) == (400, "position_unknown", 2)


@all_cases("query", [{"after": "-1"}, {"after": "x"}, {"limit": "0"}, {"type": "stock.lost"}])
def test_a_wrong_parameter_is_named(as_alice, kettle, query):
    answer = as_alice.get("/api/events/", query)
    assert answer.status_code == 400
    assert answer.json().keys() & query.keys()


def test_a_page_has_at_most_500_events(as_alice, kettle, monkeypatch):
    monkeypatch.setattr("records.events.feed.views.MAX_EVENTS", 1)
    assert len(read(as_alice, limit=1000)["events"]) == 1


def test_the_position_passes_events_of_other_types(as_alice, kettle):
    book(as_alice, kettle)
    assert read(as_alice, type="stock.low") == {"events": [], "next": 3, "more": False}
    assert read(as_alice, type="operation.booked", limit=1)["next"] == 2


def test_a_page_looks_at_a_limited_number_of_positions(as_alice, kettle, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LOOKED_AT", 1)
    assert read(as_alice, type="operation.booked") == {"events": [], "next": 1, "more": True}
    page = read(as_alice, type="operation.booked", after=1)
    assert (len(page["events"]), page["more"]) == (1, False)


def test_numbers_until_the_page_is_full(as_alice, kettle, monkeypatch):
    monkeypatch.setattr("records.events.feed.bodies.MAX_NUMBERED", 1)
    monkeypatch.setattr("records.events.feed.bodies.number_events", lambda owner: number_events(owner, 1))
    assert len(read(as_alice)["events"]) == 2


def test_the_same_page_has_the_same_bytes(as_alice, as_bob, kettle):
    operation = book(as_alice, kettle, quantity=6)["operation"]
    before = as_alice.get("/api/events/", {"limit": 4}).content
    as_alice.post(f"/api/stock/operations/{operation}/reverse/")
    as_alice.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "min_threshold": 0})
    later = read(as_bob, limit=4)["events"]
    assert JSONRenderer().render(later) in before


def test_an_operation_shows_its_first_movements(as_alice, alice, kettle, monkeypatch):
    monkeypatch.setattr(operations, "MAX_MOVEMENTS", 1)
    lines = [{"product": product.pk, "movement_type": "IN", "quantity": 1}
             for product in (kettle, make_product(alice, "Pot"))]  # fmt: skip
    as_alice.post("/api/stock/operations/", {"lines": lines})
    data = read(as_alice)["events"][-1]["data"]
    assert (len(data["movements"]), data["movements_truncated"]) == (1, True)


@pytest.mark.quick
def test_a_shop_reads_its_own_events_alone(as_alice, as_charlie, as_bob, charlie, kettle):
    assert read(as_charlie)["events"] == []
    page = read(as_alice)
    assert read(as_bob) == page
    make_product(charlie, "Cup", quantity=1)
    assert len(read(as_charlie)["events"]) == 2
    assert read(as_alice) == page


def test_a_worker_without_employer_is_refused(as_dora):
    assert as_dora.get("/api/events/").status_code == 403


def test_the_number_of_statements_does_not_depend_on_the_page(as_alice, kettle, django_assert_max_num_queries):
    for _ in range(10):
        book(as_alice, kettle)
    read(as_alice)
    with django_assert_max_num_queries(8):  # one reads the fields of new and changed products
        assert len(read(as_alice)["events"]) == 13
    with django_assert_max_num_queries(7):
        assert len(read(as_alice, after=2)["events"]) == 11


def open_page(client, **query):
    return client.get("/api/events/", query, HTTP_ACCEPT="text/html").content.decode()


def test_a_browser_gets_a_table(as_alice, kettle):
    page = open_page(as_alice)
    assert all(words in page for words in ("<span>Opening</span>", "Product created", ">Kettle</a>"))
    assert f"/api/products/{kettle.pk}/" in page


def test_a_page_begins_with_the_newest_event_and_leads_to_others(as_alice, kettle, monkeypatch):
    monkeypatch.setattr("records.events.feed.views.DEFAULT_EVENTS", 2)
    monkeypatch.setattr("records.events.feed.pages.DEFAULT_EVENTS", 2)
    for _ in range(2):
        book(as_alice, kettle)
    newest = open_page(as_alice)
    assert newest.count("<span>Sale</span>") == 2
    assert "Later events" not in newest
    assert '"/api/events/?after=0">Earlier events' in newest
    first = open_page(as_alice, after=0)
    assert first.index("<span>Opening</span>") < first.index("<span>Product created</span>")
    assert '"/api/events/?after=2">Later events' in first
    assert '"/api/events/">Newest events' in first


@pytest.mark.quick
def test_a_page_says_who_has_booked_or_changed(as_alice, kettle):
    book(as_alice, kettle)
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "9.20"}, format="json")
    page = open_page(as_alice)
    assert re.findall(r'data-title="Who">(?:<[^>]+>)*([^<]+)', page)[:2] == ["alice", "alice"]


@pytest.mark.quick
def test_a_page_names_no_product_of_another_shop(as_alice, charlie, kettle):
    Event.objects.record_products(owner_id=kettle.owner_id, event_type=EventType.PRODUCT_CHANGED, products=[
        make_product(charlie, "Foreign").pk
    ])  # fmt: skip
    assert "Foreign" not in open_page(as_alice)


def test_a_read_deep_in_the_feed_uses_the_index_of_positions(alice, kettle):
    """So it takes as long as the first one: it reads only the events of the page."""
    number_events(alice.pk)
    rows = Event.objects.filter(owner=alice, position__gt=1_000_000, position__lte=1_010_000).order_by("position")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = rows[:100].explain()
    assert "events_event_position" in plan
    assert "Sort" not in plan
