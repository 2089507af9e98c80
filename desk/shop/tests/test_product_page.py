"""The page of a product: its figures, buttons, last movements and the plot of its level."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.shop.tests.reading import find_field_errors
from products.models import CustomField, Product
from stock import product_page
from stock.models import Location, Lot
from testing.cast.orders import make_supplier, send_order
from testing.cast.people import let_use, make_product, make_user
from testing.cast.places import put_away
from testing.cast.reservations import reserve
from testing.reading.browser import Browser, read_task
from trade.purchasing.models import Order
from users.access.roles import Role

pytestmark = [pytest.mark.measured]


def book(client, product, movement_type, quantity, days_ago=0):
    occurred_at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    body = {
        "product": product.pk, "movement_type": movement_type, "quantity": quantity, "occurred_at": occurred_at,
    }  # fmt: skip
    assert client.post("/api/stock/", body).status_code == 201


def read_levels(client, owner, product):
    row = client.get(f"/api/products/{product.pk}/").json()
    return [level for _, level in product_page.read_levels(owner.pk, row, "UTC")[0]]


@pytest.fixture
def page(alice):
    acme = make_product(alice, "Kettle", 1200, unit="pcs", price="2.50", min_threshold=7, expiration_date="2020-01-01")
    return Browser(alice).get_page(f"/api/products/{acme.pk}/")


def read_figures(page):
    figures = page.partition('<dl class="figures">')[2].partition("</dl>")[0]
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", figures)
    return {title: re.sub(r"<[^>]+>", "", text) for title, text in found}


def read_head(page):
    """Return the price, the stock, what is beside them, and the facts at the head of the page of a product."""
    head = page.partition('<div class="product-head">')[2].partition('<nav class="actions"')[0]
    parts = r'<div class="price">(.*?)</div>|<p class="stock">(.*?)</p>|<div><dt>(.*?</dd>)|<li>(.*?)</li>'
    cells = re.findall(parts, head.replace("</dt>", " </dt>"), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", "".join(cell)).split()) for cell in cells]


def read_cells(page):
    """Return the values by their titles."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {title: re.sub(r"<[^>]+>", "", text).strip() for title, text in found}


def test_price_stock_and_what_is_to_know_of_it_come_first(page):
    assert read_head(page) == ["2.50", "In stock 1,200 pcs", "Sold in 30 days 0", "Expires 1 Jan 2020 expired"]
    assert {"Low at": "7", "Value": "3,000.00"}.items() <= read_cells(page).items()


def test_the_head_says_what_is_promised_and_what_comes(alice, as_alice):
    tea = make_product(alice, "Tea", 20_000, price="2.50", decimals=3, unit="kg")
    reserve(as_alice, tea, 5500)
    supplier, said = make_supplier(alice), []
    for day in ("2031-12-10", "2031-12-24"):
        send_order(as_alice, supplier, tea, quantity=1000, expected_on=day)
        said.append(read_head(Browser(alice).get_page(f"/api/products/{tea.pk}/")))
    assert said[0] == [
        "2.50", "In stock 20.000 kg", "Reserved 5.500 kg", "Available 14.500 kg", "On order 1.000 kg",
        "Expected 10 Dec 2031", "Sold in 30 days 0.000 kg",
    ]  # fmt: skip
    assert said[1][4:6] == ["On order 2.000 kg", "Expected 10 Dec 2031"]


def test_the_head_says_what_was_sold_less_what_came_back(alice, as_alice):
    tea = make_product(alice, "Tea", 20, price="2.50")
    line, booked = {"product": tea.pk, "quantity": 6}, {}
    for reason, movement_type in (("sale", "OUT"), ("damage", "OUT"), ("purchase", "IN")):
        body = {"reason": reason, "lines": [{**line, "movement_type": movement_type}]}
        booked[reason] = as_alice.post("/api/stock/operations/", body, format="json").json()
    sale = booked["sale"]
    returned = {"lines": [{"product": tea.pk, "quantity": 2}]}
    back = as_alice.post(f"/api/stock/operations/{sale['id']}/return/", returned, format="json").json()
    said = [read_head(Browser(alice).get_page(f"/api/products/{tea.pk}/"))[-1]]
    for undone in (back, sale):
        assert as_alice.post(f"/api/stock/operations/{undone['id']}/reverse/", {}, format="json").status_code == 201
        said.append(read_head(Browser(alice).get_page(f"/api/products/{tea.pk}/"))[-1])
    assert said == ["Sold in 30 days 4", "Sold in 30 days 6", "Sold in 30 days 0"]


def test_an_order_without_a_day_is_said_too(alice, as_alice, kettle):
    send_order(as_alice, make_supplier(alice), kettle, quantity=1200)
    Order.objects.update(expected_on=None)
    assert read_head(Browser(alice).get_page(f"/api/products/{kettle.pk}/"))[2:] == [
        "On order 1,200",
        "Sold in 30 days 0",
    ]


