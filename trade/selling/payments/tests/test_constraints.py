"""The database refuses wrong payments, and changes of any."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from stock.models import Operation, Payment
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.payments.tests.test_booking import cash, sell

MOST = Decimal("99999999999999999999.99")


@pytest.fixture
def paid(as_alice, kettle):
    """Return the columns of a second payment of a sale that is paid in cash."""
    sale = sell(as_alice, kettle, 1, cash("1.00")).json()
    names = ("owner_id", "operation_id", "origin_id", "kind", "amount", "tendered", "reverses_id", "performer_id")
    payment = Payment.objects.get(operation_id=sale["id"])
    return {name: getattr(payment, name) for name in (*names, "created_at")}


@all_cases("name", ["operation", "origin", "reverses", "performer"])
def test_a_payment_links_to_rows_of_its_shop_alone(paid, charlie, as_charlie, name):
    theirs = sell(as_charlie, make_product(charlie, "Pot", quantity=1), 1, cash()).json()
    payment = Payment.objects.get(operation_id=theirs["id"])
    foreign = {"reverses": payment.pk, "performer": payment.performer_id}.get(name, theirs["id"])
    for pk in (999_999, foreign):
        assert get_violated_constraint(Payment, **paid | {f"{name}_id": pk}) == f"stock_payment_{name}"


@pytest.mark.quick
@all_cases(
    ("column", "value", "rule"),
    [
        ("kind", "cheque", "kind"),
        ("kind", "", "kind"),
        ("amount", Decimal(0), "amount"),
        ("amount", Decimal("NaN"), "amount"),
        ("tendered", Decimal("0.99"), "tendered"),
        ("tendered", Decimal("NaN"), "tendered"),
    ],
)
def test_a_payment_that_breaks_a_rule_is_refused_by_name(paid, column, value, rule):
    assert get_violated_constraint(Payment, **paid | {column: value}) == f"stock_payment_{rule}"


@pytest.mark.quick
@all_cases("more", [{"kind": "card"}, {"amount": Decimal("-1.00")}])
def test_only_cash_that_was_received_has_an_amount_tendered(paid, more):
    insert(Payment, **paid | {"tendered": Decimal("5.00")})
    assert get_violated_constraint(Payment, **paid | {"tendered": Decimal("5.00")} | more) == "stock_payment_tendered"


def test_the_largest_amounts_are_accepted(paid):
    for amount in (MOST, -MOST):
        insert(Payment, **paid | {"amount": amount})


@pytest.mark.quick
def test_a_payment_is_reversed_once_and_never_changed(paid):
    reversal = paid | {"reverses_id": Payment.objects.get().pk, "amount": -paid["amount"]}
    insert(Payment, **reversal)
    assert get_violated_constraint(Payment, **reversal) == "stock_payment_one_reversal"
    for statement in ("UPDATE stock_payment SET amount = 1", "DELETE FROM stock_payment"):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused.value.__cause__.diag.constraint_name == "stock_immutable"


def test_the_model_neither_saves_nor_deletes(paid):
    payment = Payment.objects.get()
    assert str(payment) == f"cash 1.00 for operation {Operation.objects.latest('pk').pk}"
    for change in (payment.save, payment.delete, Payment.objects.all().delete, Payment.objects.all().update):
        with pytest.raises(TypeError):
            change()
