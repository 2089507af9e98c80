"""Seals cover payments, and the verification finds wrong ones."""

import pytest

from records.events.services import number_all_events
from stock.models import Operation, Payment, Performer, Seal
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_seals import read_lines
from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.services import pay, reverse_payment
from trade.selling.payments.tests.test_booking import cash, sell


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=20)


@pytest.fixture
def sale(as_alice, alice, tea):
    """Return a sale, of which a payment and its reversal are sealed."""
    sale = Operation.objects.get(pk=sell(as_alice, tea, 2, cash(tendered="10.00")).json()["id"])
    reverse_payment(by=alice, sale=sale, pk=Payment.objects.get().pk)
    seal_account(owner_id=alice.pk)
    return sale


def list_breaks(owner):
    return [one.what for one in find_breaks(owner.pk)]


def test_a_seal_has_the_payments_after_its_last_operation(alice, sale):
    head, lines = read_lines(Seal.objects.get())
    paid = [line for line in lines if "kind" in line]
    payment, reversal = Payment.objects.order_by("pk")
    assert (head["format"], len(paid), list_breaks(alice)) == (6, 2, [])
    assert paid[0] == {
        "id": payment.pk, "owner_id": alice.pk, "operation_id": sale.pk, "origin_id": None, "kind": "cash",
        "amount": "8.00", "tendered": "10.00", "reverses_id": None,
        "performer_digest": bytes(Performer.objects.get().digest).hex(), "created_at": paid[0]["created_at"],
    }  # fmt: skip
    assert (paid[1]["id"], paid[1]["reverses_id"], paid[1]["amount"]) == (reversal.pk, payment.pk, "-8.00")


def test_payments_after_the_last_operation_are_counted_and_sealed(as_alice, alice, sale):
    def count():
        sealed = as_alice.get("/api/stock/verify/").json()["sealed"]
        return sealed["unsealed_operations"], sealed["unsealed"]

    pay(by=alice, sale=sale, payments=[PaymentDraft("card")])
    assert count() == (0, 1)
    assert as_alice.post("/api/stock/seals/").status_code == 201
    assert (count(), seal_account(owner_id=alice.pk)) == ((0, 0), 0)
    first, second = Seal.objects.order_by("number")
    assert (second.from_position, second.operations, second.movements) == (first.to_position + 1, 0, 0)
    assert [line["kind"] for line in read_lines(second)[1] if "kind" in line] == ["card"]
    tamper("UPDATE stock_payment SET tip = 1 WHERE kind = 'card'")
    assert any(what.startswith("not what was sealed: seal 2") for what in list_breaks(alice))


def test_the_payments_of_the_next_seal_are_not_in_this_one(as_alice, alice, tea, monkeypatch):
    for kind in ("cash", "card"):
        sell(as_alice, tea, 1, {"kind": kind})
    monkeypatch.setattr("stock.proofs.services.MAX_OPERATIONS", 2)
    seal_account(owner_id=alice.pk)
    kinds = [[line["kind"] for line in read_lines(seal)[1] if "kind" in line] for seal in Seal.objects.order_by("pk")]
    assert (kinds, list_breaks(alice)) == ([["cash"], ["card"]], [])


@all_cases(
    "statement",
    [
        "UPDATE stock_payment SET amount = 7 WHERE reverses_id IS NULL",
        "UPDATE stock_payment SET tendered = 9 WHERE reverses_id IS NULL",
        "UPDATE stock_payment SET kind = 'card', tendered = NULL",
        "UPDATE stock_payment SET created_at = created_at + interval '1 second'",
        "DELETE FROM stock_payment WHERE reverses_id IS NOT NULL",
        "DELETE FROM stock_payment",
        "DELETE FROM events_event WHERE type = 'sale.paid'",
    ],
)
def test_a_sealed_payment_that_is_changed_or_deleted_is_found(alice, sale, statement):
    tamper(statement)
    assert any(what.startswith("not what was sealed: seal 1") for what in list_breaks(alice))


@all_cases(
    ("statement", "what"),
    [
        ("UPDATE stock_payment SET operation_id = {other}", "is of operation {other}, which is no sale"),
        (
            "UPDATE stock_payment SET amount = 7 WHERE reverses_id IS NULL",
            "is not the opposite of the payment that it reverses",
        ),
        ("DELETE FROM events_event WHERE type = 'sale.paid'", "has no event, so no seal can cover it"),
    ],
)
def test_the_verification_finds_what_no_payment_can_be(as_alice, alice, tea, statement, what):
    sale = Operation.objects.get(pk=sell(as_alice, tea, 2, cash()).json()["id"])
    reverse_payment(by=alice, sale=sale, pk=Payment.objects.get().pk)
    number_all_events(alice.pk)
    assert list_breaks(alice) == []
    other = Operation.objects.get(reason="opening").pk
    tamper(statement.format(other=other))
    assert any(found.endswith(what.format(other=other)) for found in list_breaks(alice))


def test_an_erased_name_changes_no_seal(alice, bob, sale):
    pay(by=bob, sale=sale, payments=[PaymentDraft("card")])
    Performer.forget(alice.pk, bob)
    assert list_breaks(alice) == []
