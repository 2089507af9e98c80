"""Each number and each null beside the ledger: a wrong one is refused by the import, or no list is broken by it."""

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import Error, connection, models, transaction

from desk.takeout.columns import list_shop_tables
from desk.takeout.importing.rules import find_rule, obeys
from desk.takeout.importing.services import list_rules
from desk.takeout.tests.test_every_get import list_addresses
from stock.models import Payment, Performer, Portion, Seal, Sold
from stock.proofs.sql_seals import list_sealed_models
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of
from testing.laws.walk import list_calls
from trade.closings.models import Closing
from trade.reservations.models import ReservationLine, ReservedKit

LISTS = ("stock", "sales", "reports", "closings", "kits", "reservations")
BESIDE = {*list_sealed_models(), Sold, Payment, Portion, Performer, Closing, ReservationLine, ReservedKit}


def forge(field):
    """Return values that a forged archive may have in the column."""
    values = [None] if field.null else []
    if field.is_relation:
        return values
    if isinstance(field, ArrayField):
        return [*values, [], [0], [1, 1], [32767]]
    if isinstance(field, models.DecimalField):
        return [*values, "0.00", "-1.00", "0.01", "9" * (field.max_digits - field.decimal_places) + ".99"]
    if isinstance(field, models.IntegerField):
        return [*values, 0, -1, 1, 10**9, 2**61, -(2**63)]
    return values


def list_forged():
    for table in list_shop_tables():
        if table.model in BESIDE:
            for field in table.fields:
                yield from ((table.name, field, value) for value in forge(field) if not field.primary_key)


def is_refused(owner, table, field, value):
    """Store the value in the newest row. Return whether the rules of an import, or the database, refuse it."""
    if value is not None and not obeys(find_rule(table, field), value):
        return True
    row = f"id = (SELECT max(id) FROM {table} WHERE owner_id = {owner.pk})"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {field.column} = %s WHERE {row}", [value])
    except Error:
        return True
    return has_breaks(owner)


def has_breaks(owner):
    with connection.cursor() as cursor:
        for statement in list_rules().values():
            cursor.execute(statement, {"owner": owner.pk})
            if cursor.fetchone():
                return True
    return bool(find_breaks(owner.pk, 1, is_committed=False))


def list_lists(world):
    """Return the addresses of the lists and the rows that show what is kept beside the ledger."""
    starts = tuple(f"/api/{name}/" for name in LISTS)
    calls = [call for call in list_calls() if call.method == "GET" and call.path.startswith(starts)]
    return sorted({address for call in calls if call.model is not Seal for address in list_addresses(call, world)})


def test_a_forged_number_or_null_is_refused_or_breaks_no_list(world):
    owner, addresses, broken = world.shops["alice"].owner, list_lists(world), []
    client = client_of(owner)
    client.raise_request_exception = False
    with connection.cursor() as cursor:  # a forged archive may have no seals
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        cursor.execute("DELETE FROM stock_seal; DELETE FROM events_event WHERE type = 'ledger.sealed'")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert (has_breaks(owner), len(addresses) > 50) == (False, True)
    for table, field, value in list_forged():
        with transaction.atomic():
            if not is_refused(owner, table, field, value):
                broken += [
                    f"{table}.{field.column} = {value}: {address}" for address in addresses
                    if client.get(address).status_code >= 500
                ]  # fmt: skip
            transaction.set_rollback(True)
    assert broken == []


@pytest.mark.quick
def test_each_table_beside_the_ledger_has_a_forged_column():
    tables = {table for table, _field, _value in list_forged()}
    without_numbers = {"purchasing_receipt", "prices_pricefrom"}
    assert tables == {model._meta.db_table for model in BESIDE} - without_numbers
