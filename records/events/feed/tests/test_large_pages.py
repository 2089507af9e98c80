"""Pages of the feed with many movements or long texts end early, and always at the same event."""

import pytest

from core.http.renderers import JSONRenderer
from core.http.throttling import MAX_LONG_REQUESTS, WorkTimer
from records.events.feed import bodies as operations
from records.events.feed import bodies as reading
from records.events.feed.bodies import read_events
from records.events.webhooks import jobs
from records.events.webhooks.tests.conftest import make_webhook, send_all
from records.events.webhooks.tests.receivers import run_receiver
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MAX_NOTE_LENGTH, MovementType, OperationReason
from testing.cast.people import make_product
from trade.selling.services import book

LONGEST_NOTE = "\N{GRINNING FACE}" * MAX_NOTE_LENGTH


@pytest.fixture
def pots(alice):
    return [make_product(alice, f"Pot {number}", quantity=0) for number in range(4)]


@pytest.fixture
def deliver(alice, pots):
    """Return a function that books operations with a movement of each pot. Their events are 5, 6, 7 and so on."""

    def book_operations(count, note=""):
        for _ in range(count):
            lines = [BookingLine(by_id(pot.pk), MovementType.IN, 1) for pot in pots]
            book(draft=OperationDraft(by=alice, reason=OperationReason.PURCHASE, note=note), lines=lines)

    return book_operations


def read_positions(owner):
    """Return the positions of the events of each page after event 4.

    Check that each page except the last has `more`.
    """
    pages, position, more = [], 4, True
    while more:
        page = read_events(owner.pk, position, 500)
        position, more = page.next, page.more
        pages.append([event["position"] for event in page.events])
        assert pages[-1][-1] == page.next
    return pages


def test_a_page_ends_at_a_number_of_movements(alice, deliver, monkeypatch):
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PAGE", 9)
    deliver(5)
    assert read_positions(alice) == [[5, 6], [7, 8], [9]]


def test_a_page_ends_at_a_number_of_bytes(alice, deliver, monkeypatch):
    deliver(5, LONGEST_NOTE)
    first, second, *_ = [len(JSONRenderer().render(event)) + 1 for event in read_events(alice.pk, 4, 500).events]
    monkeypatch.setattr(reading, "MAX_BYTES_OF_PAGE", first + second)
    assert read_positions(alice)[0] == [5, 6]
    monkeypatch.setattr(reading, "MAX_BYTES_OF_PAGE", first + second - 1)
    assert read_positions(alice)[0] == [5]


def test_a_page_has_at_least_one_event(alice, deliver, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES_OF_PAGE", 1)
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PAGE", 1)
    deliver(2)
    assert read_positions(alice) == [[5], [6]]


def test_the_response_of_a_large_page_is_at_most_8_megabytes(as_alice, alice, monkeypatch):
    products = [make_product(alice, f"Pot {number}", quantity=0) for number in range(50)]
    lines = [BookingLine(by_id(product.pk), MovementType.IN, 1) for product in products] * 2
    for _ in range(25):
        book(draft=OperationDraft(by=alice, reason=OperationReason.PURCHASE, note=LONGEST_NOTE), lines=lines)
    answer = as_alice.get("/api/events/?after=50&limit=500")
    assert 7_500_000 < len(answer.content) <= 8_100_000
    assert (answer.json()["more"], answer.json()["next"]) == (True, 50 + len(answer.json()["events"]))


def test_a_page_keeps_its_bytes_when_further_events_follow(alice, deliver, as_alice, monkeypatch):
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PAGE", 9)
    deliver(3)
    before = as_alice.get("/api/events/?after=4").content
    deliver(3)
    assert as_alice.get("/api/events/?after=4").content == before


def test_a_page_does_not_depend_on_its_parts(alice, deliver, monkeypatch):
    deliver(5)
    whole = read_events(alice.pk, 0, 500)
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PART", 5)
    assert read_events(alice.pk, 0, 500) == whole


def test_what_does_not_fit_on_the_page_is_not_read(alice, deliver, monkeypatch):
    deliver(5)
    written, read = [], operations.read_operations
    monkeypatch.setattr(reading, "read_operations", lambda owner, ids: written.extend(ids) or read(owner, ids))
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PAGE", 8)
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PART", 4)
    read_events(alice.pk, 4, 500)
    assert len(written) == 2
    monkeypatch.setattr(reading, "MAX_BYTES_OF_PAGE", 1)
    read_events(alice.pk, 4, 500)
    assert len(written) == 4  # one more than the page has


def test_a_large_page_counts_as_a_long_request(as_alice, alice, deliver, settings, monkeypatch):
    settings.WORK_SECONDS_PER_MINUTE = 60
    monkeypatch.setattr(WorkTimer, "used", {})
    monkeypatch.setattr(WorkTimer, "running", {})
    monkeypatch.setattr("records.events.feed.bodies.MAX_MOVEMENTS_OF_PART", 4)
    deliver(3)
    running = [WorkTimer(alice.pk, is_long_running=True) for _ in range(MAX_LONG_REQUESTS)]
    assert [timer.start() <= 0 for timer in running] == [True] * MAX_LONG_REQUESTS
    refused = as_alice.get("/api/events/?after=4")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["code"]) == (429, "1", "throttled")
    assert as_alice.get("/api/events/?after=4&limit=1").status_code == 200
    running[0].stop()
    assert as_alice.get("/api/events/?after=4").status_code == 200
    running[1].stop()


def test_a_webhook_sends_each_event_of_pages_that_end_early(alice, pots, deliver, monkeypatch):
    monkeypatch.setattr(reading, "MAX_MOVEMENTS_OF_PAGE", 9)
    monkeypatch.setattr(jobs, "MAX_EVENTS_A_TURN", 50)
    with run_receiver() as receiver:
        webhook = make_webhook(alice, receiver.url, types=["operation.booked"])
        deliver(5)
        assert [len(send_all(webhook)) for _ in range(4)] == [2, 2, 1, 0]
        assert receiver.get_positions() == [5, 6, 7, 8, 9]
    assert webhook.position == 9
