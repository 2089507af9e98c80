"""Counts: what was counted becomes the quantity."""

from functools import partial

import pytest

from products.models import Product
from stock import locking
from stock.models import Movement, Operation
from stock.tests.test_races import archive_and_restore, lock_nothing, sell_while_it_lasts
from stock.verification import find_breaks
from testing.cast import client_of, make_product
from testing.races import try_concurrently


@pytest.fixture
def cup(alice):
    """Three of Alice's cups."""
    return make_product(alice, "Cup", 3, sku="CUP")


def count(client, *counted, **extra):
    """Count (product, number) pairs."""
    lines = [{"product": getattr(product, "pk", product), "counted": number} for product, number in counted]
    return client.post("/api/stock/counts/", {"lines": lines, **extra})


def refused(client, *lines):
    before = Movement.objects.count(), list(Product.objects.order_by("pk").values())
    answer = client.post("/api/stock/counts/", {"lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")
    assert before == (Movement.objects.count(), list(Product.objects.order_by("pk").values()))
    return answer.json()["lines"]


def test_what_was_counted_becomes_the_quantity(as_bob, kettle, cup):
    answer = count(as_bob, (kettle, 8), (cup, 5))
    assert answer.status_code == 201
    assert answer.json() == {
        "operation": Operation.objects.latest("pk").pk,
        "lines": [
            {"product": kettle.pk, "previous": 10, "counted": 8, "difference": -2},
            {"product": cup.pk, "previous": 3, "counted": 5, "difference": 2},
        ],
    }
    assert list(Product.objects.order_by("pk").values_list("quantity", flat=True)) == [8, 5]


def test_the_differences_are_one_operation_with_the_remarks(as_bob, kettle, cup):
    answer = count(as_bob, (kettle, 8), (cup, 5), reference="shelf 4", note="two\nbroken").json()
    operation = as_bob.get(f"/api/stock/operations/{answer['operation']}/").json()
    assert (operation["reason"], operation["reference"], operation["note"]) == ("count", "shelf 4", "two\nbroken")
    assert operation["performed_by_username"] == "bob"
    assert [(m["product"], m["movement_type"], m["quantity"]) for m in operation["movements"]] == [
        (kettle.pk, "OUT", 2), (cup.pk, "IN", 2),
    ]  # fmt: skip


def test_where_nothing_differs_nothing_is_booked_but_the_time_of_the_count_is_kept(as_alice, kettle, cup):
    answer = count(as_alice, (kettle, 10), (cup, 3)).json()
    assert (answer["operation"], [line["difference"] for line in answer["lines"]]) == (None, [0, 0])
    assert Operation.objects.count() == 2  # the openings
    for product in (kettle, cup):
        counted = as_alice.get(f"/api/products/{product.pk}/").json()
        assert counted["last_counted_at"] is not None
        assert counted["stock_sequence"] == 1


def test_every_counted_product_is_stamped_and_no_other(as_alice, alice, kettle, cup):
    pot = make_product(alice, "Pot", 1)
    count(as_alice, (kettle, 10), (cup, 1))
    stamps = [as_alice.get(f"/api/products/{product.pk}/").json()["last_counted_at"] for product in (kettle, cup, pot)]
    assert stamps[0] == stamps[1] is not None
    assert stamps[2] is None


def test_a_product_without_a_difference_is_not_changed_beside_one_that_has(as_alice, kettle, cup):
    before = Product.objects.get(pk=kettle.pk).updated_at
    count(as_alice, (kettle, 10), (cup, 1))
    assert Product.objects.get(pk=kettle.pk).updated_at == before
    assert Product.objects.get(pk=cup.pk).updated_at > before


def test_nothing_on_the_shelf_is_a_count(as_alice, kettle):
    assert count(as_alice, (kettle, 0)).json()["lines"][0]["difference"] == -10
    assert count(as_alice, (kettle, 1_000_000_000)).json()["lines"][0]["difference"] == 1_000_000_000


def test_a_product_counted_twice_is_a_bad_line_by_whatever_name(as_alice, kettle, cup):
    lines = refused(as_alice, {"product": cup.pk, "counted": 3}, {"product": kettle.pk, "counted": 9},
                    {"sku": "cup", "counted": 4}, {"product": cup.pk, "counted": 3})  # fmt: skip
    assert [(bad["line"], bad["code"], bad["product"]) for bad in lines] == [
        (2, "counted_twice", cup.pk), (3, "counted_twice", cup.pk),
    ]  # fmt: skip


def test_all_bad_lines_are_told_at_once(as_alice, as_charlie, charlie, kettle, cup):
    theirs = make_product(charlie, "Pot", 1)
    as_alice.delete(f"/api/products/{cup.pk}/")
    lines = refused(
        as_alice, {"product": kettle.pk, "counted": 1}, {"product": kettle.pk, "counted": -1}, None,
        {"product": theirs.pk, "counted": 1}, {"sku": "cup", "counted": 1}, {"counted": 1},
        {"product": cup.pk, "counted": 1},
    )  # fmt: skip
    assert [(bad["line"], bad["code"]) for bad in lines] == [
        (1, "invalid"), (2, "invalid"), (3, "product_not_found"), (4, "product_not_found"), (5, "invalid"),
        (6, "product_archived"),
    ]  # fmt: skip


@pytest.mark.parametrize("counted", [-1, 1.5, "x", None, True, 1_000_000_001, [], "1_0", "１"])
def test_what_is_no_number_of_units_is_refused(as_alice, kettle, counted):
    (bad,) = refused(as_alice, {"product": kettle.pk, "counted": counted})
    assert (bad["code"], list(bad["errors"])) == ("invalid", ["counted"])


@pytest.mark.parametrize("lines", [[], None, {}, "x"])
def test_what_is_no_list_of_lines_is_refused(as_alice, kettle, lines):
    answer = as_alice.post("/api/stock/counts/", {"lines": lines})
    assert (answer.status_code, list(answer.json())) == (400, ["lines"])


def test_a_thousand_products_are_counted_with_the_same_statements_as_one(as_alice, alice, django_assert_num_queries):
    Product.objects.bulk_create(Product(owner=alice, name=f"{n}", price=1) for n in range(1001))
    ids = list(Product.objects.values_list("pk", flat=True))
    for number in (1, 1000):
        with django_assert_num_queries(5):  # the user, the lock, the writing; BEGIN and COMMIT
            assert count(as_alice, *[(pk, number) for pk in ids[:number]]).status_code == 201
        with django_assert_num_queries(5):  # the stamp instead of the writing
            assert count(as_alice, *[(pk, number) for pk in ids[:number]]).status_code == 201
    assert list(count(as_alice, *[(pk, 1) for pk in ids]).json()) == ["lines"]


def test_who_may_count(as_bob, as_charlie, as_dora, as_nobody, kettle):
    clients = (as_bob, as_charlie, as_dora, as_nobody)
    assert [count(client, (kettle, 9)).status_code for client in clients] == [201, 400, 403, 401]
    assert [as_bob.get("/api/stock/counts/").status_code, as_bob.delete("/api/stock/counts/").status_code] == [405, 405]


def count_times(client, product, times):
    answers = [count(client, (product, 500)) for _ in range(times)]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["lines"][0]["difference"] for answer in answers]


