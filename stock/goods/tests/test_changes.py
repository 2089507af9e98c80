"""PATCH /api/products/ changes several products, all or none."""

from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Product
from records.events.models import Event, EventType
from stock.booking import locks
from stock.goods.changes import refuse_taken
from stock.models import Movement, Operation, OperationReason
from stock.proofs.verification import find_breaks
from stock.tests.test_races import lock_nothing
from suppliers.models import Supplier
from testing.cast.people import client_with_key, make_product
from testing.races import run_behind_lock

pytestmark = [pytest.mark.measured]

URL = "/api/products/"


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 4, sku="P-1", cost_price="2.00")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 6, sku="C-1", external_id="gid-2")


def change(client, *lines, **headers):
    return client.patch(URL, {"lines": list(lines)}, headers=headers)


def refuse(client, *lines):
    """Send the lines, which are refused. Return the error of each wrong line by its number."""
    before = list(Product.objects.order_by("id").values())
    answer = change(client, *lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines"), answer.content
    assert list(Product.objects.order_by("id").values()) == before
    assert answer.json()["total"] == len(answer.json()["lines"])
    return {line.pop("line"): line for line in answer.json()["lines"]}


def test_lines_name_products_by_id_sku_or_external_id(as_alice, alice, pot, cup):
    jar = make_product(alice, "Jar")
    lines = [{"external_id": "GID-2", "price": "3.00"}, {"id": jar.pk, "name": "Jug"}, {"sku": "p-1", "unit": "pcs"}]
    answer = change(as_alice, *lines)
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["lines"]] == [cup.pk, jar.pk, pot.pk]
    assert answer.json()["lines"] == [as_alice.get(f"{URL}{pk}/").json() for pk in (cup.pk, jar.pk, pot.pk)]
    assert list(Product.objects.order_by("name").values_list("name", "price", "unit")) == [
        ("Cup", 3, ""), ("Jug", 10, ""), ("Pot", 10, "pcs")
    ]  # fmt: skip


def test_a_sku_or_external_id_beside_the_name_of_the_product_is_a_new_value(as_alice, pot, cup):
    change(as_alice, {"id": pot.pk, "sku": "P-2"}, {"sku": "C-1", "external_id": "gid-3"})
    assert set(Product.objects.values_list("sku", "external_id")) == {("P-2", None), ("C-1", "gid-3")}


def test_all_quantities_are_one_operation(as_alice, alice, pot, cup):
    jar = make_product(alice, "Jar", 1)
    operations = Operation.objects.count()
    answer = change(
        as_alice,
        {"id": cup.pk, "quantity": 2, "expected_quantity": 6},
        {"id": pot.pk, "quantity_in_stock": 9, "cost_price": "3.00"},
        {"id": jar.pk, "quantity": 1},
    )
    assert [row["quantity"] for row in answer.json()["lines"]] == [2, 9, 1]
    operation = Operation.objects.latest("id")
    assert (operation.reason, Operation.objects.count()) == (OperationReason.CORRECTION, operations + 1)
    movements = Movement.objects.filter(operation=operation).order_by("id")
    assert [(row.product_id, row.quantity, row.value) for row in movements] == [(pot.pk, 5, 15), (cup.pk, 4, 0)]
    assert find_breaks(alice.pk) == []


def test_without_a_changed_quantity_nothing_is_booked(as_alice, pot):
    change(as_alice, {"id": pot.pk, "quantity": 4, "name": "Teapot"})
    assert Operation.objects.count() == 1


def test_each_product_that_differs_is_an_event(as_alice, pot, cup):
    change(as_alice, {"id": pot.pk, "name": "Teapot"}, {"id": cup.pk, "name": "Cup"})
    assert [event.product for event in Event.objects.filter(type=EventType.PRODUCT_CHANGED)] == [pot.pk]


def test_categories_suppliers_and_codes_are_changed_too(as_alice, alice, pot, cup):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    answer = change(
        as_alice,
        {"id": pot.pk, "category": "Kitchen", "supplier": acme.pk},
        {"id": cup.pk, "category": "kitchen", "codes": [{"code": "CASE", "quantity": 6}]},
    )
    first, second = answer.json()["lines"]
    assert first["category"] == second["category"] == Category.objects.get().pk
    assert (first["supplier_name"], second["codes"]) == ("Acme", [{"code": "CASE", "quantity": 6}])


def test_each_wrong_line_is_named_with_its_number(as_alice, charlie, pot, cup):
    foreign = make_product(charlie, "Foreign")
    refused = refuse(
        as_alice,
        {"id": pot.pk, "price": "x"},
        {"id": foreign.pk, "price": "1.00"},
        {"sku": "unknown"},
        {"price": "1.00"},
        {"id": cup.pk, "price": "1.00"},
        {"sku": "C-1", "price": "2.00"},
        7,
    )
    assert [(number, line["code"]) for number, line in refused.items()] == [
        (0, "invalid"), (1, "product_not_found"), (2, "product_not_found"), (3, "invalid"), (5, "changed_twice"),
        (6, "invalid"),
    ]  # fmt: skip
    assert list(refused[0]["errors"]) == ["price"]
    assert (refused[1]["field"], refused[2]["field"]) == ("id", "sku")
    assert refused[3]["errors"] == {"id": ["Name the product by its id, sku or external_id."]}
    assert refused[5]["product"] == cup.pk


