"""The list of customers: search, filters, order, and its statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testing.tables import all_cases
from trade.customers.models import Customer

pytestmark = pytest.mark.django_db
URL = "/api/customers/"


@pytest.fixture(autouse=True)
def customers(alice):
    rows = (
        ("Ada Fern", "ada@fern.example", "+43 555 1", "C-1"), ("ada fern", "second@fern.example", "+43 555 2", "C-2"),
        ("Öl & Co", "", "", None),
    )  # fmt: skip
    return [
        Customer.objects.create(owner=alice, name=name, email=email, phone=phone, external_id=code, note="secret")
        for name, email, phone, code in rows
    ]


def list_names(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


@all_cases(
    ("query", "names"),
    [
        ({}, ["Ada Fern", "ada fern", "Öl & Co"]),
        ({"ordering": "-name"}, ["Öl & Co", "Ada Fern", "ada fern"]),
        ({"ordering": "-created_at"}, ["Öl & Co", "ada fern", "Ada Fern"]),
        ({"search": "FERN second"}, ["ada fern"]),
        ({"search": "555 1"}, ["Ada Fern"]),
        ({"search": "c-2"}, ["ada fern"]),
        ({"search": "öl"}, ["Öl & Co"]),
        ({"search": "secret"}, []),
        ({"name": "ADA FERN"}, ["Ada Fern", "ada fern"]),
        ({"name": "ada"}, []),
        ({"email": "ADA@fern.example"}, ["Ada Fern"]),
        ({"phone": "+43 555 2"}, ["ada fern"]),
        ({"external_id": "c-1"}, ["Ada Fern"]),
        ({"external_id__in": "c-1,C-2,C-3"}, ["Ada Fern", "ada fern"]),
        ({"updated_after": "2000-01-01"}, ["Ada Fern", "ada fern", "Öl & Co"]),
        ({"updated_before": "2001-01-01"}, []),
        ({"archived": "true"}, []),
    ],
)  # fmt: skip
def test_a_filter_lists_what_it_says(as_alice, query, names):
    assert list_names(as_alice, **query) == names


@all_cases("query", [{"ordering": "phone"}, {"updated_after": "soon"}, {"external_id__in": "a,,b"}])
def test_a_malformed_filter_is_refused(as_alice, query):
    answer = as_alice.get(URL, query)
    assert (answer.status_code, list(answer.json())) == (400, list(query))


def count_statements(call):
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code < 300
    return len(captured)


def test_the_list_takes_the_same_statements_for_more_rows(as_alice, alice):
    few = count_statements(lambda: as_alice.get(URL))
    Customer.objects.bulk_create(Customer(owner=alice, name=f"Customer {number}") for number in range(40))
    assert count_statements(lambda: as_alice.get(URL)) == few == 3


def test_one_customer_takes_few_statements(as_alice, customers):
    address = f"{URL}{customers[0].pk}/"
    calls = (
        lambda: as_alice.get(address), lambda: as_alice.post(URL, {"name": "Eve"}),
        lambda: as_alice.patch(address, {"phone": "7"}),
    )  # fmt: skip
    assert [count_statements(call) for call in calls] == [2, 6, 10]
