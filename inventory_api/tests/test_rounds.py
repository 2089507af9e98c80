"""A round of the worker looks only at shops that may have work: one statement finds them."""

import pytest

from desk.reports import jobs as report_jobs
from stock import jobs as stock_jobs
from stock.models import Seal
from stock.proofs import sql_seals
from stock.proofs.services import seal_account
from stock.tests.test_expired_lots import day, receive
from stock.tests.test_seals import sell
from users.jobs import Round

pytestmark = pytest.mark.django_db


def find(condition):
    """Return the ids of the owners at whose shops a round with this condition looks."""
    found = []
    Round(lambda owner_id, _zone: found.append(owner_id), 60, condition).run()
    return sorted(found)


@pytest.mark.quick
def test_a_shop_is_sealed_if_it_has_booked_since_a_seal_that_is_old(alice, charlie, dora, kettle):
    at_once, daily = (sql_seals.HAS_UNSEALED.format(seconds=seconds) for seconds in (0, 86_400))
    assert find(daily) == find(at_once) == [alice.pk]
    seal_account(owner_id=alice.pk)
    assert find(at_once) == []
    sell(alice, kettle)
    assert (find(daily), find(at_once)) == ([], [alice.pk])
    assert Seal.objects.count() == 1


@pytest.mark.quick
def test_days_are_kept_in_a_shop_that_sells_much(alice, charlie, kettle, monkeypatch):
    sell(alice, kettle)
    assert find(report_jobs.SELLS_MUCH) == []
    few = report_jobs.SELLS_MUCH.replace(f"OFFSET {report_jobs.MIN_SALES - 1}", "OFFSET {}")
    assert [find(few.format(least - 1)) for least in (1, 2)] == [[alice.pk], []]


@pytest.mark.quick
def test_lots_are_looked_for_in_shops_whose_lots_expire_soon(alice, charlie, kettle):
    receive(alice, kettle, 1, lot="A", expires_on=day(alice, 40))
    assert find(stock_jobs.HAS_EXPIRING_LOTS) == []
    receive(alice, kettle, 1, lot="B", expires_on=day(alice, 14))
    assert find(stock_jobs.HAS_EXPIRING_LOTS) == [alice.pk]