def test_values_that_other_products_have_are_refused_by_line(as_alice, alice, pot, cup):
    make_product(alice, "Jar", codes=[{"code": "CASE", "quantity": 6}])
    refused = refuse(
        as_alice,
        {"id": pot.pk, "sku": "c-1"},
        {"id": cup.pk, "barcode": "case"},
    )
    assert {number: list(line["errors"]) for number, line in refused.items()} == {0: ["sku"], 1: ["barcode"]}
    assert refuse(as_alice, {"id": pot.pk, "external_id": "GID-2"})[0]["errors"] == {
        "external_id": ["Another row has this external_id already."]
    }
    assert list(refuse(as_alice, {"id": pot.pk, "codes": [{"code": "case"}]})[0]["errors"]) == ["codes"]


def test_outdated_quantities_and_archived_products_are_refused_by_line(as_alice, alice, pot, cup):
    old = make_product(alice, "Old")
    as_alice.delete(f"{URL}{old.pk}/")
    refused = refuse(
        as_alice,
        {"id": pot.pk, "quantity": 1, "expected_quantity": 3},
        {"id": cup.pk, "quantity": 1, "stock_sequence": 0},
        {"id": old.pk, "name": "New"},
    )
    codes = [line["code"] for line in refused.values()]
    assert codes == ["quantity_changed", "quantity_changed", "product_archived"]


def test_there_are_1_to_500_lines(as_alice, pot):
    assert change(as_alice).status_code == 400
    assert as_alice.patch(URL, {}).json() == {"lines": ["This field is required."]}
    answer = change(as_alice, *[{"id": pot.pk}] * 501)
    assert (answer.status_code, list(answer.json())) == (400, ["lines"])


def test_only_owners_and_their_keys_to_manage_may(as_alice, as_bob, as_charlie, as_nobody, alice, pot):
    line = {"id": pot.pk, "quantity": 1}
    assert change(as_nobody, line).status_code == 401
    assert change(as_bob, line).status_code == 403
    assert change(client_with_key(alice, "book"), line).status_code == 403
    assert change(as_charlie, line).status_code == 400
    assert change(client_with_key(alice, "manage"), line).status_code == 200


def test_the_same_key_changes_once(as_alice, pot):
    line = {"id": pot.pk, "quantity": 9}
    first, second = (change(as_alice, line, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")
    assert Operation.objects.count() == 2
    assert change(as_alice, {**line, "quantity": 8}, **{"Idempotency-Key": "k"}).status_code == 422


def test_a_line_of_plain_values_costs_one_statement(as_alice, alice):
    products = [make_product(alice, f"P{number}", 1) for number in range(8)]

    def count_statements(number, **fields):
        lines = [{"id": product.pk, **fields} for product in products[:number]]
        with CaptureQueriesContext(connection) as queries:
            assert change(as_alice, *lines).status_code == 200
        return len(queries)

    count_statements(8, quantity=40)  # the first booking inserts the name of the performer
    assert count_statements(8, price="1.00") - count_statements(4, price="2.00") == 4
    assert count_statements(8, quantity=50) - count_statements(4, quantity=60) == 0


def test_unknown_fields_are_reported(as_alice, pot):
    answer = change(as_alice, {"id": pot.pk, "prize": "1.00"})
    assert (answer.status_code, answer.headers["Ignored-Fields"]) == (200, "lines.prize")
    assert change(as_alice, {"id": pot.pk, "prize": "1.00"}, Prefer="handling=strict").status_code == 400


def change_behind_another_change(client, product):
    """Return the errors of a request that waits for another change of the quantity that it expects."""
    client.raise_request_exception = False
    line = {"id": product.pk, "quantity": 9, "expected_quantity": product.quantity}
    answer = run_behind_lock(lambda: change(client, line), partial(change, client, line))
    return [error["code"] for error in answer.json().get("lines", []) if "code" in error]


@pytest.mark.django_db(transaction=True)
def test_a_quantity_that_changes_meanwhile_is_refused(as_alice, pot):
    assert change_behind_another_change(as_alice, pot) == ["quantity_changed"]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_change_is_not_noticed(as_alice, pot, monkeypatch):
    monkeypatch.setattr(locks, "lock_rows", lock_nothing)
    assert change_behind_another_change(as_alice, pot) == []


def test_a_violation_that_no_constraint_explains_is_not_blamed_on_the_client(alice, pot):
    with pytest.raises(IntegrityError), refuse_taken():
        Product.objects.filter(pk=pot.pk).update(name=None)
