"""Customers: create, read, change and archive, and their history."""

import pytest

from records.history.models import Change, Kind
from testing.tables import all_cases
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.models import Customer

pytestmark = pytest.mark.django_db
URL = "/api/customers/"
ADA = {
    "name": "Ada", "email": "ada@fern.example", "phone": "12", "address": "4 Mill Lane\nAmbleside", "note": "Fridays",
    "external_id": "C-1", "metadata": {"shop.id": "17"}, "legal_name": "Fern Ltd", "vat_id": "GB123456789",
    "street": "4 Mill Lane", "postcode": "LA22", "city": "Ambleside", "country": "GB",
    "invoice_email": "bills@fern.example", "buyer_reference": "Desk 7", "einvoice_address": "0088:7300010000001",
}  # fmt: skip


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, **ADA)


@pytest.fixture
def address(ada):
    return f"{URL}{ada.pk}/"


@pytest.mark.quick
def test_a_customer_has_exactly_its_published_fields(as_alice):
    answer = as_alice.post(URL, ADA)
    assert answer.status_code == 201
    further = [one.name for one in BESIDE_CUSTOMERS]
    assert list(answer.json()) == ["id", *ADA, "created_at", "updated_at", "merged_into", *further]
    assert answer.json().items() >= ADA.items()
    assert as_alice.get(f"{URL}{answer.json()['id']}/").json() == answer.json()


def test_a_name_is_enough_and_two_customers_may_have_it(as_alice):
    first, second = (as_alice.post(URL, {"name": "Ada"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    row = first.json()
    assert [row[name] for name in list(ADA)[1:]] == ["", "", "", "", None, {}, *[""] * 9]


def test_a_customer_needs_a_name(as_alice):
    assert as_alice.post(URL, {"email": "a@b.example"}).json() == {"name": ["This field is required."]}


@all_cases(
    ("field", "wrong"),
    [
        ("email", "ada"), ("name", "a\nb"), ("phone", "1" * 65), ("address", "a" * 1001), ("note", "a" * 1001),
        ("external_id", "x" * 129), ("metadata", {"No": "x"}), ("name", ""), ("name", None),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_field(as_alice, field, wrong):
    answer = as_alice.post(URL, {"name": "Ada", field: wrong})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Customer.objects.exists()


@pytest.mark.quick
def test_an_external_id_is_unique_among_the_live_customers_of_a_shop(as_alice, as_charlie, address):
    twin = {"name": "Eve", "external_id": "c-1"}
    assert as_alice.post(URL, twin).json() == {"external_id": ["Another row has this external_id already."]}
    assert as_charlie.post(URL, twin).status_code == 201
    as_alice.delete(address)
    assert as_alice.post(URL, twin).status_code == 201
    refused = as_alice.post(f"{address}restore/")
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "name_taken", "external_id")


def test_patch_changes_the_sent_fields_and_merges_metadata(as_alice, address):
    answer = as_alice.patch(address, {"phone": "34", "metadata": {"crm": "9"}})
    assert (answer.status_code, answer.json()["phone"], answer.json()["name"]) == (200, "34", "Ada")
    assert answer.json()["metadata"] == {"shop.id": "17", "crm": "9"}
    assert answer.json()["updated_at"] > answer.json()["created_at"]


def test_put_keeps_fields_that_are_not_sent(as_alice, ada, address):
    assert as_alice.put(address, {"name": "Ada Fern"}).status_code == 200
    ada.refresh_from_db()
    assert (ada.name, ada.email, ada.address) == ("Ada Fern", ADA["email"], ADA["address"])


def test_the_history_tells_who_changed_what(as_alice, as_bob, bob, ada, address):
    as_bob.patch(address, {"phone": "34", "metadata": {"shop.id": "18"}})
    as_alice.delete(address)
    changes = as_alice.get(f"{address}changes/").json()["results"]
    assert [(row["by"] == bob.pk, row["changes"]) for row in changes[:2]] == [
        (False, {"archived": [False, True]}), (True, {"phone": ["12", "34"], "metadata.shop.id": ["17", "18"]}),
    ]  # fmt: skip
    assert changes[2]["changes"]["created"][1]["email"] == ADA["email"]
    assert {row["kind"] for row in as_alice.get("/api/changes/?kind=customer").json()["results"]} == {Kind.CUSTOMER}
    assert Change.objects.filter(kind=Kind.CUSTOMER).count() == 3


@pytest.mark.quick
def test_an_archived_customer_leaves_the_list_until_it_is_restored(as_alice, ada, address):
    assert as_alice.delete(address).status_code == 204
    for method in (as_alice.get, as_alice.put, as_alice.patch, as_alice.delete):
        assert method(address, {"name": "Eve"}).status_code == 404
    assert as_alice.get(URL).json()["count"] == 0
    assert as_alice.get(f"{URL}?archived=true").json()["results"][0]["id"] == ada.pk
    assert as_alice.post(f"{address}restore/").json()["name"] == "Ada"
    assert as_alice.get(URL).json()["count"] == 1
