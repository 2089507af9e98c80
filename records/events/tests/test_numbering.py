"""Positions are 1, 2, 3 and so on without a gap, in the order of each product's movements, whatever
commits meanwhile.
"""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from records.events import services, sql
from records.events.models import Event, EventType, FeedHead
from testing.cast.people import make_product
from testing.races import let_meet, run_behind_lock, run_concurrently, try_concurrently


def list_positions(owner):
    return list(Event.objects.filter(owner=owner).order_by("position").values_list("position", flat=True))


@pytest.mark.quick
def test_numbers_all_events_by_their_ids(alice, kettle):
    assert services.number_events(alice.pk) == 2
    assert list(Event.objects.order_by("id").values_list("position", flat=True)) == [1, 2]
    assert FeedHead.objects.get(owner=alice).position == 2


def test_numbers_at_most_the_limit(alice, kettle):
    assert [services.number_events(alice.pk, limit=1) for _ in range(3)] == [1, 1, 0]
    assert list_positions(alice) == [1, 2]


def test_writes_nothing_without_new_events(alice, kettle, django_assert_num_queries):
    services.number_events(alice.pk)
    with django_assert_num_queries(1):
        assert services.number_events(alice.pk) == 0


def test_each_account_has_positions_of_its_own(alice, charlie, kettle):
    make_product(charlie)
    for owner in (alice, charlie):
        services.number_events(owner.pk)
    assert (list_positions(alice), list_positions(charlie)) == ([1, 2], [1])


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_later_gets_a_later_position(alice, kettle):
    """Its id is smaller, because ids are given before the commit."""
    other = make_product(alice, "Pot", 5)
    services.number_events(alice.pk)

    def record(product):
        Event.objects.record_products(owner_id=alice.pk, event_type=EventType.PRODUCT_CHANGED, products=[product.pk])

    def record_and_number(product):
        record(product)
        services.number_events(alice.pk)

    with transaction.atomic():
        record(kettle)
        run_concurrently(partial(record_and_number, other))
    services.number_events(alice.pk)
    late, early = Event.objects.order_by("id")[4:6]
    assert (late.product, early.product) == (kettle.pk, other.pk)
    assert (late.position, early.position) == (6, 5)


@pytest.mark.django_db(transaction=True)
def test_two_readers_do_not_give_a_position_twice(alice):
    for number in range(20):
        make_product(alice, f"Pot {number}")
    run_concurrently(*[partial(services.number_events, alice.pk, 5)] * 8)
    while services.number_events(alice.pk):
        pass
    assert list_positions(alice) == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_the_second_reader_waits_for_the_first(alice, kettle):
    lock = partial(services.lock_head, alice.pk)
    assert run_behind_lock(lock, partial(services.number_events, alice.pk)) == 2


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_positions_collide(alice, kettle, monkeypatch):
    monkeypatch.setattr(sql, "LOCK_HEAD", sql.LOCK_HEAD.replace("FOR UPDATE", ""))
    services.number_events(alice.pk)
    for number in range(20):
        make_product(alice, f"Pot {number}")
    let_meet(monkeypatch, services, "lock_head", 8)
    results = try_concurrently(*[partial(services.number_events, alice.pk, 5)] * 8)
    assert any(isinstance(result, IntegrityError) for result in results)


def test_each_statement_names_the_owner():
    for name, statement in vars(sql).items():
        if name.isupper():
            assert "owner" in statement


def test_numbering_keeps_the_head_and_the_events_together(alice, kettle, monkeypatch):
    monkeypatch.setattr(sql, "MOVE_HEAD", "SELECT 1/0")
    with pytest.raises(Exception, match="division"):
        services.number_events(alice.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE position IS NOT NULL")
        assert cursor.fetchone() == (0,)
