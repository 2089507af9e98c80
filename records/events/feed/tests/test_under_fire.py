"""The rules of the feed while many connections write: no event is missed or read twice, without gaps and in order."""

import random
import time
from functools import partial

import pytest
from django.db import transaction

from records.events.feed.bodies import read_events
from records.events.models import Event
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement, MovementType, Operation, OperationReason
from testing.cast.people import make_product
from testing.races import run_concurrently
from trade.selling.services import book

pytestmark = [pytest.mark.django_db(transaction=True)]

WRITERS, BOOKINGS, PRODUCTS = 32, 12, 8


class Readers:
    """Two readers that read while the writers write: one reads the feed, the other one reads by ids."""

    def __init__(self, owner):
        self.owner, self.left = owner, WRITERS
        self.events, self.ids = [], []

    def write(self, products, seed):
        """Book one movement after another. The transaction stays open for a moment after the rows are written."""
        choose = random.Random(seed)  # noqa: S311
        for _ in range(BOOKINGS):
            lines = [BookingLine(by_id(product.pk), MovementType.IN, 1) for product in choose.sample(products, 2)]
            book_slowly(draft=OperationDraft(by=self.owner, reason=OperationReason.PURCHASE), lines=lines)
        self.left -= 1

    def follow_feed(self):
        while self.left or not self.is_at_end():
            page = read_events(self.owner.pk, self.position(), 50)
            self.events += page.events

    def position(self):
        return self.events[-1]["position"] if self.events else 0

    def is_at_end(self):
        return not read_events(self.owner.pk, self.position(), 1).events

    def follow_ids(self):
        """Read `id > cursor`. This is the negative control."""
        rows = Operation.objects.filter(owner=self.owner).order_by("id")
        last = False
        while not last:
            last = not self.left
            self.ids += rows.filter(id__gt=self.ids[-1] if self.ids else 0).values_list("id", flat=True)


def book_slowly(**kwargs):
    """Book, and wait before the commit as a busy server does."""
    with transaction.atomic():
        book(**kwargs)
        time.sleep(random.random() / 200)  # noqa: S311


@pytest.fixture
def readers(alice):
    products = [make_product(alice, f"Pot {number}") for number in range(PRODUCTS)]
    readers = Readers(alice)
    writers = [partial(readers.write, products, seed) for seed in range(WRITERS)]
    run_concurrently(readers.follow_feed, readers.follow_ids, *writers)
    return readers


def test_the_feed_misses_nothing_where_a_reader_by_ids_does(alice, readers):
    booked = set(Operation.objects.filter(owner=alice).values_list("id", flat=True))
    told = [event["data"]["id"] for event in readers.events if event["type"] == "operation.booked"]
    assert sorted(told) == sorted(booked)
    assert [event["position"] for event in readers.events] == list(range(1, len(readers.events) + 1))
    assert len(readers.events) == Event.objects.filter(owner=alice).count()
    sequences = {}
    for event in readers.events:
        for movement in event["data"].get("movements", []):
            sequences.setdefault(movement["product"], []).append(movement["sequence"])
    assert all(found == list(range(1, len(found) + 1)) for found in sequences.values())
    assert sum(map(len, sequences.values())) == Movement.objects.filter(owner=alice).count()
    assert len(set(readers.ids)) < len(booked), "the negative control has missed nothing"
