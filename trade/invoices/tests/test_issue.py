"""Invoices and credit notes: what they say, when they are refused, and what a dry run leaves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from records.events.models import Event
from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from testing.tables import all_cases
from trade.customers.models import Buyer
from trade.invoices.models import Invoice
from trade.invoices.tests.issuing import OPERATIONS, SALES, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice):
    return Books(alice)


@pytest.fixture
def tea(books):
    return books.make_product("Tea", "12.00", sku="T-1")


@pytest.mark.quick
def test_an_invoice_says_what_was_sold_to_whom(books, tea, alice):
    invoice = books.issue(books.sell((tea, 3)), note="Thank you", purchase_reference="PO 7")
    today = type(alice).find(alice.pk).shop_today()
    assert invoice["number"] == f"{today.year}-000001"
    assert (invoice["issued_on"], invoice["due_on"]) == (f"{today}", f"{today + timedelta(days=14)}")
    assert (invoice["seller"]["name"], invoice["seller"]["vat_id"]) == ("Tea & Kettles", "ATU12345678")
    assert (invoice["buyer"]["legal_name"], invoice["buyer"]["city"]) == ("Fern Ltd", "Berlin")
    assert invoice["lines"] == [{
        "name": "Tea", "sku": "T-1", "quantity": 3, "amount": "3", "unit": "", "unit_price": "10.00",
        "gross_price": "12.00", "net": "30.00", "category": "S", "rate": "20.00",
    }]  # fmt: skip
    assert invoice["taxes"] == [
        {"category": "S", "rate": "20.00", "reason": None, "net": "30.00", "tax": "6.00", "gross": "36.00"}
    ]
    assert invoice["totals"] == {"net": "30.00", "tax": "6.00", "gross": "36.00", "paid": "0.00", "due": "36.00"}
    assert (invoice["note"], invoice["purchase_reference"], invoice["due"]) == ("Thank you", "PO 7", "36.00")
    assert books.read(invoice["id"]) == invoice


@pytest.mark.quick
def test_a_sale_tells_its_invoice(books, tea):
    sale = books.sell((tea, 1))
    assert books.client.get(f"{SALES}{sale['id']}/").json()["invoice"] is None
    invoice = books.issue(sale)
    told = {"id": invoice["id"], "number": invoice["number"]}
    assert books.client.get(f"{SALES}{sale['id']}/").json()["invoice"] == told
    refused = books.issue(sale, 409)
    assert (refused["code"], refused["invoice"]) == ("invoiced", told)


@pytest.mark.quick
def test_a_dry_run_answers_the_invoice_without_a_number_and_leaves_nothing(books, tea):
    sale = books.sell((tea, 1), customer=None)
    draft = books.issue(sale, 200, "?dry_run=true", customer=books.customer)
    assert (draft["number"], draft["totals"]["gross"]) == (None, "12.00")
    assert not Invoice.objects.exists()
    assert not Buyer.objects.exists()
    assert books.issue(sale, customer=books.customer)["number"].endswith("-000001")


@pytest.mark.quick
def test_the_customer_of_an_invoice_becomes_that_of_the_sale_and_seals_hold(books, tea, alice):
    sale = books.sell((tea, 1), customer=None)
    seal_account(owner_id=alice.pk)
    assert books.issue(sale, 400)["missing"] == ["customer"]
    books.issue(sale, customer=books.customer)
    shown = books.client.get(f"{SALES}{sale['id']}/").json()
    assert (shown["customer"], shown["due"]) == (books.customer, "12.00")
    seal_account(owner_id=alice.pk)
    assert find_breaks(alice.pk, 10) == []


# What the shop or the customer lacks, and what the refusal names.
INCOMPLETE = {
    "street of the shop": ({"street": ""}, {}, ["shop.street"]),
    "currency": ({"currency": ""}, {}, ["shop.currency"]),
    "number for VAT": ({"vat_id": ""}, {}, ["shop.vat_id"]),
    "the tax number is enough": ({"vat_id": "", "tax_number": "12/345"}, {}, None),
    "name of the shop": ({"name": ""}, {}, ["shop.name"]),
    "city and country of the customer": ({}, {"city": "", "country": ""}, ["customer.city", "customer.country"]),
}


@pytest.mark.quick
@all_cases("case", INCOMPLETE)
def test_an_invoice_names_what_is_missing(books, tea, case):
    shop, customer, missing = INCOMPLETE[case]
    books.call("patch", "/api/account/", {"name": "Tea & Kettles", **shop}, 200)
    books.call("patch", f"/api/customers/{books.customer}/", {"name": "Ada Fern", **customer}, 200)
    answer = books.issue(books.sell((tea, 1)), 400 if missing else 201)
    assert answer.get("missing") == missing
    assert answer.get("code") == ("invoice_incomplete" if missing else None)


def shift(days, years):
    """Return the day this many days after a sale of ten days ago, and then as many years."""
    day = str(datetime.now(ZoneInfo("Europe/Vienna")).date() + timedelta(days=days - 10))
    return f"{int(day[:4]) + years}{day[4:].replace('02-29', '02-28') if years else day[4:]}"


# A day of an invoice: its days and years after the sale, which was ten days ago, or a text; and whether it is taken.
DAYS = [("delivered_on", (-366, 0), 201), ("delivered_on", (11, 0), 201), ("delivered_on", "0026-11-30", 400),
        ("delivered_on", (-367, 0), 400), ("delivered_on", (12, 0), 400), ("delivered_on", (366, 0), 400),
        ("due_on", (10, 0), 201), ("due_on", (10, 5), 201), ("due_on", (9, 0), 400), ("due_on", (11, 5), 400),
        ("due_on", "9999-12-31", 400)]  # fmt: skip


@pytest.mark.quick
@all_cases(("name", "day", "status"), DAYS)
def test_the_days_of_an_invoice_are_near_to_the_sale(books, tea, name, day, status):
    """Nothing mends an invoice. A preview refuses the same days."""
    sale = books.sell((tea, 1), occurred_at=(datetime.now(UTC) - timedelta(days=10)).isoformat())
    day = day if isinstance(day, str) else shift(*day)
    for query, said in (("?dry_run=true", 400 if status == 400 else 200), ("", status)):
        answer = books.issue(sale, said, query, **{name: day})
        assert [*answer] == [name] if status == 400 else answer[name] == day


def test_an_unpaid_day_and_another_customer_are_refused(books, tea, as_charlie):
    sale, other = books.sell((tea, 1)), books.call("post", "/api/customers/", {"name": "Bea"})["id"]
    assert list(books.issue(sale, 400, due_on="2020-01-01")) == ["due_on"]
    assert books.issue(sale, 409, customer=other)["code"] == "customer_differs"
    assert list(books.issue(sale, 400, customer=10**9)) == ["customer"]
    assert as_charlie.post(f"{SALES}{sale['id']}/invoice/", {}).status_code == 404
    assert books.issue(sale, customer=books.customer)["number"]


# What is sold at which rate, whether the shop has a reason, and the category and the reason on the invoice.
RATES = {
    "exempt with a reason": ("E", True, ("E", "0.00", "Article 132")),
    "zero rate": ("Z", True, ("Z", "0.00", None)),
    "without a rate": (None, True, ("E", "0.00", "Small business")),
    "without a rate and a reason": (None, False, None),
    "a rate of 0 of which nothing was chosen": ("0", True, None),
}


@pytest.mark.quick
@all_cases("case", RATES)
def test_each_rate_has_its_category(books, case):
    rate, has_reason, expected = RATES[case]
    books.call("patch", "/api/account/", {"exempt_reason": "Small business" if has_reason else ""}, 200)
    egg = books.make_product("Egg", "5.00", rate)
    answer = books.issue(books.sell((egg, 1)), 201 if expected else 400)
    if expected:
        [tax] = answer["taxes"]
        assert (tax["category"], tax["rate"], tax["reason"], tax["gross"]) == (*expected, "5.00")
    else:
        assert (answer["code"], answer["lines"][0]["name"]) == ("rate_missing", "Egg")


def test_a_category_that_is_chosen_later_changes_no_sale(books):
    egg = books.make_product("Egg", "5.00", "0")
    sale = books.sell((egg, 1))
    books.call("patch", f"/api/taxes/{books.taxes['0']}/", {"category": "Z"}, 200)
    assert books.issue(sale, 400)["code"] == "rate_missing"
    later = books.issue(books.sell((egg, 1)))
    assert later["taxes"][0]["category"] == "Z"


def test_rates_of_0_stand_apart_wherever_vat_is_shown(books, alice):
    eggs = [books.make_product(f"Egg {rate}", "5.00", rate) for rate in ("Z", "E")]
    sale = books.sell(*((egg, 2) for egg in eggs))
    books.take_back(sale, (eggs[0], 1))
    shown = books.client.get(f"{SALES}{sale['id']}/").json()["taxes"]
    assert [(one["category"], one["rate"], one["gross"]) for one in shown] == [
        ("E", "0.00", "10.00"),
        ("Z", "0.00", "5.00"),
    ]
    rows = books.client.get("/api/reports/taxes/?period=today").json()["results"]
    assert [(row["category"], row["gross"]) for row in rows] == [("E", "10.00"), ("Z", "5.00")]
    closing = books.client.get("/api/closings/preview/").json()["taxes"]
    assert [(one["category"], one["gross"]) for one in closing] == [("E", "10.00"), ("Z", "5.00")]
    seal_account(owner_id=alice.pk)
    assert find_breaks(alice.pk, 10) == []


@pytest.mark.quick
def test_a_return_of_an_invoiced_sale_gets_a_credit_note(books, tea):
    sale = books.sell((tea, 3), payments=[{"kind": "card", "amount": "36.00"}])
    invoice = books.issue(sale)
    assert (invoice["totals"]["due"], invoice["payments"]) == ("0.00", [{"kind": "card", "amount": "36.00"}])
    back = books.take_back(sale, (tea, 1), payments=[{"kind": "cash", "amount": "12.00"}])
    [note] = books.list_credits()
    assert note["number"] == invoice["number"].replace("-0", "-C0")
    assert (note["operation"], note["credits"]["number"]) == (back["id"], invoice["number"])
    assert (note["lines"][0]["quantity"], note["lines"][0]["net"]) == (1, "10.00")
    assert note["totals"] == {"net": "10.00", "tax": "2.00", "gross": "12.00", "paid": "12.00", "due": "0.00"}
    assert note["payments"] == [{"kind": "cash", "amount": "12.00"}]
    assert note["buyer"] == invoice["buyer"]


@pytest.mark.quick
def test_nothing_of_an_invoiced_sale_is_reversed(books, tea):
    sale = books.sell((tea, 3))
    before = books.take_back(sale, (tea, 1))
    invoice = books.issue(sale)
    assert (invoice["lines"][0]["quantity"], invoice["totals"]["gross"]) == (2, "24.00")
    after = books.take_back(sale, (tea, 1))
    for operation in (sale, before, after):
        refused = books.call("post", f"{OPERATIONS}{operation['id']}/reverse/", status=409)
        assert (refused["code"], refused["invoice"]["number"]) == ("invoiced", invoice["number"])


def test_a_return_that_was_undone_before_is_not_done_again(books, tea):
    sale = books.sell((tea, 3))
    undone = books.call("post", f"{OPERATIONS}{books.take_back(sale, (tea, 1))['id']}/reverse/")
    assert books.issue(sale)["totals"]["gross"] == "36.00"
    assert books.call("post", f"{OPERATIONS}{undone['id']}/reverse/", status=409)["code"] == "invoiced"


@pytest.mark.quick
def test_nothing_is_left_to_invoice(books, tea):
    sale, undone = books.sell((tea, 1)), books.sell((tea, 1))
    books.take_back(sale)
    books.call("post", f"{OPERATIONS}{undone['id']}/reverse/")
    for one in (sale, undone):
        assert books.issue(one, 409)["code"] == "nothing_to_invoice"
    assert not Event.objects.filter(type="invoice.issued").exists()


def test_a_repeated_key_answers_the_invoice_as_it_is_read(books, tea):
    sale, key = books.sell((tea, 1)), {"Idempotency-Key": "one"}
    address = f"{SALES}{sale['id']}/invoice/"
    first = books.call("post", address, {"note": "Hello"}, **key)
    books.call("patch", f"/api/invoices/{first['id']}/", {"metadata": {"peppol": "sent"}}, 200)
    again = books.call("post", address, {"note": "Hello"}, **key)
    assert again == {**first, "metadata": {"peppol": "sent"}}
    assert Invoice.objects.count() == 1
