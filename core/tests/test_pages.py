"""Pages for people: tables, sorting, filters, the remembered view, refusals, and the number of statements."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.pages.columns import Display, PageCell, PageColumn, list_shown
from core.pages.mixin import PageMixin
from products.models import Product
from suppliers.models import Supplier
from testing.cast.people import make_product, make_products
from testing.cast.shops import create_picture
from testing.clock import set_clock
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User


def read_cells(page):
    """Return the texts of the page's first table, row by row. Marks are in brackets."""
    body = page.partition('<div class="table"')[2].partition("</table>")[0].partition("<tbody>")[2]
    rows = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]
    return [[read_text(cell) for cell in row] for row in rows]


def read_text(markup):
    marked = re.sub(r'<b class="chip[^>]*>([^<]*)</b>', r"[\1]", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", marked)).strip()


def count_statements(browser, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        browser.get_page(address)
    return len(captured)


# --- Tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_list_is_a_table_whose_rows_are_links(browser, alice):
    acme = Supplier.objects.create(owner=alice, name="Acme & Sons")
    kettle = make_product(alice, "Kettle <1 l>", 1200, sku="K-1", price="1234.5", supplier=acme)
    page = browser.get_page("/api/products/")
    assert read_cells(page) == [["Kettle <1 l>", "K-1", "1,200", "1,234.50", "–", "Acme & Sons", "–", ""]]
    assert f'<a href="/api/products/{kettle.pk}/">Kettle &lt;1 l&gt;</a>' in page
    assert f'<a href="/api/suppliers/{acme.pk}/">Acme &amp; Sons</a>' in page


@pytest.mark.quick
def test_an_optional_column_is_shown_if_a_row_has_a_value():
    column, rows = PageColumn("note", "Note", is_optional=True), [{"note": ""}, {"note": "blue"}]
    assert [list_shown([column], part) for part in (rows, rows[:1])] == [[column], []]


@pytest.mark.quick
def test_a_row_that_is_chosen_is_sent_by_its_id(browser, alice):
    cup, axe = make_product(alice, "Cup"), make_product(alice, "Axe")
    page = browser.get_page("/api/products/?ordering=name")
    sent = re.findall('<input type="checkbox" name="product" value="([0-9]+)"', page)
    assert sent == [str(axe.pk), str(cup.pk)]


@pytest.mark.quick
def test_low_and_expired_products_are_marked_by_words(browser, alice):
    make_product(alice, "Few", 2, min_threshold=5)
    make_product(alice, "None", 0, min_threshold=5)
    make_product(alice, "Old", 9, expiration_date="2020-01-01")
    rows = read_cells(browser.get_page("/api/products/"))
    assert [(row[2], row[6]) for row in rows] == [
        ("2 [low]", "–"), ("0 [out of stock]", "–"), ("9", "1 Jan 2020 [expired]"),
    ]  # fmt: skip


def test_units_have_a_column_if_one_is_no_piece_and_is_not_written_with_the_quantity(browser, alice):
    make_product(alice, "Cup", 20, unit="pcs")
    make_product(alice, "Tea", 1500, unit="kg", decimals=3)
    assert "Unit</th>" not in browser.get_page("/api/products/")
    make_product(alice, "Oil", 40, unit="bottles")
    page = browser.get_page("/api/products/")
    assert [row[2:4] for row in read_cells(page)] == [["20", "–"], ["1.500 kg", "–"], ["40", "bottles"]]


def test_a_page_for_people_has_twenty_rows_and_a_program_gets_ten(browser, as_alice, alice):
    for number in range(25):
        make_product(alice, f"Cup {number}")
    page = browser.get_page("/api/products/")
    assert len(read_cells(page)) == 20
    assert "25 in all" in page
    assert "GET</b> /api/products/?page_size=20</code>" in page
    assert "page=2&amp;page_size=20" in page
    assert len(read_cells(browser.get_page("/api/products/?page=2"))) == 5
    assert len(as_alice.get("/api/products/").json()["results"]) == 10
    assert len(read_cells(browser.get_page("/api/products/?page_size=3"))) == 3


@pytest.mark.quick
def test_the_page_of_a_row_has_a_table_of_its_rows(browser, kettle):
    page = browser.get_page(f"/api/stock/operations/{kettle.movements.get().operation_id}/")
    assert [row[0] for row in read_cells(page)] == ["Kettle"]


@pytest.mark.quick
def test_a_list_in_which_nothing_matches_offers_to_show_all(browser):
    empty, filtered = (browser.get_page(f"/api/suppliers/{query}") for query in ("", "?search=Acme"))
    link = '<a class="button" href="/api/suppliers/">Show all</a>'
    assert [link in page for page in (empty, filtered)] == [False, True]


@all_cases("address", ["/api/stock/", "/api/stock/operations/", "/api/item-changes/", "/api/users/events/"])
def test_an_empty_log_says_so(browser, address):
    page = browser.get_page(address)
    assert 'class="empty"' in page
    assert "<tbody>" not in page


def test_an_empty_list_says_what_to_do_first(browser, bob):
    page = browser.get_page("/api/products/")
    assert "No products yet." in page
    assert '<a class="button" href="import/">Import a file</a>' in page
    assert "Import a file" not in Browser(bob).get_page("/api/products/")
    assert "Nothing matches." in browser.get_page("/api/products/?low_stock=true")


@all_cases(
    ("moment", "shown"),
    [
        ("2026-11-26T22:30:00Z", "yesterday 23:30"), ("2026-11-26T23:30:00Z", "today 00:30"),
        ("2026-11-27T23:30:00Z", "tomorrow 00:30"), ("2026-11-25T22:59:00Z", "25 Nov 23:59"),
        ("2025-12-31T23:30:00Z", "1 Jan 00:30"), ("2025-12-31T22:30:00Z", "31 Dec 2025 23:30"),
        ("2026-12-31T23:30:00Z", "1 Jan 2027 00:30"),
    ],
)  # fmt: skip
def test_a_time_is_that_of_the_shop_in_short(monkeypatch, moment, shown):
    set_clock(monkeypatch, "2026-11-27T08:00:00+01:00")
    assert Display("Europe/Berlin").moment(moment) == shown


@all_cases(("day", "shown"), [("2026-11-27", "27 Nov"), ("2025-11-27", "27 Nov 2025"), ("2027-01-01", "1 Jan 2027")])
def test_a_date_has_its_year_if_that_is_another_one(monkeypatch, day, shown):
    set_clock(monkeypatch, "2026-11-27T08:00:00+01:00")
    assert Display().date(day) == shown


def test_a_page_has_times_for_programs_too(browser, kettle):
    page = browser.get_page(f"/api/products/{kettle.pk}/")
    assert re.search(r'<time datetime="20\d\d-\d\d-\d\dT\d\d:\d\d:[^"]*">today \d\d:\d\d</time>', page)


@pytest.mark.quick
def test_paper_and_files_have_whole_dates():
    display = Display("Europe/Berlin", "EUR", is_kept=True)
    assert display.moment("2026-07-01T22:30:00Z") == "2026-07-02 00:30"
    assert display.date("2026-07-01") == "2026-07-01"


def test_numbers_and_money_are_written_for_the_shop():
    display = Display("Europe/Berlin", "EUR")
    assert display.money("1234.5") == "1,234.50 EUR"
    assert (display.signed(-1200), display.signed(3)) == ("\N{MINUS SIGN}1,200", "+3")
    assert display.words("signed_out_everywhere") == "signed out everywhere"


PAGES = {
    "/api/dashboard/": "Value by category",
    "/api/products/alerts/": "Low on stock",
    "/api/categories/": "No categories yet.",
    "/api/stock/levels/": "Kettle",
    "/api/stock/verify/": "The numbers are right",
    "/api/stock/history/{}/": "History of Kettle",
    "/api/products/{}/statement/": "History of Kettle",
    "/api/reports/movements/": "Kettle",
    "/api/reports/valuation/": "By category",
    "/api/reports/idle/?days=1": "Every product has moved in this time.",
    "/api/reports/days-left/": "Nothing was sold in this time.",
    "/api/items/": "Kettle",
    "/api/items/levels/": "Kettle",
    "/api/item-changes/": "Kettle",
    "/api/stock/operations/": "opening",
    "/api/users/": "alice",
}


@all_cases("address", PAGES)
def test_every_list_and_report_is_a_page_with_its_json_for_developers(browser, kettle, address):
    page = browser.get_page(address.format(kettle.pk))
    people, developers, _ = page.partition('<details class="developers">')
    assert PAGES[address] in people
    assert developers
    assert 'class="switch"' in people


def test_a_report_has_a_form_for_its_parameters_and_a_link_to_its_file(browser, kettle):
    page = browser.get_page("/api/reports/movements/?from=2026-01-01&to=2026-02-01")
    assert '<input name="from" id="parameter-from" type="date" value="2026-01-01"' in page
    assert "/api/reports/movements/?_from_page=1&amp;format=csv&amp;from=2026-01-01&amp;to=2026-02-01" in page


def test_events_show_the_names_of_users(browser, alice, bob):
    Browser(alice).put(f"/api/users/{bob.pk}/", is_active="")
    [row] = read_cells(browser.get_page("/api/users/events/"))
    assert row[1:4] == ["deactivated", "bob", "alice"]


# --- Order and filters -----------------------------------------------------------------------------------------------


def test_the_heads_sort(browser, alice):
    for name, quantity in (("Bowl", 3), ("Axe", 1), ("Cup", 2)):
        make_product(alice, name, quantity)
    page = browser.get_page("/api/products/?search=&page=1")
    assert '<a href="?search=&amp;ordering=name">Product</a>' in page
    assert '<a href="?search=&amp;ordering=-quantity">In stock</a>' in page
    page = browser.get_page("/api/products/?ordering=name")
    assert [row[0] for row in read_cells(page)] == ["Axe", "Bowl", "Cup"]


@pytest.mark.quick
def test_the_head_that_sorts_reverses_the_order(browser, kettle):
    up, down = (browser.get_page(f"/api/products/?ordering={order}") for order in ("name", "-name"))
    assert 'aria-sort="ascending"><a href="?ordering=-name">Product</a>' in up
    assert 'aria-sort="descending"><a href="?ordering=name">Product</a>' in down


def test_a_refused_filter_is_a_page_with_the_open_form_and_the_error_beside_the_field(browser, kettle):
    response = browser.client.get("/api/products/?min_price=x&category=Tea&ordering=-price")
    assert response.status_code == 400
    form = response.text.partition('<form class="search used" id="filters"')[2].partition("</form>")[0]
    assert '<details class="more-filters" open>' in form
    field = form.partition('<input name="min_price"')[2].partition("</div>")[0]
    assert 'value="x"' in field
    assert '<p class="error">Enter an amount, 12.50 for instance.</p>' in field
    assert '<input name="category" id="parameter-category" value="Tea"' in form
    assert '<input type="hidden" name="ordering" value="-price">' in form


def test_a_refused_parameter_of_a_report_is_beside_its_field(browser, kettle):
    response = browser.client.get("/api/reports/idle/?days=0")
    assert response.status_code == 400
    field = response.text.partition('<input name="days"')[2].partition("</div>")[0]
    assert '<p class="error">Enter a whole number from 1.</p>' in field


def test_a_refusal_without_a_field_is_said_above_the_form(browser, kettle):
    response = browser.client.get("/api/products/?min_prise=3")
    assert response.status_code == 400
    assert "min_prise: There is no such parameter. Did you mean min_price?" in html.unescape(response.text)
    assert '<a class="button" href="/api/products/">Without filters</a>' in response.text


def test_the_search_keeps_the_filters(browser, kettle):
    page = browser.get_page("/api/products/?low_stock=false&search=ket&page=1")
    search = page.partition('<form class="search used" id="filters"')[2].partition("</form>")[0]
    assert 'name="search" value="ket"' in search
    assert (
        '<option value="false" selected>no</option>'
        in search.partition('<select name="low_stock"')[2].partition("</select>")[0]
    )
    assert 'name="page"' not in search


@pytest.mark.quick
def test_a_list_shows_its_first_filters_and_the_others_behind_more(browser, kettle):
    page = browser.get_page("/api/products/?_columns=x")
    form = page.partition('id="filters"')[2].partition("</form>")[0]
    first, _, more = form.partition('<details class="more-filters">')
    assert re.findall(r'<(?:input|select)[^>]* name="(\w+)"', first) == [
        "_columns", "search", "category", "supplier", "low_stock",
    ]  # fmt: skip
    assert 'name="min_price"' in more
    assert '<details class="more-filters" open>' in browser.get_page("/api/products/?min_price=1")
    assert '<details class="more-filters">' in browser.get_page("/api/products/?low_stock=true")


def test_names_beside_no_picture_begin_where_the_others_do(browser, alice, kettle):
    make_product(alice, "Cup")
    assert 'class="pic' not in browser.get_page("/api/products/")
    create_picture("kettle", kettle)
    rows = re.findall(r"<tr><td(.*?)</tr>", browser.get_page("/api/products/"))
    assert [row.partition(">")[0] for row in rows] == [' class="pic"', ' class="pic none"']


def test_a_script_that_searches_while_somebody_types_gets_the_list(browser, alice):
    make_product(alice, "Cup", sku="CUP-1")
    assert browser.client.get("/api/products/?search=CUP-1").status_code == 302
    assert "<tbody>" in browser.client.get("/api/products/?search=CUP-1", headers={"X-Task": "yes"}).text


# --- The remembered view ---------------------------------------------------------------------------------------------


def test_a_browser_remembers_who_prefers_json(browser, kettle):
    assert "<tbody>" in browser.get_page("/api/products/")
    assert "<tbody>" not in browser.get_page("/api/products/?_view=json")
    page = browser.get_page("/api/suppliers/")
    assert "<tbody>" not in page
    assert 'class="json"' in page
    assert "<tbody>" in browser.get_page("/api/products/?_view=page")
    assert "<tbody>" in browser.get_page("/api/products/")


def test_the_cookie_of_the_view_is_not_sent_to_other_sites_and_not_set_without_need(browser, kettle):
    assert "_view" not in browser.client.get("/api/products/").cookies
    cookie = browser.client.get("/api/products/?_view=json").cookies["_view"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("json", "Lax", True)
    assert "_view" not in browser.client.get("/api/products/?_view=other").cookies


def test_the_json_of_a_page_has_the_size_for_programs(browser, alice):
    for number in range(12):
        make_product(alice, f"Cup {number}")
    page = browser.get_page("/api/products/?_view=json")
    assert page.count("&quot;stock_sequence&quot;") == 10
    assert "GET</b> /api/products/</code>" in page


# --- Refusals --------------------------------------------------------------------------------------------------------


@all_cases("address", ["/api/products/99/", "/api/suppliers/99/", "/api/stock/operations/99/"])
def test_a_missing_row_is_a_page_with_a_way_on(browser, address):
    response = browser.client.get(address)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in response.text
    above = address.removesuffix("99/")
    assert re.search(rf'<a class="button" href="[^"]*{above}">', response.text)
    assert not re.search("/shop/(form|delete)/", response.text)


def test_a_page_past_the_end_links_to_the_list(browser, kettle):
    response = browser.client.get("/api/products/?page=9")
    assert response.status_code == 404
    assert '<a class="button" href="/api/products/">Without filters</a>' in response.text


def test_the_page_of_an_archived_product_offers_to_restore_it(browser, alice, bob, charlie, kettle):
    assert browser.client.delete(f"/api/products/{kettle.pk}/", headers=write_headers(browser)).status_code in (
        200,
        204,
    )
    response = browser.client.get(f"/api/products/{kettle.pk}/")
    assert response.status_code == 404
    assert "Kettle is archived" in response.text
    assert f'<a class="button primary" href="/api/products/{kettle.pk}/restore/">Restore</a>' in response.text
    assert "Restore" not in Browser(bob).client.get(f"/api/products/{kettle.pk}/").text
    assert "archived" not in Browser(charlie).client.get(f"/api/products/{kettle.pk}/").text


def write_headers(browser):
    browser.get_page("/api/products/")
    return {"Accept": "text/html", "X-CSRFToken": browser.client.cookies["csrftoken"].value}


def test_a_worker_is_not_offered_what_it_may_not_do(bob, kettle):
    page = Browser(bob).get_page("/api/products/")
    assert ">Excel</a>" in page
    assert ">Import products</a>" not in page
    operation = Browser(bob).get_page(f"/api/stock/operations/{kettle.movements.get().operation_id}/")
    assert ">Undo</a>" not in operation


def test_the_page_of_a_form_that_a_user_may_not_send_says_so(bob, kettle):
    operation = kettle.movements.get().operation_id
    page = Browser(bob).client.get(f"/api/stock/operations/{operation}/reverse/").text
    assert "This page is a form that you may not send" in html.unescape(page)
    assert f'/api/stock/operations/{operation}/">' in page


# --- Statements ------------------------------------------------------------------------------------------------------


def test_a_table_needs_no_more_statements_than_its_json_and_forms(browser, alice):
    make_product(alice, "First", 1)
    few = count_statements(browser, "/api/products/")
    for number in range(19):
        supplier = Supplier.objects.create(owner=alice, name=f"Number {number}")
        make_product(alice, f"Cup {number}", 3, supplier=supplier, category=f"Category {number}")
    assert Product.objects.count() == 20
    assert count_statements(browser, "/api/products/") == few
    assert count_statements(browser, "/api/products/?_view=json") == few


def test_views_declare_their_pages_on_the_mixin():
    """The renderer reads these names from the mixin only, so on another view they would do nothing."""
    names = [name for name in vars(PageMixin) if not name.startswith("_") and name != "filterset_class"]
    views = {route.view for route in list_api_routes() if route.view}
    assert len(views) > 40
    assert not [
        view for view in views if not issubclass(view, PageMixin) and any(hasattr(view, name) for name in names)
    ]


def test_the_pages_of_a_list_are_links_with_translated_names_and_a_gap_is_none(alice):
    make_products(alice, 15)
    browser = Browser(alice)
    page = browser.get_page("/api/products/?page_size=1&page=8")
    assert re.findall(r'rel="(prev|next)" aria-label="(\w+)"', page) == [("prev", "Previous"), ("next", "Next")]
    assert page.count("<li><span>…</span></li>") == 2
    assert 'aria-current="page">8</a>' in page
    User.objects.filter(pk=alice.pk).update(language="fr")
    assert 'rel="next" aria-label="Suivant"' in browser.get_page("/api/products/?page_size=1&page=8")


def test_a_page_has_one_primary_button(browser, kettle):
    for address in ("/api/stock/", "/api/products/", f"/api/products/{kettle.pk}/", "/api/suppliers/"):
        assert browser.get_page(address).count('class="button primary"') == 1, address


def test_lines_of_a_figure_break_between_its_numbers():
    cell = PageCell("In stock", "53.150 kg, −7,149 pcs", "number", "/a/")
    parts = "<span>53.150 <small>kg</small></span>, <span>−7,149 <small>pcs</small></span>"
    assert cell.figure == f'<a href="/a/">{parts}</a>'
    assert PageCell("Expires", "3 Dec", "short").figure == "<span>3 Dec</span>"


@pytest.mark.quick
def test_losses_are_red_and_gains_are_green(alice):
    shown = {"below": ["number minus", "number ", "number plus"], "above": ["number plus", "number ", "number minus"]}
    for losses, styles in shown.items():
        column = PageColumn("lost", "Lost", kind="change", losses=losses)
        assert [column.cell({"lost": number}, Display()).style for number in (-2, 0, 10)] == styles
