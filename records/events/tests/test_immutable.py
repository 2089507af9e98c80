"""Events are never changed or deleted, and get their position once."""

import pytest
from django.db import IntegrityError, connection, transaction

from records.events.models import Event, FeedHead
from records.events.services import number_events
from testing.tables import all_cases

CHANGES = [
    "UPDATE events_event SET position = position + 100",
    "UPDATE events_event SET position = NULL",
    "UPDATE events_event SET created_at = now()",
    "UPDATE events_event SET type = 'stock.low'",
    "UPDATE events_event SET product = 1",
    "DELETE FROM events_event",
]


def refuse(statement):
    """Run the statement and return the name of the constraint that refuses it."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return refused.value.__cause__.diag.constraint_name


@pytest.mark.quick
@all_cases("statement", CHANGES)
def test_the_database_refuses_to_change_a_numbered_event(alice, kettle, statement):
    number_events(alice.pk)
    assert refuse(statement) == "events_immutable"


@all_cases("change", ["product = 1", "created_at = now()", "type = 'stock.low'", "data = '{}'"])
def test_a_position_is_not_given_together_with_another_change(kettle, change):
    assert refuse(f"UPDATE events_event SET position = 50 + id, {change}") == "events_immutable"


@all_cases("attempt", [lambda event: event.save(), lambda event: event.delete()])
def test_the_model_refuses_changes(kettle, attempt):
    with pytest.raises(TypeError):
        attempt(Event.objects.first())


@all_cases(
    ("statement", "constraint"),
    [
        ("UPDATE events_event SET position = 0", "events_event_position_from_one"),
        ("UPDATE events_event SET position = 7", "events_event_position"),
        ("INSERT INTO events_event (owner_id, type, created_at) SELECT id, 'Oops', now() FROM users_user",
         "events_event_type"),
    ],
)  # fmt: skip
def test_the_database_refuses_a_wrong_position_and_type(kettle, statement, constraint):
    assert refuse(statement) == constraint


def test_there_is_one_head_for_an_account(alice, kettle):
    number_events(alice.pk)
    statement = f"INSERT INTO events_feedhead (owner_id, position) VALUES ({alice.pk}, 0)"
    assert refuse(statement) == "events_feedhead_owner"
    assert refuse("UPDATE events_feedhead SET position = -1") == "events_feedhead_position"
    assert FeedHead.objects.get().position == 2
