"""An event that nobody can read is shown as such: it is no error of the feed, of its page or of a webhook."""

import json

import pytest
from django.db import connection

from records.events.feed.bodies import read_events
from records.events.models import EventType
from records.events.services import FORMS, number_events

DAMAGED = [
    ("stock.low", 1, "text"), ("stock.low", 1, [1]), ("stock.low", 1, {"quantity": 4}),
    ("stock.low", 1, {"quantity": "many", "min_threshold": 5}), ("stock.low", 1, {"quantity": None}),
    ("product.changed", None, {"product": [1]}), ("product.changed", None, {"changes": {"name": 7}}),
    ("reservation.made", None, {"reservation": {"id": 7}, "quantity": 2}), ("reservation.made", None, None),
    ("order.sent", None, {"order": "../../"}), ("order.sent", None, {"order": -1}),
    ("operation.booked", None, None), ("operation.booked", 10**15, None),
    ("operation.booked", 10**15, {"movements": 1}),
    ("till.dropped", None, {"till": "x", "number": [], "note": {}}), ("moon.risen", None, {"moon": 1}),
]  # fmt: skip
INSERT = """
INSERT INTO events_event (owner_id, type, operation, product, data, created_at)
SELECT %(owner)s, row ->> 0, (row ->> 1)::bigint, NULL, nullif(row -> 2, 'null'), now()
FROM jsonb_array_elements(%(rows)s::jsonb) AS row
"""


@pytest.fixture
def damaged(alice, kettle):
    """Insert the damaged events between others. Return their number."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"owner": alice.pk, "rows": json.dumps(DAMAGED)})
    number_events(alice.pk)
    return len(DAMAGED)


@pytest.mark.django_db
def test_the_feed_returns_each_with_an_object_as_its_data(as_alice, damaged):
    answer = as_alice.get("/api/events/")
    assert answer.status_code == 200, answer.content
    events = answer.json()["events"]
    assert [event["type"] for event in events[-damaged:]] == [row[0] for row in DAMAGED]
    assert all(isinstance(event["data"], dict) for event in events)


@pytest.mark.django_db
def test_a_webhook_gets_past_them(alice, damaged):
    page = read_events(alice.pk, after=0, limit=50)
    assert (len(page.events), page.more) == (damaged + 2, False)


@pytest.mark.django_db
def test_the_page_shows_a_sentence_in_their_place(client, alice, damaged):
    client.force_login(alice)
    page = client.get("/api/events/?after=2", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert page.text.replace("&#x27;", "'").count("This event can't be shown.") == damaged


@pytest.mark.django_db
def test_the_support_desk_lists_them(support, damaged):
    assert support.get("/admin/events/event/").status_code == 200


def test_every_type_has_a_form():
    assert FORMS.keys() == set(EventType)
