"""SKU and barcode are optional, and unique ignoring case among the products that are not archived."""

import pytest

from core.http import errors
from products.models import Product
from testing.cast.people import client_of, make_product
from testing.races import run_concurrently
from testing.tables import all_cases

URL = "/api/products/"
both_codes = all_cases("code", ["sku", "barcode"])


def post(client, **fields):
    return client.post(URL, {"name": "Kettle", "price": "10.00"} | fields)


def taken_error(code):
    return {code: [f"You have a product with this {code} already."]}


@both_codes
def test_codes_are_unique_ignoring_case(as_alice, code):
    assert post(as_alice, **{code: "Öl-1"}).json()[code] == "Öl-1"
    for twin in ("Öl-1", "öL-1", " ÖL-1 ", "O\u0308l-1"):
        answer = post(as_alice, **{code: twin})
        assert (answer.status_code, answer.json()) == (400, taken_error(code))
    assert Product.objects.count() == 1


@both_codes
def test_a_change_to_a_taken_code_changes_nothing(as_alice, alice, kettle, code):
    make_product(alice, "Pot", **{code: "P1"})
    answer = as_alice.patch(f"{URL}{kettle.pk}/", {code: "p1", "quantity": 5, "name": "Pan"})
    assert (answer.status_code, answer.json()) == (400, taken_error(code))
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)


@both_codes
@all_cases("nothing", ["", " ", None])
def test_any_number_of_products_may_lack_a_code(as_alice, code, nothing):
    for _ in range(2):
        answer = post(as_alice, **{code: nothing})
        assert (answer.status_code, answer.json()[code]) == (201, "")


def test_a_product_may_change_the_case_of_its_own_code(as_alice, alice):
    kettle = make_product(alice, sku="k1", barcode="b1")
    answer = as_alice.patch(f"{URL}{kettle.pk}/", {"sku": "K1", "barcode": "B1"})
    assert (answer.status_code, answer.json()["sku"], answer.json()["barcode"]) == (200, "K1", "B1")


def test_skus_barcodes_and_other_accounts_do_not_conflict(as_alice, as_charlie):
    assert post(as_alice, sku="X").status_code == post(as_alice, barcode="X").status_code == 201
    assert post(as_charlie, sku="X", barcode="X").status_code == 201


def requester(user, method, path, **body):
    """Return a function that sends the request and returns the status."""
    client = client_of(user)
    client.raise_request_exception = False
    return lambda: getattr(client, method)(f"{URL}{path}", body).status_code


@pytest.mark.django_db(transaction=True)
def test_one_of_several_concurrent_creates_with_the_same_sku_succeeds(alice):
    creates = [requester(alice, "post", "", name=name, price="1", quantity=1, sku=name) for name in ("a", "A", "a")]
    assert sorted(run_concurrently(*creates)) == [201, 400, 400]
    assert Product.objects.get().quantity == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_creates_conflict_in_the_database(alice, monkeypatch):
    """This is the negative control: without the translation of the database's error, the same race ends in a 500."""
    monkeypatch.setattr(errors, "find_constraint", lambda _: None)
    creates = [requester(alice, "post", "", name=name, price="1", sku=name) for name in ("a", "A")]
    assert sorted(run_concurrently(*creates)) == [201, 500]
