"""The customer of a sale."""

import pytest

from testing.cast.people import make_product
from testing.cast.tills import OPERATIONS, Device
from testing.tables import all_cases
from trade.customers.models import Buyer, Customer


def test_an_unknown_or_foreign_customer_is_an_error_of_the_field_as_in_orders(as_alice, alice, charlie):
    foreign, tea = Customer.objects.create(owner=charlie, name="Ada"), make_product(alice, "Tea", 9, price="4.00")
    line, sale = {"product": tea.pk, "quantity": 1}, {"movement_type": "OUT", "reason": "sale"}
    for customer in (foreign.pk, 10**9):
        answers = [
            as_alice.post("/api/stock/reservations/", {"lines": [line], "customer": customer}),
            as_alice.post("/api/stock/", {**line, **sale, "customer": customer}),
            as_alice.post("/api/stock/operations/", {"lines": [line | sale], "customer": customer, "reason": "sale"}),
        ]
        said = {"customer": [f"You have no customer with the id {customer}."]}
        assert [(answer.status_code, answer.json()) for answer in answers] == [(400, said)] * 3


@pytest.mark.measured
def test_a_sale_keeps_its_customer_and_nothing_else_has_one(as_alice, alice):
    ada, tea = Customer.objects.create(owner=alice, name="Ada"), make_product(alice, "Tea", 9, price="4.00")

    def book(customer, reason):
        line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
        body = {"lines": [line], "reason": reason, "customer": customer}
        return as_alice.post("/api/stock/operations/", body)

    sold = book(ada.pk, "sale")
    assert sold.status_code == 201, sold.content
    assert Buyer.objects.get(operation_id=sold.json()["id"]).customer == ada
    refused = book(ada.pk, "damage")
    assert (refused.status_code, refused.json()["code"]) == (400, "customer_of_no_sale")


@all_cases(
    ("movement_type", "fields"),
    [
        ("OUT", {"customer": 1}),
        ("OUT", {"discount": {"percent": "10"}}),
        ("IN", {"extra_costs": [{"name": "Freight", "amount": "5.00"}]}),
    ],
)
def test_without_a_line_that_can_be_read_the_lines_are_refused_and_no_other_field(
    as_alice, alice, movement_type, fields
):
    line = {"product": make_product(alice, "Tea", 9).pk, "movement_type": movement_type, "quantity": "0.250"}
    answer = as_alice.post(OPERATIONS, {"lines": [line], **fields})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")
    assert "quantity" in answer.json()["lines"][0]["errors"]


@all_cases(
    ("address", "fields"),
    [
        (OPERATIONS, {"payments": [{"kind": "cash", "amount": "8.00"}]}),
        (OPERATIONS, {"discount": {"amount": "5.00"}}),
        ("/api/stock/reservations/", {"discount": {"amount": "5.00"}}),
        ("/api/quotes/", {"discount": {"amount": "5.00"}}),
    ],
)
def test_a_sum_without_the_lines_that_can_not_be_read_refuses_nothing(as_alice, alice, address, fields):
    line = {"product": make_product(alice, "Tea", 9, price="4.00").pk, "quantity": 1}
    line |= {"movement_type": "OUT"} if address == OPERATIONS else {}
    answer = as_alice.post(address, {"lines": [line, line | {"quantity": "0.250"}], **fields})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")
    assert [line["line"] for line in answer.json()["lines"]] == [1]


@pytest.mark.quick
@all_cases("reference", ["till {till} #{number}", "table 4", ""])
@all_cases("address", [OPERATIONS, "/api/stock/"])
def test_what_a_till_has_sold_is_booked_although_its_customer_was_archived(alice, as_alice, address, reference):
    """The key tells that a till has numbered a sale, whatever the reference says."""
    ada, tea = Customer.objects.create(owner=alice, name="Ada"), make_product(alice, "Tea", 9, price="4.00")
    device, line = Device(alice), {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    lines = {"lines": [line]} if address == OPERATIONS else line

    def send(number, client=device.client, key=None):
        body = {**lines, "customer": ada.pk, "reference": reference.format(till=device.till.pk, number=number)}
        return client.post(address, body, headers={"Idempotency-Key": key or device.key(number)})

    as_alice.delete(f"/api/customers/{ada.pk}/")
    sold = send(1)
    assert (sold.status_code, sold.json()["customer_archived"]) == (201, True)
    operation = sold.json().get("operation", sold.json()["id"])
    assert as_alice.get(f"/api/sales/{operation}/").json()["customer_name"] == "Ada"
    assert send(1).content == sold.content
    assert send(2, key="another form").json()["code"] == "customer_archived"
    assert (send(2, as_alice).status_code, send(2, as_alice).json()["code"]) == (409, "customer_archived")
    as_alice.post(f"/api/customers/{ada.pk}/restore/")
    assert "customer_archived" not in send(2).json()
