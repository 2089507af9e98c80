"""Insert rows of the cast with their history, each by one statement. The services use up to seven.

Only the stock service writes quantities, as everywhere.
inventory_api/tests/test_cast.py checks that the services write the same rows.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, models

from core.database.postgres.base import fetch, make_instance
from products.attributes.services import NAMES
from products.models import Product
from records.events.models import EventType
from records.history.models import RecordedModel, list_tracked
from stock.booking.drafts import Units
from stock.booking.services import open_stock
from stock.goods.services import LINKS, choose_threshold
from users.access.roles import Role
from users.models import User
from users.querysets import insert_columns

INSERT = """
WITH row AS (INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING *), change AS (
    INSERT INTO history_change (owner_id, kind, row_id, at, via, changes, is_cost)
    SELECT {owner}, kind, row.id, statement_timestamp(), 'command',
        jsonb_build_object('created', jsonb_build_array(NULL, fields)), false
    FROM row CROSS JOIN ({created}) AS created WHERE {owner} IS NOT NULL
){event} SELECT {returned} FROM row
"""
EVENT = f""", event AS (
    INSERT INTO events_event (owner_id, type, product, data, created_at)
    SELECT owner_id, '{EventType.PRODUCT_CREATED}', id, jsonb_build_object('sku', sku, 'external_id', external_id),
        statement_timestamp()
    FROM row
)"""
OWNERS = {User: f"CASE WHEN row.role = '{Role.OWNER}' THEN row.id ELSE row.employer_id END"}
# For these fields of a product, the service acquires locks, or writes other tables as well.
LEFT_TO_SERVICE = {"barcode", "codes", *LINKS, *NAMES}


def insert(row: RecordedModel, owner_id: int | None = None) -> Any:
    """Insert the row with its history, and an event if it is a product. Return it as the database has it."""
    values = {field.column: prepare(field, row) for field in list_inserted(type(row))}
    [inserted] = fetch(compose(type(row)), values | {"owner": owner_id})
    return make_instance(type(row), *inserted)


def prepare(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, True), connection)


def list_inserted(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]


@cache
def compose(model: Any) -> str:
    """Return the statement that inserts a row of the model."""
    names = [field.column for field in list_inserted(model)]
    created = []
    for tracked in list_tracked(model):
        selection = tracked.write_rows(model, 1).replace(f"FROM {model._meta.db_table} AS row", "FROM row")
        created.append(
            f"SELECT '{tracked.kind.value}' AS kind, fields FROM ({selection.rpartition('WHERE')[0]}) AS one"
        )
    return INSERT.format(
        table=model._meta.db_table,
        columns=", ".join(names),
        values=", ".join(f"%({name})s" for name in names),
        owner=OWNERS.get(model, "row.owner_id"),
        created=" UNION ALL ".join(created),
        event=EVENT if model is Product else "",
        returned=insert_columns("{columns}", ("row", model)),
    )


def insert_user(name: str, password: str, employer: User | None, **fields: Any) -> User:
    """Insert a user as users.services.register() does."""
    user: User = insert(User(username=name, password=make_password(password), employer=employer, **fields))
    if employer:
        user.employer = employer
    return user


def may_insert_product(fields: dict[str, Any]) -> bool:
    return not (settings.DB_CITUS or LEFT_TO_SERVICE & fields.keys())


def insert_product(by: User, quantity: Units, fields: dict[str, Any]) -> Product:
    """Insert a product as stock.goods.services.create_product() does. The stock service books its quantity."""
    owner_id: Any = by.account_id
    product: Product = insert(Product(owner_id=owner_id, **choose_threshold(fields)), owner_id)
    product.codes = []
    if not quantity:
        return product
    open_stock(by=by, product=product, quantity=quantity)
    booked: Product = Product.objects.with_codes(by).for_user(by).get(pk=product.pk)
    return booked
