"""The contract of import-linter that keeps the order by layer, then by app, on graphs of a few modules."""

from grimp import ImportGraph

from inventory_api.app_order import ORDER as APPS
from testing.laws import street
from testing.laws.layers import LayersContract, read_law
from testing.tables import all_cases

OPTIONS = {
    "layers": [
        "models: models querysets sql",
        "services: services booking",
        "readings: reading",
        "serializers: serializers filters",
        "views: views",
        "urls: urls",
    ],
    "rest": "services",
    "writers": ["models", "services"],
    "views": ["views"],
    "files": ["serializers filters", "models", "querysets"],
    "outside": ["tests"],
}
ORDER = ("core", "products", "stock", "stock.places", "inventory_api")


def check(*imports, modules=()):
    """Return what the contract reports about a graph with these imports and further modules."""
    graph = ImportGraph()
    for module in {module for pair in imports for module in pair}.union(modules, (f"{app}.models" for app in ORDER)):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    contract = LayersContract("", {}, OPTIONS)
    contract.order = ORDER
    result = contract.check(graph, verbose=False)
    assert result.kept == (not result.metadata["found"])
    return result.metadata["found"]


@all_cases(
    ("importer", "imported", "reason"),
    [
        ("products.models", "products.services", "models import no services"),
        ("stock.booking.naming", "products.reading.figures", "services import no readings"),
        ("products.services", "stock.models", "services of products import no models of stock, which is above"),
        ("products.reading", "stock.reading", "readings of products import no readings of stock, which is above"),
        ("stock.services", "stock.places.models", "services of stock import no models of stock.places, which is above"),
        ("core.fields", "products.models", "core imports no app"),
        ("products.views", "inventory_api.settings", "nothing imports inventory_api"),
        ("stock.views", "products.views", "only urls import views"),
        ("inventory_api.start_page", "products.views", "only urls import views"),
        ("products.querysets", "products.models", "querysets of a package import no models of it"),
        ("products.filters", "products.serializers", "filters of a package import no serializers of it"),
    ],
)
def test_a_forbidden_import_is_reported(importer, imported, reason):
    assert check((importer, imported)) == [f"{importer} -> {imported}: {reason}"]


def test_a_text_that_names_a_module_is_an_import(monkeypatch):
    named = {"stock.models": ["stock.services"], "products.services": ["stock.models"]}
    monkeypatch.setattr("testing.laws.layers.list_named", lambda module: named.get(module, ()))
    assert check(modules=["products.services", "stock.services"]) == [
        "products.services -> stock.models: services of products import no models of stock, which is above",
        "stock.models -> stock.services: models import no services",
        "products.services names stock.models, which is above",
    ]


@all_cases(
    ("importer", "imported"),
    [
        ("stock.booking.naming", "products.services"),
        ("products.reading.list", "stock.models"),
        ("products.views", "stock.booking.drafts"),
        ("stock.places.views", "stock.models"),
        ("products.urls", "products.views"),
        ("inventory_api.urls", "stock.urls"),
        ("stock.models", "core.fields"),
        ("products.models", "products.querysets"),
        ("stock.places.serializers", "stock.filters"),
        ("products.tests.test_models", "stock.views"),
    ],
)
def test_an_allowed_import_is_not_reported(importer, imported):
    assert check((importer, imported)) == []


def test_a_module_in_no_app_is_reported():
    assert check(modules=["stock", "stock.helpers", "stock.booking", "other"]) == ["other is in no app"]


def test_a_module_that_matches_no_pattern_is_a_service():
    assert check(("stock.helpers", "stock.models"), ("stock.views", "stock.helpers")) == []
    assert check(("stock.helpers", "stock.filters")) == [
        "stock.helpers -> stock.filters: services import no serializers"
    ]


def test_an_app_that_is_not_read_is_reported():
    contract = LayersContract("", {}, OPTIONS)
    contract.order = (*ORDER[:-1], "customers", ORDER[-1])
    graph = ImportGraph()
    for app in ORDER:
        graph.add_module(f"{app}.models")
    found = contract.check(graph, verbose=False).metadata["found"]
    assert found == ["customers is not read: name its package in root_packages"]


def test_the_name_of_a_module_decides_before_its_folders():
    law = read_law()
    models, services, readings = (law.find_layer(f"stock.{name}") for name in ("models", "services", "reading"))
    assert law.find_layer("stock.booking.sql") == models
    assert law.find_layer("stock.booking.naming") == services
    assert law.find_layer("stock.booking.reading.naming") == readings


def test_pytest_collects_the_tests_of_each_package(pytestconfig):
    packages = {app.partition(".")[0] for app in APPS}
    assert {*pytestconfig.getini("testpaths")} == {*packages, "benchmarks"}


def test_the_picture_of_the_apps_shows_their_imports():
    assert street.PICTURE.read_text() == street.draw(street.find_crossings()), "run: python -m testing.laws.street"
