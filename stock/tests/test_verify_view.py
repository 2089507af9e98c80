"""GET /api/stock/verify/ verifies only the ledger of the user's account."""

import pytest
from django.core.management import CommandError, call_command

from stock.tests.test_verify import tamper
from testing.cast.people import make_product
from testing.tables import all_cases

ADDRESS = "/api/stock/verify/"


def test_a_valid_ledger_holds(as_alice, as_bob, alice, kettle):
    make_product(alice, "Cup")
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    for client in (as_alice, as_bob):
        assert client.get(ADDRESS).json() == {"products": 2, "movements": 2, "broken": [], "sealed": None}


def test_archived_products_are_verified_too(as_alice, kettle):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert as_alice.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": [], "sealed": None}
    tamper("UPDATE products_product SET quantity = 99")
    assert len(as_alice.get(ADDRESS).json()["broken"]) == 1


def test_returns_a_break_with_its_place(as_alice, kettle):
    tamper("UPDATE products_product SET quantity = 99")
    assert as_alice.get(ADDRESS).json()["broken"] == [
        {"product": kettle.pk, "sequence": 1, "what": "the balance is not the result of the last movement"}
    ]


def test_only_its_own_account_sees_a_break(as_alice, as_charlie, charlie, kettle):
    make_product(charlie, "Pot", 2)
    tamper(f"UPDATE products_product SET quantity = 99 WHERE id = {kettle.pk}")
    assert as_charlie.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": [], "sealed": None}
    assert len(as_alice.get(ADDRESS).json()["broken"]) == 1


def test_a_user_without_an_account_has_nothing_to_verify(as_dora, as_nobody, kettle):
    assert as_dora.get(ADDRESS).json() == {"products": 0, "movements": 0, "broken": [], "sealed": None}
    assert as_nobody.get(ADDRESS).status_code == 401


@all_cases("method", ["post", "put", "patch", "delete"])
def test_the_verification_is_read_only(as_alice, kettle, method):
    assert getattr(as_alice, method)(ADDRESS).status_code == 405


@all_cases("number", [1, 9])
def test_the_number_of_statements_does_not_depend_on_the_ledger(as_alice, alice, number, django_assert_num_queries):
    for product in range(number):
        make_product(alice, f"P{product}", 1)
    # The user, savepoint and release, the timeout, the last verification, two counts, one more for the passes, 29
    # statements for breaks, two settings for the first of these, three for seals, one for how far they reach, and one
    # for the days whose sums are kept.
    with django_assert_num_queries(47):
        assert as_alice.get(ADDRESS).json()["movements"] == number


def test_the_command_finds_movements_whose_products_are_missing(alice, kettle):
    tamper("DELETE FROM products_product")
    with pytest.raises(CommandError, match="belongs to another account than its product or operation"):
        call_command("verify_stock")
