"""A short `make torture`, with every kind of kill at least once and the check.

Also tests errors that the check must find.
"""

import pytest

from stock.tests.torture import prepare_run

pytestmark = pytest.mark.long

SECONDS = 3
PAUSE_SECONDS = 0.05  # the pause of each client between two requests, which leaves the machine to the other tests


@pytest.fixture(scope="module")
def torture():
    with prepare_run(seed=1, pause=PAUSE_SECONDS) as torture:
        torture.run(SECONDS)
        yield torture


def test_every_acknowledged_movement_exists_exactly_once_after_all_kills(torture):
    outcome = torture.outcome
    assert outcome.is_clean, outcome
    assert set(outcome.kills) == {"worker", "service", "database"}
    assert len(outcome.acknowledged) > 50, outcome
    assert outcome.resent, outcome


def test_control_a_movement_booked_twice_is_detected(torture):
    reference = next(iter(torture.outcome.acknowledged))
    body = {"product": torture.products[0], "movement_type": "IN", "quantity": 1, "reference": reference}
    assert torture.service.send("POST", "/api/stock/", body, torture.token).status == 201
    torture.check_ledger()
    assert (torture.outcome.doubled, torture.outcome.unexpected, torture.outcome.lost) == (1, 1, 0)
    assert not torture.outcome.is_clean


def test_control_a_missing_movement_is_detected(torture):
    newest = max(pk for ids in torture.outcome.acknowledged.values() for pk in ids)
    with torture.database.connect() as link:
        link.execute("SET session_replication_role = replica")  # this switches the triggers off
        link.execute("DELETE FROM stock_movement WHERE id = %s", [newest])
    torture.check_ledger()
    assert torture.outcome.lost == 1
    assert torture.outcome.broken


def test_control_an_event_that_the_reader_has_missed_is_detected(torture):
    booked = next(place for place, event in enumerate(torture.events) if event["data"].get("movements"))
    del torture.events[booked]
    torture.check_feed()
    assert torture.outcome.missed
    assert torture.outcome.gaps
