"""Every constraint of locations and lots refuses raw SQL that breaks its rule."""

import pytest

from stock.models import Location, Lot
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.cast.people import make_product

NOW = "2026-01-02"


@pytest.fixture
def location(alice):
    return {"owner_id": alice.pk, "name": "Cellar", "note": "", "created_at": NOW}


@pytest.fixture
def lot(alice, kettle):
    return {"owner_id": alice.pk, "product_id": kettle.pk, "code": "H26", "created_at": NOW}


@pytest.mark.quick
def test_a_location_has_a_name_of_its_own_unless_the_other_one_is_archived(location):
    insert(Location, **location, archived_at=NOW)
    insert(Location, **location)
    assert get_violated_constraint(Location, **{**location, "name": "CELLAR"}) == "stock_location_name"


def test_a_lot_has_a_code_of_its_own_in_its_product(alice, lot):
    insert(Lot, **lot)
    insert(Lot, **{**lot, "product_id": make_product(alice, "Pot").pk})
    assert get_violated_constraint(Lot, **{**lot, "code": "h26"}) == "stock_lot_code"
    assert get_violated_constraint(Lot, **{**lot, "code": ""}) == "stock_lot_code_not_empty"


def test_refuses_a_lot_of_another_account_s_product(charlie, lot):
    theirs = make_product(charlie, "Pot")
    assert get_violated_constraint(Lot, **{**lot, "product_id": theirs.pk}) == "stock_lot_product"
