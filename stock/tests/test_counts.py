"""POST /api/stock/counts/ sets quantities to what was counted."""

import pytest

from products.models import Product
from stock.booking.drafts import CountLine, OperationDraft, by_id
from stock.booking.services import count_stock
from stock.errors import InvalidLines
from stock.models import Movement, Operation, OperationReason
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def cup(alice):
    """Return a product of Alice with three pieces."""
    return make_product(alice, "Cup", 3, sku="CUP")


def count(client, *counted, **extra):
    """Send a count of (product, number) pairs."""
    lines = [{"product": getattr(product, "pk", product), "counted": number} for product, number in counted]
    return client.post("/api/stock/counts/", {"lines": lines, **extra})


def get_refused_lines(client, *lines):
    """Send a count that is refused, check that nothing changed, and return the errors of its lines."""
    before = Movement.objects.count(), list(Product.objects.order_by("pk").values())
    response = client.post("/api/stock/counts/", {"lines": lines})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_lines")
    assert before == (Movement.objects.count(), list(Product.objects.order_by("pk").values()))
    return response.json()["lines"]


def test_a_count_sets_the_quantities(as_bob, kettle, cup):
    response = count(as_bob, (kettle, 8), (cup, 5))
    assert response.status_code == 201
    assert response.json() == {
        "operation": Operation.objects.latest("pk").pk,
        "lines": [
            {
                "product": kettle.pk,
                "previous": 10,
                "counted": 8,
                "counted_amount": None,
                "difference": -2,
                "outdated": False,
            },
            {
                "product": cup.pk,
                "previous": 3,
                "counted": 5,
                "counted_amount": None,
                "difference": 2,
                "outdated": False,
            },
        ],
    }
    assert list(Product.objects.order_by("pk").values_list("quantity", flat=True)) == [8, 5]


def test_books_the_differences_as_one_operation_with_reference_and_note(as_bob, kettle, cup):
    response = count(as_bob, (kettle, 8), (cup, 5), reference="shelf 4", note="two\nbroken").json()
    operation = as_bob.get(f"/api/stock/operations/{response['operation']}/").json()
    assert (operation["reason"], operation["reference"], operation["note"]) == ("count", "shelf 4", "two\nbroken")
    assert operation["performed_by_username"] == "bob"
    assert [(m["product"], m["movement_type"], m["quantity"]) for m in operation["movements"]] == [
        (kettle.pk, "OUT", 2), (cup.pk, "IN", 2),
    ]  # fmt: skip


def test_a_count_without_a_difference_books_nothing_and_sets_last_counted_at(as_alice, kettle, cup):
    response = count(as_alice, (kettle, 10), (cup, 3)).json()
    assert (response["operation"], [line["difference"] for line in response["lines"]]) == (None, [0, 0])
    assert Operation.objects.count() == 2  # only the openings exist
    for product in (kettle, cup):
        counted = as_alice.get(f"/api/products/{product.pk}/").json()
        assert counted["last_counted_at"] is not None
        assert counted["stock_sequence"] == 1


def test_updated_at_changes_with_last_counted_at_of_each_counted_product(as_alice, alice, kettle, cup):
    """So a client that requests the changed products gets the new `last_counted_at`."""
    pot = make_product(alice, "Pot", 1)
    count(as_alice, (kettle, 10), (cup, 1))
    for product, is_counted in ((kettle, True), (cup, True), (pot, False)):
        before = product.updated_at
        product.refresh_from_db()
        assert (product.updated_at > before, product.last_counted_at is not None) == (is_counted, is_counted)


def test_zero_and_the_limit_can_be_counted(as_alice, kettle):
    assert count(as_alice, (kettle, 0)).json()["lines"][0]["difference"] == -10
    assert count(as_alice, (kettle, 1_000_000_000)).json()["lines"][0]["difference"] == 1_000_000_000


