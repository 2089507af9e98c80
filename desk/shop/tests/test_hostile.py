"""Hostile values in addresses and forms never give a 500, and show nothing of another shop.

All forms read fields and parameters of the same name alike. So each run sends each value in all fields together on half
of the forms, and some values under each name. `make hostile` sends each value in each field of each form.
"""

import itertools

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from desk.shop.tests.reading import KEY
from products.models import Category
from stock.models import Lot, Operation
from testing.cast.orders import make_supplier, send_order, write_order
from testing.cast.people import client_of, make_location, make_product, make_products
from testing.cast.places import put_away
from testing.cast.reservations import reserve
from testing.laws.hostile import deal, group_by
from testing.reading.browser import Browser
from trade.reservations.models import Reservation

FORMS = ["sell", "receive", "write-off", "move", "count", "reserve", "labels", "order"]
PARAMETERS = ["product", "back", "place", "category", "supplier", "location", "lot", "from", "to", "reason", "quantity"]
TEXTS = [
    "0",
    "-1",
    "9" * 19,
    "9" * 400,
    "9" * 5000,
    "٣",
    "1e9",
    "x" * 3000,
    "<script>",
    "é\u202e",
    "1" * 40 + ".5",
    "{}",
]


def is_calm(response):
    return response.status_code in (200, 303, 400, 403, 404, 409, 422)


# --- Texts -----------------------------------------------------------------------------------------------------------


def test_a_hostile_address_is_answered(browser, earl, cellar):
    together = [(text, (name, PARAMETERS)) for text, name in deal(TEXTS, FORMS, 4 * len(TEXTS))]
    each = [(name, [parameter]) for name, parameter in itertools.product(FORMS, PARAMETERS)]
    for text, (name, names) in [*together, *deal(TEXTS, each, len(each))]:
        response = browser.client.get(f"/shop/{name}/", {key: [text, text] for key in names})
        assert response.status_code == 200, (name, names, text[:50])
        assert "<script>alert" not in response.text
        assert 'value="<script>' not in response.text


def read_form(browser, name, mill):
    """Return the values of the form, and those that a user types who fills it in."""
    if name == "order":
        return browser.task_values(f"/shop/order/?supplier={mill.pk}"), {}
    typed = {"product": ["earl"], "quantity": ["1"], "counted": [], "reason": ["theft"]}
    return browser.task_values(f"/shop/{name}/?places=yes"), typed


def test_a_hostile_form_is_answered(browser, earl, cellar, mill):
    texts, forms = [*TEXTS, "\0", "a\0b"], {name: read_form(browser, name, mill) for name in FORMS}
    fields = {
        name: [field for field in [*values, "chosen", "tile", "unknown", "counted"] if field != "csrfmiddlewaretoken"]
        for name, (values, _typed) in forms.items()
    }
    # A click only shows the form again, and an unknown product is refused before other texts are read.
    alone = ("product", "chosen", "tile", "unknown")
    together = [(name, [field for field in fields[name] if field not in alone]) for name in FORMS]
    by_field = group_by(((name, [field]) for name in FORMS for field in fields[name]), lambda target: target[1][0])
    pairs = deal(texts, together, 4 * len(texts))
    for field, targets in by_field.items():
        pairs += deal(texts, targets, 3, field)
    for text, (name, group) in pairs:
        values, typed = forms[name]
        with transaction.atomic():
            sent = {"lot": ["L"], **values, **typed, **{field: [text] for field in group}}
            response = browser.client.post(f"/shop/{name}/", sent)
            assert is_calm(response), (name, group, text[:50], response.status_code)
            transaction.set_rollback(True)
    assert {*by_field} >= {"product", "quantity", "note", "lot"}


@pytest.mark.parametrize("chosen", ["-1:x", "0", ":", "0:", "99:x", "9" * 5000 + ":x", "٣:x", "1.5:x", "x:0:y"])
def test_a_malformed_choice_chooses_nothing(browser, earl, chosen):
    values = browser.task_values("/shop/sell/") | {"product": ["earl", "", ""]}
    response = browser.client.post("/shop/sell/", values | {"chosen": chosen})
    assert response.status_code == 200
    assert response.text.count('value="earl"') == (0 if chosen == "0:" or chosen == "0" else 1)
    assert not Operation.objects.filter(reason="sale").exists()


@pytest.mark.parametrize("name", FORMS)
def test_files_in_place_of_texts_are_answered(browser, earl, name):
    values = browser.task_values(f"/shop/{name}/")
    browser.get_page("/shop/sell/")
    token = browser.client.cookies["csrftoken"].value
    for field in ("product", "quantity", KEY, "note"):
        body = values | {"csrfmiddlewaretoken": token, "product": ["earl"], field: SimpleUploadedFile("x", b"x")}
        assert is_calm(browser.client.post(f"/shop/{name}/", body)), field


def test_a_body_that_is_no_form_books_nothing(browser, earl):
    values = browser.task_values("/shop/sell/")
    headers = {"X-CSRFToken": values["csrfmiddlewaretoken"][0]}
    for content_type in ("application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data"):
        assert is_calm(browser.client.post("/shop/sell/", b'{"product": ["earl"]}', content_type, headers=headers))
    assert not Operation.objects.filter(reason="sale").exists()