def list_edited(page):
    """Return the fields that the page offers to change, and those without a value that it offers to set."""
    values, _, unset = page.partition('<div class="unset">')
    return [re.findall(r'class="edit" href="[^"]+\?field=([\w.]+)"', part) for part in (values, unset)]


@pytest.mark.quick
def test_a_value_that_a_product_lacks_is_offered_to_be_set(alice, kettle):
    values, unset = list_edited(Browser(alice).get_page(f"/api/products/{kettle.pk}/"))
    assert ("barcode" in values, "barcode" in unset) == (False, True)


@pytest.mark.quick
def test_who_may_not_change_a_product_gets_no_links_to_its_form(alice, kettle):
    viewer = make_user("vera", role=Role.VIEWER, employer=alice)
    pages = [Browser(user).get_page(f"/api/products/{kettle.pk}/") for user in (alice, viewer)]
    assert ['class="edit"' in page for page in pages] == [True, False]


def test_each_value_leads_to_the_form_of_its_field_alone(alice):
    let_use(alice, "purchasing")
    acme = make_product(alice, "Kettle", 3, sku="K-1", min_threshold=2, cost_price="1.00", price="2.00")
    CustomField.objects.create(owner=alice, key="brand", label="Brand", type="text")
    browser = Browser(alice)
    values, unset = list_edited(browser.get_page(f"/api/products/{acme.pk}/"))
    assert values == ["name", "price", "sku", "min_threshold", "cost_price"]
    assert unset == [
        "barcode", "codes", "category", "supplier", "tags", "supplier_sku", "pack_size", "expiration_date",
        "description", "fields.brand",
    ]  # fmt: skip
    for name in values + unset:
        form = browser.task_values(f"/shop/form/products/{acme.pk}/?field={name}")
        assert [one for one in form if not one.startswith("_") and one != "csrfmiddlewaretoken"] == [name]


def test_who_may_not_change_products_is_offered_no_value(alice, kettle):
    viewer = make_user("vera", role="viewer", employer=alice)
    assert list_edited(Browser(viewer).get_page(f"/api/products/{kettle.pk}/")) == [[], []]


def test_a_value_is_changed_alone(alice, kettle):
    kettle.description = "Shiny"
    kettle.save(update_fields=["description"])
    response = Browser(alice).send_task(f"/shop/form/products/{kettle.pk}/?field=min_threshold", min_threshold="7")
    assert response.headers["Location"] == f"/api/products/{kettle.pk}/"
    kettle.refresh_from_db()
    assert (kettle.min_threshold, kettle.description) == (7, "Shiny")


def test_a_refused_value_is_shown_again_with_the_reason(alice, kettle):
    address = f"/shop/form/products/{kettle.pk}/?field=min_threshold"
    response = Browser(alice).send_task(address, min_threshold="many")
    assert (response.status_code, read_task(response.text)["min_threshold"]) == (400, ["many"])
    assert find_field_errors(response, "min_threshold") == ["Enter a whole number."]


def test_a_value_that_somebody_else_has_changed_is_named(alice, kettle):
    browser, address = Browser(alice), f"/shop/form/products/{kettle.pk}/?field=min_threshold"
    form = browser.task_values(address)
    Product.objects.filter(pk=kettle.pk).update(min_threshold=8)
    response = browser.client.post(address, form | {"min_threshold": "9"})
    assert (response.status_code, read_task(response.text)["min_threshold"]) == (409, ["9"])
    assert find_field_errors(response, "min_threshold") == ["Somebody else has changed this meanwhile. It is now: 8"]


def test_an_unknown_field_opens_the_whole_form(alice, kettle):
    assert "name" in Browser(alice).task_values(f"/shop/form/products/{kettle.pk}/?field=nothing")


def test_the_buttons_lead_to_forms_and_pages(alice):
    let_use(alice, "places")
    kettle = make_product(alice, "Kettle", 3)
    browser = Browser(alice)
    page = browser.get_page(f"/api/products/{kettle.pk}/")
    actions = page.partition('<nav class="actions"')[2].partition("</nav>")[0]
    links = dict(re.findall(r'href="([^"]+)">([\w ]+)</a>', actions))
    labels = ["Sell", "Receive", "Count"]
    more = ["Return", "Write off", "Move", "New order", "Labels", "History", "Purchases", "Edit"]
    more += ["Archive"]
    assert list(links.values()) == labels + more
    assert re.findall(r">([\w ]+)</a>", actions.partition("<details")[0]) == labels
    for address in links:
        assert browser.client.get(address.replace("&amp;", "&")).status_code == 200


def test_a_worker_gets_no_button_to_archive(alice, bob):
    kettle = make_product(alice, "Kettle", 3)
    page = Browser(bob).get_page(f"/api/products/{kettle.pk}/")
    assert ">Sell</a>" in page
    assert ">Archive</a>" not in page


