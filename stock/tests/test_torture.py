"""The short form of `make torture`: every kind of kill once, then the proof; and that the proof sees what is wrong."""

import pytest

from stock.tests.torture import prepared

SECONDS = 3


@pytest.fixture(scope="module")
def torture():
    with prepared(seed=1) as torture:
        torture.run(SECONDS)
        yield torture


def test_whatever_is_killed_every_acknowledged_movement_exists_exactly_once(torture):
    outcome = torture.outcome
    assert outcome.is_clean, outcome
    assert set(outcome.kills) == {"worker", "service", "database"}
    assert len(outcome.acknowledged) > 50, outcome
    assert outcome.resent, outcome


def test_control_a_movement_booked_twice_is_seen(torture):
    reference = next(iter(torture.outcome.acknowledged))
    body = {"product": torture.products[0], "movement_type": "IN", "quantity": 1, "reference": reference}
    assert torture.service.send("POST", "/api/stock/", body, torture.token).status == 201
    torture.compare()
    assert (torture.outcome.doubled, torture.outcome.unasked, torture.outcome.lost) == (1, 1, 0)
    assert not torture.outcome.is_clean


def test_control_a_movement_that_is_gone_is_seen(torture):
    newest = max(pk for ids in torture.outcome.acknowledged.values() for pk in ids)
    with torture.database.connect() as link:
        link.execute("SET session_replication_role = replica")  # past the triggers
        link.execute("DELETE FROM stock_movement WHERE id = %s", [newest])
    torture.compare()
    assert torture.outcome.lost == 1
    assert torture.outcome.broken
