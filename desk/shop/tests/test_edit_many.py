"""The pages that edit many products show the old and the new values, save them, and offer to undo this."""

import html
import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from desk.shop.tests.reading import find_field_errors, find_refusals, read_message
from products.edit_many_pages import DOWN, DOWN_BY, UP, UP_BY, find_price
from products.models import Category, Product, Tax
from stock.goods.services import archive_product
from testing.cast.people import make_product
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases

EDIT = "/shop/edit/"
UNDO = re.compile(r'<form method="post" action="(/api/products/edits/[0-9]+/undo/)\?_back=([^"]*)">')


@pytest.fixture
def teas(alice, earl, assam):
    Product.objects.filter(pk=earl.pk).update(price="10.00")
    Product.objects.filter(pk=assam.pk).update(price="3.20")
    return f"?product={earl.pk}&product={assam.pk}"


def preview(browser, kind, chosen, **typed):
    return browser.send_task(f"{EDIT}{kind}/{chosen}", **typed)


def read_rows(response):
    """Return the cells of the table of the new values."""
    rows = re.findall(r"<tr>(.*?)</tr>", response.text.partition("<tbody>")[2].partition("</tbody>")[0])
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    return [tuple(html.unescape(re.sub("<[^>]*>", "", cell)) for cell in row) for row in cells]


def save(browser, kind, response):
    return browser.client.post(f"{EDIT}{kind}/", read_task(response.text))


def read_values(name):
    return dict(Product.objects.live().values_list("name", name))


