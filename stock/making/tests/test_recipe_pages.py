"""The pages of recipes and of what was made."""

import pytest
from django.utils.html import escape

from stock.making.tests.recipes import make, write_recipe
from stock.models import Making, Recipe, RecipePart
from testing.cast.people import make_product
from testing.reading.browser import Browser

PAGE = {"Accept": "text/html"}


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 9, cost_price="1.00")


@pytest.fixture
def bag(alice, tea):
    bag = make_product(alice, "Bag")
    write_recipe(alice, bag, 1, {tea: 2})
    return bag


def test_a_recipe_leads_to_its_product_and_to_making_it(as_alice, bag, tea):
    listed = as_alice.get("/api/recipes/", headers=PAGE).text
    assert f'href="/api/products/{bag.pk}/recipe/"' in listed
    shown = as_alice.get(f"/api/products/{bag.pk}/recipe/", headers=PAGE).text
    assert f"/shop/make/?product={bag.pk}" in shown
    assert f'href="/api/products/{bag.pk}/"' in shown


def test_deleting_a_recipe_says_what_follows(alice, bag):
    asked = Browser(alice).get_page(f"/shop/delete/products/{bag.pk}/recipe/")
    assert "Bag can't be made by it any more." in asked.replace("&#x27;", "'")


def test_what_was_made_has_labels_of_its_lot_and_what_is_taken_apart_has_none(as_alice, bag):
    made, apart = make(as_alice, bag, 3, lot="M1").json(), make(as_alice, bag, 1, take_apart=True).json()
    pages = [as_alice.get(f"/api/stock/operations/{one['id']}/", headers=PAGE).text for one in (made, apart)]
    labels = escape(f"/shop/labels/?product={bag.pk}&copies=3&lot=M1")
    assert [labels in page for page in pages] == [True, False]


def test_recipes_and_makings_have_names(as_alice, bag, tea):
    make(as_alice, bag, 1)
    assert [f"{model.objects.get()}" for model in (Recipe, RecipePart, Making)] == [
        f"recipe of product {bag.pk}", f"2 of product {tea.pk}", f"made: 1 of product {bag.pk}",
    ]  # fmt: skip


def test_the_history_has_the_parts_of_a_recipe_in_their_unit(as_alice, alice):
    oats = make_product(alice, "Oats", decimals=3, unit="kg", price="3.00")
    mix = make_product(alice, "Mix", price="5.00")
    body = {"makes": 4, "parts": [{"product": oats.pk, "quantity": 1000}]}
    assert as_alice.put(f"/api/products/{mix.pk}/recipe/", body, format="json").status_code in (200, 201)
    assert "1.000 kg × Oats" in Browser(alice).get_page(f"/api/products/{mix.pk}/changes/")
