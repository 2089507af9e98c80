"""What Citus needs of each statement: it names the owner, so that it is a task of the one server with the owner's rows.

Statements of several accounts are of the support desk and of commands. They are listed here by name, with the reason.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from core.ownership import OwnedModel

OWNED_TABLES = {model._meta.db_table for model in apps.get_models() if issubclass(model, OwnedModel)}
TABLE_USE = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+\"?({'|'.join(sorted(OWNED_TABLES))})\b")

# By module and name. All other statements name the owner.
OF_ALL_ACCOUNTS = {
    "stock.sql.BY_REFERENCE": "desk: finds an operation in any account; joins each owner",
    "stock.sql.BY_REFERENCE_ON_CITUS": "desk: the same",
    "stock.sql.BY_KEY": "desk: finds an idempotency key in any account; joins each owner",
    "stock.sql_times.FIRST_OF_ALL_OPERATIONS": "desk: the lists of all accounts, by time",
    "stock.sql_times.FIRST_OF_ALL_MOVEMENTS": "desk: the same",
    "stock.sql_times.FIRST_OF_ALL_OPERATIONS_ON_CITUS": "desk: the same",
    "stock.sql_times.FIRST_OF_ALL_MOVEMENTS_ON_CITUS": "desk: the same",
    "products.sql.FIND_BY_CODE": "desk: finds a product by its code in any account; joins each owner",
    "support.sql.NEWEST_MOVEMENTS": "desk: the figures of the front page",
    "support.sql.MOVEMENTS_PER_DAY": "desk: the same",
}
# Their placeholder in braces is the condition on the owner, or none for the support desk.
WITH_CONDITION = {
    "products.sql.FIND_WITH_INDEX", "products.sql.FIND_AMONG_NEWEST", "support.sql.PRODUCT_COUNTS",
    "stock.sql_times.FIRST_SINCE", "stock.sql_times.FIRST_OF_ALL_ON_CITUS",
}  # fmt: skip


def list_statements() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each statement of the modules of our apps that uses an owned table."""
    for module in list_modules():
        for name, value in vars(module).items():
            for text in value if isinstance(value, tuple | list) else [value]:
                if isinstance(text, str) and TABLE_USE.search(text):
                    yield f"{module.__name__}.{name}", text


def list_modules() -> Iterator[Any]:
    """Yield the modules of our apps, without tests and migrations."""
    for app in apps.get_app_configs():
        if Path(app.path).parent != settings.BASE_DIR:
            continue
        for found in pkgutil.walk_packages([app.path], f"{app.name}."):
            if not re.search(r"\.(tests|migrations|management)\b", found.name):
                yield importlib.import_module(found.name)
