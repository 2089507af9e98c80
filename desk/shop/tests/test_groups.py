"""The pages of groups of variants: the table of a group, adding variants, and renaming values."""

import re

import pytest

from products.models import Group, Product, Profile
from products.variants.group_pages import COMMON
from products.variants.serializers import FillSerializer
from testing.cast.people import make_product
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases


@pytest.fixture
def variants(alice, shirts):
    options = [("S", "red", 9), ("M", "red", 3), ("M", "blue", 0)]
    return [
        make_product(alice, f"Shirt {size} {colour}", quantity, group=shirts, options={"size": size, "colour": colour})
        for size, colour, quantity in options
    ]


def read_cells(page):
    """Return the cells of the page's first table as texts, by rows."""
    table = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [[re.sub(r"(<[^>]*>|\s)+", " ", cell).strip() for cell in re.findall(r"<td.*?</td>", row)] for row in rows]


def test_a_group_is_a_table_of_its_variants_by_two_axes(browser, shirts, variants):
    page = browser.get_page(f"/api/groups/{shirts.pk}/")
    assert read_cells(page) == [
        ["S", "9 10.00 Sell Receive Count", "–"],
        ["M", "3 low 10.00 Sell Receive Count", "0 out of stock 10.00 Sell Receive Count"],
    ]
    product = variants[1].pk
    assert f'href="/api/products/{product}/"' in page
    assert f'href="/shop/sell/?product={product}&amp;back={product}"' in page
    assert 'aria-label="Sell: Shirt M red"' in page


@pytest.mark.quick
def test_the_form_that_adds_a_product_has_the_options_of_the_own_groups(alice, charlie, shirts):
    Group.objects.create(owner=charlie, name="Wine", axes=["vintage"])
    names = read_task(Browser(alice).get_page("/shop/products/add/")).keys()
    assert ["options.size" in names, "options.vintage" in names] == [True, False]


def test_a_third_axis_has_a_table_for_each_value(browser, alice, shirts, variants):
    shirts.axes = ["size", "colour", "cut"]
    shirts.save()
    make_product(alice, "Shirt S slim", group=shirts, options={"size": "S", "cut": "slim"})
    page = browser.get_page(f"/api/groups/{shirts.pk}/")
    assert re.findall(r"<h2>(.*?)</h2>", page)[:2] == ["cut: –", "cut: slim"]


@pytest.mark.quick
def test_the_texts_of_a_group_are_escaped(browser, alice):
    group = Group.objects.create(owner=alice, name="<b>", axes=["<i>"])
    make_product(alice, "<u>", group=group, options={"<i>": "<s>"})
    for address in (f"/api/groups/{group.pk}/", f"/shop/groups/{group.pk}/fill/", f"/shop/groups/{group.pk}/rename/"):
        page = browser.get_page(address)
        assert not re.search("<(i|s|u)>", page)


def test_the_list_shows_and_adds_groups(browser, alice, shirts, variants):
    assert read_cells(browser.get_page("/api/groups/"))[0][:4] == ["Shirt", "size, colour", "3", "12"]
    browser.post("/api/groups/", name="Cup", axes="size\r\n colour \r\n\r\n")
    cups = Group.objects.get(name="Cup")
    assert cups.axes == ["size", "colour"]
    form = browser.form_values(f"/api/groups/{cups.pk}/", "put")
    assert (form["axes"], {"rename", "rename_axes"} & form.keys()) == ("size\ncolour", set())
    assert browser.put(f"/api/groups/{cups.pk}/", axes="size").status_code == 303
    cups.refresh_from_db()
    assert cups.axes == ["size"]


