"""The database refuses wrong rows of recipes and makings by the names of their constraints."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from stock.models import Making, Operation, Recipe, RecipePart
from stock.tests.test_constraints import get_violated_constraint, insert
from testing.cast.people import make_product
from testing.tables import all_cases


@pytest.fixture
def rows(alice, kettle):
    """Return the columns of a valid row of each model. The part is the only one that is inserted later."""
    recipe = {"owner_id": alice.pk, "product_id": kettle.pk, "makes": 1, "note": "", "updated_at": datetime.now(UTC)}
    insert(Recipe, **recipe)
    part = {"owner_id": alice.pk, "recipe_id": Recipe.objects.get().pk, "product_id": make_product(alice, "Lid").pk}
    opening = Operation.objects.earliest("id").pk
    making = {"owner_id": alice.pk, "operation_id": opening, "product_id": kettle.pk, "role": "made", "quantity": 1}
    return {Recipe: recipe, RecipePart: {**part, "quantity": 1}, Making: making}


@all_cases(
    ("model", "change", "name"),
    [
        (Recipe, {}, "stock_recipe_once"),
        (Recipe, {"makes": 0}, "stock_recipe_makes"),
        (Recipe, {"product_id": 0}, "stock_recipe_product"),
        (RecipePart, {"quantity": 0}, "stock_recipepart_quantity"),
        (RecipePart, {"product_id": 0}, "stock_recipepart_product"),
        (RecipePart, {"recipe_id": 0}, "stock_recipepart_recipe"),
        (Making, {"quantity": 0}, "stock_making_quantity"),
        (Making, {"role": "lost"}, "stock_making_role"),
        (Making, {"operation_id": 0}, "stock_making_operation"),
        (Making, {"product_id": 0}, "stock_making_product"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_name(rows, model, change, name):
    assert get_violated_constraint(model, **rows[model] | change) == name


@all_cases(("model", "name"), [(RecipePart, "stock_recipepart_once"), (Making, "stock_making_once")])
def test_a_row_is_there_once(rows, model, name):
    insert(model, **rows[model])
    assert get_violated_constraint(model, **rows[model]) == name


def test_no_row_of_another_account_is_a_part(rows, charlie):
    foreign = make_product(charlie, "Pot").pk
    assert (
        get_violated_constraint(RecipePart, **rows[RecipePart] | {"product_id": foreign}) == "stock_recipepart_product"
    )
    assert get_violated_constraint(Making, **rows[Making] | {"product_id": foreign}) == "stock_making_product"


def test_what_was_made_is_never_changed(rows):
    insert(Making, **rows[Making])
    for statement in ("UPDATE stock_making SET quantity = 2", "DELETE FROM stock_making"):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refused.value.__cause__.diag.constraint_name == "stock_immutable"
