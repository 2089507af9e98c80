"""Responses to violated constraints, and the field that each names."""

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey, find_constraint, find_field, get_all_constraints
from core.http.errors import constraint_response, exception_handler
from testing.tables import all_cases


@pytest.mark.quick
@all_cases(
    ("constraint", "field"),
    [
        (UniqueConstraint("owner", Lower("name"), name="x"), "name"),
        (UniqueConstraint("owner", F("sku"), name="x"), "sku"),
        (UniqueConstraint(Lower("email"), name="x"), "email"),
        (UniqueConstraint(fields=["owner", "product", "sequence"], name="x"), "sequence"),
        (UniqueConstraint("owner", "product", Lower("code"), name="x"), "code"),
        (OwnedForeignKey(field="supplier", name="x"), "supplier"),
        (CheckConstraint(condition=Q(price__gte=0), name="x"), "non_field_errors"),
    ],
)
def test_names_the_last_field(constraint, field):
    assert find_field(constraint) == field


def test_constraint_names_are_unique_and_leave_room_for_a_shard_number():
    names = [constraint.name for constraint in get_all_constraints()]
    assert len(names) == len(set(names))
    declared = {c.name for model in apps.get_models() for c in model._meta.constraints}
    assert max(len(name) for name in declared) < 50


@all_cases(
    "message",
    [
        'duplicate key value violates unique constraint "suppliers_supplier_name"',
        'duplicate key value violates unique constraint "suppliers_supplier_name_102074"',
    ],
)
def test_finds_the_name_in_the_message_of_a_distributed_database(message):
    response = constraint_response(IntegrityError(message))
    assert response.status_code == 400
    assert response.data == {"name": ["You have a supplier with this name already."]}


@all_cases("name", ["stock_making_quantity", "sales_number_once"])
def test_a_constraint_without_a_text_of_its_own_is_not_named(name):
    [[said]] = constraint_response(IntegrityError(f'violates constraint "{name}"')).data.values()
    assert said == "A value is outside of what is allowed."


@all_cases("message", ["", "suppliers_supplier_names", "xsuppliers_supplier_name", "name"])
def test_an_unknown_constraint_becomes_a_500(message):
    assert find_constraint(IntegrityError(message)) is None
    assert constraint_response(IntegrityError(message)) is None


@pytest.mark.quick
def test_a_conflict_is_a_409_whose_code_is_the_constraints_name():
    response = constraint_response(IntegrityError('constraint "stock_operation_one_reversal"'))
    assert response.status_code == 409
    assert response.data == {
        "detail": "This operation has been reversed already.",
        "code": "stock_operation_one_reversal",
    }


@all_cases("too_high", ["1e20::numeric(22, 2)", "2147483648::bigint::integer"])
def test_a_number_that_its_column_cannot_store_is_a_400(db, too_high):
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {too_high}")
    response = exception_handler(caught.value, {})
    assert (response.status_code, response.data["code"]) == (400, "number_too_high")
