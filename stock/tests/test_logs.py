"""The querysets of the logs.

PreparedRows calls each of them once per process, so the tests of routes may not call them.
"""

import pytest

from stock.reading import operations
from testing.cast.people import make_product


@pytest.fixture
def charlies_cup(charlie):
    return make_product(charlie, "Cup", 4)


def list_own(movements):
    return [movement.product_name for movement in movements.order_by("pk")], {row.owner_id for row in movements}


def test_movements_are_those_of_the_account(alice, kettle, charlies_cup):
    assert list_own(operations.select_movements(alice.pk)) == (["Kettle"], {alice.pk})


def test_item_changes_are_those_of_the_account(alice, kettle, charlies_cup):
    assert list_own(operations.select_item_changes(alice.pk)) == (["Kettle"], {alice.pk})


def test_movements_of_a_product_are_those_of_the_account(alice, charlie, kettle, charlies_cup):
    assert list_own(operations.select_product_movements(alice.pk, kettle.pk)) == (["Kettle"], {alice.pk})
    assert not operations.select_product_movements(charlie.pk, kettle.pk).exists()
