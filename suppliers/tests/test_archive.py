"""DELETE archives a supplier. Its products have none until it is restored, also those linked to it concurrently."""

import pytest

from core import archiving
from products.models import Product
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.races import disable_locks, run_behind_lock

# The transactions of concurrent requests commit.
commits = pytest.mark.django_db(transaction=True)
GONE = {"supplier": ["This row does not exist."]}


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme")


@pytest.fixture
def kettle(alice, acme):
    return make_product(alice, "Kettle", supplier=acme)


@pytest.fixture
def call(alice):
    """Return a function that makes a request function for Alice. An unhandled error is a 500."""
    client = client_of(alice)
    client.raise_request_exception = False
    return lambda method, url, body=None: lambda: getattr(client, method)(url, body or {})


@pytest.fixture
def link(call, alice, acme):
    """Return a function that links the pot to Acme."""
    pot = make_product(alice, "Pot")
    return call("patch", f"/api/products/{pot.pk}/", {"supplier": acme.pk})


@pytest.fixture
def archive(acme):
    """Return a function that archives Acme as the API and the support desk do."""
    return lambda: archiving.archive(Supplier, owner_id=acme.owner_id, pk=acme.pk)


def find_supplier(client, product):
    answer = client.get(f"/api/products/{product.pk}/").json()
    return answer["supplier"], answer["supplier_name"]


def list_names(client, query=""):
    return [row["name"] for row in client.get(f"/api/suppliers/?{query}").json()["results"]]


def test_a_deleted_supplier_leaves_the_list_and_its_products(as_alice, alice, acme, kettle):
    archived = make_product(alice, "Pot", supplier=acme)
    as_alice.delete(f"/api/products/{archived.pk}/")
    assert as_alice.delete(f"/api/suppliers/{acme.pk}/").status_code == 204
    assert list_names(as_alice) == []
    assert {getattr(as_alice, method)(f"/api/suppliers/{acme.pk}/").status_code for method in ("get", "delete")} == {
        404
    }
    assert find_supplier(as_alice, kettle) == (None, None)
    assert as_alice.post(f"/api/products/{archived.pk}/restore/").json()["supplier"] is None


def test_archived_suppliers_are_listed_by_the_filter(as_alice, archive):
    archive()
    assert (list_names(as_alice, "archived=true"), list_names(as_alice, "archived=false")) == (["Acme"], [])


def test_restoring_brings_the_supplier_and_its_products_back(as_alice, acme, kettle, archive):
    archive()
    answer = as_alice.post(f"/api/suppliers/{acme.pk}/restore/")
    assert (answer.status_code, answer.json()["name"]) == (200, "Acme")
    assert list_names(as_alice) == ["Acme"]
    assert find_supplier(as_alice, kettle) == (acme.pk, "Acme")


def test_a_product_that_has_another_supplier_by_then_keeps_it(as_alice, alice, acme, kettle, archive):
    archive()
    mill = Supplier.objects.create(owner=alice, name="Mill")
    address = f"/api/products/{kettle.pk}/"
    assert as_alice.patch(address, {"supplier": mill.pk}).status_code == 200
    as_alice.post(f"/api/suppliers/{acme.pk}/restore/")
    assert find_supplier(as_alice, kettle) == (mill.pk, "Mill")
    assert not Product.objects.exclude(kept_supplier_id=None).exists()


@pytest.mark.quick
def test_an_archived_supplier_is_refused_as_if_it_did_not_exist(as_alice, acme, kettle, archive):
    archive()
    for body in ({"supplier": acme.pk}, {"supplier": 999_999}):
        answer = as_alice.patch(f"/api/products/{kettle.pk}/", body)
        assert answer.json() == {"supplier": [f"You have no supplier with the id {body['supplier']}."]}
    assert as_alice.get(f"/api/products/?supplier={acme.pk}").json()["results"] == []
    file = f"stock_sequence,id,supplier\n,{kettle.pk},acme\n"
    refused = as_alice.post("/api/products/import/", file, content_type="text/csv").json()
    assert (refused["code"], refused["rows"][0]["column"]) == ("invalid_rows", "supplier")


