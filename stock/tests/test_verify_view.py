"""The proof of the ledger over HTTP: of the caller's account alone."""

import pytest
from django.core.management import CommandError, call_command

from stock import verification
from stock.tests.test_verify import tamper
from testing.cast import make_product

ADDRESS = "/api/stock/verify/"


def test_an_honest_ledger_holds(as_alice, as_bob, alice, kettle):
    make_product(alice, "Cup")
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    for client in (as_alice, as_bob):
        assert client.get(ADDRESS).json() == {"products": 2, "movements": 2, "broken": []}


def test_archived_products_are_verified_too(as_alice, kettle):
    as_alice.delete(f"/api/products/{kettle.pk}/")
    assert as_alice.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": []}
    tamper("UPDATE products_product SET quantity = 99")
    assert len(as_alice.get(ADDRESS).json()["broken"]) == 1


def test_a_break_is_told_with_its_place(as_alice, kettle):
    tamper("UPDATE products_product SET quantity = 99")
    assert as_alice.get(ADDRESS).json()["broken"] == [
        {"product": kettle.pk, "sequence": 1, "what": "the balance is not the result of the last movement"}
    ]


def test_a_break_is_told_to_its_account_alone(as_alice, as_charlie, charlie, kettle):
    make_product(charlie, "Pot", 2)
    tamper(f"UPDATE products_product SET quantity = 99 WHERE id = {kettle.pk}")
    assert as_charlie.get(ADDRESS).json() == {"products": 1, "movements": 1, "broken": []}
    assert len(as_alice.get(ADDRESS).json()["broken"]) == 1


def test_of_very_many_breaks_the_first_are_told(as_alice, alice, kettle, monkeypatch):
    for number in range(5):
        make_product(alice, f"P{number}", 1)
    tamper("UPDATE products_product SET quantity = 99")
    monkeypatch.setattr(verification.find_breaks, "__defaults__", (3,))
    assert len(as_alice.get(ADDRESS).json()["broken"]) == 3


def test_who_has_no_shop_has_nothing_to_prove(as_dora, as_nobody, kettle):
    assert as_dora.get(ADDRESS).json() == {"products": 0, "movements": 0, "broken": []}
    assert as_nobody.get(ADDRESS).status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_proof_is_only_read(as_alice, kettle, method):
    assert getattr(as_alice, method)(ADDRESS).status_code == 405


@pytest.mark.parametrize("number", [1, 9])
def test_the_proof_takes_the_same_statements_whatever_the_ledger(as_alice, alice, number, django_assert_num_queries):
    for product in range(number):
        make_product(alice, f"P{product}", 1)
    with django_assert_num_queries(8):  # the user, a savepoint, the time it may take, two counts, the chains, the links
        assert as_alice.get(ADDRESS).json()["movements"] == number


def test_movements_whose_products_are_all_gone_are_a_break_for_the_command(alice, kettle):
    tamper("DELETE FROM products_product")
    with pytest.raises(CommandError, match="belongs to another account than its product or operation"):
        call_command("verify_stock")
