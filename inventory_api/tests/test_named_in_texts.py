"""What texts name is there, and counts as an import. What apps may do for lower ones, some app does."""

import re
from importlib import import_module

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from core.hooks import Registry
from core.shop_apps import ShopApp, read_declarations
from testing.laws import texts
from testing.laws.budgets import list_product_files, name_module
from testing.laws.layers import read_law
from testing.tables import all_cases

pytestmark = pytest.mark.quick


def test_each_path_that_an_app_declares_is_there():
    missing = []
    for app in read_declarations(settings.SHOP_APPS):
        for name in vars(ShopApp):
            for path in list_paths(vars(app).get(name)):
                try:
                    import_string(path)
                except ImportError:
                    missing.append(f"{app.__name__}.{name}: {path}")
    assert missing == []


def list_paths(value):
    """Yield the dotted paths below the product's folders in what an app declares."""
    if isinstance(value, str):
        if re.fullmatch(texts.NAME, value) and texts.read_source(value.split(".")[0]):
            yield value
    elif isinstance(value, dict):
        yield from (path for one in value.values() for path in list_paths(one))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (path for one in value for path in list_paths(one))


def test_paths_are_found_in_all_that_is_declared():
    assert list(list_paths({"a": ("trade.invoices.services.issue", "no path")})) == ["trade.invoices.services.issue"]


@pytest.mark.needs
def test_each_hook_of_an_app_has_another_app_that_takes_part():
    """A registration that is forgotten would be an app that is left out: an invoiced sale could be undone."""
    modules = [name for name in map(name_module, list_product_files()) if name.endswith(".hooks")]
    registries = {
        name for module in modules for name, one in vars(import_module(module)).items() if isinstance(one, Registry)
    }
    declared = [texts.read_source(f"{app}.apps") for app in settings.KNOWN_APPS]
    assert {name for source in declared for name in re.findall(r"^ +(\w+)\.register\(", source, re.M)} == registries
    assert {"SALES", "KEYS"} <= registries


@all_cases(
    ("text", "module"),
    [
        ("trade.kits.kinds.KIT", "trade.kits.kinds"),
        ("trade.kits.kinds", "trade.kits.kinds"),
        ("users.models.SWITCHES", "users.models"),  # imported there
        ("trade.kits.kinds.NONE", ""),
        ("stock.Location.name", ""),
        ("inventory_api.settings", ""),
        ("trade.kits.kinds is a module", ""),
    ],
)
def test_a_text_names_a_module_that_is_there(text, module):
    assert texts.find_module(text) == module


def test_only_declarations_and_the_roof_name_upper_apps(monkeypatch):
    monkeypatch.setattr("testing.laws.layers.list_named", lambda _module: ["trade.kits.kinds"])
    modules = ["products.services", "products.apps", "trade.kits.selling", "ops.backups", "inventory_api.urls"]
    assert [*read_law().list_upward(modules)] == [("products.services", "trade.kits.kinds")]
