"""The pages of own fields and tags: their forms, the page of a product, its list, and the page that tags products."""

import re
from html import escape

import pytest

from products.attributes.tests.test_filters import make_fields
from products.models import CustomField, Product, Profile
from testing.cast.people import let_use, make_product
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases

FIELDS, PRODUCTS = "/api/fields/", "/api/products/"
COLOUR = {"key": "colour", "label": "Colour", "type": "choice", "choices": "red\r\nblue\r\n\r\n"}


@pytest.fixture
def pot(as_alice, alice):
    make_fields(alice)
    values = {
        "fields": {
            "brand": "<Acme>", "weight": "10.5", "organic": False, "colour": "blue", "made": "2026-02-28",
            "maker": "https://example.com/?a=1&b=2",
        },
        "tags": ["New", "Öl"], "metadata": {"hidden": "secret-7"},
    }  # fmt: skip
    made = as_alice.post(PRODUCTS, {"name": "Pot", "price": "1.00", **values})
    return Product.objects.get(pk=made.data["id"])


def split_page(page):
    return page.partition('<details class="developers"')[0]


def test_the_form_has_a_new_key_for_each_field(browser):
    for key in ("brand", "maker"):
        assert browser.post(FIELDS, key=key, label=key, type="text").status_code == 303
    assert CustomField.objects.count() == 2


def test_a_field_is_added_changed_and_archived_by_its_page(browser, as_alice):
    assert "No fields of your own yet." in browser.get_page(FIELDS)
    added = browser.post(FIELDS, **COLOUR)
    assert added.status_code == 303
    address = added.headers["Location"]
    page = split_page(browser.get_page(address))
    assert "<h1>Colour</h1>" in page
    make = {"name": "Cup", "price": "1.00", "fields": {"colour": "red"}}
    as_alice.post(PRODUCTS, make)
    form = browser.form_values(address, "put")
    assert form.items() >= {"label": "Colour", "choices": "red\nblue", "rename.red": "", "rename.blue": ""}.items()
    assert not form.keys() & {"key", "type", "rename"}
    assert browser.put(address, **{"rename.red": "crimson", "position": "7"}).status_code == 303
    assert as_alice.get(address).data.items() >= {"choices": ["crimson", "blue"], "position": 7}.items()
    assert Profile.objects.get().fields == {"colour": "crimson"}
    refused = browser.put(address, choices="blue")
    assert (refused.status_code, "can’t be removed" in refused.text or "can&#x27;t be removed" in refused.text) == (
        409,
        True,
    )
    assert browser.delete(address).headers["Location"] == FIELDS
    gone = browser.client.get(address)
    assert "Colour is archived" in gone.text
    assert f"{address}restore/" in gone.text


def test_what_is_wrong_with_a_choice_is_told_at_its_input(browser):
    refused = browser.post(FIELDS, **COLOUR | {"choices": "red\nb\x07"})
    assert find_wrong(refused) == ["choices"]
    address = browser.post(FIELDS, **COLOUR).headers["Location"]
    refused = browser.put(address, **{"rename.red": "x" * 61})
    assert find_wrong(refused) == ["rename.red"]


def find_wrong(response):
    """Return the names of the inputs with errors."""
    assert response.status_code == 400
    return re.findall(r'name="([^"]+)"[^>]* aria-invalid="true"', response.text)


def test_a_choice_that_was_renamed_meanwhile_is_not_renamed(browser, as_alice):
    address = browser.post(FIELDS, **COLOUR).headers["Location"]
    form = browser.form_values(address, "put")
    as_alice.patch(address, {"rename": {"red": "ruby"}})
    refused = browser.send_put(address, form, **{"rename.red": "crimson"})
    assert (refused.status_code, read_task(refused.text)["rename.red"]) == (400, ["crimson"])
    assert as_alice.get(address).data["choices"] == ["ruby", "blue"]


def test_the_fields_are_reached_from_the_menu(browser, alice):
    let_use(alice, "fields")
    assert 'href="/api/fields/">Own fields</a>' in browser.get_page("/shop/shop/")


def test_the_page_of_a_product_shows_its_fields_and_tags_and_no_metadata(browser, pot):
    page = split_page(browser.get_page(f"{PRODUCTS}{pot.pk}/"))
    for shown in ("&lt;Acme&gt;", "10.5", "no", "blue", "New, Öl"):
        assert shown in page
    link = escape("https://example.com/?a=1&b=2")
    assert f'<a href="{link}" rel="noopener noreferrer">{link}</a>' in page
    assert "secret-7" not in page
    assert "metadata" not in page.lower()