@pytest.mark.parametrize("number", [1001, 5000])
def test_too_many_lines_are_refused_and_none_is_booked(browser, earl, number):
    response = browser.send_task("/shop/receive/", *[{"product": "TEA-EARL"}] * number)
    assert response.status_code == 400
    assert not Operation.objects.filter(reason="purchase").exists()


def test_the_cells_of_lines_may_have_different_lengths(browser, earl):
    values = browser.task_values("/shop/sell/") | {"product": ["earl"], "quantity": ["1", "2", "3"]}
    assert is_calm(browser.client.post("/shop/sell/", values))


# --- Statements ------------------------------------------------------------------------------------------------------


def count_statements(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.client.get(address).status_code == 200
    return len(captured)


def test_the_form_of_a_sale_takes_as_many_statements_in_a_large_shop(browser, alice, earl):
    few = count_statements(browser, "/shop/sell/")
    make_products(alice, 50, quantity=3)
    assert count_statements(browser, "/shop/sell/") == few <= 6


@pytest.mark.parametrize("name", ["count", "order", "write-off"])
def test_a_list_takes_as_many_statements_for_many_products_as_for_one(browser, alice, mill, earl, name):
    tea = Category.objects.create(owner=alice, name="Tea")
    counts = []
    for number in (1, 20):
        made = [make_product(alice, f"P{number} {n}", supplier=mill, category=tea) for n in range(number)]
        query = "&".join([f"category={tea.pk}", f"supplier={mill.pk}", *[f"product={one.pk}" for one in [*made, earl]]])
        counts.append(count_statements(browser, f"/shop/{name}/?{query}"))
    assert counts[0] == counts[1]


# --- Other shops -----------------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(charlie):
    """Return rows of Charlie's shop, whose names all have the word Secret."""
    product = make_product(charlie, "Secret pot", 5, sku="SECRET-1", supplier=make_supplier(charlie, "Secret mill"))
    other = make_product(charlie, "Secret pan", 5, category=Category.objects.create(owner=charlie, name="Secret kind"))
    place = make_location(charlie, "Secret room")
    lot = Lot.objects.create(owner=charlie, product=product, code="SECRET-LOT", expires_on="2020-01-01")
    put_away(product, 2, location=place, lot=lot)
    return {"product": product, "other": other, "place": place, "lot": lot}


def test_the_ids_of_another_shop_show_nothing_of_it(browser, earl, cellar, theirs):
    product, place = theirs["product"], theirs["place"]
    ids = {
        "product": [product.pk, theirs["other"].pk], "back": product.pk, "place": place.pk, "location": place.pk,
        "from": place.pk, "to": place.pk, "supplier": product.supplier_id, "category": theirs["other"].category_id,
        "reason": "expiry",
    }  # fmt: skip
    each = [{name: value} for name, value in ids.items()]
    for given, name in [*itertools.product([ids], FORMS), *deal(each, FORMS, 3 * len(each))]:
        assert "secret" not in browser.client.get(f"/shop/{name}/", given).text.casefold(), (name, given)


@pytest.mark.parametrize("name", ["sell", "receive", "write-off", "move", "count", "reserve", "labels"])
def test_the_products_of_another_shop_are_not_found(browser, earl, theirs, name):
    for text in (f"#{theirs['product'].pk}", str(theirs["product"].pk), "SECRET-1", f"x (#{theirs['product'].pk})"):
        line = {"product": text, "quantity": "1", "counted": "1", "copies": "1"}
        response = browser.send_task(f"/shop/{name}/", line, reason="theft")
        assert response.status_code == 400
        assert "Secret" not in response.text
        assert not Operation.objects.filter(owner__username="alice").exclude(reason="opening").exists()


def test_the_orders_and_reservations_of_another_shop_are_missing(browser, charlie, theirs):
    program, product = client_of(charlie), theirs["product"]
    draft = write_order(program, product.supplier, product)
    sent = send_order(program, product.supplier, product)
    kept = reserve(program, product, 1)
    addresses = (f"orders/{draft['id']}", f"orders/{sent['id']}/receive", f"reservations/{kept['id']}/fulfil")
    sale = browser.task_values("/shop/sell/") | {"product": ["SECRET-1"]}
    for address in addresses:
        assert browser.client.get(f"/shop/{address}/").status_code == 404
        response = browser.client.post(f"/shop/{address}/", sale)
        assert response.status_code in (400, 404)
        assert "secret pot" not in response.text.casefold()
    assert Reservation.objects.get(pk=kept["id"]).operation is None


def test_an_order_to_the_supplier_of_another_shop_is_refused(browser, mill, theirs, alice):
    make_product(alice, "Flour", supplier=mill)
    response = browser.send_task(
        f"/shop/order/?supplier={mill.pk}", quantity=["3"], supplier=[str(theirs["product"].supplier_id)]
    )
    assert response.status_code == 400
    assert "Secret" not in response.text


def test_a_missing_page_of_a_shop_is_a_page(alice):
    response = Browser(alice).client.get("/shop/nothing/")
    assert response.status_code == 404
