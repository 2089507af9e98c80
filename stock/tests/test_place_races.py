"""Concurrent bookings of the same holding, each with a negative control."""

from collections import Counter

import pytest

from stock.booking import locks
from stock.models import Holding
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_location, make_product
from testing.races import disable_locks, let_meet, run_concurrently

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12  # the number of threads that sell, and of those that transfer
IN_THE_CELLAR = 15


@pytest.fixture
def tea(alice):
    make_location(alice, "Cellar")
    make_location(alice, "Shelf")
    product = make_product(alice, "Tea")
    line = {"product": product.pk, "movement_type": "IN", "quantity": IN_THE_CELLAR, "location": "Cellar"}
    assert client_of(alice).post("/api/stock/", line).status_code == 201
    return product


def sell_and_move(alice, tea):
    """Sell and move one piece each from the cellar in the same number of threads.

    Return the numbers of responses by status.
    """
    line = {"product": tea.pk, "quantity": 1}

    def sell():
        body = {**line, "movement_type": "OUT", "location": "Cellar"}
        return "sold", client_of(alice).post("/api/stock/", body).status_code

    def move():
        body = {"from": "Cellar", "to": "Shelf", "lines": [line]}
        return "moved", client_of(alice).post("/api/stock/transfers/", body).status_code

    return Counter(run_concurrently(*[sell, move] * THREADS))


def test_sales_and_transfers_of_one_holding_take_exactly_what_is_there(alice, tea):
    responses = sell_and_move(alice, tea)
    assert responses["sold", 201] + responses["moved", 201] == IN_THE_CELLAR
    assert responses["sold", 400] + responses["moved", 400] == 2 * THREADS - IN_THE_CELLAR
    tea.refresh_from_db()
    assert tea.quantity == tea.held == IN_THE_CELLAR - responses["sold", 201]
    assert dict(Holding.objects.values_list("location__name", "quantity")) == {"Shelf": responses["moved", 201]}
    assert find_breaks(alice.pk) == []


def test_control_without_the_lock_more_or_less_than_the_holding_is_taken(alice, tea, monkeypatch):
    disable_locks(monkeypatch)
    let_meet(monkeypatch, locks, "lock_rows", 2 * THREADS)
    responses = sell_and_move(alice, tea)
    assert responses["sold", 201] + responses["moved", 201] != IN_THE_CELLAR
