"""The optional lines of labels: options of variants, and the shop's own fields."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products.models import CustomField, Group
from stock.models import Lot
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.reading.labels import read_svg, read_texts, read_zpl
from testing.tables import all_cases

URL, FORM = "/api/labels/", "/shop/labels/"
NO_ROOM = "A label of this size has no room for all lines: choose a larger one, or fewer lines."


@pytest.fixture
def fields(alice):
    return [
        CustomField.objects.create(owner=alice, key=key, label=key.title(), type=kind)
        for key, kind in (("brand", "text"), ("weight", "number"), ("organic", "yes_no"), ("since", "date"))
    ]


@pytest.fixture
def shirt(alice, as_alice, fields):
    """Return a red shirt of size M with a brand and a weight, made by the API."""
    group = Group.objects.create(owner=alice, name="Shirt", axes=["size", "colour"])
    values = {"brand": "Acme", "weight": "1.50", "organic": False, "since": "2026-05-01"}
    options = {"colour": "red", "size": "M"}
    body = {"name": "Shirt", "sku": "TEE", "price": "19", "group": group.pk, "options": options, "fields": values}
    return as_alice.post("/api/products/", body).json()["id"]


def label(client, product, **parameters):
    """Return the texts of a label, which must be the same in both formats."""
    svg, zpl = (client.get(f"/api/products/{product}/label/", {**parameters, "format": f}) for f in ("svg", "zpl"))
    assert svg.status_code == 200, svg.json()
    assert read_zpl(zpl.text) == (read_svg(svg.text), read_texts(svg.text))
    return read_texts(svg.text)


def test_a_label_has_options_and_fields_only_if_wanted(as_alice, shirt):
    assert label(as_alice, shirt) == ["Shirt", "19.00", "TEE"]
    assert label(as_alice, shirt, options="true") == ["Shirt", "M / red", "19.00", "TEE"]
    assert label(as_alice, shirt, fields="brand") == ["Shirt", "Brand: Acme", "19.00", "TEE"]


@pytest.mark.quick
def test_values_are_written_as_on_pages_in_the_asked_order(as_alice, shirt):
    as_alice.patch("/api/account/", {"csv": "european"})
    lines = label(as_alice, shirt, fields="weight,since,organic,brand,weight")[1:-2]
    assert lines == ["Weight: 1,5", "Since: 2026-05-01", "Organic: no", "Brand: Acme"]


@all_cases("code", ["qr", "barcode"])
def test_a_long_value_is_cut_as_the_name_is(as_alice, shirt, code):
    as_alice.patch(f"/api/products/{shirt}/", {"fields": {"brand": "Acme & Sons of Old Street " * 9}})
    line = label(as_alice, shirt, fields="brand", code=code)[1]
    assert line.startswith("Brand: Acme")
    assert line.endswith("…")


def test_a_long_name_leaves_room_for_the_lines(as_alice, shirt):
    as_alice.patch(f"/api/products/{shirt}/", {"name": "Shirt of the very finest cotton from the hills " * 2})
    texts = label(as_alice, shirt, options="true", fields="brand,weight,organic")
    name, lines = texts[:-6], texts[-6:]
    assert lines == ["M / red", "Brand: Acme", "Weight: 1.5", "Organic: no", "19.00", "TEE"]
    assert (len(name), name[-1][-1]) == (2, "…")


@all_cases(("code", "size"), [("qr", "38x25"), ("barcode", "38x25")])
def test_lines_that_do_not_fit_are_refused(as_alice, shirt, code, size):
    wanted = {"options": "true", "fields": "brand,weight,organic,since", "code": code, "size": size}
    answer = as_alice.get(f"/api/products/{shirt}/label/", wanted)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (400, "label_too_small", NO_ROOM)


def test_a_product_without_a_value_has_no_line_of_it(as_alice, alice, shirt):
    pot = make_product(alice, "Pot", sku="POT", price="3")
    assert label(as_alice, pot.pk, options="true", fields="brand,organic") == ["Pot", "3.00", "POT"]


def test_the_label_of_a_lot_has_them_too(as_alice, alice, shirt):
    lot = Lot.objects.create(owner=alice, product_id=shirt, code="A7")
    answer = as_alice.get(f"/api/lots/{lot.pk}/label/", {"options": "true", "fields": "brand"})
    assert read_texts(answer.text) == ["Shirt", "M / red", "Brand: Acme", "Lot A7", "TEE"]


def test_an_unknown_an_archived_and_a_foreign_field_are_refused(as_alice, charlie, fields, shirt):
    as_alice.delete(f"/api/fields/{fields[1].pk}/")
    CustomField.objects.create(owner=charlie, key="foreign", label="Foreign", type="text")
    for key in ("nope", "weight", "foreign"):
        for answer in (
            as_alice.get(f"/api/products/{shirt}/label/", {"fields": f"brand,{key}"}),
            as_alice.post(URL, {"lines": [{"product": shirt}], "fields": [key]}),
        ):
            assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "field_unknown", key)


def test_malformed_parameters_are_refused(as_alice, shirt):
    for name, value in (("fields", "brand,,weight"), ("fields", ",".join(["brand"] * 31)), ("options", "maybe")):
        answer = as_alice.get(f"/api/products/{shirt}/label/", {name: value})
        assert (answer.status_code, list(answer.json())) == (400, [name])


def test_a_sheet_reads_the_lines_of_all_products_by_two_statements(as_alice, alice, shirt):
    others = [{"product": make_product(alice, f"P{number}", sku=f"P{number}").pk} for number in range(9)]
    counts = []
    for lines, extras in (
        ([{"product": shirt}], {}),
        ([{"product": shirt}], {"options": True, "fields": ["brand"]}),
        ([*others, {"product": shirt}], {"options": True, "fields": ["brand"]}),
    ):
        with CaptureQueriesContext(connection) as captured:
            answer = as_alice.post(URL, {"lines": lines, **extras})
        assert answer.status_code == 200
        counts.append(len(captured))
    assert "Brand: Acme" in read_texts(answer.text)
    assert counts == [counts[0], counts[0] + 2, counts[0] + 2]


def test_the_form_offers_what_the_shop_has(alice, charlie, shirt):
    values = Browser(alice).get_page(FORM)
    assert [f'name="{name}"' in values for name in ("options", "fields.brand", "fields.weight")] == [True] * 3
    assert 'type="checkbox" name=' not in Browser(charlie).get_page(FORM)


def test_the_form_prints_the_ticked_lines(alice, shirt):
    sheet = Browser(alice).send_task(FORM, {"product": "TEE"}, **{"options": "true", "fields.brand": "true"})
    assert "M / red" in sheet.text
    assert "Brand: Acme" in sheet.text
    assert "Weight" not in sheet.text


def test_a_refused_form_keeps_its_ticks(alice, shirt):
    page = Browser(alice).send_task(FORM, {"product": "TEE", "copies": "many"}, **{"fields.brand": "true"})
    assert page.status_code == 400
    assert 'name="fields.brand" value="true" checked' in page.text
    assert 'name="fields.weight" value="true">' in page.text
