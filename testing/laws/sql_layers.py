"""The law of layers for SQL: a statement of models and services names only tables of their app and of apps below.

Readings may name the tables of all apps. The table of layers and apps is that of the imports, in pyproject.toml.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from django.apps import apps

from testing.laws.distribution import list_modules
from testing.laws.layers import Law

APP_OF_TABLE = {
    model._meta.db_table: model._meta.app_config.name for model in apps.get_models(include_auto_created=True)
}
USE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO|ONLY)\s+\"?(\w+)")


def find_violations(law: Law) -> list[str]:
    """Return each statement in a module of the writers that names a table of an app above it."""
    modules = [module for module in list_modules() if law.is_layered(module.__name__)]
    writers = [module for module in modules if law.is_writer(module.__name__)]
    return sorted(
        {
            f"{module.__name__} names {table}"
            for module in writers
            for text in list_texts(module)
            for table in find_upper_tables(law, module.__name__, text)
        }
    )


def find_upper_tables(law: Law, module: str, text: str) -> list[str]:
    """Return the tables that the text names as SQL and that belong to an app above the module's app."""
    own = law.find_app(module)
    used = [table for table in USE.findall(text) if APP_OF_TABLE.get(table) in law.apps]
    return [table for table in used if law.is_above(APP_OF_TABLE[table], own)]


def list_texts(module: ModuleType) -> Iterator[str]:
    """Yield the texts of the module: its constants as they are composed, and all texts in its source."""
    for value in vars(module).values():
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
        yield from (part for part in parts if isinstance(part, str))
    nodes = ast.walk(ast.parse(Path(str(module.__file__)).read_text()))
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
