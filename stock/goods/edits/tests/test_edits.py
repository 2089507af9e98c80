"""POST /api/products/edits/ changes some fields of many products, and each edit can be undone once."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import Category, Offer, Product
from records.events.models import Event, EventType
from records.history.models import Change
from stock.booking import locks
from stock.proofs.verification import find_breaks
from stock.tests.test_races import lock_nothing
from suppliers.models import Supplier
from testing.cast.people import client_with_key, make_product
from testing.races import run_behind_lock, try_concurrently
from testing.tables import all_cases

pytestmark = [pytest.mark.measured]

URL, PRODUCTS = "/api/products/edits/", "/api/products/"


@pytest.fixture
def pot(alice):
    return make_product(alice, "Pot", 4, sku="P-1", price="10.00", min_threshold=3)


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 6, price="2.00", min_threshold=3)


def edit(client, *lines, **headers):
    return client.post(URL, {"lines": list(lines)}, headers=headers)


def make_edit(client, *lines):
    answer = edit(client, *lines)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def undo(client, number):
    return client.post(f"{URL}{number}/undo/")


def kept(answer):
    assert answer.status_code == 201, answer.content
    return [(one["name"], one["fields"], one["reason"]) for one in answer.json()["kept"]]


def read(*products):
    rows = {row.pk: row for row in Product.objects.all()}
    return [
        (row.price, row.category_id, row.supplier_id, row.min_threshold) for one in products for row in [rows[one.pk]]
    ]


@pytest.mark.quick
def test_an_edit_changes_all_products_and_its_undo_puts_all_back(as_alice, alice, pot, cup):
    mill, before = Supplier.objects.create(owner=alice, name="Mill"), read(pot, cup)
    number = make_edit(
        as_alice,
        {"id": pot.pk, "price": "10.90", "category": "China", "supplier": mill.pk, "min_threshold": 5},
        {"id": cup.pk, "price": "2.10", "category": "china", "min_threshold": None},
    )
    china = Category.objects.get().pk
    assert read(pot, cup) == [(Decimal("10.90"), china, mill.pk, 5), (Decimal("2.10"), china, None, None)]
    answer = undo(as_alice, number)
    assert (kept(answer), answer.json()["changed"], read(pot, cup)) == ([], 2, before)


def read_counted(*products):
    rows = {row.pk: row for row in Product.objects.all()}
    return [(rows[one.pk].keeps_stock, rows[one.pk].min_threshold) for one in products]


@pytest.fixture
def latte(alice):
    return make_product(alice, "Latte", min_threshold=3)


def test_an_edit_says_what_nobody_counts_and_its_undo_gives_the_threshold_back(as_alice, latte):
    number = make_edit(as_alice, {"id": latte.pk, "keeps_stock": False, "min_threshold": 9})
    assert read_counted(latte) == [(False, None)]
    assert (kept(undo(as_alice, number)), read_counted(latte)) == ([], [(True, 3)])


def test_what_is_in_stock_is_refused_with_its_line(as_alice, latte, pot):
    refused = edit(as_alice, {"id": latte.pk, "keeps_stock": False}, {"id": pot.pk, "keeps_stock": False})
    assert [(one["line"], one["code"], one["quantity"]) for one in refused.json()["lines"]] == [(1, "has_stock", 4)]
    assert read_counted(latte) == [(True, 3)]


def test_an_undo_leaves_what_got_stock_since_counted_and_says_so(as_alice, alice):
    wrap = make_product(alice, "Wrap", keeps_stock=False, min_threshold=None)
    number = make_edit(as_alice, {"id": wrap.pk, "keeps_stock": True})
    as_alice.patch(f"{PRODUCTS}{wrap.pk}/", {"quantity": 4})
    assert kept(undo(as_alice, number)) == [("Wrap", ["keeps_stock"], "changed_since")]
    assert read_counted(wrap) == [(True, None)]


def test_an_undo_takes_the_threshold_that_was_set_since(as_alice, alice):
    wrap = make_product(alice, "Wrap", keeps_stock=False, min_threshold=None)
    number = make_edit(as_alice, {"id": wrap.pk, "keeps_stock": True})
    as_alice.patch(f"{PRODUCTS}{wrap.pk}/", {"min_threshold": 4})
    assert (kept(undo(as_alice, number)), read_counted(wrap)) == ([], [(False, None)])


def test_an_undo_of_stopping_keeps_a_product_that_is_counted_again(as_alice, latte):
    number = make_edit(as_alice, {"id": latte.pk, "keeps_stock": False})
    as_alice.patch(f"{PRODUCTS}{latte.pk}/", {"keeps_stock": True, "min_threshold": 7})
    assert [(one[0], set(one[1])) for one in kept(undo(as_alice, number))] == [
        ("Latte", {"keeps_stock", "min_threshold"})
    ]
    assert read_counted(latte) == [(True, 7)]


def test_an_edit_with_another_expected_choice_is_refused(as_alice, latte):
    refused = edit(as_alice, {"id": latte.pk, "keeps_stock": False, "expected": {"keeps_stock": False}})
    assert refused.json()["lines"][0]["changed"] == ["keeps_stock"]


@all_cases("merged", ["former", "new"])
def test_an_undo_follows_a_supplier_that_was_merged_since(as_alice, alice, pot, merged):
    mill, farm, bakery = (Supplier.objects.create(owner=alice, name=name) for name in ("Mill", "Farm", "Bakery"))
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"supplier": mill.pk, "supplier_sku": "M-1", "cost_price": "2.00"})
    Offer.objects.create(owner=alice, product=pot, supplier=farm, supplier_sku="F-9", cost_price="1.80")
    number = make_edit(as_alice, {"id": pot.pk, "supplier": farm.pk})
    gone = mill if merged == "former" else farm
    assert as_alice.post(f"/api/suppliers/{gone.pk}/merge/", {"into": bakery.pk}).status_code == 200
    assert kept(undo(as_alice, number)) == []
    shown = as_alice.get(f"{PRODUCTS}{pot.pk}/").json()
    expected = bakery if merged == "former" else mill
    assert (shown["supplier"], shown["supplier_sku"], shown["cost_price"]) == (expected.pk, "M-1", "2.00")


def test_an_undo_between_two_suppliers_that_are_one_now_keeps_the_supplier_and_says_so(as_alice, alice, pot):
    mill, farm = (Supplier.objects.create(owner=alice, name=name) for name in ("Mill", "Farm"))
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"supplier": mill.pk, "cost_price": "2.00"})
    Offer.objects.create(owner=alice, product=pot, supplier=farm, cost_price="1.80")
    number = make_edit(as_alice, {"id": pot.pk, "supplier": farm.pk, "price": "11.00"})
    assert as_alice.post(f"/api/suppliers/{mill.pk}/merge/", {"into": farm.pk}).status_code == 200
    [(name, fields, reason)] = kept(undo(as_alice, number))
    assert (name, "supplier" in fields, reason) == ("Pot", True, "changed_since")
    shown = as_alice.get(f"{PRODUCTS}{pot.pk}/").json()
    assert (shown["price"], shown["supplier"], shown["cost_price"]) == ("10.00", farm.pk, "1.80")


def test_an_undo_can_be_undone(as_alice, pot):
    number = make_edit(as_alice, {"id": pot.pk, "price": "11.00"})
    again = undo(as_alice, undo(as_alice, number).json()["id"])
    assert (again.json()["changed"], read(pot)[0][0]) == (1, 11)


def test_equal_values_are_no_edit(as_alice, pot):
    before = Product.objects.get().updated_at
    answer = edit(as_alice, {"id": pot.pk, "price": "10.00", "archived": False})
    assert (answer.status_code, answer.json()) == (201, {"id": None, "changed": 0})
    assert Product.objects.get().updated_at == before


@pytest.mark.quick
def test_what_has_changed_since_the_edit_stays_and_is_named(as_alice, pot, cup):
    lines = [{"id": one.pk, "price": "5.00", "min_threshold": 9} for one in (pot, cup)]
    number = make_edit(as_alice, *lines)
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"price": "6.00"})
    as_alice.delete(f"{PRODUCTS}{cup.pk}/")
    answer = undo(as_alice, number)
    assert [(name, set(fields), reason) for name, fields, reason in kept(answer)] == [
        ("Pot", {"price"}, "changed_since"), ("Cup", {"price", "min_threshold"}, "is_archived")
    ]  # fmt: skip
    assert read(pot, cup) == [(6, None, None, 3), (5, None, None, 9)]


def test_an_undo_without_anything_left_to_undo_is_no_edit(as_alice, pot):
    number = make_edit(as_alice, {"id": pot.pk, "price": "5.00"})
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"price": "6.00"})
    answer = undo(as_alice, number)
    assert (answer.json()["id"], answer.json()["changed"]) == (None, 0)
    assert kept(answer) == [("Pot", ["price"], "changed_since")]


@pytest.mark.quick
def test_an_edit_is_undone_once(as_alice, pot):
    number = make_edit(as_alice, {"id": pot.pk, "price": "5.00"})
    undone_by = undo(as_alice, number).json()["id"]
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"price": "5.00"})
    answer = undo(as_alice, number)
    assert answer.status_code == 409
    said = {"detail": "This edit is undone already.", "code": "edit_undone", "edit": number, "undone_by": undone_by}
    assert answer.json() == said
    assert read(pot)[0][0] == 5


def test_a_category_or_supplier_that_is_archived_does_not_come_back(as_alice, alice, pot):
    mill = Supplier.objects.create(owner=alice, name="Mill")
    make_edit(as_alice, {"id": pot.pk, "category": "China", "supplier": mill.pk})
    number = make_edit(as_alice, {"id": pot.pk, "category": None, "supplier": None, "price": "5.00"})
    as_alice.delete(f"/api/categories/{Category.objects.get().pk}/")
    assert kept(undo(as_alice, number)) == [("Pot", ["category"], "is_archived")]
    assert read(pot) == [(10, None, mill.pk, 3)]


@pytest.mark.quick
def test_values_that_changed_since_they_were_read_are_refused_and_named(as_alice, pot, cup):
    expected = {"price": "10.00", "category": None, "supplier": None, "min_threshold": 2}
    before = read(pot, cup)
    answer = edit(as_alice, {"id": cup.pk, "price": "3.00"}, {"id": pot.pk, "price": "11.00", "expected": expected})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")
    said = "Somebody has changed this product since you read it."
    refused = {"code": "values_changed", "detail": said, "product": pot.pk, "changed": ["min_threshold"], "line": 1}
    assert answer.json()["lines"] == [refused]
    assert read(pot, cup) == before


@pytest.mark.quick
def test_archived_products_are_restored_by_the_undo(as_alice, alice, pot, cup):
    as_alice.post(f"{PRODUCTS}{pot.pk}/codes/", {"code": "CASE", "quantity": 6})
    number = make_edit(as_alice, {"id": pot.pk, "archived": True, "price": "9.00"}, {"id": cup.pk, "archived": True})
    assert not Product.objects.live().exists()
    assert make_product(alice, "Jar", barcode="CASE").archived_at is None
    answer = undo(as_alice, number)
    assert kept(answer) == [("Pot", ["archived", "price"], "not_free")]
    assert (answer.json()["changed"], sorted(Product.objects.live().values_list("name", flat=True))) == (
        1,
        ["Cup", "Jar"],
    )


def test_free_codes_come_back_with_their_products(as_alice, pot, cup):
    as_alice.post(f"{PRODUCTS}{pot.pk}/codes/", {"code": "CASE", "quantity": 6})
    number = make_edit(as_alice, {"id": pot.pk, "archived": True, "price": "9.00"}, {"id": cup.pk, "archived": True})
    assert kept(undo(as_alice, number)) == []
    assert as_alice.get("/api/scan/?code=CASE").json()["quantity"] == 6
    assert read(pot)[0][0] == 10


def test_a_restored_product_is_archived_again_by_the_undo_of_the_undo(as_alice, pot):
    number = make_edit(as_alice, {"id": pot.pk, "archived": True})
    undo(as_alice, undo(as_alice, number).json()["id"])
    assert not Product.objects.live().exists()


def test_a_product_that_was_restored_since_is_named(as_alice, pot):
    number = make_edit(as_alice, {"id": pot.pk, "archived": True})
    as_alice.post(f"{PRODUCTS}{pot.pk}/restore/")
    assert kept(undo(as_alice, number)) == [("Pot", ["archived"], "changed_since")]


def test_a_product_without_stock_gets_no_threshold(as_alice, alice, pot):
    hour = make_product(alice, "Hour", keeps_stock=False)
    assert edit(as_alice, {"id": hour.pk, "min_threshold": 5}).json()["id"] is None
    number = make_edit(as_alice, {"id": pot.pk, "min_threshold": None})
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"quantity": 0})
    as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"keeps_stock": False})
    assert kept(undo(as_alice, number)) == [("Pot", ["min_threshold"], "changed_since")]


def test_the_history_and_the_feed_have_each_changed_product(as_alice, pot, cup):
    lines = [{"id": pot.pk, "price": "9.00", "min_threshold": 4}, {"id": cup.pk, "price": "2.00"}]
    number = make_edit(as_alice, *lines)
    [change] = as_alice.get(f"{PRODUCTS}{pot.pk}/changes/").json()["results"][:1]
    assert (change["edit"], change["changes"]) == (number, {"price": ["10.00", "9.00"], "min_threshold": [3, 4]})
    assert as_alice.get(f"{PRODUCTS}{cup.pk}/changes/").json()["results"][0]["edit"] is None
    changed = Event.objects.filter(type=EventType.PRODUCT_CHANGED)
    assert [event.product for event in changed] == [pot.pk]
    assert Event.objects.filter(type=EventType.STOCK_LOW).count() == 1
    make_edit(as_alice, {"id": cup.pk, "archived": True})
    assert changed.count() == 1
    assert Event.objects.filter(type=EventType.PRODUCT_ARCHIVED).count() == 1


def test_an_edit_changes_the_entity_tag(as_alice, pot):
    before = as_alice.get(f"{PRODUCTS}{pot.pk}/").headers["ETag"]
    make_edit(as_alice, {"id": pot.pk, "price": "9.00"})
    assert as_alice.patch(f"{PRODUCTS}{pot.pk}/", {"price": "8.00"}, headers={"If-Match": before}).status_code == 412


def test_each_wrong_line_is_named(as_alice, charlie, pot, cup):
    foreign = make_product(charlie, "Foreign")
    lines = [
        {"id": pot.pk, "price": "-1.00"}, {"id": foreign.pk, "price": "1.00"}, {"price": "1.00"},
        {"id": cup.pk, "price": "1.00"}, {"id": cup.pk, "price": "2.00"}, {"id": pot.pk, "price": "10000000000.00"},
    ]  # fmt: skip
    refused = {line["line"]: line["code"] for line in edit(as_alice, *lines).json()["lines"]}
    assert refused == {0: "invalid", 1: "product_not_found", 2: "invalid", 4: "changed_twice", 5: "invalid"}
    make_edit(as_alice, {"id": cup.pk, "archived": True})
    assert edit(as_alice, {"id": cup.pk, "price": "1.00"}).json()["lines"][0]["code"] == "product_archived"


def test_there_are_1_to_1000_lines(as_alice, pot):
    assert edit(as_alice).status_code == 400
    assert list(edit(as_alice, *[{"id": pot.pk}] * 1001).json()) == ["lines"]


@pytest.mark.quick
def test_only_those_who_manage_products_may(as_alice, as_bob, as_charlie, as_nobody, alice, pot):
    line = {"id": pot.pk, "price": "9.00"}
    assert [edit(one, line).status_code for one in (as_nobody, as_bob, as_charlie)] == [401, 403, 400]
    assert edit(client_with_key(alice, "book"), line).status_code == 403
    number = make_edit(client_with_key(alice, "manage"), line)
    assert [undo(one, number).status_code for one in (as_nobody, as_bob, as_charlie)] == [401, 403, 404]
    assert undo(client_with_key(alice, "book"), number).status_code == 403
    assert undo(as_alice, number + 1000).status_code == 404
    assert undo(as_alice, Change.objects.filter(edit=None).latest("id").pk).status_code == 404


def test_the_same_key_changes_and_undoes_once(as_alice, pot):
    line = {"id": pot.pk, "price": "9.00"}
    first, second = (edit(as_alice, line, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")
    address = f"{URL}{first.json()['id']}/undo/"
    first, second = (as_alice.post(address, headers={"Idempotency-Key": "u"}) for _ in range(2))
    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")


def test_the_number_of_statements_does_not_depend_on_that_of_the_products(as_alice, alice):
    products = [make_product(alice, f"P{number}", 1, sku=f"S-{number}") for number in range(8)]

    def count_statements(number, **fields):
        with CaptureQueriesContext(connection) as queries:
            edited = make_edit(as_alice, *[{"id": one.pk, **fields} for one in products[:number]])
        with CaptureQueriesContext(connection) as undoing:
            assert kept(undo(as_alice, edited)) == []
        return len(queries), len(undoing)

    fields = {"price": "1.00", "category": "China", "min_threshold": 5}
    count_statements(2, **fields)
    assert count_statements(8, **fields) == count_statements(2, **fields)
    assert count_statements(8, archived=True) == count_statements(2, archived=True)


def edit_behind_another_edit(client, product):
    """Return the codes of the refused lines of an edit that waits for another one, which changes the same price."""
    line = {"id": product.pk, "price": "9.00", "expected": {"price": str(product.price)}}
    answer = run_behind_lock(lambda: edit(client, line), partial(edit, client, line))
    return [error["code"] for error in answer.json().get("lines", [])]


@pytest.mark.django_db(transaction=True)
def test_an_edit_sees_what_another_one_has_changed_while_it_waited(as_alice, pot):
    pot.refresh_from_db()
    assert edit_behind_another_edit(as_alice, pot) == ["values_changed"]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_other_edit_is_not_seen(as_alice, pot, monkeypatch):
    pot.refresh_from_db()
    monkeypatch.setattr(locks, "lock_rows", lock_nothing)
    assert edit_behind_another_edit(as_alice, pot) == []


@pytest.mark.django_db(transaction=True)
def test_bookings_and_edits_beside_each_other_lose_nothing(alice, as_alice, pot, cup):
    as_alice.raise_request_exception = False
    lines = [{"product": one.pk, "movement_type": "OUT", "quantity": 1} for one in (cup, pot)]
    sell = partial(as_alice.post, "/api/stock/operations/", {"reason": "sale", "lines": lines})
    changes = [{"id": one.pk, "min_threshold": 1} for one in (pot, cup)]
    prices = [{"id": one.pk, "price": "7.00"} for one in (cup, pot)]
    answers = try_concurrently(*[sell, partial(edit, as_alice, *changes), partial(edit, as_alice, *prices)] * 3)
    assert [answer.status_code for answer in answers] == [201] * 9
    assert list(Product.objects.order_by("id").values_list("quantity", "price", "min_threshold")) == [
        (1, 7, 1), (3, 7, 1)
    ]  # fmt: skip
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_undos_one_succeeds(as_alice, pot):
    as_alice.raise_request_exception = False
    number = make_edit(as_alice, {"id": pot.pk, "price": "9.00"})
    answers = try_concurrently(*[partial(undo, as_alice, number)] * 8)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert read(pot)[0][0] == 10


def test_a_supplier_stays_if_its_number_was_changed_since_the_edit(as_alice, alice):
    old, new = (Supplier.objects.create(owner=alice, name=name) for name in ("Copper", "Zinc"))
    jug = make_product(alice, "Jug", supplier=old, supplier_sku="C-1")
    offer = {"product": jug.pk, "supplier": new.pk, "supplier_sku": "Z-0"}
    assert as_alice.post("/api/offers/", offer).status_code == 201
    made = make_edit(as_alice, {"id": jug.pk, "supplier": new.pk})
    assert as_alice.patch(f"{PRODUCTS}{jug.pk}/", {"supplier_sku": "Z-1"}).status_code == 200
    [(name, fields, reason)] = kept(undo(as_alice, made))
    assert (name, {"supplier", "supplier_sku"} <= {*fields}, reason) == ("Jug", True, "changed_since")
    jug.refresh_from_db()
    assert (jug.supplier_id, jug.supplier_sku) == (new.pk, "Z-1")