def test_prices_are_shown_old_and_new_then_saved_and_undone(browser, teas):
    response = preview(browser, "price", teas, by="5", round="90")
    assert (response.status_code, read_rows(response)) == (
        200, [("Assam", "3.20", "3.90 more than asked"), ("Earl Grey", "10.00", "10.90")]
    )  # fmt: skip
    assert "1 product changes by more than asked" in response.text
    assert read_values("price") == {"Earl Grey": 10, "Assam": Decimal("3.20")}
    saved = save(browser, "price", response)
    assert saved.status_code == 303
    assert saved.headers["Location"] == "/api/products/"
    page = browser.get_page("/api/products/")
    assert "Changed 2 products." in page
    assert read_values("price") == {"Earl Grey": Decimal("10.90"), "Assam": Decimal("3.90")}
    address, back = UNDO.search(page).groups()
    form = page.partition(address)[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    undone = browser.client.post(f"{address}?_back={back}", hidden)
    assert read_message(browser, undone) == "Undone: 2 products are as before."
    assert read_values("price") == {"Earl Grey": 10, "Assam": Decimal("3.20")}


@pytest.mark.quick
def test_saving_leads_back_to_the_filtered_list(browser, teas):
    page = browser.get_page("/api/products/?search=tea&ordering=-price")
    [sent] = re.findall('<input type="hidden" name="list" value="([^"]*)">', page)
    address = f"{EDIT}price/{teas}&{urlencode({'list': html.unescape(sent)})}"
    saved = browser.client.post(address, read_task(browser.send_task(address, by="5").text))
    assert saved.headers["Location"] == "/api/products/?search=tea&ordering=-price"


@all_cases("sent", ["//other.example/", "\r\nSet-Cookie: a=b", "https://other.example"])
def test_saving_leads_to_no_other_site(browser, teas, sent):
    address = f"{EDIT}archive/{teas}&{urlencode({'list': sent})}"
    saved = browser.client.post(address, read_task(browser.get_page(address)))
    assert (saved.status_code, "Set-Cookie: a" in str(saved.headers)) == (303, False)
    assert saved.headers["Location"].startswith("/api/products/?")


@all_cases(
    ("rule", "by", "ending", "price", "new"),
    [
        (UP, "5", "", "10.00", "10.50"), (DOWN, "5", "", "9.99", "9.49"), (UP, "2.5", "", "0.10", "0.10"),
        (UP_BY, "0.50", "", "1.00", "1.50"), (DOWN_BY, "0.50", "", "1.00", "0.50"), (DOWN, "100", "", "1.00", "0.00"),
        (UP, "5", "90", "10.00", "10.90"), (UP, "5", "90", "10.30", "10.90"), (UP, "1", "90", "10.30", "10.90"),
        (UP, "1", "90", "10.20", "10.90"), (UP, "5", "90", "0.20", "0.90"), (UP, "5", "99", "10.00", "10.99"),
        (UP, "5", "05", "1.00", "1.05"), (UP, "7", "05", "1.00", "1.05"), (UP, "8", "05", "1.00", "1.10"),
        (UP, "5", "1", "10.00", "11.00"), (UP, "1", "1", "0.30", "1.00"),
        (UP, "5", "90", "2.10", "2.90"), (UP, "5", "99", "2.10", "2.99"), (UP_BY, "0.10", "1", "2.10", "3.00"),
        (UP, "1", "90", "1.90", "1.90"), (DOWN, "5", "90", "2.60", "1.90"), (DOWN, "5", "90", "0.50", "0.50"),
        (DOWN, "1", "05", "1.04", "1.00"), (DOWN_BY, "0.10", "1", "1.60", "1.00"), (DOWN, "5", "1", "2.00", "2.00"),
    ],
)  # fmt: skip
def test_rules_of_prices(rule, by, ending, price, new):
    assert str(find_price(Decimal(price), rule, Decimal(by), ending, "EUR")) == new


def test_prices_in_a_currency_without_decimals_stay_whole(alice, browser, teas):
    Product.objects.filter(name="Assam").update(price="330.00")
    type(alice).objects.filter(pk=alice.pk).update(currency="JPY")
    response = preview(Browser(type(alice).objects.get(pk=alice.pk)), "price", teas, by="5")
    assert read_rows(response) == [("Assam", "330", "347"), ("Earl Grey", "10", "11")]
    assert '<select name="round"' not in browser.get_page(f"{EDIT}price/{teas}")


def test_a_form_that_was_opened_in_a_currency_with_decimals_makes_whole_prices_in_one_without(alice, browser, teas):
    page = browser.get_page(f"{EDIT}price/{teas}")
    type(alice).objects.filter(pk=alice.pk).update(currency="JPY")
    response = browser.client.post(f"{EDIT}price/", read_task(page) | {"by": "5", "round": "90"})
    assert read_rows(response) == [("Assam", "3.20", "4 more than asked"), ("Earl Grey", "10", "11")]


@pytest.mark.quick
def test_no_raise_lowers_a_price_and_no_lowering_raises_one():
    for cents in range(1, 1300, 7):
        old = Decimal(cents) / 100
        for by in (Decimal("0.3"), Decimal(5)):
            for ending in ("", "90", "99", "05", "1"):
                for currency in ("EUR", "JPY"):
                    case = old, by, ending, currency
                    assert all(find_price(old, rule, by, ending, currency) >= old for rule in (UP, UP_BY)), case
                    assert all(find_price(old, rule, by, ending, currency) <= old for rule in (DOWN, DOWN_BY)), case


@pytest.mark.quick
def test_the_vat_of_products_is_changed_and_undone(browser, alice, teas):
    full, half = (Tax.objects.create(owner=alice, name=name, rate=rate) for name, rate in (("Full", 19), ("Half", 7)))
    Product.objects.filter(name="Assam").update(tax=full)
    response = preview(browser, "tax", teas, tax=str(half.pk))
    assert read_rows(response) == [("Assam", "Full", "Half"), ("Earl Grey", "\N{EN DASH}", "Half")]
    saved = save(browser, "tax", response)
    assert read_values("tax") == {"Earl Grey": half.pk, "Assam": half.pk}
    address, _back = UNDO.search(browser.get_page(saved.headers["Location"])).groups()
    page = browser.get_page("/api/products/")
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    browser.client.post(address, {"csrfmiddlewaretoken": token})
    assert read_values("tax") == {"Earl Grey": None, "Assam": full.pk}
    assert read_rows(preview(browser, "tax", teas, tax="")) == [("Assam", "Full", "\N{EN DASH}")]


@all_cases("text", ["", "0", "-5", "abc", "NaN", "Infinity", "1e3", "5 %"])
def test_a_rule_needs_a_number_above_0(browser, teas, text):
    response = preview(browser, "price", teas, by=text)
    assert (response.status_code, find_field_errors(response, "by")) == (400, ["Enter a number above 0."])


def test_prices_of_0_or_less_and_too_high_ones_are_refused_with_the_product(browser, teas):
    response = preview(browser, "price", teas, rule=DOWN_BY, by="3.20")
    assert (response.status_code, find_refusals(response)) == (400, ["Assam: the new price would not be more than 0."])
    response = preview(browser, "price", teas, rule=UP_BY, by="9999999999")
    assert find_refusals(response) == [
        "Assam: the new value would be too high.", "Earl Grey: the new value would be too high."
    ]  # fmt: skip


def test_an_unknown_rule_is_refused(browser, teas):
    values = browser.task_values(f"{EDIT}price/{teas}") | {"by": "5"}
    for wrong in ({"rule": "x"}, {"round": "x"}):
        assert browser.client.post(f"{EDIT}price/", values | wrong).status_code == 400


@pytest.mark.quick
def test_a_changed_price_is_not_overwritten_but_shown_anew(browser, teas, earl):
    response = preview(browser, "price", teas, by="10")
    Product.objects.filter(pk=earl.pk).update(price="20.00")
    again = save(browser, "price", response)
    assert again.status_code == 400
    assert "Earl Grey: Somebody has changed this product since you read it." in find_refusals(again)
    assert read_rows(again) == [("Assam", "3.20", "3.52"), ("Earl Grey", "20.00", "22.00")]
    assert save(browser, "price", again).status_code == 303
    assert read_values("price") == {"Earl Grey": 22, "Assam": Decimal("3.52")}


def test_a_product_that_was_archived_since_is_named_and_left_out(browser, teas, earl):
    response = preview(browser, "price", teas, by="10")
    archive_product(by=earl.owner, product_id=earl.pk)
    again = save(browser, "price", response)
    assert any(text.startswith("Earl Grey: ") for text in find_refusals(again))
    assert read_rows(again) == [("Assam", "3.20", "3.52")]


def test_a_form_that_is_sent_twice_saves_once(browser, teas):
    response = preview(browser, "category", teas, category="Tea")
    assert [save(browser, "category", response).status_code for _ in range(2)] == [303, 303]
    response = preview(browser, "price", teas, by="10")
    assert [save(browser, "price", response).status_code for _ in range(2)] == [303, 303]
    assert read_values("price") == {"Earl Grey": 11, "Assam": Decimal("3.52")}


def test_categories_are_found_or_added_or_taken_away(alice, browser, teas, earl):
    tea = Category.objects.create(owner=alice, name="Tea")
    Product.objects.filter(pk=earl.pk).update(category=tea)
    response = preview(browser, "category", teas, category="tea")
    assert read_rows(response) == [("Assam", "–", "Tea")]
    assert "1 stays as it is." in response.text
    save(browser, "category", response)
    assert read_values("category") == {"Earl Grey": tea.pk, "Assam": tea.pk}
    response = preview(browser, "category", teas, category="Black <tea>")
    assert read_rows(response)[0] == ("Assam", "Tea", "Black <tea>")
    save(browser, "category", response)
    assert Category.objects.filter(name="Black <tea>").count() == 1
    response = preview(browser, "category", teas, category="")
    save(browser, "category", response)
    assert read_values("category") == {"Earl Grey": None, "Assam": None}


def test_thresholds_are_amounts_of_each_product(alice, browser, teas, wrap):
    cheese = make_product(alice, "Cheese", unit="kg", decimals=3, min_threshold=None)
    chosen = f"{teas}&product={cheese.pk}&product={wrap.pk}"
    response = preview(browser, "low-at", chosen, min_threshold="2")
    assert read_rows(response) == [("Assam", "5", "2"), ("Cheese", "–", "2.000 kg"), ("Earl Grey", "5", "2")]
    assert save(browser, "low-at", response).status_code == 303
    assert read_values("min_threshold") == {"Assam": 2, "Cheese": 2000, "Earl Grey": 2, "Gift wrap": None}
    response = preview(browser, "low-at", chosen, min_threshold="2.5")
    assert (response.status_code, [text.partition(":")[0] for text in find_refusals(response)]) == (
        400, ["Assam", "Earl Grey"]
    )  # fmt: skip
    assert find_field_errors(preview(browser, "low-at", chosen, min_threshold="few"), "min_threshold") == [
        "Enter a number."
    ]
    save(browser, "low-at", preview(browser, "low-at", chosen, min_threshold=""))
    assert set(read_values("min_threshold").values()) == {None}


def test_what_nobody_counts_is_said_of_many_and_undone(browser, alice):
    latte, mocha = (make_product(alice, name, min_threshold=3) for name in ("Latte", "Mocha"))
    response = preview(browser, "keeps-stock", f"?product={latte.pk}&product={mocha.pk}")
    assert read_rows(response) == [("Latte", "yes", "no"), ("Mocha", "yes", "no")]
    assert save(browser, "keeps-stock", response).status_code == 303
    assert read_values("keeps_stock") == {"Latte": False, "Mocha": False}
    undo, _back = UNDO.search(browser.get_page("/api/products/")).groups()
    assert (
        browser.client.post(undo, {"csrfmiddlewaretoken": read_task(response.text)["csrfmiddlewaretoken"]}).status_code
        == 303
    )
    assert read_values("keeps_stock") == {"Latte": True, "Mocha": True}
    assert read_values("min_threshold") == {"Latte": 3, "Mocha": 3}


def test_what_is_in_stock_can_not_stop_being_counted(browser, teas):
    refused = preview(browser, "keeps-stock", teas, keeps_stock="false")
    assert "Assam: 9 in stock. Count or write this off before you stop counting it." in find_refusals(refused)


def test_products_are_listed_with_their_stock_before_they_are_archived(browser, teas):
    page = browser.client.get(f"{EDIT}archive/{teas}")
    assert read_rows(page) == [("Assam", "9 in stock", "archived"), ("Earl Grey", "9 in stock", "archived")]
    response = save(browser, "archive", page)
    page = browser.get_page(response.headers["Location"])
    assert "Archived 2 products." in page
    assert UNDO.search(page)
    assert not Product.objects.live().exists()


def test_an_undo_names_the_products_whose_codes_another_one_has_now(browser, alice, teas, earl, assam):
    Product.objects.filter(pk=earl.pk).update(sku="T-1")
    save(browser, "archive", browser.client.get(f"{EDIT}archive/{teas}"))
    make_product(alice, "Grey", sku="T-1")
    address = UNDO.search(browser.get_page("/api/products/"))[1]
    key = {"_idempotency_key": "undo", "csrfmiddlewaretoken": browser.client.cookies["csrftoken"].value}
    assert read_message(browser, browser.client.post(address, key)) == (
        "Undone: 1 product is as before."
        " Still archived, because another product has its code or its options now: Earl Grey (Archived)."
    )
    assert Product.objects.live().filter(pk=assam.pk).exists()


def test_what_changes_nothing_is_not_saved(browser, teas):
    response = preview(browser, "low-at", teas, min_threshold="5")
    assert response.status_code == 400
    assert find_refusals(response) == ["Nothing changes: these products have the new value already."]


@all_cases("kind", ["price", "category", "low-at", "archive"])
def test_a_page_without_products_leads_to_the_list(browser, charlie, kind):
    foreign = make_product(charlie, "Foreign")
    for chosen in ("", "?product=0", "?product=x", f"?product={foreign.pk}"):
        page = browser.get_page(f"{EDIT}{kind}/{chosen}")
        assert "Choose products in the list first." in page
        assert "Foreign" not in page


def test_hostile_old_values_are_refused(browser, teas, earl):
    for kind, typed in (("price", {"by": "5"}), ("category", {"category": "Tea"}), ("low-at", {"min_threshold": "1"})):
        values = read_task(preview(browser, kind, teas, **typed).text)
        for seen in ("", "x", ":", "1", "1:x", "99999999999999999999:1", f"{earl.pk}:9999999999"):
            response = browser.client.post(f"{EDIT}{kind}/", values | {"seen": seen})
            assert response.status_code == 400, (kind, seen)
    assert read_values("price")["Earl Grey"] == 10
    assert not Category.objects.exists()


def test_only_those_who_manage_products_see_the_pages_and_their_buttons(browser, bob, teas):
    buttons = [
        f'formaction="/shop/edit/{kind}/"' for kind in ("price", "category", "tax", "keeps-stock", "low-at", "archive")
    ]
    page = browser.get_page("/api/products/")
    assert all(button in page for button in buttons)
    worker = Browser(bob)
    assert "/shop/edit/" not in worker.get_page("/api/products/")
    assert worker.client.get(f"{EDIT}price/{teas}").status_code == 403