def test_a_button_opens_the_form_with_the_product(alice):
    let_use(alice, "places")
    kettle = make_product(alice, "Kettle", 3)
    browser = Browser(alice)
    actions = browser.get_page(f"/api/products/{kettle.pk}/").partition('<nav class="actions"')[2]
    for title in ("Sell", "Receive", "Count", "Move", "Write off", "Labels", "New order"):
        address = re.search(rf'href="([^"]+)">{title}</a>', actions)[1].replace("&amp;", "&").partition("#")[0]
        assert browser.task_values(address)["product"][0] == f"Kettle (#{kettle.pk})", title


def test_the_last_ten_movements_are_shown(alice, as_alice):
    kettle = make_product(alice, "Kettle", 30)
    for _ in range(11):
        book(as_alice, kettle, "OUT", 1)
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/").partition("Last changes")[0]
    assert page.count('data-title="When"') == 10
    assert "opening" not in page.partition('<div class="table"')[2].partition("</table>")[0]


def test_the_levels_are_those_at_the_end_of_each_day_by_the_time_of_happening(alice, as_alice):
    kettle = make_product(alice, "Kettle")
    book(as_alice, kettle, "IN", 10, days_ago=20)
    book(as_alice, kettle, "OUT", 4, days_ago=3)
    book(as_alice, kettle, "OUT", 1)
    levels = read_levels(as_alice, alice, kettle)
    assert len(levels) == 90
    assert levels == [0] * 69 + [10] * 17 + [6] * 3 + [5]


def test_a_product_with_too_many_movements_has_no_plot(alice, as_alice, monkeypatch):
    kettle = make_product(alice, "Kettle", 10)
    monkeypatch.setattr(product_page, "MAX_MOVEMENTS_READ", 1)
    browser = Browser(alice)
    assert "<polyline" in browser.get_page(f"/api/products/{kettle.pk}/")
    book(as_alice, kettle, "OUT", 1)
    assert read_levels(as_alice, alice, kettle) == []
    assert "<polyline" not in browser.get_page(f"/api/products/{kettle.pk}/")


def test_a_product_without_movements_says_what_to_do(alice):
    kettle = make_product(alice, "Kettle")
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/")
    assert "Nothing has been recorded yet." in page
    assert "<polyline" not in page


def test_the_page_needs_five_statements_more_than_its_json(alice):
    kettle = make_product(alice, "Kettle", 10)
    browser, counts = Browser(alice), []
    for view in ("json", "page"):
        with CaptureQueriesContext(connection) as captured:
            browser.get_page(f"/api/products/{kettle.pk}/?_view={view}")
        counts.append(len(captured))
    assert counts[1] - counts[0] == 5


def test_a_product_without_places_has_no_table_of_them(page):
    assert "Locations and lots" not in page


def test_holdings_are_in_the_order_of_a_sale(alice, kettle):
    cellar = Location.objects.create(owner=alice, name="Cellar")
    lot = Lot.objects.create(owner=alice, product=kettle, code="H20", expires_on="2020-01-01")
    put_away(kettle, 2, location=cellar, lot=lot)
    put_away(kettle, 3, location=cellar)
    page = Browser(alice).get_page(f"/api/products/{kettle.pk}/")
    table = page.partition("Places and lots")[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", text).strip() for text in re.findall(r"<td[^>]*>(.*?)</td>", table, re.DOTALL)]
    assert cells == [
        "Cellar", "–", "–", "3", "not held", "–", "–", "5", "Cellar", "H20", "1 Jan 2020 expired", "2",
    ]  # fmt: skip


def test_only_the_form_of_a_new_product_marks_what_is_required(alice):
    browser, product = Browser(alice), make_product(alice)
    pages = map(browser.get_page, ("/shop/products/add/", "/shop/form/items/", f"/shop/form/products/{product.pk}/"))
    marked = [re.findall(r'<label for="field-(\w+)">[^<]*<small>required', page) for page in pages]
    assert marked == [["name", "price"], ["name", "price"], []]


def test_a_product_has_one_date_which_says_whether_it_is_that_of_a_lot(alice, as_alice):
    milk = make_product(alice, "Milk", 4, price="2.50", expiration_date="2098-01-02")
    page = Browser(alice).get_page(f"/api/products/{milk.pk}/")
    assert (read_head(page)[-1], read_cells(page)["Expires"]) == ("Expires 2 Jan 2098", "2 Jan 2098")
    lot = {"product": milk.pk, "movement_type": "IN", "quantity": 3, "lot": "M1", "expires_on": "2097-01-02"}
    assert as_alice.post("/api/stock/", lot, format="json").status_code == 201
    page = Browser(alice).get_page(f"/api/products/{milk.pk}/")
    assert read_head(page)[-1] == "The next lot expires 2 Jan 2097"
    assert "Expires" not in read_cells(page)