def test_restoring_is_refused_while_another_supplier_has_the_name(as_alice, acme, kettle, archive):
    archive()
    assert as_alice.post("/api/suppliers/", {"name": "ACME"}).status_code == 201
    answer = as_alice.post(f"/api/suppliers/{acme.pk}/restore/")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert find_supplier(as_alice, kettle) == (None, None)
    assert list_names(as_alice, "archived=true") == ["Acme"]


def test_a_refused_restore_names_the_field_that_is_taken(as_alice):
    [old, new] = [
        as_alice.post("/api/suppliers/", {"name": name, "external_id": code}).json()["id"]
        for name, code in (("Old", "S-1"), ("New", "S-2"))
    ]
    as_alice.delete(f"/api/suppliers/{old}/")
    refusals = []
    for taken in ({"name": "old"}, {"name": "New", "external_id": "s-1"}):
        as_alice.patch(f"/api/suppliers/{new}/", taken)
        refusals.append(as_alice.post(f"/api/suppliers/{old}/restore/").json())
    assert [(refusal["code"], refusal["field"]) for refusal in refusals] == [
        ("name_taken", "name"), ("name_taken", "external_id"),
    ]  # fmt: skip
    assert "taken this external_id" in refusals[1]["detail"]


def test_restoring_a_live_supplier_changes_nothing(as_alice, acme):
    before = as_alice.get(f"/api/suppliers/{acme.pk}/").json()
    assert as_alice.post(f"/api/suppliers/{acme.pk}/restore/").json() == before


def test_a_worker_and_another_owner_can_not_restore(as_bob, as_charlie, acme, archive):
    archive()
    statuses = [client.post(f"/api/suppliers/{acme.pk}/restore/").status_code for client in (as_bob, as_charlie)]
    assert statuses == [403, 404]


def test_the_page_of_an_archived_supplier_says_so_and_restores_it(as_alice, as_bob, acme, archive):
    archive()
    restore = f'href="http://testserver/api/suppliers/{acme.pk}/restore/"'
    pages = [client.get(f"/api/suppliers/{acme.pk}/", HTTP_ACCEPT="text/html") for client in (as_alice, as_bob)]
    assert all("Acme is archived: its products have no supplier" in page.text for page in pages)
    assert [restore in page.text.replace('href="/', 'href="http://testserver/') for page in pages] == [True, False]


# --- Concurrent requests ---


@commits
def test_archiving_unlinks_a_product_that_is_linked_meanwhile(call, acme, link):
    assert run_behind_lock(link, call("delete", f"/api/suppliers/{acme.pk}/")).status_code == 204
    pot = Product.objects.get(name="Pot")
    assert (pot.supplier_id, pot.kept_supplier_id) == (None, acme.pk)


@commits
def test_control_without_the_locks_archiving_misses_the_linked_product(call, acme, link, monkeypatch):
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match="without waiting"):
        run_behind_lock(link, call("delete", f"/api/suppliers/{acme.pk}/"))


@commits
def test_linking_waits_while_the_supplier_is_archived(link, archive):
    answer = run_behind_lock(archive, link)
    assert (answer.status_code, answer.json()) == (400, GONE)


@commits
def test_control_without_the_lock_a_product_is_linked_to_an_archived_supplier(link, archive, monkeypatch):
    disable_locks(monkeypatch)
    with pytest.raises(AssertionError, match="without waiting for a lock: <Response status_code=200"):
        run_behind_lock(archive, link)


@commits
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_while_the_supplier_is_archived_is_a_404(call, acme, archive, method):
    answer = run_behind_lock(archive, call(method, f"/api/suppliers/{acme.pk}/", {"name": "Apex"}))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@commits
def test_restoring_waits_for_a_new_supplier_of_the_same_name(call, acme, archive):
    archive()
    add = lambda: Supplier.objects.create(owner=acme.owner, name="ACME")  # noqa: E731
    answer = run_behind_lock(add, call("post", f"/api/suppliers/{acme.pk}/restore/"))
    assert answer.status_code == 409
    assert Supplier.objects.live().count() == 1
