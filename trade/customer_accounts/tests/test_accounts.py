"""The account of a customer: its entries, what is open, and what does not count."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testing.cast.people import client_of, make_product
from testing.reading.pdf import read_pages
from testing.tables import all_cases
from trade.customer_accounts import sql
from trade.customer_accounts.tests.bookings import (
    OPERATIONS,
    ada,
    book,
    noted,
    pay,
    read_account,
    sell,
    sum_dues,
    tea,
)
from trade.customers.models import Customer

__all__ = ["ada", "noted", "tea"]
pytestmark = [pytest.mark.usefixtures("noted")]


def ago(days):
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def act(client, sale, step):
    """Do a step with the sale: a payment, a return of one, or the reversal of the sale or of what was done last."""
    what, value = step
    if what == "pay":
        return book(client, f"/api/sales/{sale['id']}/payments/", kind="cash", amount=value)["payments"][0]
    if what == "back":
        paid = [{"kind": "cash", "amount": value}] if value else []
        lines = [{"movement": sale["movements"][0]["id"], "quantity": 1}]
        return book(client, f"{OPERATIONS}{sale['id']}/return/", lines=lines, payments=paid)
    if what == "unpay":
        return book(client, f"/api/sales/{sale['id']}/payments/{value['id']}/reverse/")
    return book(client, f"{OPERATIONS}{(value or sale)['id']}/reverse/")


# What happens to a sale of three at 4.00, and the amounts of the entries in the order of booking.
CASES = {
    "a sale": ([], [("sale", "12.00")]),
    "paid in parts": ([("pay", "5.00"), ("pay", "7.00")],
                      [("sale", "12.00"), ("payment", "-5.00"), ("payment", "-7.00")]),
    "a return": ([("back", None)], [("sale", "12.00"), ("return", "-4.00")]),
    "a refund": ([("pay", "12.00"), ("back", "4.00")],
                 [("sale", "12.00"), ("payment", "-12.00"), ("return", "-4.00"), ("refund", "4.00")]),
    "credit after a return": ([("pay", "12.00"), ("back", None)],
                              [("sale", "12.00"), ("payment", "-12.00"), ("return", "-4.00")]),
    "a payment undone": ([("pay", "5.00"), ("unpay", "last")],
                         [("sale", "12.00"), ("payment", "-5.00"), ("reversal", "5.00")]),
    "a return undone": ([("back", None), ("undo", "last")],
                        [("sale", "12.00"), ("return", "-4.00"), ("reversal", "4.00")]),
    "a return undone and done again": (
        [("back", None), ("undo", "last"), ("undo", "last")],
        [("sale", "12.00"), ("return", "-4.00"), ("reversal", "4.00"), ("reversal", "-4.00")]),
    "a sale undone with its payment": (
        [("pay", "5.00"), ("undo", None)],
        [("sale", "12.00"), ("payment", "-5.00"), ("reversal", "-12.00"), ("reversal", "5.00")]),
}  # fmt: skip


@pytest.mark.quick
@all_cases("case", CASES)
def test_what_is_booked_of_a_sale_is_in_the_account(alice, as_alice, ada, tea, case):
    steps, entries = CASES[case]
    sale = sell(as_alice, tea, 3, customer=ada.pk)
    last = None
    for what, value in steps:
        last = act(as_alice, sale, (what, last if value == "last" else value))
    account = read_account(as_alice, ada)
    assert [(entry["kind"], entry["amount"]) for entry in account["entries"]] == entries
    assert account["closing"] == account["entries"][-1]["balance"] == f"{sum_dues(alice):.2f}"
    totals = as_alice.get(f"/api/sales/?customer={ada.pk}&period=today").json()["totals"]
    assert totals["due"] == account["closing"]


def test_credit_of_a_sale_is_not_set_off_by_itself(as_alice, ada, tea):
    act(as_alice, paid := sell(as_alice, tea, 3, customer=ada.pk), ("pay", "12.00"))
    act(as_alice, paid, ("back", None))
    open_sale = sell(as_alice, tea, 2, customer=ada.pk)
    account = read_account(as_alice, ada)
    assert [account[name] for name in ("owed", "credit", "closing")] == ["8.00", "-4.00", "4.00"]
    assert [(one["sale"], one["due"]) for one in account["open"]] == [(open_sale["id"], "8.00")]


def test_an_order_that_is_handed_out_is_in_the_account(as_alice, ada, tea):
    order = book(as_alice, "/api/stock/reservations/", lines=[{"product": tea.pk, "quantity": 2}], customer=ada.pk)
    book(as_alice, f"/api/stock/reservations/{order['id']}/fulfil/")
    assert read_account(as_alice, ada)["closing"] == "8.00"


@pytest.mark.quick
def test_sales_before_the_day_do_not_count_and_are_told(alice, as_alice, ada, tea):
    sell(as_alice, tea, 1, customer=ada.pk, occurred_at=ago(40))
    sell(as_alice, tea, 2, customer=ada.pk)
    account = read_account(as_alice, ada)
    assert (account["closing"], account["not_noted"]) == ("8.00", {"count": 1, "total": "4.00"})
    for day, count in (((datetime.now(UTC) - timedelta(days=60)).date().isoformat(), 2), (None, 0)):
        as_alice.patch("/api/account/", {"owed_from": day})
        assert len(read_account(as_alice, ada)["entries"]) == count


# The first day that counts, in days before today, and what is owed of 4.00 of 40 days ago and 8.00 of today.
COUNTED = [(60, "12.00", "2 unpaid: 12.00"), (0, "8.00", "1 unpaid: 8.00"), (-1, "0.00", None), (None, "0.00", None)]


@pytest.mark.quick
@all_cases(("days", "owed", "to_do"), COUNTED)
def test_account_report_and_start_page_count_from_one_day(alice, as_alice, browser, ada, tea, days, owed, to_do):
    sell(as_alice, tea, 1, customer=ada.pk, occurred_at=ago(40))
    sell(as_alice, tea, 2, customer=ada.pk)
    day = None if days is None else alice.shop_today() - timedelta(days=days)
    as_alice.patch("/api/account/", {"owed_from": day and day.isoformat()})
    assert read_account(as_alice, ada)["owed"] == owed
    assert as_alice.get("/api/reports/owed/").json()["totals"]["owed"] == owed
    page = browser.get_page("/api/")
    assert (to_do or "unpaid") in page if to_do else "unpaid" not in page
    for link in re.findall(r'/api/sales/\?is_paid=false&amp;(from=[-0-9]+)"', page):
        assert as_alice.get(f"/api/sales/?is_paid=false&{link}").json()["totals"]["due"] == owed


def test_a_period_has_its_opening_balance(as_alice, alice, ada, tea):
    sell(as_alice, tea, 2, customer=ada.pk)
    today = alice.shop_today()
    spans = [(0, 0, ("0.00", 1, "8.00")), (-1, 1, ("0.00", 1, "8.00")), (1, 9, ("8.00", 0, "8.00"))]
    for first, last, found in (*spans, (-9, -1, ("0.00", 0, "0.00"))):
        days = [(today + timedelta(days=number)).isoformat() for number in (first, last)]
        account = read_account(as_alice, ada, "?from={}&to={}".format(*days))
        assert (account["opening"], len(account["entries"]), account["closing"]) == found
    as_alice.patch("/api/account/", {"time_zone": "Asia/Tokyo"})
    assert read_account(as_alice, ada, "?from=0001-01-01&to=9999-12-31")["closing"] == "8.00"
    response = as_alice.get(f"/api/customers/{ada.pk}/account/?from=2026-02-01&to=2026-01-31")
    assert (response.status_code, [*response.json()]) == (400, ["to"])


def test_a_merged_customer_has_the_account_of_the_other(alice, as_alice, ada, tea):
    sell(as_alice, tea, 2, customer=ada.pk)
    other = Customer.objects.create(owner=alice, name="Ada Fern")
    as_alice.post(f"/api/customers/{ada.pk}/merge/", {"into": other.pk})
    for customer in (ada, other):
        account = read_account(as_alice, customer)
        assert (account["customer"], account["closing"]) == (other.pk, "8.00")
    assert pay(as_alice, ada, "8.00").status_code == 201


def test_an_erased_customer_still_owes(as_alice, ada, tea):
    sell(as_alice, tea, 2, customer=ada.pk)
    as_alice.post(f"/api/customers/{ada.pk}/erase/")
    account = read_account(as_alice, ada)
    assert (account["customer_name"], account["closing"]) == (f"customer-{ada.pk}", "8.00")
    assert pay(as_alice, ada, "8.00").json()["owed"] == "0.00"


def test_a_foreign_customer_is_a_missing_one(as_charlie, ada):
    missing = as_charlie.get("/api/customers/999999/account/")
    for response in (as_charlie.get(f"/api/customers/{ada.pk}/account/"), pay(as_charlie, ada, "1.00")):
        assert (response.status_code, response.json()) == (404, missing.json())


def test_the_file_has_the_opening_balance_and_each_entry(as_alice, ada, tea):
    act(as_alice, sell(as_alice, tea, 3, customer=ada.pk), ("pay", "5.00"))
    response = as_alice.get(f"/api/customers/{ada.pk}/account/?format=csv")
    rows = b"".join(response.streaming_content).decode().splitlines()
    assert [row.split(",")[1] for row in rows] == ["kind", "opening", "sale", "payment"]
    assert rows[-1].endswith(",cash,-5.00,7.00")
    paper = as_alice.get(f"/api/customers/{ada.pk}/account/?format=pdf")
    [text] = read_pages(paper.content)
    assert "Account of Ada" in text
    assert "Account Balance 7.00" in text
    assert re.search(r"History What Sale .* sale #1 .* payment #1 .* 7.00 To be paid Sold on .* #1 ", text), text


def test_the_number_of_statements_does_not_depend_on_that_of_sales(as_alice, ada, tea):
    counts = []
    for number in (2, 9):
        for _ in range(number):
            sell(as_alice, tea, customer=ada.pk)
        for call in (partial(read_account, as_alice, ada), partial(pay, as_alice, ada, f"{4 * number}.00")):
            read_account(as_alice, ada)  # numbers the sales
            with CaptureQueriesContext(connection) as executed:
                call()
            counts.append(len(executed))
    assert counts[:2] == counts[2:]


# The days since something was due, and the column of the report that has it.
AGES = [(-1, "not_due"), (0, "not_due"), (1, "overdue_0_30"), (30, "overdue_0_30"), (31, "overdue_31_60"),
        (60, "overdue_31_60"), (61, "overdue_61_90"), (90, "overdue_61_90"), (91, "overdue_more")]  # fmt: skip


def give_invoice(monkeypatch, sale, days=0):
    """Give the sale an invoice that was due so many days ago, by the statement that an app above provides."""
    invoice = (
        f"SELECT {sale['id']}::bigint AS operation_id, 7::bigint AS id, 'R7' AS number, current_date - {days} AS due_on"
    )
    monkeypatch.setattr(sql, "select_papers", lambda: invoice)


def test_page_and_file_name_the_invoice_of_a_sale(as_alice, browser, ada, tea, monkeypatch):
    give_invoice(monkeypatch, sell(as_alice, tea, customer=ada.pk))
    address = f"/api/customers/{ada.pk}/account/"
    assert ">R7<" in browser.get_page(address)
    assert ",R7," in b"".join(as_alice.get(f"{address}?format=csv").streaming_content).decode()


@pytest.mark.quick
@all_cases(("days", "column"), AGES)
def test_the_report_sorts_what_is_owed_by_its_age(as_alice, ada, tea, monkeypatch, days, column):
    sale = sell(as_alice, tea, 2, customer=ada.pk)
    with monkeypatch.context() as patched:
        give_invoice(patched, sale, days)
        row = as_alice.get("/api/reports/owed/").json()["results"][0]
        account = read_account(as_alice, ada)
    assert {name for name in sql.AGES if row[name] == "8.00"} == {column}
    [one], named = account["open"], {"id": 7, "number": "R7"}
    assert (one["overdue_days"], one["invoice"], account["entries"][0]["invoice"]) == (max(days, 0), named, named)


def test_the_report_has_the_sums_of_all_customers(alice, as_alice, ada, tea):
    bert = Customer.objects.create(owner=alice, name="Bert")
    act(as_alice, paid := sell(as_alice, tea, 3, customer=ada.pk), ("pay", "12.00"))
    act(as_alice, paid, ("back", None))
    for customer, quantity in ((ada, 1), (bert, 2)):
        sell(as_alice, tea, quantity, customer=customer.pk)
    report = as_alice.get("/api/reports/owed/").json()
    found = [(row["customer_name"], row["owed"], row["credit"]) for row in report["results"]]
    assert found == [("Bert", "8.00", "0.00"), ("Ada", "4.00", "-4.00")]
    assert (report["totals"]["owed"], report["totals"]["credit"]) == ("12.00", "-4.00")


def test_a_viewer_reads_the_account_and_pays_nothing(alice, as_bob, bob, ada):
    for role, statuses in (("viewer", (200, 403)), ("counter", (403, 403)), ("worker", (200, 400))):
        bob.role = role
        bob.save(update_fields=["role"])
        client = client_of(bob)
        reading = client.get(f"/api/customers/{ada.pk}/account/").status_code
        assert (role, (reading, pay(client, ada, "1.00").status_code)) == (role, statuses)


@pytest.mark.quick
def test_the_pages_show_the_account_and_take_a_payment(as_alice, browser, ada, tea):
    sell(as_alice, tea, 2, customer=ada.pk)
    assert f"/api/customers/{ada.pk}/account/" in browser.get_page(f"/api/customers/{ada.pk}/")
    page = browser.get_page(f"/api/customers/{ada.pk}/account/")
    assert f"/shop/customers/{ada.pk}/pay/" in page
    form = browser.get_page(f"/shop/customers/{ada.pk}/pay/")
    assert 'value="8.00"' in form
    assert "Ada" in browser.get_page("/api/reports/owed/")
    assert "Owed" in browser.get_page("/shop/reports/")
    assert "owed_from" in browser.get_page("/shop/form/account/")


def test_a_customer_with_too_many_entries_for_a_list_pays(as_alice, browser, ada, tea, monkeypatch):
    monkeypatch.setattr("trade.customer_accounts.reading.MAX_ENTRIES", 1)
    for _ in range(2):
        sell(as_alice, tea, customer=ada.pk)
    assert 'value="8.00"' in browser.get_page(f"/shop/customers/{ada.pk}/pay/")


def test_a_shop_without_payments_has_no_button(as_alice, browser, ada):
    as_alice.patch("/api/account/", {"uses": {"payments": "off"}})
    assert "/account/" not in browser.get_page(f"/api/customers/{ada.pk}/").replace("/api/account/", "")
    assert "Owed" not in browser.get_page("/shop/reports/")
    assert "owed_from" not in browser.get_page("/shop/form/account/")


def test_net_prices_are_owed_with_their_vat(alice, as_alice, ada):
    as_alice.patch("/api/account/", {"prices_include_tax": False})
    rate = book(as_alice, "/api/taxes/", name="VAT", rate="19")
    product = make_product(alice, "Net", price="0.33", quantity=10, tax_id=rate["id"])
    sell(as_alice, product, 3, customer=ada.pk)
    assert read_account(as_alice, ada)["closing"] == "1.18"
