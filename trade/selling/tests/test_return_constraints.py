"""The database refuses wrong returns, and the verification finds them."""

import pytest
from django.db import IntegrityError, connection, transaction

from stock.models import Operation, Return
from stock.proofs.verification import find_breaks
from stock.tests.test_constraints import get_violated_constraint, insert
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.tests.test_returns import buy, returned, sell


@pytest.fixture
def link(as_alice, kettle):
    """Return the columns of a valid return of a sale by the operation that opened the kettle's stock."""
    sale = sell(as_alice, (kettle, 1))
    opening = Operation.objects.get(reason="opening")
    return {"owner_id": kettle.owner_id, "sale_id": sale["id"], "operation_id": opening.pk, "scrapped_id": None}


@all_cases("name", ["sale", "operation", "scrapped"])
def test_a_return_that_breaks_a_rule_is_refused_by_name(link, as_charlie, charlie, name):
    theirs = make_product(charlie, "Pot", 1).movements.get().operation_id
    for operation in (999_999, theirs):
        assert get_violated_constraint(Return, **link | {f"{name}_id": operation}) == f"stock_return_{name}"


@pytest.mark.quick
def test_an_operation_is_one_return_and_never_changed(link):
    insert(Return, **link)
    assert get_violated_constraint(Return, **link) == "stock_return_once"
    for statement in ("UPDATE stock_return SET sale_id = 1", "DELETE FROM stock_return"):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused.value.__cause__.diag.constraint_name == "stock_immutable"


@all_cases(
    ("change", "what"),
    [
        ("sale_id = {opening}", "brings back more than operation {opening} has sold"),
        ("operation_id = {opening}", "writes off something else than operation {opening} brought"),
    ],
)
def test_the_verification_finds_what_no_return_can_be(as_alice, alice, kettle, change, what):
    back = returned(as_alice, sell(as_alice, (kettle, 3)), (kettle, 2, {"condition": "scrap"}))
    assert find_breaks(alice.pk) == []
    opening = Operation.objects.get(reason="opening").pk
    tamper(f"UPDATE stock_return SET {change.format(opening=opening)} WHERE operation_id = {back['id']}")
    assert what.format(opening=opening) in [found.what for found in find_breaks(alice.pk)]


def test_the_verification_finds_that_more_went_back_than_has_arrived(as_alice, alice, kettle):
    small, large = (buy(as_alice, kettle, quantity, "1.00") for quantity in (1, 3))
    back = returned(as_alice, large, (kettle, 2))
    assert find_breaks(alice.pk) == []
    tamper(f"UPDATE stock_return SET sale_id = {small['id']} WHERE operation_id = {back['id']}")
    assert f"sends back more than operation {small['id']} has brought" in [row.what for row in find_breaks(alice.pk)]
