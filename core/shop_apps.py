"""What an app adds to the product. Each app declares it in its own folder, and the product asks the installed apps.

What consists of names is in the attributes of the app's `ShopApp` in `apps.py`. What consists of code is in modules
that are found by their names: `urls`, `page_urls`, `jobs`, `admin`, `arrivals`.
docs/architecture.md#an-app-declares-itself lists all of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class Finds(NamedTuple):
    """What the search of each page finds in a list.

    `title` is that of the rows, and `name` the text that names one. `rows` has the function that returns the rows for
    what was asked (core.pages.finding). By default, they are the rows of this kind in the history that have the words
    in their names or in `further` fields, with the field `about` beside the name. If what is beside the name is a word,
    `pages` has the pages of rows with some words.
    """

    title: str
    name: str = "{name}"
    rows: str = ""
    about: str = ""
    further: tuple[str, ...] = ()
    has_search: bool = True
    pages: Mapping[str, str] = {}


class ShopApp(AppConfig):
    """An app of the product, with the names of what it adds. A name that is declared here is read somewhere.

    `is_optional` tells that the setting WITHOUT may leave the app out, and `needs` has the labels of the apps without
    which it can't be installed.

    `place` orders the names that apps add to those of the schema behind the names of apps that are always there: by
    this number, and without one last, in the order of the apps.

    `stays_with` has the tables whose rows change what other apps answer, refuse or move: once one has a row, nothing
    starts without the app. Rows of settings are none of them.

    `more_pages` has the routes of pages that say more about what the pages of these routes say.

    `uses` has the things that a shop switches, which pages show once the shop has a row: SQL behind FROM, by the names
    of the things. `breaks` has the functions that find breaks for verify: they get the id of an owner and a limit.
    `goods` has the kinds of goods that the app adds beside the product: each is a GoodsKind of trade.selling.
    `reports` has the reports that the app adds to those of desk.reports.
    `demo_keys` has the columns of the names in the demo's calls, by the keys of the calls.
    `events` has the types of events with their forms: the names of the values, and the checks of them (records.events).
    `kinds` has the kinds of rows in the history, with the forms of rows in the lists of changes: the types of their
    values, by the function that writes such a row for people.
    `still_open` has what is still open of a row that is archived or erased: the functions that return the names of the
    open rows, by the kind of the row.
    `finds` has what the search of each page finds, by the names of the lists' routes.
    `enums` has the names of enums in the schema, `not_moved` the models that no export of a shop contains, with the
    reason, and `secrets` the columns that none contains, by their tables.
    `after_restore` has the statement that a restore executes last, also if the app is left out.
    `sealed` has the sealed tables of an app that can be left out, as stock.proofs.sql_seals.describe_sealed() describes
    them: seals hold their rows, and are verified without the app.
    `problems` has what the support desk says about a shop: the function that returns the rows, a noun for them and what
    is wrong with them, by the permission to see these rows.
    """

    default = False  # Django takes the class of an app for its configuration, not this one
    name = ""

    is_optional = False
    needs: tuple[str, ...] = ()
    place = 1000
    stays_with: tuple[str, ...] = ()
    more_pages: Mapping[str, tuple[str, ...]] = {}
    uses: Mapping[str, str] = {}
    breaks: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    demo_keys: Mapping[str, str] = {}
    events: Mapping[str, Mapping[str, str]] = {}
    kinds: Mapping[str, Mapping[str, Mapping[str, Any]]] = {}
    still_open: Mapping[str, tuple[str, ...]] = {}
    finds: Mapping[str, Finds] = {}
    enums: Mapping[str, str] = {}
    not_moved: Mapping[str, str] = {}
    secrets: Mapping[str, frozenset[str]] = {}
    after_restore = ""
    sealed: Mapping[str, tuple[str, Mapping[str, str]]] = {}
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


def list_tables_left_out() -> dict[str, str]:
    """Return the tables of `stays_with` of the apps that are left out, each with the label of its app."""
    apps = read_declarations(tuple(name for name in settings.KNOWN_APPS if name not in settings.SHOP_APPS))
    return {table: find_label(app.name) for app in apps for table in app.stays_with}


def list_installed(names: tuple[str, ...], without: Collection[str]) -> tuple[str, ...]:
    """Return the apps that are not left out."""
    return tuple(name for name in names if find_label(name) not in without)


@cache
def collect(attribute: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what these apps declare in this attribute, by its names."""
    return unite(attribute, read_declarations(names))


def unite(attribute: str, sources: Iterable[Any]) -> dict[str, Any]:
    """Return what the sources have in dictionaries of this name.

    Raise ImproperlyConfigured if two of them have the same key.
    """
    found: dict[str, Any] = {}
    for source in sources:
        values = getattr(source, attribute, {})
        if doubles := found.keys() & values.keys():
            raise ImproperlyConfigured(f"{source.__name__} has {', '.join(doubles)} in {attribute}, as another has.")
        found |= values
    return found


def list_declared(attribute: str, key: str) -> tuple[str, ...]:
    """Return what the installed apps declare for the key in the attribute: `more_pages` or `still_open`."""
    return tuple(name for app in read_declarations(settings.SHOP_APPS) for name in getattr(app, attribute).get(key, ()))


def list_breaks() -> list[str]:
    """Return the names of the functions that find breaks beside the ledger."""
    return [name for app in read_declarations(settings.SHOP_APPS) for name in app.breaks]


def list_published(attribute: str, first: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that these apps declare in the attribute: `first`, then the others by `place`."""
    apps = sorted(read_declarations(names), key=lambda app: app.place)
    return (*first, *(name for app in apps for name in getattr(app, attribute) if name not in first))


@cache
def collect_from_modules(module: str, name: str) -> dict[str, Any]:
    """Return what the modules of installed apps have in the dictionaries of this name."""
    return unite(name, find_modules(module))


def find_files(name: str) -> list[Path]:
    """Return the files of this name of the installed apps, in the order of the apps."""
    paths = [settings.BASE_DIR.joinpath(*app.split("."), name) for app in settings.SHOP_APPS]
    return [path for path in paths if path.exists()]


def list_goods() -> list[str]:
    """Return the names of the kinds of goods beside the product."""
    return [name for app in read_declarations(settings.SHOP_APPS) for name in app.goods]


def list_reports() -> list[str]:
    """Return the names of the reports that apps add, in the order of the apps."""
    return [name for app in read_declarations(settings.SHOP_APPS) for name in app.reports]


def find_modules(name: str) -> Iterator[Any]:
    """Yield the modules of this name of the installed apps, in the order of the apps."""
    for app in settings.SHOP_APPS:
        if find_spec(f"{app}.{name}"):
            yield import_module(f"{app}.{name}")
