"""The routes that book payments of a sale, and reverse them."""

import pytest

from stock.models import Payment
from testing.cast.people import client_of, make_product, make_user
from testing.tables import all_cases
from trade.selling.payments.tests.test_booking import cash, refuse, reverse, sell
from users.access.roles import Role

LEAST = "Ensure this value is greater than or equal to 0.01."


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=20)


@pytest.fixture
def sale(as_alice, tea):
    return sell(as_alice, tea, 3, cash("2.00")).json()


def pay(client, sale, body, **headers):
    return client.post(f"/api/sales/{sale['id']}/payments/", body, headers=headers)


def undo(client, sale, payment):
    return client.post(f"/api/sales/{sale['id']}/payments/{payment}/reverse/", {})


def test_a_worker_books_a_payment_later(as_bob, sale):
    paid = pay(as_bob, sale, cash("4.00", tendered="5.00"))
    assert paid.status_code == 201, paid.json()
    [payment] = paid.json().pop("payments")
    assert {name: value for name, value in paid.json().items() if name != "payments"} == {
        "operation": sale["id"], "total": "12.00", "returned": "0.00", "paid": "6.00", "due": "6.00",
    }  # fmt: skip
    assert (payment["change"], payment["performed_by_username"], payment["reversed_by"]) == ("1.00", "bob", None)


@pytest.mark.quick
def test_a_viewer_books_and_reverses_no_payment(alice, sale):
    as_vera = client_of(make_user("vera", role=Role.VIEWER, employer=alice))
    assert pay(as_vera, sale, cash("4.00")).status_code == 403
    assert undo(as_vera, sale, sale["payments"][0]["id"]).status_code == 403


@pytest.mark.quick
def test_several_payments_are_booked_together_or_not_at_all(as_alice, sale):
    paid = pay(as_alice, sale, {"payments": [cash("4.00"), {"kind": "voucher"}]}).json()
    assert ([one["amount"] for one in paid["payments"]], paid["due"]) == (["4.00", "6.00"], "0.00")
    refuse(pay(as_alice, sale, {"payments": [cash("4.00")]}), "overpaid", due="0.00", paid="12.00")
    assert Payment.objects.count() == 3


def test_a_payment_is_reversed_once(as_alice, sale):
    payment = sale["payments"][0]["id"]
    undone = undo(as_alice, sale, payment)
    assert undone.status_code == 201
    assert (undone.json()["payments"][0]["reverses"], undone.json()["due"]) == (payment, "12.00")
    again = undo(as_alice, sale, payment)
    assert again.status_code == 409
    refuse(again, "payment_reversed", payment=payment)


def test_a_key_books_a_payment_once(as_alice, sale):
    key = {"Idempotency-Key": "pay-1"}
    first, second = (pay(as_alice, sale, cash("1.00"), **key) for _ in range(2))
    assert (first.content, Payment.objects.count()) == (second.content, 2)
    assert pay(as_alice, sale, cash("2.00"), **key).json()["code"] == "idempotency_key_reused"


@pytest.mark.quick
@all_cases(
    ("body", "wrong"),
    [
        ({}, {"kind": ["This field is required."]}),
        ({"kind": "cheque"}, {"kind": ['"cheque" is not one of cash, card, transfer, voucher, other.']}),
        ({"payments": []}, {"payments": ["Ensure this field has at least 1 elements."]}),
        ({"payments": [cash("0.00")]}, {"payments": {"0": {"amount": [LEAST]}}}),
    ],
)  # fmt: skip
def test_a_malformed_body_is_refused(as_alice, sale, body, wrong):
    response = pay(as_alice, sale, body)
    assert (response.status_code, response.json()) == (400, wrong)


@pytest.mark.quick
def test_a_sale_of_another_shop_and_a_payment_of_another_sale_are_missing(as_alice, as_charlie, tea, sale):
    assert pay(as_charlie, sale, cash("1.00")).status_code == 404
    assert undo(as_charlie, sale, sale["payments"][0]["id"]).status_code == 404
    other = sell(as_alice, tea).json()
    assert pay(as_alice, {"id": 999_999}, cash("1.00")).status_code == 404
    assert undo(as_alice, other, sale["payments"][0]["id"]).status_code == 404


def test_only_a_sale_that_stands_is_paid(as_alice, sale):
    undone = reverse(as_alice, sale).json()
    refuse(pay(as_alice, undone, cash("1.00")), "not_a_sale")
    assert pay(as_alice, sale, cash("1.00")).status_code == 409
    refuse(pay(as_alice, sale, cash("1.00")), "sale_reversed")
    refuse(undo(as_alice, sale, sale["payments"][0]["id"]), "sale_reversed")


@pytest.mark.quick
def test_an_unknown_parameter_is_refused_unless_the_sale_or_the_payment_is_missing(as_alice, tea, sale):
    other = sell(as_alice, tea, 1).json()
    [payment] = sale["payments"]
    pays, undoes = "/api/sales/{}/payments/?nope=1", "/api/sales/{}/payments/{}/reverse/?nope=1"
    answers = {
        pays.format(sale["id"]): 400,
        pays.format(0): 404,
        undoes.format(sale["id"], payment["id"]): 400,
        undoes.format(other["id"], payment["id"]): 404,
    }
    assert {address: as_alice.post(address, cash("1.00")).status_code for address in answers} == answers
