"""Each table from which reports compute what was sold, bought, made or counted is sealed, or has a reason not to be."""

import re
from functools import cache

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from core.shop_apps import collect
from inventory_api.app_order import ORDER
from products.models import Product
from records.events.services import number_all_events
from stock.models import Movement, Operation, Payment, Performer, Portion, Sold, StockCount
from stock.proofs import sql_seals
from stock.proofs.services import seal_account
from stock.proofs.sql_seals import list_sealed_models
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.laws.distribution import list_modules
from testing.laws.sql_layers import APP_OF_TABLE, list_texts
from testing.tables import all_cases

LEDGER = [Operation, Movement, Portion, Sold, Payment]
READERS = re.compile(r"(desk\.(reports|evidence)|trade\.(sales|closings)|stock\.reading)\.(?!.*\btests\b)")
PEOPLE_CHANGE_IT = "people change it: figures of the past do not depend on it, or the history has its former values"
# The tables that reports read and no seal has, with the reason.
NOT_SEALED = {
    **dict.fromkeys((
        "customers_customer", "kits_kit", "products_category", "products_group", "products_offer", "products_profile",
        "products_tax", "purchasing_order", "purchasing_orderline", "reservations_reservation",
        "reservations_reservationline", "stock_location", "stock_lot", "stock_recipe", "stock_recipepart",
        "suppliers_supplier", "tills_till", "users_user", "kits_kitpart", "products_customfield",
    ), PEOPLE_CHANGE_IT),
    "closings_closing": "the event of a closing has the digest of all columns, and the event is sealed",
    "events_event": "seals cover positions of the feed, and an event that is missing or moved changes them",
    "events_feedhead": "the end of the feed",
    "evidence_pack": "a pack has the digest of its file, which an event has, too",
    "history_change": "what people have changed",
    "products_code": "people change it",
    "invoices_invoicefile": "the event of a file has its digest, and the event is sealed",
    "reports_salesday": "sums of sales, which the verification compares with them",
    "sales_series": "the last number, which the rows of sales_number show",
    "stock_delivery": "who has delivered; a merge of suppliers changes it",
    **dict.fromkeys(("sheets_entry", "sheets_sheet"), "what was counted; stock_stockcount has what was booked"),
    "stock_holding": "sums of portions, which the verification compares with them",
    "stock_seal": "each seal has the digest of the one before",
}  # fmt: skip
# The columns of sealed tables that seals lack, with the reason.
NOT_IN_LINES = {
    "customers_buyer.customer_id": "a merge moves the sales of a customer",
    "customers_buyer.is_named_later": "a row that is named later is not sealed",
    "invoices_invoice.customer_id": "a merge moves the invoices of a customer",
    "invoices_invoice.document": "the verification compares it with its digest",
    "invoices_invoice.metadata": "programs change it",
    "stock_performer.name": "a name can be erased; the verification compares it with its digest",
    "stock_performer.salt": "a name can be erased",
    "stock_performer.user_id": "the verification compares it with that of the operations",
}
KEPT = {model._meta.db_table for model in (*LEDGER, *list_sealed_models(), Performer)}


@cache
def list_read_tables():
    """Return the tables that modules with figures name in SQL, or import as models."""
    modules = [module for module in list_modules() if READERS.match(module.__name__)]
    words = {word for module in modules for text in list_texts(module) for word in re.findall(r"\b\w+_\w+\b", text)}
    imported = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    by_orm = {model._meta.db_table for model in apps.get_models() if model in imported}
    return (words & APP_OF_TABLE.keys()) | by_orm


def list_immutable_tables():
    """Return the tables whose rows a trigger protects from changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_immutable'")
        return {table for [table] in cursor.fetchall()}


@pytest.mark.needs
@pytest.mark.quick
@pytest.mark.django_db
def test_what_reports_read_is_sealed_or_has_a_reason():
    read = list_read_tables() | list_immutable_tables()
    assert len(read) > 40
    assert read - KEPT - NOT_SEALED.keys() - {"products_product", "stock_verification"} == set()
    assert NOT_SEALED.keys() & KEPT == set()


@pytest.fixture
def owner(world):
    """Return the owner of a shop with sealed rows of every table. A till has sold a product with decimals."""
    owner = world.shops["alice"].owner
    flour = make_product(owner, "Flour", 1500, decimals=3, unit="kg")
    assert Device(owner).book(1, flour, 100).status_code == 201
    number_all_events(owner.pk)
    seal_account(owner_id=owner.pk)
    assert find_breaks(owner.pk) == []
    return owner


@all_cases(("declared", "holds"), [(True, True), (False, False)])
def test_seals_hold_without_the_models_of_apps_that_are_left_out(owner, monkeypatch, declared, holds):
    models = [model for model in list_sealed_models() if model._meta.db_table not in collect("sealed", ORDER)]
    monkeypatch.setattr(sql_seals, "list_sealed_models", lambda: models)
    if not declared:
        monkeypatch.setattr(sql_seals, "collect", lambda *_: {})
    assert (find_breaks(owner.pk) == []) == holds


def list_columns(model):
    """Yield the columns whose change is to be found."""
    names = {"products_product": {"decimals"}}.get(model._meta.db_table)
    for field in model._meta.concrete_fields:
        is_left_out = f"{model._meta.db_table}.{field.column}" in NOT_IN_LINES
        if not field.primary_key and not is_left_out and (names is None or field.column in names):
            yield field


def change(field):
    """Return an expression that differs from the value of the column."""
    if isinstance(field, models.BooleanField):
        return f"NOT {field.column}"
    if isinstance(field, models.DateTimeField):
        return f"{field.column} + interval '1 second'"
    if isinstance(field, models.DateField):
        return f"coalesce({field.column}, current_date) + 1"
    if isinstance(field, models.BinaryField):
        return f"sha256({field.column})"
    if isinstance(field, ArrayField):
        return f"{field.column} || {field.column}"
    if isinstance(field, models.CharField | models.TextField):
        return f"CASE {field.column} WHEN 'x' THEN 'y' ELSE 'x' END"
    return f"coalesce({field.column}, 0) + 1"


def tamper(table, statement):
    """Run the statement without triggers and checks. Return whether it has changed a row."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass", [table])
        for [name] in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(statement)
        changed = cursor.rowcount
        cursor.execute("SET session_replication_role = DEFAULT")
    return changed == 1


def is_found(owner, table, statement):
    with transaction.atomic():
        assert tamper(table, statement), statement
        found = find_breaks(owner.pk, limit=1)
        transaction.set_rollback(True)
    return bool(found)


def test_a_change_of_any_column_that_sums_are_computed_from_is_found(owner):
    missed = []
    for model in (*LEDGER, *list_sealed_models(), Performer, Product):
        table = model._meta.db_table
        having = {Performer: "till IS NOT NULL", Product: "decimals > 0", StockCount: "operation_id IS NOT NULL"}
        row = f"id = (SELECT max(id) FROM {table} WHERE owner_id = {owner.pk} AND {having.get(model, 'true')})"
        if model not in (Performer, Product) and not is_found(owner, table, f"DELETE FROM {table} WHERE {row}"):
            missed.append(f"{table}: a deleted row")
        missed += [
            f"{table}.{field.column}" for field in list_columns(model)
            if not is_found(owner, table, f"UPDATE {table} SET {field.column} = {change(field)} WHERE {row}")
        ]  # fmt: skip
    assert missed == []
