"""Prices of quotes and orders keep whether they are with VAT, also after the shop has chosen the other way."""

import html
import json
import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from products.models import Product
from products.taxes.services import create_tax
from testing.cast.people import make_product
from testing.cast.reservations import ADDRESS
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.prices.tests.priced import set_prices
from trade.quotes.models import QuoteLine
from trade.quotes.tests.quoting import QUOTES, kits, line, post, quote, read
from trade.reservations.models import ReservationLine

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def taxed(alice, tea, cup, basket):
    tax = create_tax(owner_id=alice.pk, name="VAT", rate="7")
    Product.objects.filter(owner=alice).update(tax=tax)
    alice.refresh_from_db()


@pytest.fixture
def switch(alice, as_alice):
    """Return a function that switches whether the prices of the shop are with VAT."""

    def switch(includes_tax):
        assert as_alice.patch("/api/account/", {"prices_include_tax": includes_tax}).status_code == 200
        alice.refresh_from_db()

    return switch


def order(client, *lines, **fields):
    answer = client.post(ADDRESS, {"lines": lines, **fields}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def sell(client, made, *lines, **fields):
    """Hand out an order, and return what its sale costs."""
    body = {**fields, **({"lines": lines} if lines else {})}
    sold = client.post(f"{ADDRESS}{made['id']}/fulfil/", body, format="json")
    assert sold.status_code == 201, sold.json()
    return client.get(f"/api/sales/{sold.json()['id']}/").json()["total"]


@all_cases(("is_gross", "total"), [(True, "107.00"), (False, "114.49")])
@all_cases("way", ["order", "quote", "part", "typed", "kit", "copy", "changed"])
def test_is_sold_for_what_was_agreed(as_alice, tea, basket, switch, is_gross, total, way):
    switch(is_gross)
    goods = kits(basket, 1, unit_price="107.00") if way == "kit" else line(tea, 1, unit_price="107.00")
    made = quote(as_alice, goods) if way in ("quote", "copy") else order(as_alice, goods)
    switch(not is_gross)
    lines = []
    if way == "copy":
        made = post(as_alice, made, "copy").json()
    if way in ("quote", "copy"):
        assert made["total"] == total
        made = post(as_alice, made, "accept").json()
    if way == "changed":
        made = as_alice.patch(f"{ADDRESS}{made['id']}/", {"lines": [goods], "note": "n"}, format="json").json()
    if way in ("part", "typed"):
        lines = [line(tea, 1, **({"unit_price": "107.00"} if way == "typed" else {}))]
    assert {one["is_net"] for one in made["lines"]} == {not is_gross}
    assert sell(as_alice, made, *lines) == total


def test_the_list_price_and_another_typed_price_are_as_prices_are_now(as_alice, tea, cup, switch):
    made = order(as_alice, line(tea), line(cup, unit_price="1.00"))
    assert [one["is_net"] for one in made["lines"]] == [None, False]
    switch(False)
    body = {"lines": [line(tea), line(cup, unit_price="2.00")]}
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", body, format="json").json()
    assert [one["is_net"] for one in changed["lines"]] == [None, True]
    assert sell(as_alice, made) == "12.84"


def test_what_is_kept_stays_as_it_was_agreed(as_alice, tea, switch):
    made = order(as_alice, line(tea, 2, unit_price="107.00"))
    switch(False)
    part = as_alice.post(
        f"{ADDRESS}{made['id']}/fulfil/", {"lines": [line(tea, 1)], "keep_rest": True}, format="json"
    ).json()
    switch(True)
    switch(False)
    assert sell(as_alice, {"id": part["kept"]}) == "107.00"


def test_one_sale_has_a_product_with_vat_and_without(alice, as_alice, tea, basket, switch):
    switch(False)
    made = order(as_alice, kits(basket, 1, unit_price="100.00"), line(tea, 1, unit_price="90.00"))
    switch(True)
    lines = [{"product": one["product"], "quantity": one["quantity"]} for one in made["lines"]]
    page = Browser(alice)
    asked = page.send_task(f"/shop/reservations/{made['id']}/fulfil/", unit_price=["", "", "50"], _said="1.00")
    shown = json.loads(html.unescape(re.findall('data-agreed="([^"]*)"', asked.text)[0]))
    assert shown["total"] == made["lines"][0]["total"]  # and not that of the other line of the product
    assert sell(as_alice, made, *lines[:-1], {**lines[-1], "unit_price": "50.00"}) == "157.00"
    sale = as_alice.get("/api/sales/").json()["results"][0]
    [tax] = sale["taxes"]
    assert (tax["gross"], tax["tax"]) == ("157.00", "10.27")
    operation = f"/api/stock/operations/{sale['operation']}/"
    for one in as_alice.get(operation).json()["return_lines"]:
        back = {"lines": [{"movement": one["movement"], "quantity": one["quantity"]}]}
        assert as_alice.post(f"{operation}return/", back, format="json").status_code == 201
    assert as_alice.get(f"/api/sales/{sale['operation']}/").json()["returned"] == "157.00"


def test_a_price_that_applies_is_priced_anew_for_another_customer(alice, as_alice, tea, basket, ada, switch):
    set_prices(alice, tea, {"price": "9.00"})
    made = order(as_alice, line(tea), kits(basket), customer=ada)
    switch(False)
    changed = as_alice.patch(f"{ADDRESS}{made['id']}/", {"customer": None}, format="json").json()
    assert {one["is_net"] for one in changed["lines"]} == {True}


def test_a_changed_quote_is_summed_as_each_line_was_agreed(as_alice, tea, cup, switch):
    made = quote(as_alice, line(tea, unit_price="107.00"))
    switch(False)
    body = {"lines": [line(tea, unit_price="107.00"), line(cup, unit_price="100.00")]}
    changed = as_alice.patch(f"{QUOTES}{made['id']}/", body, format="json").json()
    assert ([one["is_net"] for one in changed["lines"]], changed["total"]) == ([False, True], "214.00")
    [tax] = changed["taxes"]
    assert (tax["net"], tax["tax"], tax["gross"]) == ("200.00", "14.00", "214.00")
    assert sell(as_alice, post(as_alice, made, "accept").json()) == read(as_alice, made)["total"]


def test_what_release_1_5_0_has_written_is_as_the_prices_of_the_shop(as_alice, tea, switch):
    switch(False)
    made = order(as_alice, line(tea, unit_price="100.00"))
    quoted = quote(as_alice, line(tea, unit_price="100.00"))
    ReservationLine.objects.update(is_net=None)
    QuoteLine.objects.update(is_net=None)
    assert sell(as_alice, made) == "107.00"
    assert sell(as_alice, post(as_alice, quoted, "accept").json()) == "107.00"


def test_pages_papers_and_forms_say_how_a_price_was_agreed(alice, as_alice, tea, basket, switch):
    browser = Browser(alice)
    made = order(as_alice, line(tea, unit_price="10.70"), kits(basket, unit_price="16.05"))
    quoted = quote(as_alice, line(tea, unit_price="10.70"))
    note = "Agreed with VAT. Another price is without VAT."
    pages = (f"{ADDRESS}{made['id']}/", f"{QUOTES}{quoted['id']}/")
    form = f"/shop/reservations/{made['id']}/"
    assert "With VAT" not in browser.get_page(pages[0])
    assert note not in browser.get_page(form)
    switch(False)
    assert all("With VAT" in browser.get_page(page) for page in pages)
    assert (browser.get_page(form).count(note), browser.get_page(f"{form}fulfil/").count(note)) == (2, 3)
    paper = as_alice.get(f"{ADDRESS}{made['id']}/file/?format=html").content.decode()
    assert "Tea (With VAT)" in paper
    assert "Basket (With VAT)" in paper
    assert browser.send_task(form, note="n").status_code == 303
    assert browser.send_task(f"{form}fulfil/").status_code == 303
    sale = as_alice.get("/api/sales/").json()["results"][0]
    assert sale["total"] == "26.75"


@all_cases("app", ["quotes", "reservations"])
def test_the_upgrade_keeps_prices_as_the_setting_stands(alice, as_alice, tea, switch, app):
    switch(False)
    order(as_alice, line(tea, unit_price="100.00"))
    quote(as_alice, line(tea, unit_price="100.00"))
    name = {"quotes": "0003_filled_is_net", "reservations": "0016_filled_is_net"}[app]
    model = {"quotes": QuoteLine, "reservations": ReservationLine}[app]
    model.objects.update(is_net=None)
    migration = import_module(f"trade.{app}.migrations.{name}")
    migration.fill(None, SimpleNamespace(connection=connection))
    assert {one.is_net for one in model.objects.filter(owner=alice)} == {True}


@all_cases("typed", [{}, {"unit_price": "900.00"}])
def test_goods_by_weight_cost_whole_yen_in_the_quote_and_in_its_sale(alice, as_alice, typed):
    as_alice.patch("/api/account/", {"currency": "JPY"})
    alice.refresh_from_db()
    ham = make_product(alice, "Ham", 10**6, price="900.00", decimals=3)
    made = quote(as_alice, line(ham, 1234, **typed))
    assert (made["lines"][0]["sum"], made["total"]) == ("1111.00", "1111.00")
    assert sell(as_alice, post(as_alice, made, "accept").json()) == "1111.00"


def test_a_copy_may_have_another_discount(alice, as_alice, tea):
    made = quote(as_alice, line(tea, 2), discount={"amount": "20.00"})
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "5.00"})
    assert post(as_alice, made, "copy").json()["code"] == "discount_too_high"
    assert post(as_alice, made, "copy", discount={"amount": "10.00"}).json()["total"] == "0.00"
    assert post(as_alice, made, "copy", discount=None).json()["total"] == "10.00"
    browser, form = Browser(alice), f"{QUOTES}{made['id']}/copy/"
    assert "its discount can" in browser.post(form).content.decode()
    assert browser.post(form, discount="10 %").status_code == 303
