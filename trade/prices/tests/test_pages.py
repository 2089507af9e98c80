"""The pages of prices: of a product, a kit, a customer, Sell, and of the edit of many."""

import html
import re

import pytest

from products.models import Tax
from testing.cast.people import client_of, make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.prices.tests.priced import make_customer, make_group, set_prices

pytestmark = pytest.mark.django_db
DOZEN = {"from": "12", "price": "8.50"}


def list_rows(owner, kind="products", goods=1):
    rows = client_of(owner).get(f"/api/{kind}/{goods}/prices/").json()["rows"]
    return [(row["from"], row["price"], row["price_group"], row["ends_on"]) for row in rows]


def make_line(price="", **cells):
    return {"price_group": "", "from": "", "price": price, "starts_on": "", "ends_on": "", **cells}


@pytest.mark.quick
def test_the_page_of_a_product_leads_to_its_prices(alice, tea, regulars):
    assert f"/api/products/{tea.pk}/prices/" in Browser(alice).get_page(f"/api/products/{tea.pk}/")


def test_a_shop_without_prices_sees_none_of_their_fields_and_buttons(alice, as_alice, tea):
    customer = make_customer(alice)
    browser, chosen = Browser(alice), f"product={tea.pk}"
    for page in (f"/api/products/{tea.pk}/", f"/shop/form/customers/{customer}/", f"/shop/edit/price/?{chosen}"):
        assert not re.search(r'/prices/|name="(price_group|rows)"', browser.get_page(page))


@pytest.mark.quick
@all_cases(("who", "sees"), [("alice", True), ("bob", False)])
def test_the_prices_of_a_product_have_margins_for_who_sees_costs(request, alice, tea, regulars, who, sees):
    tea.cost_price = "4.00"
    tea.tax = Tax.objects.create(owner=alice, name="VAT", rate="25.00")
    tea.save(update_fields=["cost_price", "tax"])
    set_prices(alice, tea, DOZEN | {"price_group": regulars})
    page = Browser(request.getfixturevalue(who)).get_page(f"/api/products/{tea.pk}/prices/")
    assert re.search(r"Regulars</a>.*8\.50", page, re.DOTALL)
    assert ("2.80" in page) is sees  # 8.50 / 1.25 - 4.00
    assert (f"/shop/prices/products/{tea.pk}/" in page) is sees


def test_the_margin_of_a_kit_whose_parts_cost_nothing_alone_is_without_vat(alice):
    vat = Tax.objects.create(owner=alice, name="VAT", rate="25.00")
    card = make_product(alice, "Card", price="0.00", cost_price="1.00", tax=vat)
    kit = make_kit(alice, "Cards", {card.pk: 3}, price="10.00")["id"]
    set_prices(alice, kit, {"price": "9.00"}, kind="kits")
    assert "4.20" in Browser(alice).get_page(f"/api/kits/{kit}/prices/")  # 9.00 / 1.25 - 3.00


@all_cases("kind", ["products", "kits"])
def test_a_form_replaces_the_prices(alice, tea, basket, regulars, kind):
    goods = tea.pk if kind == "products" else basket
    set_prices(alice, goods, {"price": "7.00"}, kind=kind)
    lines = make_line("8,50", **{"from": "12"}), make_line("9", price_group=regulars, ends_on="2030-12-24"), make_line()
    answer = Browser(alice).send_task(f"/shop/prices/{kind}/{goods}/", *lines)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/api/{kind}/{goods}/prices/")
    assert list_rows(alice, kind, goods) == [(None, "9.00", regulars, "2030-12-24"), ("12", "8.50", None, None)]


def test_a_form_shows_and_keeps_the_prices_of_an_archived_group(alice, as_alice, tea, regulars):
    set_prices(alice, tea, {"price_group": regulars, "price": "8.00"})
    as_alice.delete(f"/api/price-groups/{regulars}/")
    browser, address = Browser(alice), f"/shop/prices/products/{tea.pk}/"
    assert f'<option value="{regulars}" selected>Regulars' in browser.get_page(address)
    assert browser.send_task(address, make_line("8.00", price_group=regulars), make_line(**DOZEN)).status_code == 303


def test_a_form_does_not_replace_what_somebody_else_has_written(alice, tea, regulars):
    browser, address = Browser(alice), f"/shop/prices/products/{tea.pk}/"
    shown = browser.task_values(address)["shown"]
    set_prices(alice, tea, DOZEN)
    answer = browser.send_task(address, make_line("5.00"), shown=shown)
    assert (answer.status_code, list_rows(alice, goods=tea.pk)) == (412, [("12", "8.50", None, None)])


