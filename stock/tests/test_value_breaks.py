"""The verification finds values that do not follow from the values before them."""

import pytest

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.proofs.verification import find_breaks
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book_one


@pytest.fixture
def tea(alice):
    """Return a product of which 10 came in for 25.00, 3 were sold for 7.50, and the last 7 for the rest."""
    product = make_product(alice, "Tea", 10, cost_price="2.50")
    for quantity in (3, 7):
        draft = OperationDraft(by=alice, reason="sale")
        book_one(draft=draft, line=BookingLine(by_id(product.pk), "OUT", quantity))
    return product


def describe_breaks(user):
    return sorted((found.sequence, found.what) for found in find_breaks(user.pk))


def test_right_values_hold(alice, tea):
    assert describe_breaks(alice) == []


@pytest.mark.quick
@all_cases(
    ("statement", "breaks"),
    [
        (
            "UPDATE stock_movement SET value = 7.49 WHERE sequence = 2",
            [(2, "does not take its share of the value"), (3, "leaves a value without a quantity")],
        ),
        (
            "UPDATE stock_movement SET value = 17.51 WHERE sequence = 3",
            [(3, "takes more value than there was")],
        ),
        (
            "UPDATE stock_movement SET value = 24.99 WHERE sequence = 1",
            [(3, "takes more value than there was")],
        ),
    ],
)
def test_a_wrong_value_is_found(alice, tea, statement, breaks):
    tamper(statement)
    assert describe_breaks(alice) == breaks


def test_a_value_of_the_stock_that_no_movement_explains_is_found(alice):
    product = make_product(alice, "Tea", 10, cost_price="2.50")
    tamper("UPDATE products_product SET stock_value = 25.01")
    assert describe_breaks(alice) == [(1, "is not continued by the value of the stock")]
    assert find_breaks(alice.pk)[0].product == product.pk


def test_a_value_of_a_product_without_movements_is_found(alice):
    make_product(alice, "Tea")
    tamper("UPDATE products_product SET quantity = 1, stock_value = 2.50")
    assert describe_breaks(alice) == [
        (0, "the balance is not the result of the last movement"),
        (0, "the stock has a value without movements"),
    ]


def test_a_reversal_may_take_another_share(as_alice, alice):
    product = make_product(alice, "Tea", 10, cost_price="2.50")
    draft = OperationDraft(by=alice, reason="purchase")
    booked = book_one(draft=draft, line=BookingLine(by_id(product.pk), "IN", 1))
    as_alice.patch(f"/api/products/{product.pk}/", {"cost_price": "5.00"})
    book_one(draft=draft, line=BookingLine(by_id(product.pk), "IN", 4))
    as_alice.post(f"/api/stock/operations/{booked.operation_id}/reverse/", {})
    assert describe_breaks(alice) == []
