"""What apps provide by a name is asked for by that name, and what is asked for is provided."""

import ast
import re

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from core.shop_apps import ShopApp, read_declarations
from testing.laws.budgets import list_product_files
from testing.laws.sources import ROOT

ASKING = {"find_provided", "call_provided"}
IN_TEMPLATES = re.compile(r"""{%\s*provided\s+"(\w+)""")
DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_0-9]+)+(?:\.\w+)?")


def list_provided():
    return {name for app in read_declarations(settings.KNOWN_APPS) for name in app.provides}


def list_asked(text):
    """Yield the names that a module asks for: the first value of a call, or what map() calls a function with."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "id", "") in ASKING:
            named = node.args[:1]
        elif node.args and getattr(node.args[0], "id", "") in ASKING:
            named = [one for one in ast.walk(node) if isinstance(one, ast.Constant)]
        else:
            continue
        yield from (one.value for one in named if isinstance(one, ast.Constant))


@pytest.mark.quick
def test_each_name_that_is_asked_for_is_provided_and_each_provided_one_asked_for():
    """A misspelt name would be an app that is left out: an invoiced sale could be undone."""
    texts = [file.read_text(encoding="utf-8") for file in list_product_files()]
    asked = {name for text in texts if "_provided" in text for name in list_asked(text)}
    asked |= {name for file in ROOT.glob("*/**/templates/**/*.html") for name in IN_TEMPLATES.findall(file.read_text())}
    assert asked == list_provided()


@pytest.mark.quick
def test_each_path_that_an_app_declares_is_there():
    missing = []
    for app in read_declarations(settings.KNOWN_APPS):
        for name in vars(ShopApp):
            for path in list_paths(vars(app).get(name)):
                try:
                    import_string(path)
                except ImportError:
                    missing.append(f"{app.__name__}.{name}: {path}")
    assert missing == []


def list_paths(value):
    """Yield the dotted paths below the product's folders in what an app declares."""
    if isinstance(value, str) and DOTTED.fullmatch(value) and (ROOT / value.split(".")[0]).is_dir():
        yield value
    elif isinstance(value, dict):
        yield from (path for one in value.values() for path in list_paths(one))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (path for one in value for path in list_paths(one))


def test_a_misspelt_name_is_found():
    assert list(list_asked('call_provided("refuse_invoicd", 1)')) == ["refuse_invoicd"]
    assert list(list_asked('a, b = map(find_provided, ("on_order", "expected"))')) == ["on_order", "expected"]
    assert list(list_paths({"a": ("trade.invoices.services.issue", "no path")})) == ["trade.invoices.services.issue"]
