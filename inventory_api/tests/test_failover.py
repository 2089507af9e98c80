"""A real promotion under load. Lost bookings are reported, and with a quorum nothing is lost."""

import pytest

from stock.proofs.verification import ServerChangeReason
from testing.servers import failover
from testing.servers.grounds import MissingProgramError

pytestmark = pytest.mark.long

SECONDS = 0.5
PAUSE_SECONDS = 0.05  # the pause of each client between two bookings, which leaves the machine to the other tests


def run_one(mode):
    """Return the round of one failover, and the response of the route afterwards."""
    try:
        with failover.prepare(mode, migrated=True) as (servers, service, token, products):
            seen = failover.run_round(servers, failover.Load(service, token, products, PAUSE_SECONDS), SECONDS)
            return seen, service.send("GET", "/api/stock/verify/", token=token).body, len(products)
    except MissingProgramError as error:
        pytest.skip(str(error))


def test_a_promotion_that_lost_bookings_is_reported():
    seen, verification, products = run_one("cut")
    assert seen.lost > 0
    assert verification["broken"] == []
    [change] = verification["server_changes"]
    assert (change["reason"], change["former_timeline"], change["timeline"]) == (ServerChangeReason.PROMOTION, 1, 2)
    # No verified booking is lost: the opening stock of each product was booked one after the other.
    assert change["newest_operation"] == products
    assert min(seen.lost_operations) > products
    assert f"(timeline 1, now 2). Operation {products}, booked at" in seen.report
    assert "Later bookings that the service had confirmed may be missing" in seen.report


def test_with_two_standbys_one_of_which_has_each_booking_nothing_is_lost():
    seen, verification, _ = run_one("quorum")
    assert len(seen.acknowledged) > 0
    assert (seen.lost, seen.reused_ids, verification["broken"]) == (0, 0, [])
