"""Closings as files: a list, one closing, and a month on paper."""

import csv
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.ownership import save_fields
from testing.cast.people import client_of, make_product, make_user
from testing.cast.tills import Device
from testing.reading.browser import Browser
from testing.reading.pdf import read_pages
from testing.reading.workbook_cells import read_workbook
from testing.tables import all_cases
from trade.closings import file_pages
from trade.closings.tests.drawers import CLOSINGS, close, give_back, move, sell
from users.access.roles import Role

PAGE = "&_from_page=1"
SUMS = (
    "total",
    "discounts",
    "returned",
    "cash_in",
    "cash_out",
    "expected",
    "counted",
    "difference",
    "float",
    "taken_out",
)


@pytest.fixture
def closed(as_alice, alice):
    """Return the closings of a drawer without a till and of a till, with late sales, two rates, tips and a return."""
    save_fields(alice, {"shop_name": "=Tea", "currency": "EUR"})
    bodies = {"rate": "20"}, {"rate": "5"}, {"rate": "0", "category": "E", "reason": "Exempt."}
    rates = [as_alice.post("/api/taxes/", {"name": f"T{body['rate']}", **body}).json()["id"] for body in bodies]
    pots = [make_product(alice, f"Pot {number}", 90, price="12.00", tax_id=rate) for number, rate in enumerate(rates)]
    pots.append(make_product(alice, "Plain", 90, price="3.00"))
    device = Device(alice, "+Till")
    for pot in pots:
        sale = sell(as_alice, pot, 2, payments=[{"kind": "cash", "amount": "4.00", "tip": "0.50"}])
    sell(as_alice, pots[0], 1, payment="later")
    move(as_alice, "out", "1.00")
    first = close(as_alice, "100.00", "50.00", note="@note, with a comma")
    device.book(1, pots[1], 3, reason="sale", payments=[{"kind": "card"}])
    give_back(as_alice, sale, pots[3], 1)
    earlier = (timezone.now() - timedelta(days=2)).isoformat()
    sell(as_alice, pots[0], 1, occurred_at=earlier, payments=[{"kind": "card"}])
    return first, close(as_alice, "40.00"), close(as_alice, till=device.till.pk)


def read_rows(response):
    return b"".join(response.streaming_content).decode().splitlines()


def read(client, query="format=csv"):
    return [*csv.DictReader(read_rows(client.get(f"{CLOSINGS}?{query}")))]


@pytest.mark.quick
def test_a_file_has_the_sums_of_each_closing(as_alice, closed):
    rows = read(as_alice)
    assert [row["till_name"] for row in rows] == ["'+Till", "", ""]
    for row, closing in zip(rows, closed[::-1], strict=True):
        assert {name: row[name] for name in SUMS} == {name: closing[name] for name in SUMS}
        assert row["not_paid"] == closing["not_paid"]["total"]
        for part, field in (("paid", "payments"), ("tips", "tips")):
            found = {name.removeprefix(f"{part}_"): Decimal(row[name]) for name in row if name.startswith(f"{part}_")}
            given = {one["kind"]: Decimal(one["amount"]) for one in closing[field]}
            assert {kind: amount for kind, amount in found.items() if amount or kind in given} == given
        for tax in closing["taxes"]:
            rate = f"{tax['rate'] or 'none'}{'_E' * (tax['category'] == 'E')}"
            assert [row[f"{name}_{rate}"] for name in ("net", "tax", "gross")] == [tax["net"], tax["tax"], tax["gross"]]


@pytest.mark.quick
def test_a_file_for_people_has_words_and_a_total_and_no_formula(as_alice, closed):
    titles, name, head, *rows = csv.reader(read_rows(as_alice.get(f"{CLOSINGS}?format=csv{PAGE}")))
    assert (titles[0], name[0], rows[-1][0]) == ("\ufeff'=Tea", "Closings", "Total")
    places = {heading: place for place, heading in enumerate(head)}
    assert len(places) == len(head)
    assert {"Till", "Payments: cash", "Tips: cash", "VAT: 20.00 %", "With VAT: 0.00 % Exempt", "VAT: no rate"} < {
        *places
    }
    for heading in ("Sold for", "Payments: cash", "VAT: 20.00 %", "Difference"):
        amounts = [Decimal(row[places[heading]]) for row in rows]
        assert sum(amounts[:-1]) == amounts[-1], heading
    assert rows[-1][places["Expected"]] == ""
    assert rows[-2][places["Note"]] == "'@note, with a comma"


def test_a_file_for_people_has_the_times_of_the_shop(as_alice, alice, monkeypatch):
    save_fields(alice, {"time_zone": "Pacific/Kiritimati"})  # 14 hours before UTC
    made = datetime.fromisoformat(close(as_alice)["made_at"])
    row = dict(zip(*list(csv.reader(read_rows(as_alice.get(f"{CLOSINGS}?format=csv{PAGE}"))))[1:3], strict=True))
    assert row["Until"] == f"{made + timedelta(hours=14):%Y-%m-%d %H:%M}"
    [page] = read_pages(as_alice.get(f"{CLOSINGS}?format=pdf").content)
    assert f"to {row['Until']}." in page
    assert datetime.fromisoformat(read(as_alice)[0]["made_at"]) == made


def test_a_workbook_has_the_rows_of_the_csv(as_alice, closed):
    response = as_alice.get(f"{CLOSINGS}?format=xlsx")
    header, *rows = read_workbook(b"".join(response.streaming_content))
    assert [str(cell) for cell in header] == list(read(as_alice)[0])
    assert len(rows) == 3


