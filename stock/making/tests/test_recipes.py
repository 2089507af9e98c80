"""The routes of recipes: what a product is made of, what is refused, and what they tell."""

import pytest

from products.models import Product
from stock.booking.drafts import PartLine, by_id
from stock.goods.services import archive_product
from stock.making import services
from stock.making.tests.recipes import write_recipe
from stock.models import RecipePart
from testing.cast.people import make_product
from testing.reading.streamed import read_in_parts
from testing.tables import all_cases


def test_a_recipe_tells_how_much_can_be_made_and_what_one_costs(alice, as_alice, tea, paper, bag):
    recipe = write_recipe(alice, bag, 10, {tea: 1000, paper: 10}, note="100 g each")
    assert (recipe["product"], recipe["makes"], recipe["can_make"], recipe["cost"]) == (bag.pk, 10, 20, "2.10")
    assert [(part["product_name"], part["quantity"], part["amount"]) for part in recipe["parts"]] == [
        ("Tea", 1000, "1.000"), ("Paper bag", 10, None),
    ]  # fmt: skip
    assert as_alice.get(f"/api/products/{bag.pk}/recipe/").json() == recipe
    assert as_alice.get("/api/recipes/").json()["results"] == [recipe]


def test_workers_see_no_cost_of_a_recipe(alice, as_bob, tea, bag):
    write_recipe(alice, bag, 10, {tea: 1000})
    assert as_bob.get(f"/api/products/{bag.pk}/recipe/").json()["cost"] is None


def test_recipes_are_found_by_their_product_and_by_a_part(alice, as_alice, tea, paper, bag):
    write_recipe(alice, bag, 10, {tea: 1000})
    for filters, found in [(f"product={bag.pk}", 1), (f"part={tea.pk}", 1), (f"part={paper.pk}", 0)]:
        assert len(as_alice.get(f"/api/recipes/?{filters}").json()["results"]) == found


def test_a_part_may_have_an_amount_and_a_code(as_alice, tea, bag):
    body = {"makes": 10, "parts": [{"sku": "sack", "amount": "1.5"}]}
    assert as_alice.put(f"/api/products/{bag.pk}/recipe/", body).json()["parts"][0]["quantity"] == 1500


@pytest.mark.measured
@all_cases(
    ("parts", "code"),
    [
        ([{"sku": "BAG", "quantity": 1}], "made_of_itself"),
        ([{"sku": "SACK", "quantity": 1}, {"sku": "SACK", "quantity": 2}], "part_twice"),
        ([{"sku": "NONE", "quantity": 1}], "product_not_found"),
        ([{"sku": "SACK", "amount": "0.0001"}], None),
        ([{"kit": 1, "quantity": 1}], "kit_not_here"),
        ([], None),
    ],
)
def test_what_a_recipe_refuses(as_alice, tea, bag, parts, code):
    response = as_alice.put(f"/api/products/{bag.pk}/recipe/", {"makes": 1, "parts": parts})
    assert (response.status_code, response.json().get("code")) == (400, code)


@pytest.mark.quick
def test_a_circle_over_three_recipes_is_refused_with_its_path(alice, as_alice, tea, paper, bag):
    write_recipe(alice, paper, 1, {tea: 1})
    write_recipe(alice, bag, 1, {paper: 1})
    body = {"makes": 1, "parts": [{"product": bag.pk, "quantity": 1}]}
    refused = as_alice.put(f"/api/products/{tea.pk}/recipe/", body)
    assert (refused.status_code, refused.json().get("path")) == (400, [tea.pk, bag.pk, paper.pk, tea.pk])


@pytest.mark.quick
def test_nothing_is_made_of_itself_over_several_recipes(alice, as_alice, tea, paper, bag):
    write_recipe(alice, paper, 1, {tea: 1})
    write_recipe(alice, bag, 1, {paper: 1, tea: 1})  # the same part by two ways is no circle
    response = as_alice.put(
        f"/api/products/{tea.pk}/recipe/", {"makes": 1, "parts": [{"product": bag.pk, "quantity": 1}]}
    )
    assert response.json()["code"] == "recipe_circle"
    assert response.json()["path"] == [tea.pk, bag.pk, tea.pk]
    assert as_alice.get(f"/api/products/{tea.pk}/recipe/").status_code == 404


