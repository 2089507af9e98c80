"""SKU and barcode are optional, and unique ignoring case among the products that are not archived."""

from functools import partial

import pytest

from core.http import error_handler
from products.models import Product
from stock.booking import product_services
from testing.cast import client_of, make_product
from testing.races import run_behind_lock, run_concurrently

URL = "/api/products/"
both_codes = pytest.mark.parametrize("code", ["sku", "barcode"])


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
@pytest.mark.parametrize("nothing", ["", " ", None])
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


@both_codes
def test_archiving_frees_the_code_and_restoring_needs_it_again(as_alice, alice, code):
    kettle = make_product(alice, **{code: "K1"})
    as_alice.delete(f"{URL}{kettle.pk}/")
    pot = post(as_alice, **{code: "k1"}).json()
    answer = as_alice.post(f"{URL}{kettle.pk}/restore/")
    assert answer.status_code == 409
    detail = f"Another product has taken this product's {code} in the meantime. Change it there first."
    assert answer.json() == {"detail": detail, "code": "code_taken", "field": code}
    assert as_alice.get(f"{URL}{kettle.pk}/").status_code == 404
    as_alice.patch(f"{URL}{pot['id']}/", {code: ""})
    assert as_alice.post(f"{URL}{kettle.pk}/restore/").json()[code] == "K1"


def requester(user, method, path, **body):
    """Return a function that sends the request and returns the status."""
    client = client_of(user)
    client.raise_request_exception = False
    return lambda: getattr(client, method)(f"{URL}{path}", body).status_code


@pytest.mark.django_db(transaction=True)
@both_codes
def test_one_of_several_concurrent_creates_with_the_same_code_succeeds(alice, code):
    creates = [
        requester(alice, "post", "", name=name, price="1", quantity=1, **{code: name}) for name in ("a", "A", "a")
    ]
    assert sorted(run_concurrently(*creates)) == [201, 400, 400]
    assert Product.objects.get().quantity == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_creates_conflict_in_the_database(alice, monkeypatch):
    """This is the negative control: without the translation of the database's error, the same race ends in a 500."""
    monkeypatch.setattr(error_handler, "find_constraint", lambda _: None)
    creates = [requester(alice, "post", "", name=name, price="1", sku=name) for name in ("a", "A")]
    assert sorted(run_concurrently(*creates)) == [201, 500]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("roll_back", "status"), [(False, 409), (True, 200)])
def test_a_restore_waits_for_a_create_with_the_same_code(alice, roll_back, status):
    kettle = make_product(alice, sku="K1")
    product_services.archive_product(by=alice, product_id=kettle.pk)
    taking = partial(make_product, alice, "Pot", sku="k1")
    assert run_behind_lock(taking, requester(alice, "post", f"{kettle.pk}/restore/"), roll_back=roll_back) == status
    assert Product.objects.live().filter(sku__lower="k1").count() == 1


@pytest.mark.django_db(transaction=True)
def test_after_a_concurrent_restore_and_create_one_product_has_the_code(alice):
    kettle = make_product(alice, sku="K1")
    product_services.archive_product(by=alice, product_id=kettle.pk)
    create = requester(alice, "post", "", name="Pot", price="1", sku="k1")
    assert run_concurrently(requester(alice, "post", f"{kettle.pk}/restore/"), create) in ([200, 400], [409, 201])
    assert Product.objects.live().filter(sku__lower="k1").count() == 1