def test_the_list_and_its_files_are_of_a_period_and_a_till(as_alice, alice, closed, monkeypatch):
    till = closed[2]["till"]
    assert [row["till"] for row in read(as_alice, f"format=csv&till={till}")] == [str(till)]
    for period, number in (
        ("period=this_month", 3),
        ("period=last_month", 0),
        ("to=2020-01-01", 0),
        ("from=2020-01-01", 3),
    ):
        assert len(read(as_alice, f"format=csv&{period}")) == number
        listed = as_alice.get(f"{CLOSINGS}?{period}").json()
        assert len(listed["results"]) == number
    assert as_alice.get(f"{CLOSINGS}?period=this_month&from=2020-01-01").status_code == 400


@pytest.mark.quick
def test_a_month_of_all_drawers_is_one_pdf_with_sums_and_each_closing(as_alice, closed):
    text = " ".join(read_pages(as_alice.get(f"{CLOSINGS}?format=pdf&period=this_month").content))
    sold = sum(Decimal(one["total"]) for one in closed)
    first = f"{timezone.now():%Y-%m}-01"  # on the first day of a month, the period is one day
    assert f"Closings {'On' if f'{timezone.now():%Y-%m-%d}' == first else 'From'} {first}" in text
    assert f"Sold for {sold} EUR" in text.partition("Number")[0]
    places = [text.index(title) for title in ("Closing 1 From", "Closing 2 From", "Closing 1 · +Till From")]
    assert places == sorted(places)
    assert "Rate in percent Category Without VAT VAT With VAT 20.00" in text
    assert "0.00 Exempt" in text


def test_one_closing_is_a_pdf_with_all_late_sales(as_alice, alice, closed):
    made, address = closed[1], f"{CLOSINGS}{closed[1]['id']}/file/?format=pdf"
    response = as_alice.get(address)
    assert response.headers["Content-Disposition"] == f'attachment; filename="closing-{made["id"]}.pdf"'
    [text] = read_pages(response.content)
    for part in ("=Tea", "Closing 2 From", "Sales that arrived late", f"Counted {made['counted']} EUR", "Difference"):
        assert part in text
    save_fields(alice, {"shop_language": "de", "csv_format": "european", "currency": "JPY"})
    [text] = read_pages(as_alice.get(address).content)
    assert "Gezählt 40 JPY" in text


def test_files_of_one_closing_have_words_for_people(as_alice, closed):
    first = f"{CLOSINGS}{closed[0]['id']}/file/?format=csv"
    assert "payments,cash,16.00" in read_rows(as_alice.get(first))
    lines = read_rows(as_alice.get(first + PAGE))
    assert {"Payments,cash,16.00", "With VAT,0.00 E,24.00", "Cash taken out,,1.00"} <= {*lines}


def test_a_file_of_yen_has_whole_numbers(as_alice, alice):
    save_fields(alice, {"currency": "JPY"})
    sell(as_alice, make_product(alice, "Pot", 9, price="500"), 2)
    close(as_alice, "1000")
    [row] = read(as_alice)
    assert (row["total"], row["difference"]) == ("1000", "1000")


def test_closings_of_older_releases_are_in_files(as_alice, alice, closed, monkeypatch):
    describe = file_pages.describe
    monkeypatch.setattr(file_pages, "describe", lambda one: {**describe(one), "tips": [], "not_paid": None})
    assert [row["not_paid"] for row in read(as_alice)] == ["", "", ""]
    assert "Not paid yet" not in read_pages(as_alice.get(f"{CLOSINGS}?format=pdf").content)[0]


def test_a_closing_that_is_made_meanwhile_is_left_out(as_alice, alice, closed):
    table = file_pages.ClosingTable(file_pages.Closing.objects.for_user(alice), alice)
    sell(as_alice, make_product(alice, "Pot", 9, price="7.00"), payments=[{"kind": "voucher"}])
    close(as_alice)
    assert len([*table.read()]) == 4


def test_a_pdf_has_a_limit(as_alice, closed, monkeypatch):
    monkeypatch.setattr(file_pages, "MAX_ON_PAPER", 2)
    refused = as_alice.get(f"{CLOSINGS}?format=pdf")
    assert (refused.status_code, refused.json()["code"]) == (400, "report_too_long")


def test_who_may_read_closings_may_read_their_files(alice, as_bob, as_charlie, as_dora, as_nobody, closed):
    vera, cora = (make_user(role, role=role, employer=alice) for role in (Role.VIEWER, Role.COUNTER))
    clients = (as_bob, client_of(vera), client_of(cora), as_nobody)
    for query in ("", "?format=csv", "?format=pdf"):
        assert [client.get(f"{CLOSINGS}{query}").status_code for client in clients] == [200, 200, 403, 401]
    address = f"{CLOSINGS}{closed[0]['id']}/file/?format=pdf"
    assert [client.get(address).status_code for client in (*clients, as_charlie)] == [200, 200, 403, 401, 404]
    for stranger in (as_charlie, as_dora):
        assert read(stranger) == []
        assert "Closing 1" not in read_pages(stranger.get(f"{CLOSINGS}?format=pdf").content)[0]


@all_cases(("address", "names"), [
    (CLOSINGS, {"Excel": "xlsx", "CSV": "csv", "PDF": "pdf"}), ("{}", {"Excel": "xlsx", "CSV": "csv", "PDF": "pdf"}),
    ("/api/reports/taxes/", {"Excel": "xlsx", "CSV": "csv", "PDF": "pdf"}),
])  # fmt: skip
def test_the_pages_lead_to_their_files(alice, closed, address, names):
    page = Browser(alice).get_page(address.format(f"{CLOSINGS}{closed[0]['id']}/"))
    for name, file_format in names.items():
        assert re.search(rf'format={file_format}[^"]*">{name}<', page), name