@pytest.mark.quick
def test_the_history_of_the_product_has_its_recipe(alice, as_alice, tea, bag):
    write_recipe(alice, bag, 10, {tea: 1000})
    write_recipe(alice, bag, 10, {tea: 900}, note="less")
    assert as_alice.delete(f"/api/products/{bag.pk}/recipe/").status_code == 204
    deleted, changed, made, _created = as_alice.get(f"/api/products/{bag.pk}/changes/").json()["results"]
    old, new = ([{"name": "Tea", "quantity": quantity}] for quantity in (1000, 900))
    assert made["changes"] == {"recipe": [[], old], "recipe_makes": [None, 10]}
    assert changed["changes"] == {"recipe": [old, new], "recipe_note": ["", "less"]}
    assert deleted["changes"]["recipe"] == [new, []]


def test_a_foreign_product_is_a_missing_one(as_charlie, tea, bag):
    url = f"/api/products/{bag.pk}/recipe/"
    body = {"makes": 1, "parts": [{"product": tea.pk, "quantity": 1}]}
    assert [as_charlie.put(url, body).status_code, as_charlie.delete(url).status_code] == [404, 404]


def test_workers_write_no_recipes(as_bob, bag):
    assert as_bob.put(f"/api/products/{bag.pk}/recipe/", {"makes": 1, "parts": []}).status_code == 403


def test_a_recipe_that_changed_meanwhile_is_not_overwritten(alice, as_alice, tea, bag):
    write_recipe(alice, bag, 10, {tea: 1000})
    url = f"/api/products/{bag.pk}/recipe/"
    etag = as_alice.get(url).headers["ETag"]
    write_recipe(alice, bag, 10, {tea: 900})
    body = {"makes": 10, "parts": [{"product": tea.pk, "quantity": 800}]}
    assert as_alice.put(url, body, headers={"If-Match": etag}).status_code == 412
    assert as_alice.delete(url, headers={"If-Match": etag}).status_code == 412


def test_a_recipe_that_was_deleted_meanwhile_is_not_written(as_alice, tea, bag):
    body = {"makes": 10, "parts": [{"product": tea.pk, "quantity": 800}]}
    refused = as_alice.put(f"/api/products/{bag.pk}/recipe/", body, headers={"If-Match": '"1"'})
    assert refused.status_code == 412


def test_a_product_that_was_archived_meanwhile_gets_no_recipe(alice, tea, bag):
    archive_product(by=alice, product_id=bag.pk)
    with pytest.raises(Product.DoesNotExist):
        services.write_recipe(by=alice, product_id=bag.pk, makes=1, parts=[PartLine(by_id(tea.pk), 1)])


def test_the_decimals_of_a_part_are_fixed(alice, as_alice, bag):
    leaf = make_product(alice, "Leaf")
    write_recipe(alice, bag, 1, {leaf: 2})
    assert as_alice.patch(f"/api/products/{leaf.pk}/", {"decimals": 2}).json()["code"] == "decimals_fixed"


@pytest.mark.quick
def test_a_file_has_a_row_for_each_part_of_the_found_recipes(alice, as_alice, as_charlie, tea, paper, bag):
    write_recipe(alice, bag, 10, {tea: 1000, paper: 10}, note="100 g each")
    write_recipe(alice, paper, 1, {make_product(alice, "Sheet"): 2})
    file = as_alice.get(f"/api/recipes/?format=csv&part={tea.pk}").getvalue().decode()
    assert file.splitlines() == [
        "product,sku,makes,unit,part,part_sku,quantity,part_unit,note",
        "Bag of tea,BAG,10,,Tea,SACK,1.000,kg,100 g each",
        "Bag of tea,BAG,10,,Paper bag,,10,,100 g each",
    ]
    assert as_alice.get("/api/recipes/?format=csv").getvalue().count(b"\n") == 4
    assert as_alice.get("/api/recipes/?format=xlsx").getvalue().startswith(b"PK")
    assert as_charlie.get("/api/recipes/?format=csv").getvalue().count(b"\n") == 1


def test_the_file_is_written_without_holding_all_rows(alice, as_alice, tea, bag, monkeypatch):
    write_recipe(alice, bag, 10, {tea: 1000})
    assert b"Tea" in read_in_parts(as_alice, "/api/recipes/", RecipePart, monkeypatch)


def test_a_changed_recipe_is_told_by_an_event_of_its_product(alice, as_alice, tea, bag):
    for _ in range(2):  # the second time changes nothing
        write_recipe(alice, bag, 10, {tea: 1000})
    assert as_alice.delete(f"/api/products/{bag.pk}/recipe/").status_code == 204
    events = as_alice.get("/api/events/?type=product.changed").json()["events"]
    assert [event["data"]["product"] for event in events] == [bag.pk] * 2
    assert [event["data"]["changes"]["recipe_makes"] for event in events] == [[None, 10], [10, None]]