def test_refuses_the_second_line_of_a_product_also_by_another_reference(as_alice, kettle, cup):
    lines = get_refused_lines(as_alice, {"product": cup.pk, "counted": 3}, {"product": kettle.pk, "counted": 9},
                    {"sku": "cup", "counted": 4}, {"product": cup.pk, "counted": 3})  # fmt: skip
    assert [(error["line"], error["code"], error["product"]) for error in lines] == [
        (2, "counted_twice", cup.pk), (3, "counted_twice", cup.pk),
    ]  # fmt: skip


def test_the_error_lists_all_refused_lines(as_alice, as_charlie, charlie, kettle, cup):
    theirs = make_product(charlie, "Pot", 1)
    as_alice.delete(f"/api/products/{cup.pk}/")
    lines = get_refused_lines(
        as_alice, {"product": kettle.pk, "counted": 1}, {"product": kettle.pk, "counted": -1}, None,
        {"product": theirs.pk, "counted": 1}, {"sku": "cup", "counted": 1}, {"counted": 1},
        {"product": cup.pk, "counted": 1},
    )  # fmt: skip
    assert [(error["line"], error["code"]) for error in lines] == [
        (1, "invalid"), (2, "invalid"), (3, "product_not_found"), (4, "product_not_found"), (5, "invalid"),
        (6, "product_archived"),
    ]  # fmt: skip


@all_cases("counted", [-1, 1.5, "x", None, True, 1_000_000_001, [], "1_0", "１"])
def test_refuses_a_counted_quantity_that_is_not_a_whole_number(as_alice, kettle, counted):
    (error,) = get_refused_lines(as_alice, {"product": kettle.pk, "counted": counted})
    assert (error["code"], list(error["errors"])) == ("invalid", ["counted"])


@all_cases("lines", [[], None, {}, "x"])
def test_refuses_anything_but_a_list_of_lines(as_alice, kettle, lines):
    response = as_alice.post("/api/stock/counts/", {"lines": lines})
    assert (response.status_code, list(response.json())) == (400, ["lines"])


def test_counting_1000_products_takes_as_many_statements_as_counting_one(as_alice, alice, django_assert_num_queries):
    Product.objects.bulk_create(Product(owner=alice, name=f"{n}", price=1, min_threshold=0) for n in range(1001))
    ids = list(Product.objects.values_list("pk", flat=True))
    for number in (1, 1000):
        with django_assert_num_queries(6):  # the user, lock, write, the kept lines; BEGIN and COMMIT
            assert count(as_alice, *[(pk, number) for pk in ids[:number]]).status_code == 201
        with django_assert_num_queries(6):  # the user, lock, last_counted_at, the kept lines; BEGIN and COMMIT
            assert count(as_alice, *[(pk, number) for pk in ids[:number]]).status_code == 201
    assert list(count(as_alice, *[(pk, 1) for pk in ids]).json()) == ["lines"]


def test_owners_and_workers_can_count(as_bob, as_charlie, as_dora, as_nobody, kettle):
    clients = (as_bob, as_charlie, as_dora, as_nobody)
    assert [count(client, (kettle, 9)).status_code for client in clients] == [201, 400, 403, 401]
    assert as_bob.delete("/api/stock/counts/").status_code == 405


def test_a_count_whose_difference_is_not_the_expected_one_changes_nothing(alice, kettle, cup):
    draft = OperationDraft(by=alice, reason=OperationReason.COUNT)
    lines = [CountLine(by_id(kettle.pk), 7), CountLine(by_id(cup.pk), 1)]
    with pytest.raises(InvalidLines) as refused:
        count_stock(draft=draft, lines=lines, expected_differences={kettle.pk: -3, cup.pk: -1})
    [(index, error)] = refused.value.errors.items()
    assert (index, error.code, error.numbers) == (
        1,
        "difference_changed",
        {"product": cup.pk, "expected": -1, "actual": -2},
    )
    assert not Operation.objects.filter(reason=OperationReason.COUNT).exists()
