"""Texts that are nothing but the name of a module of the product, or of what one defines: "trade.kits.kinds.KIT".

The laws count such a text as an import of that module. Names of migrations and of Django's settings are none, nor are
labels of models, which the database has as keys.
"""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache

from testing.laws.sources import NO_PRODUCT, ROOT

NAME = r"[a-z_]+(?:\.[a-z_0-9]+)+(?:\.\w+)?"
QUOTED = re.compile(rf'(?<!")"({NAME})"(?!")')
SETTINGS = "inventory_api.settings"  # which each program names to Django


def list_named(module: str) -> Iterator[str]:
    """Yield the modules that texts of the module name. It has none if it is no file, or in a folder of tests."""
    if NO_PRODUCT.isdisjoint(module.split(".")):
        yield from list_named_in(read_source(module))


def list_named_in(source: str) -> Iterator[str]:
    for text in QUOTED.findall(source):
        if named := find_module(text):
            yield named


def find_module(text: str) -> str:
    """Return the module that the text names, or in which is what it names, or an empty text."""
    if text == SETTINGS or not re.fullmatch(NAME, text):
        return ""
    module, _, name = text.rpartition(".")
    return text if read_source(text) else module if name in list_defined(module) else ""


@cache
def read_source(module: str) -> str:
    """Return the source of a module of the product, or an empty text. That of a package without code is a comment."""
    path = ROOT.joinpath(*module.split("."))
    files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    return (files[0].read_text(encoding="utf-8") or "#") if files else ""


@cache
def list_defined(module: str) -> Collection[str]:
    """Return the names that a module defines or imports."""
    found = set()
    for node in ast.parse(read_source(module)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        else:
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return found
