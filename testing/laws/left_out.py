"""Names of apps that can be left out in the code of others, which would stay behind if the folder of one is deleted."""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings

from core.shop_apps import ShopApp, find_label, read_declarations
from testing.laws.sources import read_sources

# What other files name, with the reason. A text of one word, such as "prices", does not count: it is also a field.
SEALED = "the ledger seals these events, also while their app is left out"
LINK = "a link to a page, which is not shown without it"
COUNT = "counting is an entry of its own in the menu, and one of the tasks of a shop"
FIELD = "the name of a field, which is described for all routes or asked in a catalogue"
REASONS = {
    **dict.fromkeys([
        ("desk/agents/answers.py", "view-list"), ("desk/reports/cards.py", "shop-refill"),
        ("inventory_api/start_cards.py", "invoice-list"), ("stock/places/pages.py", "location-levels"),
        ("stock/places/pages.py", "shop-count"), ("stock/places/pages.py", "shop-labels"),
        ("stock/product_page.py", "product-prices"), ("stock/product_page.py", "shop-count"),
        ("stock/product_page.py", "shop-labels"), ("trade/kits/pages.py", "kit-prices"),
        ("trade/sales/pages.py", "invoice-detail"), ("trade/sales/take_back_page.py", "cash-list"),
    ], LINK),
    **dict.fromkeys([
        ("desk/shop/menu.py", "shop-count"), ("inventory_api/start_cards.py", "shop-count"),
        ("inventory_api/start_page.py", "shop-count"), ("products/variants/pages.py", "shop-count"),
    ], COUNT),
    **dict.fromkeys([
        ("stock/proofs/sql_seals.py", "cash.moved"), ("stock/proofs/sql_seals.py", "closing.made"),
        ("stock/proofs/sql_seals.py", "credit_note.issued"), ("stock/proofs/sql_seals.py", "invoice.issued"),
        ("stock/proofs/sql_seals.py", "invoice_file.kept"),
    ], SEALED),
    **dict.fromkeys([
        ("inventory_api/schema/errors.py", "price_group"), ("trade/tills/views.py", "price_group"),
        ("web/task_pages/task_page.py", "price_group"),
    ], FIELD),
    ("desk/takeout/importing/archive.py", "invoices_invoicefile"): "an import of a shop reads longer lines of files",
    ("trade/purchasing/price_lists/urls.py", "price-list"): "price lists of suppliers have a route of this name, too",
}  # fmt: skip


def list_routes(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from list_routes(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def list_texts(app: type[ShopApp]) -> set[str]:
    """Return the names of the app's routes, pages, events and kinds, and of what a shop switches."""
    modules = [import_module(f"{app.name}.{name}") for name in ("urls", "page_urls") if find_spec(f"{app.name}.{name}")]
    lists = [getattr(one, name, ()) for one in modules for name in ("urlpatterns", "pages", "root_pages")]
    return {name for patterns in lists for name in list_routes(patterns)} | {*app.events, *app.kinds, *app.uses}


def find_names(app: type[ShopApp]) -> Iterator[tuple[str, str]]:
    """Yield the files outside of the app that name it, each with the name: a module, a table or a text."""
    label = find_label(app.name)
    tables = [model._meta.db_table for model in apps.get_app_config(label).get_models()]
    texts = "|".join(map(re.escape, sorted(name for name in list_texts(app) if re.search(r"[-_.]", name))))
    plain = "|".join([rf"{re.escape(app.name)}(?!\w)", *tables])
    pattern = re.compile(rf"""(?<![\w.])(?:{plain})\b|(?<=["'])(?:{texts or "(?!)"})(?=["'])""")
    own = tuple(f"{path.replace('.', '/')}/" for path in (app.name, *list_dependants(label)))
    for path, source in read_sources().items():
        if not path.startswith(own) and path != "inventory_api/app_order.py":
            yield from sorted({(path, name) for name in pattern.findall(source)})


def list_dependants(label: str) -> list[str]:
    """Return the apps that need the app of this label, and are deleted with it."""
    return [app.name for app in read_declarations(settings.KNOWN_APPS) if label in app.needs]
