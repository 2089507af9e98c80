"""What sales keep beside their movements: the rate of VAT of each line, and its part of the discount."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stock.models import Movement, Seal, Sold
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_constraints import get_violated_constraint, insert
from stock.tests.test_seals import read_lines
from stock.tests.test_verify import tamper
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from trade.selling.tests.test_returns import get, sell


def make_tax(client, rate, name=""):
    response = client.post("/api/taxes/", {"name": name or f"VAT {rate}", "rate": rate})
    assert response.status_code == 201, response.json()
    return response.json()["id"]


def set_tax(client, product, tax):
    response = client.patch(f"/api/products/{product.pk}/", {"tax": tax}, format="json")
    assert response.status_code == 200, response.json()


@pytest.fixture
def book(as_alice, alice):
    """Return a book with a rate of 7 %."""
    return make_product(alice, "Book", 20, price="10.00", tax_id=make_tax(as_alice, "7"))


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 20, price="3.00")


def list_sold(user):
    rows = Sold.objects.filter(owner_id=user.pk).order_by("movement")
    return [(f"{row.rate}", row.is_net, f"{row.discount}") for row in rows]


def test_a_sale_keeps_the_rate_of_each_line(alice, as_alice, as_bob, book, cup):
    sell(as_bob, (book, 1), (cup, 1))
    set_tax(as_alice, book, make_tax(as_alice, "19"))
    sell(as_alice, (book, 1))
    assert list_sold(alice) == [("7.00", False, "0.00"), ("19.00", False, "0.00")]


def test_it_keeps_whether_the_price_was_net(alice, as_alice, book):
    as_alice.patch("/api/account/", {"prices_include_tax": False}, format="json")
    sell(client_of(type(alice).find(alice.pk)), (book, 1))
    assert list_sold(alice) == [("7.00", True, "0.00")]


@pytest.mark.quick
def test_it_keeps_the_parts_of_a_discount_also_without_rates(alice, as_alice, cup):
    tea = make_product(alice, "Tea", 5, price="1.00")
    sale = sell(as_alice, (cup, 1), (tea, 1), (cup, 1, {"unit_price": "0"}), discount={"amount": "1.00"})
    assert [line["discount"] for line in sale["movements"]] == ["0.75", "0.25", None]
    assert [line["discount"] for line in get(as_alice, sale)["movements"]] == ["0.75", "0.25", None]
    assert list_sold(alice) == [("None", False, "0.75"), ("None", False, "0.25")]


def test_other_operations_keep_nothing(alice, as_alice, book):
    sell(as_alice, (book, 1), reason="damage")
    as_alice.post("/api/stock/counts/", {"lines": [{"product": book.pk, "counted": 3}]}, format="json")
    assert list_sold(alice) == []
    assert get(as_alice, sell(as_alice, (book, 1)))["movements"][0]["discount"] is None


def test_goods_without_stock_keep_the_rate_once(alice, as_alice, book):
    wrapping = make_product(alice, "Wrapping", price="1.50", keeps_stock=False, tax_id=book.tax_id)
    sell(as_alice, (wrapping, 1))
    [kept] = Sold.objects.all()
    assert Movement.objects.get(pk=kept.movement_id).movement_type == "OUT"


def test_a_late_sale_keeps_the_rate_of_its_time(alice, as_alice, book, cup):
    before = timezone.now()
    set_tax(as_alice, book, None)
    set_tax(as_alice, cup, book.tax_id)
    late = {"occurred_at": before.isoformat()}
    sell(as_alice, (book, 1), (cup, 1), **late)
    sell(as_alice, (book, 1), occurred_at=(before - timedelta(days=9)).isoformat())
    sell(as_alice, (book, 1), (cup, 1), occurred_at=timezone.now().isoformat())
    kept = Sold.objects.order_by("movement").values_list("movement__product", "rate")
    assert list(kept) == [(book.pk, 7), (book.pk, 7), (cup.pk, 7)]


def test_a_late_sale_keeps_the_percentage_that_its_rate_had_then(alice, as_alice, book):
    as_alice.patch("/api/account/", {"prices_include_tax": False})
    client, then = client_of(type(alice).find(alice.pk)), timezone.now()
    for rate in ("19", "8"):
        assert as_alice.patch(f"/api/taxes/{book.tax_id}/", {"rate": rate}).status_code == 200
    sell(client, (book, 1), occurred_at=then.isoformat(), payments=[{"kind": "cash", "amount": "10.70"}])
    sell(client, (book, 1), occurred_at=timezone.now().isoformat())
    assert list_sold(alice) == [("7.00", True, "0.00"), ("8.00", True, "0.00")]


@pytest.mark.quick
def test_a_late_sale_keeps_rates_that_never_changed_and_its_discount(alice, as_alice, book, cup):
    late = (timezone.now() - timedelta(days=1)).isoformat()
    sell(as_alice, (book, 1), (cup, 1), occurred_at=late, discount={"percent": "10"})
    assert list_sold(alice) == [("7.00", False, "1.00"), ("None", False, "0.30")]


def test_a_rate_that_was_sold_with_is_fixed(as_alice, book):
    address = f"/api/taxes/{book.tax_id}/"
    assert as_alice.patch(address, {"rate": "8"}, format="json").json()["rate"] == "8.00"
    sell(as_alice, (book, 1))
    refused = as_alice.patch(address, {"rate": "7"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "rate_fixed")
    assert as_alice.patch(address, {"rate": "8.00", "name": "Books"}, format="json").status_code == 200


@pytest.mark.measured
def test_a_shop_without_rates_and_discounts_executes_no_statement_more(as_alice, cup):
    def count(**fields):
        line = {"product": cup.pk, "movement_type": "OUT", "quantity": 1}
        with CaptureQueriesContext(connection) as queries:
            assert as_alice.post("/api/stock/operations/", {"lines": [line], **fields}).status_code == 201
        return len(queries)

    plain = count()
    assert count(discount={"amount": "1.00"}) == plain + 1
    make_tax(as_alice, "7")
    count()  # reads the user again, who has changed
    assert count() == plain + 1


@pytest.fixture
def kept(alice, as_alice, book):
    """Return the columns of a row that no sale has."""
    sell(as_alice, (book, 1))
    movement = Movement.objects.get(operation__reason="opening", product=book)
    return {"owner_id": alice.pk, "movement_id": movement.pk, "rate": "7.00", "is_net": False, "discount": "0.00"}


@all_cases(
    ("values", "constraint"),
    [
        ({"movement_id": 999_999}, "stock_sold_movement"),
        ({"rate": "-0.01"}, "stock_sold_rate"),
        ({"rate": "100.01"}, "stock_sold_rate"),
        ({"discount": "-0.01"}, "stock_sold_discount"),
        ({"rate": None}, "stock_sold_needed"),
        ({"rate": None, "discount": "1.00", "is_net": True}, "stock_sold_needed"),
    ],
)
def test_the_database_refuses_wrong_rows_by_name(kept, values, constraint):
    assert get_violated_constraint(Sold, **kept | values) == constraint


@pytest.mark.quick
def test_a_movement_has_one_row_which_is_never_changed(kept, charlie):
    insert(Sold, **kept)
    assert get_violated_constraint(Sold, **kept) == "stock_sold_once"
    theirs = make_product(charlie, "Pot", 1).movements.get()
    assert get_violated_constraint(Sold, **kept | {"movement_id": theirs.pk}) == "stock_sold_movement"
    for statement in ("UPDATE stock_sold SET rate = 1", "DELETE FROM stock_sold"):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused.value.__cause__.diag.constraint_name == "stock_immutable"
    assert str(Sold.objects.first()).startswith("movement ")


@all_cases("change", ["UPDATE stock_sold SET rate = 8", "DELETE FROM stock_sold"])
def test_the_verification_finds_a_rate_that_differs_from_the_sealed_one(alice, kept, change):
    assert seal_account(owner_id=alice.pk) == 1
    assert find_breaks(alice.pk) == []
    tamper(change)
    assert [found.what for found in find_breaks(alice.pk)] == ["not what was sealed: seal 1, positions 1 to 3"]


def test_a_seal_has_a_line_for_what_a_sale_keeps(alice, as_alice, book):
    seal_account(owner_id=alice.pk)
    sell(as_alice, (book, 1), discount={"amount": "2.00"})
    seal_account(owner_id=alice.pk)
    seals = Seal.objects.filter(owner=alice).order_by("number")
    movement, line, _number = read_lines(seals[1])[1][-3:]
    [kept] = Sold.objects.all()
    values = {"movement_id": movement["id"], "rate": "7.00", "is_net": False, "discount": "2.00"}
    assert line == {"id": kept.pk, "owner_id": alice.pk, **values}


def test_nothing_is_kept_if_a_later_write_of_the_sale_fails(as_alice, alice, book, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr("stock.booking.operations.find_crossed_levels", fail)
    with pytest.raises(RuntimeError):
        sell(as_alice, (book, 1))
    assert list_sold(alice) == []
    assert book.movements.count() == 1