@all_cases(
    ("line", "wrong"),
    [
        ({"price": "x"}, "price"),
        ({"from": "12"}, "price"),
        ({"price": "1", "ends_on": "2030-13-01"}, "ends_on"),
        ({"price": "1", "from": "0"}, "from"),
    ],
)
def test_a_wrong_cell_is_marked(alice, tea, regulars, line, wrong):
    answer = Browser(alice).send_task(f"/shop/prices/products/{tea.pk}/", make_line(**line))
    assert (answer.status_code, re.findall(r'id="errors-([a-z_]+)-0"', answer.text)) == (400, [wrong])


@all_cases(("who", "status"), [("bob", 403), ("charlie", 404)])
def test_only_who_manages_products_opens_the_form(request, alice, tea, who, status):
    assert Browser(request.getfixturevalue(who)).client.get(f"/shop/prices/products/{tea.pk}/").status_code == status


def test_who_manages_products_alone_sets_the_group_of_a_customer(alice, bob, ada, regulars):
    field = 'name="price_group"'
    assert field not in Browser(bob).get_page(f"/shop/form/customers/{ada}/")
    staff, browser = make_group(alice, "Staff"), Browser(alice)
    assert field in browser.get_page(f"/shop/form/customers/{ada}/")
    assert browser.send_task(f"/shop/form/customers/{ada}/", price_group=str(staff)).status_code == 303
    for page in (f"/api/customers/{ada}/", "/api/customers/"):
        assert f"/api/price-groups/{staff}/" in browser.get_page(page)


def test_a_customer_keeps_its_price_group_until_another_is_chosen(alice, as_alice, ada, regulars):
    staff, browser, form = make_group(alice, "Staff"), Browser(alice), f"/shop/form/customers/{ada}/"

    def read_group():
        return as_alice.get(f"/api/customers/{ada}/").json()["price_group"]

    assert browser.send_task(form, note="Regular").status_code == 303
    assert read_group() == regulars
    [option] = re.findall(r'<option value="([^"]*)"[^>]*>Staff<', browser.get_page(form))
    browser.send_task(form, price_group=option)
    assert read_group() == staff
    as_alice.delete(f"/api/price-groups/{staff}/")
    assert browser.send_task(form, note="Archived group").status_code == 303
    assert (read_group(), "Staff (archived)</option>" in browser.get_page(form)) == (staff, True)
    browser.send_task(form, price_group="")
    assert (read_group(), "Staff" in browser.get_page(form)) == (None, False)


def test_the_tiles_of_sell_show_the_price_that_applies(alice, as_alice, tea, regulars):
    as_alice.patch("/api/account/", {"tiles": [{"product": tea.pk}]}, format="json")
    set_prices(alice, tea, {"price": "8.20"}, DOZEN)
    page = Browser(alice).get_page("/shop/sell/")
    assert "8.20" in page


@all_cases(("chosen", "price"), [("true", "9.35"), ("", "8.50")])
def test_the_edit_of_many_changes_the_rows_if_it_is_asked_to(alice, tea, regulars, chosen, price):
    set_prices(alice, tea, DOZEN)
    browser, address = Browser(alice), f"/shop/edit/price/?product={tea.pk}"
    assert re.search(r'name="rows" value="true" checked', browser.get_page(address))
    answer = browser.send_task(address, **review(browser, address, tea, rows=chosen))
    assert (answer.status_code, list_rows(alice, goods=tea.pk)) == (303, [("12", price, None, None)])


def test_the_edit_of_many_changes_no_rows_that_it_has_not_shown(alice, tea, regulars):
    set_prices(alice, tea, DOZEN)
    browser, address = Browser(alice), f"/shop/edit/price/?product={tea.pk}"
    sent = review(browser, address, tea, rows="true")
    set_prices(alice, tea, {"price": "9.00"})
    answer = browser.send_task(address, **sent)
    assert (answer.status_code, list_rows(alice, goods=tea.pk)) == (400, [(None, "9.00", None, None)])


def review(browser, address, product, **fields):
    """Return what the page of the new values sends to save them."""
    sent = {"rule": "up", "by": "10", "round": "", "products": f"{product.pk}", "seen": "", **fields}
    page = browser.send_task(address, **sent).text
    shown = {name: html.unescape(re.search(f'name="{name}" value="(.*?)"', page)[1]) for name in ("seen", "seen_rows")}
    return {**sent, **shown, "save": "yes"}


def test_the_history_says_a_price_in_words(alice, regulars):
    tuna = make_product(alice, "Tuna", 1000, price="9.00", unit="kg", decimals=3)
    set_prices(alice, tuna, {"price_group": regulars, "from": "0.5", "price": "8.00", "ends_on": "2030-12-24"})
    page = Browser(alice).get_page(f"/api/products/{tuna.pk}/")
    assert "8.00 from 0.500 kg (Regulars, \N{EN DASH} 2030-12-24)" in page
