"""Check the rules of Citus for each statement and each model.

A statement names the owner, so that Citus sends it only to the server with the owner's rows. Only the support desk and
commands have statements of several accounts. They are listed here by name, with the reason.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F, ForeignKey, Index, Model, UniqueConstraint

from core.ownership import OwnedModel
from testing.plugins.left_out import find_missing_app

OWNED_TABLES = {model._meta.db_table for model in apps.get_models() if issubclass(model, OwnedModel)}
TABLE_USE = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+\"?({'|'.join(sorted(OWNED_TABLES))})\b")
INNERMOST = re.compile(r"\([^()]*\)")
# Matches the part of a statement that compares with the owner's id. A comparison with the owner of another row is not
# enough: for a subquery with that alone, Citus asks all servers.
NAMED_OWNER = re.compile(r"%\(owner\)s|\{owner\}|\bclock\.operation_id\b")

# The statements of several accounts, and parts of statements, by module and name. All others name the owner.
OF_ALL_ACCOUNTS = {
    "desk.support.rows.BY_REFERENCE": "desk: finds an operation in any account; joins each owner",
    "desk.support.rows.BY_REFERENCE_ON_CITUS": "desk: the same",
    "desk.support.rows.BY_KEY": "desk: finds an idempotency key in any account; joins each owner",
    "products.reading.figures.FIND_BY_CODE": "desk: finds a product by its code in any account; joins each owner",
    "records.events.webhooks.sql.READY": "worker: part of the next",
    "records.events.webhooks.sql.FIND_DUE": "worker: the webhooks of all accounts that are due; joins each owner",
    "records.events.webhooks.sql.FIGURES": "worker: the figures of its line in the log",
    "records.events.webhooks.sql.SWITCH_OFF_RESTORED": "restore: every webhook",
    "trade.purchasing.sql.HOLD_MAILS": "restore: every order that waits for its mail",
    "stock.proofs.sql_seals.HAS_UNSEALED": "worker: part of what finds the owners for a round; not used on Citus",
    "stock.proofs.services.IS_DUE": "worker: the same",
    "stock.jobs.HAS_EXPIRING_LOTS": "worker: the same",
    "desk.reports.jobs.SELLS_MUCH": "worker: the same",
    "desk.support.figures.NEWEST_MOVEMENTS": "desk: the figures of the front page",
    "desk.support.figures.MOVEMENTS_PER_DAY": "desk: the same",
}
# The placeholder in braces of these statements is the condition on the owner. It is empty for the support desk.
WITH_CONDITION = {
    "products.reading.figures.FIND_WITH_INDEX", "products.reading.figures.FIND_AMONG_NEWEST",
    "desk.support.figures.PRODUCT_COUNTS",
}  # fmt: skip


def list_statements() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each statement in the modules of our apps that uses an owned table."""
    for module in list_modules():
        for name, value in vars(module).items():
            for text in value if isinstance(value, tuple | list) else [value]:
                if isinstance(text, str) and TABLE_USE.search(text):
                    yield f"{module.__name__}.{name}", text


def find_statements_without_owner() -> list[str]:
    """Return the names of the statements that do not name the owner and are not listed above."""
    listed = OF_ALL_ACCOUNTS.keys() | WITH_CONDITION
    return [name for name, text in list_statements() if name not in listed and not NAMED_OWNER.search(text)]


def find_queries_without_owner(queries: list[dict[str, str]], owner: int) -> list[str]:
    """Return the texts of the captured queries of an owned table that do not compare with this owner's id."""
    found = {query["sql"]: without_subqueries(query["sql"]) for query in queries}
    return [text for text, outer in found.items() if not (names_owner(text, owner) and names_owner(outer, owner))]


def names_owner(text: str, owner: int) -> bool:
    """Return whether the text uses no owned table, or compares with this owner's id."""
    return not TABLE_USE.search(text) or ("owner_id" in text and bool(re.search(rf"\b{owner}\b", text)))


def without_subqueries(text: str) -> str:
    """Return the statement without its subqueries: if these alone name the owner, Citus asks all servers.

    Other parentheses become brackets.
    """
    shorter = INNERMOST.sub(lambda found: "" if "SELECT" in found[0] else f"[{found[0][1:-1]}]", text)
    return text if shorter == text else without_subqueries(shorter)


def find_unfit_rules() -> list[str]:
    """Return those unique rules, indexes and foreign keys of all models that the tables could not have on Citus."""
    found = [(model, name) for model in apps.get_models(include_auto_created=True) for name in list_unfit_rules(model)]
    return [f"{model._meta.db_table}: {name}" for model, name in found]


def list_unfit_rules(model: type[Model]) -> Iterator[str]:
    """Yield the names of the model's rules and keys that are impossible on Citus.

    An owned table is distributed by owner: its unique rules begin with the owner, and its foreign keys refer to the
    users, of whom each server has a copy. Keys to other owned rows are OwnedForeignKeys, which include the owner. The
    other tables are on the coordinator, where they can't refer to distributed ones.
    """
    meta = model._meta
    keys = [
        field for field in meta.local_fields if isinstance(field, ForeignKey) and getattr(field, "db_constraint", True)
    ]
    if not issubclass(model, OwnedModel):
        yield from (key.name for key in keys if issubclass(key.related_model, OwnedModel))
        return
    yield from (key.name for key in keys if key.related_model is not get_user_model())
    yield from (field.name for field in meta.local_fields if field.unique and not field.primary_key)
    yield from (", ".join(names) for names in meta.unique_together)
    unique = [rule for rule in meta.constraints if isinstance(rule, UniqueConstraint)]
    yield from (rule.name for rule in [*unique, *meta.indexes] if not begins_with_owner(rule))


def begins_with_owner(rule: UniqueConstraint | Index) -> bool:
    return [*rule.fields, *rule.expressions][0] in ("owner", F("owner"))


def list_modules() -> Iterator[Any]:
    """Yield the modules of the installed apps, without tests, migrations and the code that only tests use."""
    for app in map(importlib.import_module, settings.SHOP_APPS):
        for found in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if not (
                re.search(r"^testing\.|\.(tests|migrations|management)\b", found.name) or find_missing_app(found.name)
            ):
                yield importlib.import_module(found.name)
