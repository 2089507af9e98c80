"""Archiving removes a product from lists and keeps its history. Restoring brings it back."""

from functools import partial
from unittest.mock import Mock

import pytest
from django.db import IntegrityError

from products.models import Product
from stock.goods import services as product_services
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_behind_lock, run_concurrently
from testing.tables import all_cases

URL = "/api/products/"
NOT_FOUND = {"detail": "Not found.", "code": "not_found"}


@pytest.fixture
def archived(as_alice, kettle):
    assert as_alice.delete(f"{URL}{kettle.pk}/").status_code == 204
    return kettle


def list_names(client, query):
    return [product["name"] for product in client.get(f"{URL}?{query}").json()["results"]]


def test_an_archived_product_is_not_found(as_alice, archived):
    for method in (as_alice.get, as_alice.put, as_alice.patch, as_alice.delete):
        answer = method(f"{URL}{archived.pk}/")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_an_archived_product_is_only_in_the_list_of_archived_products(as_alice, alice, archived):
    make_product(alice, "Pot")
    for query in ("", "archived=false", "search=e", "low_stock=false", "min_price=1"):
        assert "Kettle" not in list_names(as_alice, query)
    assert list_names(as_alice, "archived=true") == list_names(as_alice, "archived=1&search=KET") == ["Kettle"]


def test_refuses_movements_of_an_archived_product(as_alice, alice, archived):
    for movement_type in ("IN", "OUT"):
        body = {"product": archived.pk, "movement_type": movement_type, "quantity": 1}
        answer = as_alice.post("/api/stock/", body)
        error = {"product": ["This product is archived: restore it first."]}
        assert (answer.status_code, answer.json()) == (400, error)
    archived.refresh_from_db()
    assert (archived.quantity, find_breaks(alice.pk)) == (10, [])


def test_the_history_of_an_archived_product_stays_readable(as_alice, archived):
    for address in (f"{URL}{archived.pk}/movements/", f"/api/stock/history/{archived.pk}/"):
        answer = as_alice.get(address)
        assert answer.status_code == 200
        assert [movement["new_quantity"] for movement in answer.json()["results"]] == [10]
    assert as_alice.get(f"/api/stock/?product={archived.pk}").json()["results"] == answer.json()["results"]


def test_restoring_brings_back_the_product_unchanged(as_alice, kettle):
    before = as_alice.get(f"{URL}{kettle.pk}/").json()
    as_alice.delete(f"{URL}{kettle.pk}/")
    answer = as_alice.post(f"{URL}{kettle.pk}/restore/")
    assert answer.status_code == 200
    assert answer.json() == before | {"updated_at": answer.json()["updated_at"]}
    assert as_alice.get(f"{URL}{kettle.pk}/").json() == answer.json()
    assert as_alice.patch(f"{URL}{kettle.pk}/", {"quantity": 4}).status_code == 200


def test_restoring_a_product_that_is_not_archived_changes_nothing(as_alice, kettle):
    before = as_alice.get(f"{URL}{kettle.pk}/").json()
    answer = as_alice.post(f"{URL}{kettle.pk}/restore/")
    assert (answer.status_code, answer.json()) == (200, before)


def test_restoring_an_unknown_product_is_a_404(as_alice, kettle):
    for number in (kettle.pk + 1, 0, 2**63):
        answer = as_alice.post(f"{URL}{number}/restore/")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_worker_may_not_archive_or_restore(as_bob, kettle):
    assert as_bob.delete(f"{URL}{kettle.pk}/").status_code == 403
    assert as_bob.post(f"{URL}{kettle.pk}/restore/").status_code == 403
    assert as_bob.get(f"{URL}{kettle.pk}/").status_code == 200


@pytest.mark.measured
@all_cases("field", ["sku", "codes"])
def test_a_product_is_not_restored_if_its_code_is_a_further_code_now(as_alice, alice, field):
    old, new = make_product(alice, "Old", sku="X"), make_product(alice, "New")
    if field == "codes":
        as_alice.patch(f"{URL}{old.pk}/", {"sku": "", "codes": [{"code": "X", "quantity": 6}]})
    as_alice.delete(f"{URL}{old.pk}/")
    assert as_alice.patch(f"{URL}{new.pk}/", {"codes": [{"code": "x", "quantity": 6}]}).status_code == 200
    answer = as_alice.post(f"{URL}{old.pk}/restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")
    taken = "sku" if field == "sku" else "code"
    assert answer.json()["detail"].startswith(f"Another product has taken this product's {taken} in the meantime.")


