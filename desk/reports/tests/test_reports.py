"""The common rules of all reports: JSON and CSV, one statement, limits, and ownership."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.http.schema_checks import SCHEMA_CACHE
from core.money.sums import write_by_unit
from desk.reports.cards import REPORTS as REPORT_LIST
from desk.reports.reading import statements as reading
from desk.reports.tests.reporting import NAMES, REPORTS, ago, book, read_csv, read_report
from desk.reports.toolkit.parameters import MAX_DAYS_IDLE
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.laws.routes import list_api_routes
from testing.tables import all_cases
from trade.purchasing.demand import MAX_COVER, MAX_DAYS

# These have tests of their own: a row of "taxes" is a rate, of which there are few, "makings" need recipes, and "owed"
# needs customers.
NAMED_ROWS = tuple(name for name in NAMES if name not in ("taxes", "makings", "owed"))
LISTS = tuple(name for name in NAMED_ROWS if name != "valuation")
NUMBERED = tuple(name for name in LISTS if name != "stock-list")  # the others have cursors
NOT_OF_FILES = ("decimals", "offers", "amount")
every_report = all_cases("name", NAMED_ROWS)
every_numbered_list = all_cases("name", NUMBERED)


def create_sold_cups(client, owner, number, name="=Cup"):
    """Create products that appear in every report: sold 20 days ago, idle since then, and low, also at a place."""
    place = client.post("/api/locations/", {"name": f"{name} shelf"}).json()["id"]
    for n in range(number):
        tea = Category.objects.create(owner=owner, name=f"{name} {n}")
        mill = Supplier.objects.create(owner=owner, name=f"{name} mill {n}")
        cup = make_product(
            owner,
            f"{name} {n}",
            sku=f"@{n}",
            category=tea,
            cost_price="1.00",
            supplier=mill,
            min_threshold=60,
            supplier_sku="@s",
        )
        book(client, cup, "IN", 50, ago(25))
        book(client, cup, "OUT", 1 + n, ago(20))
        lines = [{"product": cup.pk, "low_at": "1", "fill_to": "5"}]
        client.put(f"/api/locations/{place}/levels/", {"lines": lines}, format="json")
    Product.objects.filter(owner=owner).update(created_at=ago(60))


@pytest.fixture
def cups(as_alice, alice):
    create_sold_cups(as_alice, alice, 3)


def query_for(name, **query):
    """Return the query with which the report contains the cups."""
    return {**({"days": 10} if name == "idle" else {}), **query}


def read_list(client, name, **query):
    """Return the rows of the report as JSON."""
    found = read_report(client, name, **query_for(name, **query))
    return found.get("results", found.get("categories"))


@every_report
def test_csv_and_json_agree_and_formulas_are_guarded(as_alice, cups, name):
    found = read_list(as_alice, name, **({"page_size": 100} if name in LISTS else {}))
    assert len(found) >= 3
    for row in found:
        for column in NOT_OF_FILES:  # files have amounts
            row.pop(column, None)
        row.update({"by_unit": write_by_unit(row["by_unit"])} if "by_unit" in row else {})
        row.update({column: str(v).lower() for column, v in row.items() if isinstance(v, bool)})
    assert read_csv(as_alice, name, **query_for(name)) == [
        {column: f"'{v}" if str(v).startswith(("=", "@")) else "" if v is None else str(v) for column, v in row.items()}
        for row in found
    ]


@pytest.fixture
def semicolon(as_alice, alice):
    create_sold_cups(as_alice, alice, 1, name="Cup;=cmd")


@every_report
def test_formulas_after_semicolons_are_guarded(as_alice, semicolon, name):
    text = as_alice.get(f"{REPORTS}{name}/", query_for(name, format="csv")).getvalue().decode()
    assert "Cup;'=cmd" in text
    assert ";=" not in text


@every_report
def test_the_csv_is_an_attachment_with_the_columns_of_the_json(as_alice, cups, name):
    answer = as_alice.get(f"{REPORTS}{name}/", {"format": "csv"}, HTTP_ACCEPT="text/html")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert answer.getvalue().decode().partition("\r\n")[0].split(",") == [
        column for column in read_list(as_alice, name)[0] if column not in NOT_OF_FILES
    ]


@every_report
def test_a_browser_gets_an_html_page(alice, cups, name):
    browser = Client(headers={"Accept": "text/html"})
    browser.force_login(alice)
    for query in ({}, {"format": "api"}):
        page = browser.get(f"{REPORTS}{name}/", query_for(name, **query))
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "=Cup 1" in page.text
        assert 'class="pagination"' not in page.text
    assert browser.get(f"{REPORTS}{name}/", {"format": "json"}).headers["Content-Type"] == "application/json"


def list_statements(client, name, form):
    """Return the SELECT statements of a request for the report."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(
            f"{REPORTS}{name}/", query_for(name, **({"page_size": 100} if name in LISTS else {}), format=form)
        )
        assert len(answer.getvalue().splitlines()) >= (3 if form == "csv" else 1)
    return [query["sql"] for query in captured if "SELECT" in query["sql"]]


