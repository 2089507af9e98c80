"""The pages of customers in a browser, and the texts that find a customer in a form."""

import pytest
from django.core.exceptions import ValidationError

from testing.reading.browser import Browser, find_form
from testing.tables import all_cases
from trade.customers.look_ups import CUSTOMERS
from trade.customers.models import Customer

pytestmark = pytest.mark.django_db
URL, DELETE_FORM = "/api/customers/", 'href="/shop/delete/customers/'


@pytest.fixture
def ada(alice):
    return Customer.objects.create(
        owner=alice, name="Ada Fern", email="ada@fern.example", phone="555 1", address="4 Mill Lane\nAmbleside"
    )  # fmt: skip


@pytest.fixture
def twin(alice):
    return Customer.objects.create(owner=alice, name="Ada Fern", email="twin@fern.example")


def test_the_list_shows_name_email_and_phone(bob, ada):
    page = Browser(bob).get_page(URL)
    assert all(text in page for text in ("Ada Fern", "ada@fern.example", "555 1"))


def test_a_worker_adds_and_changes_a_customer(bob, ada):
    browser = Browser(bob)
    assert (browser.post(URL, name="Eve").status_code, Customer.objects.filter(name="Eve").count()) == (303, 1)
    address = f"{URL}{ada.pk}/"
    assert browser.form_values(address, "put")["email"] == "ada@fern.example"
    page = browser.get_page(address)
    assert ("Mill Lane" in page, DELETE_FORM in page) == (True, False)
    assert browser.client.get(find_form(address, "delete")).status_code == 403


def test_an_owner_archives_and_restores_a_customer(alice, ada):
    browser, address = Browser(alice), f"{URL}{ada.pk}/"
    assert DELETE_FORM in browser.get_page(address)
    assert browser.delete(address).status_code == 303
    archived = browser.client.get(address)
    assert (archived.status_code, f"{address}restore/" in archived.text) == (404, True)
    assert "Ada Fern is archived: restoring brings it back to the list." in archived.text


def test_the_history_shows_no_metadata_of_an_erased_customer(as_alice, alice, ada):
    as_alice.patch(f"{URL}{ada.pk}/", {"metadata": {"crm": "18"}})
    as_alice.post(f"{URL}{ada.pk}/erase/")
    assert "Metadata" not in Browser(alice).get_page(f"{URL}{ada.pk}/changes/")


@all_cases("text", ["ADA@fern.example", "555 1", "ada 555", "ada@fern"])
def test_a_form_finds_a_customer_by_name_email_and_phone(alice, ada, twin, text):
    assert CUSTOMERS.find(alice, text) == ada.pk


def test_a_name_of_two_customers_lists_what_to_write_instead(alice, ada, twin):
    with pytest.raises(ValidationError, match=rf"Ada Fern \(#{ada.pk}\); Ada Fern \(#{twin.pk}\)"):
        CUSTOMERS.find(alice, "ada fern")
    for row in (ada, twin):
        assert CUSTOMERS.find(alice, CUSTOMERS.write(row)) == CUSTOMERS.find(alice, str(row.pk)) == row.pk
        assert CUSTOMERS.describe(alice, str(row.pk)) == CUSTOMERS.write(row)
    assert [name for _, name in CUSTOMERS.list_choices(alice)] == [CUSTOMERS.write(ada), CUSTOMERS.write(twin)]


@pytest.mark.quick
def test_archived_customers_and_those_of_other_shops_are_not_found(alice, charlie, ada):
    foreign = Customer.objects.create(owner=charlie, name="Foreign")
    Customer.objects.filter(pk=ada.pk).update(archived_at="2026-01-01T00:00:00Z")
    for text in ("Foreign", CUSTOMERS.write(foreign), "Ada Fern", CUSTOMERS.write(ada), "555 1"):
        with pytest.raises(ValidationError):
            CUSTOMERS.find(alice, text)


@all_cases(
    ("fields", "is_same"),
    [
        ({"email": "ADA@fern.example"}, True),
        ({"phone": "555 1"}, True),
        ({"phone": "+44 20 7946-0456"}, True),
        ({"email": "fern.example@ada.example", "phone": "555 12"}, False),
        ({}, False),
    ],
)
def test_the_page_of_a_customer_names_who_may_be_the_same_person(alice, ada, fields, is_same):
    Customer.objects.create(owner=alice, name="Ada F.", phone="442079460456")
    other = Customer.objects.create(owner=alice, name="A. Fern", **fields)
    page = Browser(alice).get_page(f"{URL}{other.pk}/")
    assert ("The same e-mail address or phone number" in page) is is_same
    assert (">Ada F" in page) is is_same
