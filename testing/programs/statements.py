"""Print SQL as it is composed of constants: `python -m testing.programs.statements NAME [PARAMETER=VALUE …]`.

NAME is that of a constant or of a function that returns a statement, such as UNPAID or trade.sales.sql.UNPAID, or that
of a module, of which all constants are printed. Values stay as names, such as `%(owner)s`, and so does what the caller
fills in, such as `{operation}`. A parameter of a function that is not given has its own name as its value, so one by
which the function chooses must be given: `build_losses by=month`.
"""

import os
import re
import sys
from ast import literal_eval
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import resolve_name
from types import ModuleType
from typing import Any

import django

from testing.laws.budgets import ROOT, list_product_files

SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ANALYZE|LOCK|SET|CASE|EXISTS|FROM|WHERE)\b")


def list_statements(name: str, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the statements of this name, each with its full name."""
    for full in [name] if "." in name else find_definitions(name):
        yield from unfold(full, resolve_name(full), arguments)


def find_definitions(name: str) -> Iterator[str]:
    """Yield the full names of what modules of the product define by this name."""
    defines = re.compile(rf"^(?:def )?(?:\w+, )*{re.escape(name)}\b[^.]*?[=(]", re.MULTILINE)
    for path in list_product_files():
        if defines.search((ROOT / path).read_text(encoding="utf-8")):
            module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            if hasattr(import_module(module), name):
                yield f"{module}.{name}"


def unfold(name: str, value: Any, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the texts in a value: a constant, a collection of them, what a function returns, or those of a module."""
    if isinstance(value, str):
        if SQL.search(value):
            yield name, value
    elif isinstance(value, ModuleType):
        for one in filter(str.isupper, vars(value)):
            yield from unfold(f"{name}.{one}", vars(value)[one], {})
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from unfold(f"{name}[{key!r}]", one, arguments)
    elif isinstance(value, tuple | list):
        for place, one in enumerate(value):
            yield from unfold(f"{name}[{place}]", one, arguments)
    elif callable(value):
        needed = [one.name for one in signature(value).parameters.values() if one.default is Parameter.empty]
        given = {parameter: f"{{{parameter}}}" for parameter in needed} | arguments
        yield from unfold(f"{name}({', '.join(f'{key}={one!r}' for key, one in given.items())})", value(**given), {})


def parse(text: str) -> Any:
    """Return the value of an argument: a literal of Python, or else its text."""
    with suppress(ValueError, SyntaxError):
        return literal_eval(text)
    return text


def main(name: str, *arguments: str) -> int:
    given = {parameter: parse(value) for parameter, _, value in (one.partition("=") for one in arguments)}
    found = [f"-- {title}\n{text.strip()}\n" for title, text in list_statements(name, given)]
    print(*found or [f"No module of the product has a statement {name}."], sep="\n")
    return 0 if found else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    django.setup()
    sys.exit(main(*sys.argv[1:]))
