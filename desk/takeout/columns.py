"""The tables and columns that an export contains, and those that it never contains.

An export has every table with rows of a shop: those with an owner, an account or a user. So tables of later releases
are included, too. A test walks all models and all columns.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from core.ownership import OwnedModel
from core.shop_apps import collect

FORMAT = 1  # the format of the archive

PEOPLE = "id = {owner} OR employer_id = {owner}"
# The conditions that select the rows of `{owner}`, by the column that tells to which shop or user a row belongs.
CONDITIONS = {
    "id": PEOPLE,  # of users
    "owner_id": "owner_id = {owner}",
    "account_id": "account_id = {owner}",
    "user_id": f"user_id IN (SELECT id FROM users_user WHERE {PEOPLE})",  # noqa: S608, constants
}


@dataclass(frozen=True)
class ShopTable:
    """A table with rows of a shop. `link` is the column that tells to which shop or user a row belongs."""

    model: Any
    link: str

    @cached_property
    def name(self) -> str:
        return str(self.model._meta.db_table)

    @cached_property
    def fields(self) -> list[Any]:
        """Return the fields that an export contains."""
        secrets = collect("secrets", settings.SHOP_APPS).get(self.name, ())
        return [field for field in self.model._meta.concrete_fields if field.column not in secrets]

    @cached_property
    def columns(self) -> list[str]:
        return [field.column for field in self.fields]


def list_shop_tables() -> list[ShopTable]:
    """Return the tables of an export. The users come first, because all other tables refer to them."""
    users, left_out = get_user_model(), collect("not_moved", settings.SHOP_APPS)
    others = [model for model in apps.get_models() if model is not users and model._meta.label not in left_out]
    return [ShopTable(users, "id"), *(ShopTable(model, link) for model in others if (link := find_link(model)))]


def find_link(model: Any) -> str:
    """Return the column that tells to which shop or user a row belongs, or an empty text if the rows have none."""
    if issubclass(model, OwnedModel):
        return "owner_id"
    links = {field.column for field in model._meta.fields if field.related_model is get_user_model()}
    return next((name for name in ("account_id", "user_id") if name in links), "")


def write_copy(table: ShopTable, owner_id: int) -> str:
    """Return the statement that copies the shop's rows as lines of JSON, in the order of their ids.

    Decimal numbers are texts, as in the API: many programs read numbers with fewer digits. JSON has no control
    characters, so a line is copied unchanged, without the quotes and escapes of CSV.
    """
    columns = ", ".join(
        f'"{field.column}"::text' if isinstance(field, models.DecimalField) else f'"{field.column}"'
        for field in table.fields
    )
    where, order = CONDITIONS[table.link].format(owner=int(owner_id)), table.model._meta.pk.column
    return (
        f"COPY (SELECT row_to_json(copied) FROM (SELECT {columns} FROM {table.name} WHERE {where} ORDER BY {order})"  # noqa: S608
        " AS copied) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
    )