def race_counts_and_sales(alice):
    """How the kettles end, and what the two sides think that they did."""
    kettle = make_product(alice, quantity=500)
    differences, *sold = try_concurrently(
        partial(count_times, client_of(alice), kettle, 30),
        partial(sell_while_it_lasts, client_of(alice), kettle, 30),
        partial(sell_while_it_lasts, client_of(alice), kettle, 30),
    )
    kettle.refresh_from_db()
    return kettle.quantity, differences, sold


@pytest.mark.django_db(transaction=True)
def test_a_count_beside_sales_loses_none_and_counts_what_it_finds(alice):
    quantity, differences, sold = race_counts_and_sales(alice)
    assert sold == [30, 30]
    assert quantity == 500 - 60 + sum(differences)
    assert sum(differences) > 0
    assert find_breaks(alice.pk) == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_counts_and_sales_get_in_each_other_s_way(alice, monkeypatch):
    monkeypatch.setattr(locking, "lock_products", lock_nothing)
    _, differences, sold = race_counts_and_sales(alice)
    assert any(isinstance(result, Exception) for result in (differences, *sold))


def count_while_it_lasts(client, product, times):
    """How often the product was there to be counted."""
    statuses = [count(client, (product, number)).status_code for number in range(times)]
    assert set(statuses) <= {201, 400}
    return statuses.count(201)


@pytest.mark.django_db(transaction=True)
def test_restoring_beside_counts_loses_neither(alice):
    kettle = make_product(alice, quantity=100)
    results = try_concurrently(
        partial(archive_and_restore, client_of(alice), kettle, 15),
        partial(count_while_it_lasts, client_of(alice), kettle, 40),
    )
    assert results[0] is None
    assert Product.objects.live().filter(pk=kettle.pk).exists()
    assert Movement.objects.filter(product=kettle, operation__reason="count").count() == results[1]
    assert find_breaks(alice.pk) == []
