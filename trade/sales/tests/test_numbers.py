"""The numbers of sales are 1, 2, 3 and so on without a gap, whatever commits meanwhile, and never change."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.races import let_meet, run_behind_lock, run_concurrently, try_concurrently
from testing.tables import all_cases
from trade.sales import numbers, sql
from trade.sales.models import Number
from trade.selling.services import book, reverse_operation


def sell(user, product, reference=""):
    draft = OperationDraft(by=user, reason=OperationReason.SALE, reference=reference)
    return book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, 1)])[0].operation


def list_numbers(owner):
    """Return the numbers of the shop's sales, by the id of the sale."""
    return dict(Number.objects.filter(owner=owner).order_by("number").values_list("operation_id", "number"))


@pytest.mark.quick
def test_sales_get_the_next_numbers_in_the_order_of_booking(alice, kettle):
    first, second = sell(alice, kettle), sell(alice, kettle)
    numbers.number_sales(alice.pk)
    third = sell(alice, kettle)
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {first.pk: 1, second.pk: 2, third.pk: 3}


def test_only_sales_get_numbers(alice, kettle):
    draft = OperationDraft(by=alice, reason=OperationReason.DAMAGE)
    book(draft=draft, lines=[BookingLine(by_id(kettle.pk), MovementType.OUT, 1)])
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {}


def test_a_sale_that_was_undone_keeps_its_number(alice, kettle):
    sale = sell(alice, kettle)
    reverse_operation(by=alice, operation=sale)
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {sale.pk: 1}


def test_a_sale_of_a_till_has_the_number_of_the_till(alice, kettle):
    assert Device(alice).book(413, kettle).status_code == 201
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {}


def test_a_reference_like_that_of_a_till_is_no_number_of_one(alice, kettle):
    sale = sell(alice, kettle, reference=f"till {Device(alice).till.pk} #413")
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {sale.pk: 1}


def test_each_shop_has_numbers_of_its_own(alice, charlie, kettle):
    sales = {sell(alice, kettle).pk: alice, sell(charlie, make_product(charlie, quantity=1)).pk: charlie}
    for owner in (alice, charlie):
        numbers.number_sales(owner.pk)
    assert [list_numbers(owner) for owner in (alice, charlie)] == [{pk: 1} for pk in sales]


def test_without_new_events_two_statements_only_read(alice, kettle, django_assert_num_queries):
    sell(alice, kettle)
    numbers.number_sales(alice.pk)
    with django_assert_num_queries(2):
        numbers.number_sales(alice.pk)


def test_the_series_and_the_numbers_are_written_together(alice, kettle, monkeypatch):
    sell(alice, kettle)
    monkeypatch.setattr(sql, "MOVE_SERIES", "SELECT 1/0")
    with pytest.raises(Exception, match="division"):
        numbers.number_sales(alice.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales_number")
        assert cursor.fetchone() == (0,)


def test_a_transaction_numbers_the_sales_of_a_limited_number_of_events(alice, kettle, monkeypatch):
    monkeypatch.setattr(numbers, "MAX_EVENTS", 1)
    sales = [sell(alice, kettle).pk for _ in range(3)]
    numbers.number_sales(alice.pk)
    assert list_numbers(alice) == {pk: number for number, pk in enumerate(sales, 1)}


@pytest.mark.quick
@all_cases(
    ("statement", "name"),
    [
        ("INSERT INTO sales_number (owner_id, number, operation_id) SELECT owner_id, 2, operation_id FROM sales_number",
         "sales_number_one_operation"),
        ("INSERT INTO sales_number (owner_id, number, operation_id) SELECT owner_id, 1, operation_id FROM sales_number",
         "sales_number_once"),
        ("INSERT INTO sales_number (owner_id, number, operation_id) SELECT owner_id, 0, operation_id FROM sales_number",
         "sales_number_from_one"),
        ("INSERT INTO sales_series (owner_id, number, position) SELECT owner_id, 1, 1 FROM sales_number",
         "sales_series_owner"),
        ("UPDATE sales_series SET number = -1", "sales_series_number"),
        ("UPDATE sales_series SET position = -1", "sales_series_position"),
        ("UPDATE sales_number SET number = 7", "immutable"),
        ("DELETE FROM sales_number", "immutable"),
    ],
)  # fmt: skip
def test_the_database_refuses_other_numbers(alice, kettle, statement, name):
    sell(alice, kettle)
    numbers.number_sales(alice.pk)
    with pytest.raises(Exception, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_each_statement_names_the_owner():
    for name, statement in vars(sql).items():
        if name.isupper() and "FROM" in statement.partition("\n")[2] and "{owner}" not in statement:  # a part of one
            assert "owner_id = %(owner)s::bigint" in statement


# --- Races ----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_32_sales_at_the_same_time_get_numbers_without_a_gap(alice):
    pots = [make_product(alice, f"Pot {number}", 1) for number in range(32)]
    run_concurrently(*[partial(sell_and_number, alice, pot) for pot in pots])
    numbers.number_sales(alice.pk)
    assert [*list_numbers(alice).values()] == list(range(1, 33))


def sell_and_number(user, product):
    sell(user, product)
    numbers.number_sales(user.pk)


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_commits_later_gets_a_later_number(alice, kettle):
    """Its id is smaller, because ids are given before the commit."""
    pot = make_product(alice, "Pot", 1)
    with transaction.atomic():
        late = sell(alice, kettle)
        run_concurrently(partial(sell_and_number, alice, pot))
    numbers.number_sales(alice.pk)
    [(early, _), (last, _)] = list_numbers(alice).items()
    assert early > late.pk == last


@pytest.mark.django_db(transaction=True)
def test_the_second_reader_waits_for_the_first(alice, kettle):
    sell(alice, kettle)
    numbers.number_all_events(alice.pk)
    run_behind_lock(partial(numbers.lock_series, alice.pk), partial(numbers.number_sales, alice.pk))
    assert [*list_numbers(alice).values()] == [1]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_readers_give_the_same_numbers(alice, kettle, monkeypatch):
    monkeypatch.setattr(sql, "LOCK_SERIES", sql.LOCK_SERIES.replace("FOR UPDATE", ""))
    sell_and_number(alice, kettle)
    for _ in range(5):
        sell(alice, kettle)
    numbers.number_all_events(alice.pk)
    let_meet(monkeypatch, numbers, "lock_series", 8)
    results = try_concurrently(*[partial(numbers.number_sales, alice.pk)] * 8)
    assert any(isinstance(result, IntegrityError) for result in results)
