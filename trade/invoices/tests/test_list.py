"""The list of invoices: filters, totals, files, roles, metadata."""

import csv
import io
from datetime import timedelta

import pytest

from core.database.postgres.base import fetch
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.invoices import serializers, sql
from trade.invoices.tests.issuing import INVOICES, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice):
    return Books(alice, invoice_days=0)


@pytest.fixture
def issued(books):
    """Return a paid invoice, one that is due, and the credit note of the first one."""
    tea = books.make_product("Tea", "12.00")
    paid = books.sell((tea, 2), payments=[{"kind": "card", "amount": "24.00"}])
    first, second = books.issue(paid), books.issue(books.sell((tea, 1)))
    books.take_back(paid, (tea, 1), payments=[{"kind": "card", "amount": "12.00"}])
    [note] = books.list_credits()
    return {"paid": first, "due": second, "note": note}


@pytest.mark.quick
def test_the_list_has_its_totals_less_the_credit_notes(books, issued):
    found = books.find()
    assert [row["number"] for row in found["results"]] == [issued[name]["number"] for name in ("note", "due", "paid")]
    assert [row["due"] for row in found["results"]] == [None, "12.00", "0.00"]
    assert found["totals"] == {
        "invoices": 2, "credit_notes": 1, "net": "20.00", "tax": "4.00", "gross": "24.00", "due": "12.00",
    }  # fmt: skip


# Parameters, and the invoices that are found.
FILTERS = [
    ({"kind": "invoice"}, ["due", "paid"]),
    ({"kind": "credit_note"}, ["note"]),
    ({"due": "true"}, ["due"]),
    ({"due": "false"}, ["paid"]),
    ({"overdue": "true"}, []),
    ({"number": "{due}"}, ["due"]),
    ({"number": "{note}"}, ["note"]),
    ({"number": "2026"}, []),
    ({"customer": "{customer}"}, ["note", "due", "paid"]),
    ({"period": "today"}, ["note", "due", "paid"]),
    ({"period": "last_month"}, []),
    ({"to": "2020-01-01"}, []),
    ({"from": "2020-01-01"}, ["note", "due", "paid"]),
    ({"metadata.peppol": "sent"}, ["due"]),
]


@pytest.mark.quick
@all_cases(("query", "names"), FILTERS)
def test_filters(books, issued, query, names):
    books.call("patch", f"{INVOICES}{issued['due']['id']}/", {"metadata": {"peppol": "sent"}}, 200)
    known = {name: one["number"] for name, one in issued.items()} | {"customer": books.customer}
    found = books.find(**{name: value.format(**known) for name, value in query.items()})
    assert [row["number"] for row in found["results"]] == [issued[name]["number"] for name in names]


def test_an_invoice_is_overdue_from_the_day_after(books, issued, monkeypatch):
    today = type(books.owner).shop_today
    monkeypatch.setattr(type(books.owner), "shop_today", lambda user: today(user) + timedelta(days=1))
    assert [row["number"] for row in books.find(overdue="true")["results"]] == [issued["due"]["number"]]
    for days, number in ((0, 1), (1, 0)):  # the sale counts from the day on which customers owe, as in the account
        books.call("patch", "/api/account/", {"owed_from": str(today(books.owner) + timedelta(days=days))}, 200)
        assert len(books.find(overdue="true")["results"]) == number
        assert len(books.find(overdue="false")["results"]) == 2 - number
        page = Browser(books.owner).get_page(INVOICES)
        assert page.count('<b class="chip out">overdue</b>') == number
        assert ("1 invoice overdue" in Browser(books.owner).get_page("/api/")) == bool(number)


@pytest.mark.quick
def test_people_see_pages(books, issued, alice):
    browser = Browser(alice)
    assert issued["due"]["number"] in browser.get_page(INVOICES)
    for one in issued.values():
        assert one["number"] in browser.get_page(f"{INVOICES}{one['id']}/")


def test_other_apps_read_the_numbers_as_they_are_printed(books, issued):
    rows = fetch(sql.OF_SALES, {"owner": books.owner.pk})
    assert {pk: number for _, pk, _, number in rows} == {one["id"]: one["number"] for one in issued.values()}


def test_the_file_has_all_invoices(books, issued, monkeypatch):
    monkeypatch.setattr(serializers, "INVOICES_AT_A_TIME", 2)
    monkeypatch.setattr(serializers, "MAX_INVOICES", 3)
    answer = books.client.get(INVOICES, {"format": "csv"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = [*csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    assert [(row["number"], row["gross"]) for row in rows] == [
        (issued["note"]["number"], "-12.00"), (issued["due"]["number"], "12.00"), (issued["paid"]["number"], "24.00"),
    ]  # fmt: skip
    assert rows[0]["credits"] == issued["paid"]["number"]


@pytest.mark.quick
def test_workers_issue_viewers_read_and_strangers_see_none(books, issued, as_bob, as_charlie):
    address = f"{INVOICES}{issued['due']['id']}/"
    assert as_bob.get(address).status_code == 200
    assert as_charlie.get(address).status_code == 404
    assert as_charlie.patch(address, {"metadata": {"a": "b"}}, format="json").status_code == 404
    assert as_charlie.get(INVOICES).json()["results"] == []


def test_only_the_metadata_changes(books, issued):
    address = f"{INVOICES}{issued['due']['id']}/"
    changed = books.call("patch", address, {"metadata": {"peppol": "sent"}}, 200)
    assert changed == {**issued["due"], "metadata": {"peppol": "sent"}}
    assert books.client.patch(address, {"note": "Other"}, format="json").json()["note"] == ""
    assert books.client.put(address, {"note": "Other"}, format="json").status_code == 405
    assert books.client.delete(address).status_code == 405


def test_invoices_are_found_by_number_and_buyer(books, issued):
    name = {row["number"]: name for name, row in issued.items()}
    number = issued["due"]["number"]
    cases = {number: ["due"], "2": ["due"], "fern": ["note", "due", "paid"], "9": [], "moss": []}
    for text, found in cases.items():
        assert [name[row["number"]] for row in books.find(search=text)["results"]] == found, text