@pytest.fixture
def two_lengths(as_alice, alice, as_charlie, charlie):
    create_sold_cups(as_alice, alice, 2)
    create_sold_cups(as_charlie, charlie, 8)


# The offers; or after the ids of the sales on the page the kept days, and the sums of other days and the rows, both
# with a time limit.
MORE_STATEMENTS = {("reorder", "json"): 1, ("sales", "json"): 5}


@every_report
@all_cases("form", ["json", "csv"])
def test_a_report_takes_one_statement_whatever_its_length(as_alice, as_charlie, two_lengths, name, form):
    for client in (as_alice, as_charlie):
        user, allowance, statement, *more = list_statements(client, name, form)
        assert len(more) == MORE_STATEMENTS.get((name, form), 0)
        assert "users_user" in user
        assert "statement_timeout" in allowance
        assert "products_product" in (more[-1] if name == "sales" and more else statement)


@every_report
def test_a_csv_with_too_many_rows_is_refused(as_alice, cups, monkeypatch, name):
    rows = len(read_csv(as_alice, name, **query_for(name)))
    with monkeypatch.context() as limited:
        limited.setattr(reading, "MAX_ROWS", rows - 1)
        answer = as_alice.get(f"{REPORTS}{name}/", query_for(name, format="csv"))
        assert (answer.status_code, answer.json()["code"]) == (400, "report_too_long")
        assert answer.json()["limit"] == rows - 1
        limited.setattr(reading, "MAX_ROWS", rows)
        limited.setattr(reading, "ROWS_AT_A_TIME", 2)
        assert len(read_csv(as_alice, name, **query_for(name))) == rows


NAMED_BY = {"reorder": "supplier", "sales": "reference"}


@every_numbered_list
def test_a_page_past_the_end_is_a_404(as_alice, cups, name):
    everything = read_list(as_alice, name)
    pages = [read_report(as_alice, name, **query_for(name), page_size=2, page=number) for number in (1, 2)]
    assert [row for page in pages for row in page["results"]][:4] == everything[:4]
    assert {page["count"] for page in pages} == {len(everything)}
    first = as_alice.get(f"{REPORTS}{name}/", query_for(name, page_size=2), HTTP_ACCEPT="text/html")
    assert 'class="pagination"' in first.text
    for number in (9999, 10**18, "9" * 400):
        answer = as_alice.get(f"{REPORTS}{name}/", query_for(name, page=number))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert read_list(as_alice, name, **{NAMED_BY.get(name, "category"): "nothing"}) == []


# A report that is not in MALFORMED has these parameters, and its own tests for others.
MALFORMED_EVERYWHERE = [("product", "abc"), ("category", "x" * 256), ("format", "xml"), ("page", "0")]
MALFORMED = {
    "movements": [
        ("from", "yesterday"), ("from", "0000-01-01"), ("to", "99999-01-01"), ("to", "2026-13-01"), ("from", "\0"),
        ("clock", "wall"), ("product", "abc"), ("product", "-1"), ("product", "9" * 20), ("category", "a\0b"),
        ("category", "x" * 256), ("format", "xml"), ("page", "0"), ("page_size", "x"),
    ],
    "valuation": [("as_of", "1999-12-31"), ("as_of", "\0"), ("clock", "wall"), ("format", "xml")],
    "idle": [("days", word) for word in ("0", "-1", "1.5", "x", "\0", str(MAX_DAYS_IDLE + 1), str(10**12), "9" * 400)],
    "reorder": [
        ("days", "0"), ("days", "x"), ("days", str(MAX_DAYS + 1)), ("cover", "-1"), ("cover", "1.5"), ("cover", "１"),
        ("cover", str(MAX_COVER + 1)), ("cover", "9" * 400), ("basis", "tomorrow"), ("supplier", "a\0b"),
        ("supplier", "x" * 256),
        ("format", "xml"), ("page", "0"), ("page_size", "x"),
    ],
    "stock-list": [
        ("as_of", "1999-12-31"), ("clock", "wall"), ("by", "category"), ("supplier", "a\0b"), ("location", "x" * 256),
        ("tag", "a,,b"), ("tag", "x" * 41), ("low_stock", "perhaps"), ("format", "xml"), ("page_size", "x"),
    ],
    "days-left": [("days", word) for word in ("0", "-1", "1e5", "１", str(MAX_DAYS + 1), str(10**12), "9" * 400)],
}  # fmt: skip


