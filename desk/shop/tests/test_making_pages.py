"""Write recipes, make and take apart by the pages."""

import pytest
from django.utils.html import escape

from desk.shop.tests.reading import find_errors, find_refusals, read_message
from stock.making.tests.recipes import make, read_stock, write_recipe
from stock.models import Recipe
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def bag(alice):
    return make_product(alice, "Bag", sku="BAG")


def address(page, product):
    return f"/shop/{page}/?product={product.pk}&back={product.pk}"


def test_a_product_without_a_recipe_asks_for_it(browser, alice, bag, earl):
    asked = browser.client.get(address("make", bag))
    assert asked.headers["Location"] == address("recipe", bag)
    response = browser.send_task(asked.headers["Location"], {"product": "earl", "quantity": 2}, makes="1", note="mix")
    assert response.status_code == 303, response.text
    assert read_message(browser, response) == "Saved the recipe."
    assert (Recipe.objects.get().makes, Recipe.objects.get().note) == (1, "mix")


def test_a_recipe_is_shown_and_made(browser, alice, bag, earl):
    write_recipe(alice, bag, 1, {earl: 2})
    before = earl.quantity
    assert "1 Bag: 2 Earl Grey (9 available)" in browser.client.get(address("make", bag)).text
    response = browser.send_task(address("make", bag), quantity="3")
    assert read_message(browser, response) == "Made 3 of Bag."
    assert f"/shop/labels/?product={bag.pk}&amp;copies=3" in browser.get_page(response.headers["Location"])
    assert [quantity for quantity, _ in read_stock(earl, bag)] == [before - 6, 3]
    response = browser.send_task(address("take-apart", bag), quantity="1")
    assert read_message(browser, response) == "Took 1 of Bag apart."


def test_a_part_that_is_short_is_named(browser, alice, bag, earl):
    write_recipe(alice, bag, 1, {earl: 2})
    refused = browser.send_task(address("make", bag), quantity="500")
    assert refused.status_code == 400
    assert find_refusals(refused) == ["Earl Grey (TEA-EARL): Only 9 in stock, 1000 requested."]


def test_recipes_have_a_page_with_their_parts(browser, alice, bag, earl):
    write_recipe(alice, bag, 1, {earl: 2})
    listed = browser.get_page("/api/recipes/")
    assert all(text in listed for text in ("<h1>Recipes</h1>", "Bag"))
    shown = browser.client.get(f"/api/products/{bag.pk}/recipe/", headers={"Accept": "text/html"}).text
    assert "Earl Grey" in shown
    assert "/shop/take-apart/" in shown


def test_what_was_made_gets_a_label_for_each_piece(browser, as_alice, alice, bag, earl):
    write_recipe(alice, bag, 1, {earl: 2})
    made = make(as_alice, bag, 3, lot="M1").json()
    labels = f"/shop/labels/?product={bag.pk}&copies=3&lot=M1"
    assert escape(labels) in browser.get_page(f"/api/stock/operations/{made['id']}/")
    page = browser.get_page(labels)
    assert all(text in page for text in ('value="3"', 'value="M1"'))
    apart = make(as_alice, bag, 1, take_apart=True).json()
    assert "/shop/labels/?" not in browser.get_page(f"/api/stock/operations/{apart['id']}/")


@all_cases("page", ["kits/add", "recipe"])
def test_the_second_line_of_a_product_and_a_missing_part_are_refused(browser, bag, earl, page):
    if page == "kits/add":
        address, typed = "/shop/kits/add/", {"name": "Set"}
    else:
        address, typed = f"/shop/recipe/?product={bag.pk}", {"makes": "1"}
    twice = browser.send_task(address, *[{"product": "earl", "quantity": "1"}] * 2, **typed)
    assert twice.status_code == 400
    assert len(find_refusals(twice)) == 1
    assert "twice" in twice.text.partition('value="1"')[2]
    empty = browser.send_task(address, **typed)
    assert (empty.status_code, find_refusals(empty)) == (400, ["Nothing is entered."])


def test_what_is_wrong_with_a_part_is_said_at_its_line(browser, bag, earl):
    refused = browser.send_task(address("recipe", bag), {"product": "earl", "quantity": "1,5"}, makes="1")
    assert refused.status_code == 400
    assert "Quantities are whole numbers" in find_errors(refused.text)[0]
    refused = browser.send_task(address("recipe", bag), {"product": "BAG", "quantity": "1"}, makes="1")
    assert "be a part of itself" in refused.text
