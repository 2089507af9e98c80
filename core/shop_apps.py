"""What an app adds to the product. Each app declares it in its own folder, and the product asks the installed apps.

What consists of names is in the attributes of the app's `ShopApp` in `apps.py`. What consists of code is in modules
that are found by their names: `urls`, `page_urls`, `jobs`, `admin`. docs/architecture.md#an-app-declares-itself lists
all of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


class ShopApp(AppConfig):
    """An app of the product, with the names of what it adds. A name that is declared here is read somewhere.

    `is_optional` tells that the setting WITHOUT may leave the app out, and `needs` has the labels of the apps without
    which it can't be installed.

    `provides` has functions that apps below and templates call by a name, and do without if the app is left out.
    `more_pages` has the routes of pages that say more about what the pages of these routes say.

    `uses` has the things that a shop switches, which pages show once the shop has a row: SQL behind FROM, by the names
    of the things. `breaks` has the functions that find breaks for verify: they get the id of an owner and a limit.
    `goods` has the kinds of goods that the app adds beside the product: each is a GoodsKind of trade.selling.
    `currency_fixed_by` has the function that tells whether rows of a shop fix its currency.
    `events` has the types of events with their forms: the names of the values, and the checks of them (records.events).
    `enums` has the names of enums in the schema, `not_moved` the models that no export of a shop contains, with the
    reason, and `secrets` the columns that none contains, by their tables. `arrivals` has the functions that return the
    changed values of an imported row, by the tables.
    `after_restore` has the statement that a restore executes last, also if the app is left out.
    `problems` has what the support desk says about a shop: the function that returns the rows, a noun for them and what
    is wrong with them, by the permission to see these rows.
    """

    default = False  # Django takes the class of an app for its configuration, not this one
    name = ""

    is_optional = False
    needs: tuple[str, ...] = ()
    provides: Mapping[str, str] = {}
    more_pages: Mapping[str, tuple[str, ...]] = {}
    uses: Mapping[str, str] = {}
    breaks: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    currency_fixed_by = ""
    events: Mapping[str, Mapping[str, str]] = {}
    enums: Mapping[str, str] = {}
    not_moved: Mapping[str, str] = {}
    secrets: Mapping[str, frozenset[str]] = {}
    arrivals: Mapping[str, str] = {}
    after_restore = ""
    problems: Mapping[str, tuple[str, str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.default = True
        if unknown := {name for name in vars(cls) if not hasattr(ShopApp, name)}:
            raise ImproperlyConfigured(f"Nothing reads what {cls.__name__} declares: {', '.join(sorted(unknown))}.")


@cache
def read_declarations(names: tuple[str, ...]) -> tuple[type[ShopApp], ...]:
    """Return the declarations of these apps in their order, without importing their models."""
    modules = [import_module(f"{name}.apps") for name in names if find_spec(f"{name}.apps")]
    return tuple(
        found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, ShopApp) and found.__module__ == module.__name__
    )


def find_label(name: str) -> str:
    """Return the label of an app, which is the last part of its name."""
    return name.rpartition(".")[2]


def list_problems(names: tuple[str, ...], without: list[str]) -> Iterator[str]:
    """Yield a sentence for each value of the setting WITHOUT that no optional app has, or that others need."""
    declared = {find_label(app.name): app for app in read_declarations(names)}
    optional = sorted(label for label, app in declared.items() if app.is_optional)
    for label in sorted({*without} - {*optional}):
        yield f"WITHOUT names {label!r}, which can't be left out: write some of {', '.join(optional)}."
    for label in sorted(declared.keys() - {*without}):
        for needed in declared[label].needs:
            if needed in without:
                yield f"WITHOUT leaves out {needed}, which {label} needs: add {label} to WITHOUT."


def list_installed(names: tuple[str, ...], without: Collection[str]) -> tuple[str, ...]:
    """Return the apps that are not left out."""
    return tuple(name for name in names if find_label(name) not in without)


@cache
def collect(attribute: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what these apps declare in this attribute, by its names.

    Raise ImproperlyConfigured if two apps declare the same name.
    """
    found: dict[str, Any] = {}
    for app in read_declarations(names):
        if doubles := found.keys() & getattr(app, attribute).keys():
            raise ImproperlyConfigured(f"{app.__name__} declares {', '.join(doubles)} in {attribute}, as another does.")
        found |= getattr(app, attribute)
    return found


def find_provided(name: str) -> Callable[..., Any] | None:
    """Return the function that an installed app provides by this name, or None."""
    path = collect("provides", settings.SHOP_APPS).get(name)
    return import_string(path) if path else None


def list_more_pages(route: str) -> tuple[str, ...]:
    """Return the routes of the pages that say more about what the page of this route says."""
    return tuple(page for app in read_declarations(settings.SHOP_APPS) for page in app.more_pages.get(route, ()))


def list_currency_fixers() -> list[str]:
    """Return the functions that tell whether rows fix the currency, in the order in which they lock: highest first."""
    return [app.currency_fixed_by for app in read_declarations(settings.SHOP_APPS)[::-1] if app.currency_fixed_by]


def list_breaks() -> list[str]:
    """Return the names of the functions that find breaks beside the ledger."""
    return [name for app in read_declarations(settings.SHOP_APPS) for name in app.breaks]


def list_goods() -> list[str]:
    """Return the names of the kinds of goods beside the product."""
    return [name for app in read_declarations(settings.SHOP_APPS) for name in app.goods]


def find_modules(name: str) -> Iterator[Any]:
    """Yield the modules of this name of the installed apps, in the order of the apps."""
    for app in settings.SHOP_APPS:
        if find_spec(f"{app}.{name}"):
            yield import_module(f"{app}.{name}")
