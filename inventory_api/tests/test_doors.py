"""The contract of import-linter that keeps the inside of a room to itself, on graphs of a few modules."""

import pytest
from grimp import ImportGraph

from testing.laws.doors import CROSSINGS, DoorsContract
from testing.laws.sources import list_files
from testing.tables import all_cases

OPTIONS = {
    "doors": ["models", "errors", "services"],
    "own_doors": ["stock.booking: drafts"],
    "shelves": ["core"],
    "outside": ["tests"],
}
ROOMS = {
    "core.files": ("tables", "numbers", "dates"),
    "products": ("models", "services", "pages"),
    "stock": ("errors", "services", "sql"),
    "stock.booking": ("services", "drafts", "locks"),
    "stock.models": ("ledger", "sales", "places"),
    "stock.places": ("models", "pages"),
}


@pytest.fixture
def crossings(tmp_path):
    return tmp_path / "crossings.txt"


def check(crossings, *imports, known=""):
    """Return what the contract reports about the modules of ROOMS with these imports."""
    graph = ImportGraph()
    for room, names in ROOMS.items():
        for module in (room, *(f"{room}.{name}" for name in names)):
            graph.add_module(module)
    graph.add_module("stock.tests.test_booking")
    for importer, imported in imports:
        graph.add_module(importer)
        graph.add_import(importer=importer, imported=imported)
    crossings.write_text(known)
    contract = DoorsContract("", {}, OPTIONS)
    contract.crossings = crossings
    result = contract.check(graph, verbose=False)
    assert result.kept == (not result.metadata["found"])
    return result.metadata["found"]


@all_cases(
    ("importer", "imported"),
    [
        ("products.pages", "stock.models"),
        ("products.pages", "stock.models.sales"),  # a folder that is a door
        ("products.pages", "stock.booking.drafts"),  # a door of this room alone
        ("products.pages", "core.files.numbers"),
        ("products.pages", "products.models"),
        ("stock.booking.services", "stock.booking.locks"),
        ("stock.tests.test_booking", "stock.booking.locks"),
        ("stock.places.pages", "stock.sql"),  # a folder of two modules belongs to the room above it
    ],
)
def test_other_rooms_import_doors(crossings, importer, imported):
    assert check(crossings, (importer, imported)) == []


@all_cases(
    ("importer", "imported", "doors"),
    [
        ("products.pages", "stock.sql", "stock has doors for other rooms (models, errors, services)"),
        ("stock.sql", "stock.booking.locks",
         "stock.booking has doors for other rooms (models, errors, services, drafts)"),
        ("stock.booking.locks", "stock.sql", "stock has doors for other rooms (models, errors, services)"),
        ("stock.sql", "products.pages", "products has doors for other rooms (models, errors, services)"),
    ],
)  # fmt: skip
def test_an_import_past_a_door_is_refused_with_the_names_of_the_doors(crossings, importer, imported, doors):
    [said] = check(crossings, (importer, imported))
    room = importer.rpartition(".")[0]
    assert said == f"{room} -> {imported}: {doors}, so what they need of it belongs into one of them"


def test_a_crossing_that_the_file_has_is_kept_until_nothing_needs_it(crossings):
    known = "products -> stock.sql\n"
    assert check(crossings, ("products.pages", "stock.sql"), known=known) == []
    assert check(crossings, known=known) == [
        "products -> stock.sql: no module of the room imports it any more, so delete this line of crossings.txt"
    ]


def test_a_command_belongs_to_the_room_around_it(crossings):
    command = "stock.booking.management.commands.recount"
    assert check(crossings, (command, "stock.booking.locks"), (command, "stock.booking.drafts")) == []
    [said] = check(crossings, (command, "products.pages"))
    assert said.startswith("stock.booking -> products.pages: ")


def test_the_file_of_crossings_is_sorted_and_names_each_once():
    lines = CROSSINGS.read_text().splitlines()
    assert lines == sorted({*lines})


def test_a_module_is_named_after_what_it_holds():
    roles = {"door", "utils", "helpers", "common", "misc", "shared"}
    assert [f"{path}" for path in list_files("**/*.py") if path.stem in roles] == []