def test_the_form_of_a_product_keeps_and_changes_its_fields(browser, as_alice, pot):
    address = f"{PRODUCTS}{pot.pk}/"
    before = as_alice.get(address).json()
    form = browser.form_values(address, "put")
    assert form.items() >= {"fields.weight": "10.5", "fields.organic": "false", "tags": "New, Öl"}.items()
    assert browser.put(address, **{"fields.maker": "", "fields.brand": "B", "tags": "sale , New"}).status_code == 303
    after = as_alice.get(address).json()
    fields = {name: value for name, value in before["fields"].items() if name != "maker"}
    assert after["fields"] == fields | {"brand": "B"}
    assert (after["tags"], after["metadata"]) == (["sale", "New"], before["metadata"])
    refused = browser.put(address, **{"fields.weight": "heavy"})
    assert '<details class="panel" open>' in refused.text
    assert refused.status_code == 400
    assert 'value="heavy"' in refused.text


@all_cases(("typed", "stored"), [("1,5", "1.5"), ("-0,25", "-0.25"), ("1.5", "1.5")])
def test_a_form_takes_a_decimal_comma(browser, as_alice, alice, typed, stored):
    CustomField.objects.create(owner=alice, key="weight", label="Weight", type="number")
    cup = make_product(alice, "Cup")
    browser.put(f"{PRODUCTS}{cup.pk}/", **{"fields.weight": typed})
    assert as_alice.get(f"{PRODUCTS}{cup.pk}/").data["fields"] == {"weight": stored}


def test_a_product_is_added_with_its_fields_and_tags(browser, as_alice, pot):
    typed = {"fields.brand": "Acme", "fields.organic": "true", "fields.colour": "", "tags": "a, b,"}
    added = browser.send_task("/shop/products/add/", name="Cup", price="1.00", **typed)
    row = as_alice.get(added.headers["Location"]).json()
    assert (row["fields"], row["tags"]) == ({"brand": "Acme", "organic": True}, ["a", "b"])


def test_the_list_shows_tags_and_the_chosen_fields(browser, pot):
    page = split_page(browser.get_page(PRODUCTS))
    assert "New, Öl" not in page
    assert "&lt;Acme&gt;" not in page
    assert 'href="?_columns=brand"' in page
    assert 'href="?_columns=.tags"' in page
    assert "New, Öl" in split_page(browser.get_page(f"{PRODUCTS}?_columns=.tags"))
    page = split_page(browser.get_page(f"{PRODUCTS}?_columns=brand,none"))
    assert "&lt;Acme&gt;" in page
    assert 'href="?_columns=brand%2Cweight"' in page
    assert 'href="?_columns="' in page


def test_the_form_of_the_filters_has_the_fields(browser, pot, as_alice):
    page = split_page(browser.get_page(f"{PRODUCTS}?field.colour=blue&field.weight__lte=11"))
    assert '<option value="blue" selected>blue</option>' in page
    assert 'name="field.weight__lte"' in page
    assert ">Pot</a>" in page
    refused = browser.client.get(f"{PRODUCTS}?field.weight__lte=abc&field.none=1")
    assert refused.status_code == 400
    assert "abc" in refused.text


def test_chosen_products_are_tagged_by_one_change(browser, as_alice, alice, pot):
    cup = make_product(alice, "Cup")
    assert 'formaction="/shop/tag/"' in browser.get_page(PRODUCTS)
    address = f"/shop/tag/?product={pot.pk}&product={cup.pk}"
    names = browser.task_values(address)["product"]
    done = browser.send_task(address, *({"product": name} for name in names), add="Sale, Winter", remove="new")
    assert done.status_code == 303
    assert [row["tags"] for row in as_alice.get(PRODUCTS).json()["results"]] == [
        ["Öl", "Sale", "Winter"],
        ["Sale", "Winter"],
    ]
    assert browser.send_task(address, *({"product": name} for name in names)).status_code == 400


def test_a_worker_sees_fields_and_can_change_none(bob, pot):
    browser = Browser(bob)
    assert "&lt;Acme&gt;" in browser.get_page(f"{PRODUCTS}{pot.pk}/")
    assert "/shop/form/" not in browser.get_page(FIELDS)
    assert 'formaction="/shop/tag/"' not in browser.get_page(PRODUCTS)
    assert browser.client.get("/shop/tag/").status_code == 403