def test_an_error_of_the_database_that_is_no_taken_code_is_not_hidden(as_alice, alice, kettle, monkeypatch):
    as_alice.delete(f"{URL}{kettle.pk}/")
    monkeypatch.setattr(product_services, "find_constraint", lambda _error: None)
    monkeypatch.setattr(product_services, "recorded", Mock(side_effect=IntegrityError))
    with pytest.raises(IntegrityError):
        product_services.restore_product(by=alice, product_id=kettle.pk)


def requester(user, method, path, **body):
    client = client_of(user)
    client.raise_request_exception = False
    return lambda: getattr(client, method)(path, body).status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_during_archiving_is_a_404(alice, kettle, method):
    change = requester(alice, method, f"{URL}{kettle.pk}/", name="Pot", price="1", quantity=3)
    assert run_behind_lock(partial(product_services.archive_product, by=alice, product_id=kettle.pk), change) == 404
    kettle.refresh_from_db()
    assert (kettle.name, kettle.quantity) == ("Kettle", 10)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_rename_would_change_the_archived_product(alice, kettle, monkeypatch):
    """This is the negative control."""
    disable_locks(monkeypatch)
    rename = requester(alice, "patch", f"{URL}{kettle.pk}/", name="Pot")
    assert run_behind_lock(partial(product_services.archive_product, by=alice, product_id=kettle.pk), rename) == 200
    assert Product.objects.get().name == "Pot"


@pytest.mark.django_db(transaction=True)
def test_a_sale_during_archiving_is_refused(alice, kettle):
    sale = requester(alice, "post", "/api/stock/", product=kettle.pk, movement_type="OUT", quantity=1)
    assert run_behind_lock(partial(product_services.archive_product, by=alice, product_id=kettle.pk), sale) == 400
    kettle.refresh_from_db()
    assert kettle.quantity == 10


@pytest.mark.measured
@all_cases("code", ["sku", "barcode", "external_id"])
def test_archiving_frees_the_code_and_restoring_needs_it_again(as_alice, alice, code):
    kettle = make_product(alice, **{code: "K1"})
    as_alice.delete(f"{URL}{kettle.pk}/")
    pot = as_alice.post(URL, {"name": "Pot", "price": "1", code: "k1"}).json()
    answer = as_alice.post(f"{URL}{kettle.pk}/restore/")
    assert answer.status_code == 409
    detail = f"Another product has taken this product's {code} in the meantime. Change that of Pot first."
    assert answer.json() == {
        "detail": detail, "code": "code_taken", "field": code, "product": pot["id"], "other": "Pot",
    }  # fmt: skip
    assert as_alice.get(f"{URL}{kettle.pk}/").status_code == 404
    as_alice.patch(f"{URL}{pot['id']}/", {code: ""})
    assert as_alice.post(f"{URL}{kettle.pk}/restore/").json()[code] == "K1"


@pytest.mark.measured
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("roll_back", "status"), [(False, 409), (True, 200)])
def test_a_restore_waits_for_a_create_with_the_same_code(alice, roll_back, status):
    kettle = make_product(alice, sku="K1")
    product_services.archive_product(by=alice, product_id=kettle.pk)
    taking = partial(make_product, alice, "Pot", sku="k1")
    assert (
        run_behind_lock(taking, requester(alice, "post", f"{URL}{kettle.pk}/restore/"), roll_back=roll_back) == status
    )
    assert Product.objects.live().filter(sku__lower="k1").count() == 1


@pytest.mark.measured
@pytest.mark.django_db(transaction=True)
def test_a_restore_waits_for_a_change_that_takes_a_further_code(alice, kettle):
    case = [{"code": "CASE", "quantity": 6}]
    product_services.change_product(by=alice, product_id=kettle.pk, codes=case)
    product_services.archive_product(by=alice, product_id=kettle.pk)
    taking = partial(product_services.change_product, by=alice, product_id=make_product(alice, "Pot").pk, codes=case)
    assert run_behind_lock(taking, requester(alice, "post", f"{URL}{kettle.pk}/restore/")) == 409


@pytest.mark.django_db(transaction=True)
def test_after_a_concurrent_restore_and_create_one_product_has_the_code(alice):
    kettle = make_product(alice, sku="K1")
    product_services.archive_product(by=alice, product_id=kettle.pk)
    create = requester(alice, "post", URL, name="Pot", price="1", sku="k1")
    assert run_concurrently(requester(alice, "post", f"{URL}{kettle.pk}/restore/"), create) in ([200, 400], [409, 201])
    assert Product.objects.live().filter(sku__lower="k1").count() == 1
