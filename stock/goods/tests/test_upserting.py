"""POST /api/products/upsert/ creates or changes products by their external ids, all or none."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Product
from records.events.models import Event, EventType
from records.history.models import Change
from stock.models import Movement, Operation, OperationReason
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_with_key, make_product
from testing.races import disable_locks, run_concurrently

pytestmark = [pytest.mark.measured]

URL = "/api/products/upsert/"


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 4, sku="P-1", external_id="gid-1", cost_price="2.00")


def new(number, **fields):
    return {"external_id": f"new-{number}", "name": f"New {number}", "price": "1.00", **fields}


def upsert(client, *lines, **headers):
    return client.post(URL, {"lines": list(lines)}, headers=headers)


def refuse(client, *lines):
    """Send the lines, which are refused. Return the error of each wrong line by its number."""
    before = list(Product.objects.order_by("id").values())
    answer = upsert(client, *lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines"), answer.content
    assert list(Product.objects.order_by("id").values()) == before
    return {line.pop("line"): line for line in answer.json()["lines"]}


def test_each_line_creates_or_changes_a_product(as_alice, pot):
    answer = upsert(as_alice, new(1, sku="N-1"), {"external_id": "GID-1", "price": "3.00"})
    made = Product.objects.get(external_id="new-1")
    assert (answer.status_code, answer.json()) == (
        200, {"lines": [{"id": made.pk, "created": True}, {"id": pot.pk, "created": False}]}
    )  # fmt: skip
    pot.refresh_from_db()
    assert (made.sku, pot.name, pot.price, pot.external_id) == ("N-1", "Pot", 3, "gid-1")


def test_the_same_lines_again_change_nothing(as_alice, alice, pot):
    acme = Supplier.objects.create(owner=alice, name="Acme")
    codes, tags = [{"code": "CASE", "quantity": 6}], ["tea"]
    lines = [new(1, category="Kitchen", supplier=acme.pk, codes=codes, tags=tags, sku="N-1", barcode="B-1")]
    assert upsert(as_alice, *lines).json()["lines"][0]["created"]
    before = Event.objects.count(), Change.objects.count(), Product.objects.latest("id").updated_at
    assert not upsert(as_alice, *lines).json()["lines"][0]["created"]
    assert before == (Event.objects.count(), Change.objects.count(), Product.objects.latest("id").updated_at)
    row = as_alice.get(f"/api/products/{Product.objects.latest('id').pk}/").json()
    assert (row["category"], row["supplier"], row["codes"], row["tags"]) == (
        Category.objects.get().pk, acme.pk, codes, tags
    )  # fmt: skip


def test_events_and_history_tell_created_products_from_changed_ones(as_alice, pot):
    [made, _] = upsert(as_alice, new(1), {"external_id": "gid-1", "price": "3.00"}).json()["lines"]
    events = Event.objects.filter(type__in=[EventType.PRODUCT_CREATED, EventType.PRODUCT_CHANGED]).order_by("id")
    assert [(one.type, one.product) for one in events][-2:] == [
        ("product.changed", pot.pk), ("product.created", made["id"])
    ]  # fmt: skip
    changes = dict(Change.objects.order_by("id").values_list("row_id", "changes"))
    assert (list(changes[made["id"]]), changes[pot.pk]) == (["created"], {"price": ["10.00", "3.00"]})


def test_archived_products_are_told_restored_or_left_for_others(as_alice, alice, pot):
    cup = make_product(alice, "Cup", external_id="gid-2", sku="C-1")
    for product in (pot, cup):
        as_alice.delete(f"/api/products/{product.pk}/")
    lines = [new(1), {"external_id": "GID-1", "price": "3.00"}, {"external_id": "gid-2", "name": "Cup", "price": "1"}]
    refused = refuse(as_alice, *lines)
    assert {line: (error["code"], error["product"]) for line, error in refused.items()} == {
        1: ("archived", pot.pk), 2: ("archived", cup.pk),
    }  # fmt: skip
    answer = as_alice.post(f"{URL}?archived=restore", {"lines": lines}).json()["lines"]
    assert answer[1:] == [{"id": pot.pk, "created": False}, {"id": cup.pk, "created": False}]
    pot.refresh_from_db()
    assert (pot.archived_at, pot.price) == (None, 3)
    as_alice.delete(f"/api/products/{cup.pk}/")
    [created] = as_alice.post(f"{URL}?archived=create", {"lines": lines[2:]}).json()["lines"]
    assert (created["created"], created["id"] != cup.pk) == (True, True)


@pytest.mark.quick
def test_a_product_that_cannot_be_restored_is_the_error_of_its_line(as_alice, alice, pot):
    as_alice.delete(f"/api/products/{pot.pk}/")
    make_product(alice, "Jar", sku="P-1")
    answer = as_alice.post(f"{URL}?archived=restore", {"lines": [new(1), {"external_id": "gid-1", "price": "3.00"}]})
    assert [(line["line"], line["code"], line["field"]) for line in answer.json()["lines"]] == [
        (1, "code_taken", "sku")
    ]
    assert Product.objects.live().count() == 1


def test_opening_quantities_of_new_products_are_one_operation(as_alice, alice):
    kilo = {"decimals": 3, "amount": "0.250", "cost_price": "8.00"}
    upsert(as_alice, new(1, quantity=3, cost_price="2.00"), new(2, **kilo), new(3))
    operation = Operation.objects.get()
    assert operation.reason == OperationReason.OPENING
    movements = Movement.objects.filter(operation=operation).order_by("id")
    assert [(row.quantity, row.value) for row in movements] == [(3, 6), (250, 2)]
    assert find_breaks(alice.pk) == []


def test_another_quantity_of_a_product_that_exists_is_refused(as_alice, pot):
    said = "This product exists. Leave the quantity out, and book or count its stock."
    assert refuse(as_alice, {"external_id": "gid-1", "quantity": 9})[0]["errors"] == {"quantity": [said]}
    assert upsert(as_alice, {"external_id": "gid-1", "quantity": 4}).status_code == 200


@pytest.mark.quick
def test_each_wrong_line_is_named_with_its_number(as_alice, alice, pot):
    make_product(alice, "Jar", sku="J-1", codes=[{"code": "CASE", "quantity": 6}])
    refused = refuse(
        as_alice,
        {"external_id": "new-1"},
        {"external_id": "gid-1", "price": "x"},
        {"name": "No id", "price": "1.00"},
        {"external_id": "", "name": "Blank", "price": "1.00"},
        new(2, sku="j-1"),
        new(3, barcode="case"),
        {"external_id": "gid-1", "sku": "J-1"},
        {"external_id": "gid-1", "unit": "pcs"},
        {"external_id": "GID-1", "unit": "kg"},
        new(4),
        new(4),
        new(5, decimals=1, amount="0.25"),
        7,
    )
    required = ["This field is required."]
    assert refused[0]["errors"] == {"name": required, "price": required}
    assert refused[2]["errors"] == {"external_id": required}
    fields = {number: list(line["errors"]) for number, line in refused.items() if "errors" in line}
    assert fields == {
        0: ["name", "price"], 1: ["price"], 2: ["external_id"], 3: ["external_id"], 4: ["sku"], 5: ["barcode"],
        6: ["sku"], 10: ["external_id"], 12: ["non_field_errors"],
    }  # fmt: skip
    assert {number: line["code"] for number, line in refused.items() if "errors" not in line} == {
        8: "changed_twice", 11: "amount_too_fine"
    }  # fmt: skip


def test_a_foreign_product_is_not_found_so_that_another_is_created(as_charlie, as_alice, pot):
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert upsert(as_charlie, new(1, external_id="gid-1")).json()["lines"][0]["created"]


def test_there_are_1_to_500_lines(as_alice):
    assert upsert(as_alice).status_code == 400
    answer = upsert(as_alice, *[new(1)] * 501)
    assert (answer.status_code, list(answer.json())) == (400, ["lines"])


def test_only_owners_and_their_keys_to_manage_may(as_bob, as_nobody, alice):
    assert upsert(as_nobody, new(1)).status_code == 401
    assert upsert(as_bob, new(1)).status_code == 403
    assert upsert(client_with_key(alice, "book"), new(1)).status_code == 403
    assert upsert(client_with_key(alice, "manage"), new(1)).status_code == 200


def test_the_same_key_writes_once(as_alice):
    first, second = (upsert(as_alice, new(1), **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")


def count_statements(client, lines):
    with CaptureQueriesContext(connection) as queries:
        assert upsert(client, *lines).status_code == 200
    return len(queries)


def test_lines_take_four_statements_each_to_create_one_to_change_and_none_again(as_alice):
    def lines(number, **fields):
        return [new(index, sku=f"S-{index}", **fields) for index in range(number)]

    count_statements(as_alice, [new(-1, quantity=1)])  # the first booking inserts the name of the performer
    created = count_statements(as_alice, lines(50, quantity=7))
    changed = count_statements(as_alice, lines(50, price="2.00"))
    unchanged = count_statements(as_alice, lines(50, price="2.00"))
    # New codes are looked up once more under a lock, because kits have codes, too.
    assert (created - 4 * 50, changed - 50, unchanged) == (15, 13, 11)


@pytest.mark.django_db(transaction=True)
def test_of_four_concurrent_upserts_one_creates_each_product(as_alice, alice):
    lines = [new(number) for number in range(20)]
    answers = run_concurrently(*[partial(upsert, as_alice, *lines), partial(upsert, as_alice, *reversed(lines))] * 2)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(line["created"] for answer in answers for line in answer.json()["lines"]) == 20
    assert Product.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_some_of_them_are_refused(as_alice, alice, monkeypatch):
    disable_locks(monkeypatch)
    as_alice.raise_request_exception = False
    statuses = set()
    for first in range(0, 100, 20):  # on a busy machine, the requests of one round may not overlap
        lines = [new(number) for number in range(first, first + 20)]
        statuses |= {answer.status_code for answer in run_concurrently(*[partial(upsert, as_alice, *lines)] * 8)}
        if statuses >= {200, 400}:
            break
    assert statuses >= {200, 400}


def test_a_restoring_upsert_needs_no_archived_product(as_alice, pot):
    answer = as_alice.post(f"{URL}?archived=restore", {"lines": [{"external_id": "gid-1", "price": "3.00"}]})
    assert answer.json()["lines"] == [{"id": pot.pk, "created": False}]