@all_cases("form", ["json", "csv"])
@all_cases(
    ("name", "parameter", "value"), [(n, *case) for n in NAMES for case in MALFORMED.get(n, MALFORMED_EVERYWHERE)]
)
def test_the_400_names_a_malformed_parameter(as_alice, name, parameter, value, form):
    answer = as_alice.get(f"{REPORTS}{name}/", {"format": form, parameter: value})
    if form == "csv" and parameter.startswith("page"):  # a file has no pages
        assert answer.status_code == 200
    else:
        assert (answer.status_code, list(answer.json())) == (400, [parameter])


@every_report
def test_empty_parameters_are_ignored(as_alice, cups, name):
    empty = dict.fromkeys(SCHEMA_CACHE.find_operation(f"api/reports/{name}/", "GET").parameters, "")
    assert len(empty) > 2
    assert read_report(as_alice, name, **empty) == read_report(as_alice, name)


HIDDEN = {"unit_cost", "cost", "average_cost", "value_at_cost", "products_without_cost", "margin"}


def hide_costs(rows):
    """Return the rows of a report as a worker sees them."""
    hidden = [{**row, **dict.fromkeys(row.keys() & HIDDEN)} for row in rows]
    return [{**row, "offers": hide_costs(row["offers"])} if "offers" in row else row for row in hidden]


@every_report
def test_reports_are_read_only_and_contain_only_the_account_s_rows(
    as_alice, as_bob, as_charlie, charlie, as_dora, as_nobody, cups, name
):
    theirs = read_list(as_alice, name)
    create_sold_cups(as_charlie, charlie, 1, name="Pot")
    assert read_list(as_alice, name) == theirs
    assert read_list(as_bob, name) == hide_costs(theirs)
    assert {row.get("name") or row.get("category_name") or row["products"] for row in read_list(as_charlie, name)} == {
        "Pot 0"
    }
    assert read_list(as_dora, name) == read_csv(as_dora, name) == []
    assert as_nobody.get(f"{REPORTS}{name}/").status_code == 401
    assert as_alice.post(f"{REPORTS}{name}/", {}).status_code == 405


def test_only_who_sees_costs_reads_the_reports_of_costs(as_bob):
    """The list is repeated here: opening a report requires a change in two places."""
    statuses = {report.name: as_bob.get(f"{REPORTS}{report.name}/").status_code for report in REPORT_LIST}
    assert {name for name, status in statuses.items() if status == 403} == {
        "accounts", "costs-changed", "kits", "losses", "margins",
    }  # fmt: skip


def test_reports_are_limited_like_other_long_requests():
    """Like for exports, an account can run at most two long requests at a time in each process."""
    views = [route.view for route in list_api_routes() if route.address.startswith(REPORTS)]
    assert len(views) >= 6
    assert all(view.is_long_running for view in views)


@all_cases("report", REPORT_LIST)
def test_the_document_has_each_report_with_its_parameters(report):
    document = (settings.BASE_DIR / "docs" / "reports.md").read_text(encoding="utf-8")
    assert document.partition("\n## ")[0].count(f"[{report.name}](#") == 1  # the table of all reports
    [section] = re.findall(rf"^## .*: `/api/reports/{report.name}/`\n(.*?)^## ", document, re.MULTILINE | re.DOTALL)
    said = section + "`from` `to` `period`" if "(#periods)" in section else section
    assert [one.name for one in report.parameters if not re.search(f"`{one.name}[`=]", said)] == []