def test_variants_are_added_from_the_page(browser, shirts, variants):
    address = f"/shop/groups/{shirts.pk}/fill/"
    form = browser.task_values(address)
    assert form["options.size"] == ["S\nM"]
    sent = browser.client.post(
        address, form | {"options.size": "S\r\nM\r\nL", "sku": "T-{colour}-{size}", "price": "9.90"}
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/api/groups/{shirts.pk}/")
    made = Product.objects.filter(sku__startswith="T-").order_by("id")
    assert [product.name for product in made] == ["Shirt S blue", "Shirt L red", "Shirt L blue"]
    assert "Products added: 3." in browser.get_page(f"/api/groups/{shirts.pk}/")


def test_the_page_asks_for_all_fields_that_variants_share(browser, shirts):
    of_one = {"name", "sku", "barcode", "external_id"}  # these differ between variants
    assert {*COMMON} == {*Product.list_further(of_one)} == {*FillSerializer().fields} & {*COMMON}
    shown = browser.task_values(f"/shop/groups/{shirts.pk}/fill/")
    assert {*shown} >= {*COMMON, "name", "sku"}


def test_what_is_wrong_with_new_variants_is_told(browser, shirts):
    address = f"/shop/groups/{shirts.pk}/fill/"
    refused = browser.client.post(address, browser.task_values(address))
    assert refused.status_code == 400
    refused = browser.client.post(address, browser.task_values(address) | {"options.size": "S", "sku": "{width}"})
    assert "no option “width”" in refused.text


def test_values_and_axes_are_renamed_from_the_page(browser, shirts, variants):
    address = f"/shop/groups/{shirts.pk}/rename/"
    form = browser.task_values(address)
    new = {"M": "Medium", "size": "Größe"}
    sent = browser.client.post(address, {name: new.get(texts[0], texts[0]) for name, texts in form.items()})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/api/groups/{shirts.pk}/")
    shirts.refresh_from_db()
    assert shirts.axes == ["Größe", "colour"]
    assert Profile.objects.get(product=variants[1]).options == {"Größe": "Medium", "colour": "red"}


@all_cases(("renamed", "status"), [({"M": "Medium"}, 400), ({"S": "Small"}, 303)])
def test_a_new_name_of_a_value_that_somebody_else_has_renamed_is_shown(
    browser, as_alice, shirts, variants, renamed, status
):
    address = f"/shop/groups/{shirts.pk}/rename/"
    form = browser.task_values(address)
    as_alice.patch(f"/api/groups/{shirts.pk}/", {"rename": {"size": {"M": "Middle"}}})
    sent = browser.client.post(address, {name: renamed.get(texts[0], texts[0]) for name, texts in form.items()})
    assert (sent.status_code, "no longer has the field of: Medium." in sent.text) == (status, status == 400)
    assert Profile.objects.get(product=variants[1]).options["size"] == "Middle"


def test_a_worker_sees_groups_and_no_forms(bob, charlie, shirts, variants):
    page = Browser(bob).get_page(f"/api/groups/{shirts.pk}/")
    assert "/fill/" not in page
    assert "Sell" in page
    for form in ("fill", "rename"):
        assert Browser(bob).client.get(f"/shop/groups/{shirts.pk}/{form}/").status_code == 403
        assert Browser(charlie).client.get(f"/shop/groups/{shirts.pk}/{form}/").status_code == 404


def test_products_show_their_group_and_options(browser, alice, shirts, variants):
    assert "M, red" in browser.get_page("/api/products/?_variants=each")
    page = browser.get_page(f"/api/products/{variants[1].pk}/")
    assert f'<a href="/api/groups/{shirts.pk}/">Shirt</a>' in page
    assert "M, red" in page


def test_a_product_is_added_to_a_group(browser, shirts):
    address = f"/shop/products/add/?group={shirts.pk}"
    typed = {"name": "Tee", "price": "9", "options.size": "XL", "options.colour": ""}
    assert browser.client.post(address, browser.task_values(address) | typed).status_code == 303
    profile = Profile.objects.get()
    assert (profile.group, profile.options) == (shirts, {"size": "XL"})


def test_a_product_changes_its_options_and_leaves_its_group(browser, shirts, variants):
    address = f"/api/products/{variants[0].pk}/"
    form = browser.form_values(address, "put")
    assert (form["group"], form["options.size"]) == ("Shirt", "S")
    browser.put(address, **{"options.size": "L"})
    assert Profile.objects.get(product=variants[0]).options == {"size": "L", "colour": "red"}
    browser.put(address, group="")
    profile = Profile.objects.get(product=variants[0])
    assert (profile.group, profile.options) == (None, {})


def test_a_line_of_a_sale_names_a_variant_by_its_group_and_options(browser, alice, shirts):
    tee = make_product(alice, "Tee", 5, group=shirts, options={"size": "M", "colour": "red"})
    make_product(alice, "Tee", 5, group=shirts, options={"size": "S", "colour": "red"})
    sent = browser.send_task("/shop/sell/", {"product": "shirt m RED", "quantity": 1})
    assert sent.status_code == 303
    tee.refresh_from_db()
    assert tee.quantity == 4
    refused = browser.send_task("/shop/sell/", {"product": "shirt", "quantity": 1})
    assert "Tee, M, red (" in refused.text
