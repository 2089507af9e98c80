"""A contract of import-linter for the doors in pyproject.toml. docs/decisions/0021-rooms-in-one-order.md explains it.

A room is a folder with at least three modules. Other rooms import only its doors: the modules with one of the names in
pyproject.toml. `crossings.txt` has the other imports that there are, each as `room -> module`. It only gets shorter: a
crossing that is not in it is refused, and so is a line that is no longer needed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from testing.layers import list_imports, list_modules, matches_a_part, matches_name

CROSSINGS = Path(__file__).with_name("crossings.txt")
MIN_MODULES = 3  # a folder with fewer modules belongs to the room of the folder above it


class DoorsContract(Contract):
    """Reports the imports past the door of a room, and the lines of the file of crossings that are not needed."""

    type_name = "doors"
    doors = fields.ListField(subfield=fields.StringField())
    shelves = fields.ListField(subfield=fields.StringField())  # rooms without an inside, such as core
    outside = fields.ListField(subfield=fields.StringField())
    crossings = CROSSINGS

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        modules = [module for module in list_modules(graph) if not matches_a_part(module, self.outside)]
        found = set(list_crossings(graph, Rooms(modules), self.doors, self.shelves))
        known = {line for line in self.crossings.read_text().splitlines() if line}
        wrong = [self.explain(crossing) for crossing in sorted(found - known)]
        wrong += [f"{line}: no module does this any more, so delete the line" for line in sorted(known - found)]
        return ContractCheck(kept=not wrong, metadata={"found": wrong})

    def explain(self, crossing: str) -> str:
        names = ", ".join(self.doors)
        return f"{crossing}: other rooms import the doors of a room only ({names}). Put what they need into one of them"

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line)


class Rooms:
    """The rooms of these modules."""

    def __init__(self, modules: Iterable[str]) -> None:
        self.modules = {*modules}
        sizes = Counter(module.rpartition(".")[0] for module in self.modules)
        self.names = {folder for folder, size in sizes.items() if folder and size >= MIN_MODULES}

    def find(self, module: str) -> str:
        """Return the innermost room of the module, or its app if no folder around it is a room."""
        folder = module
        while folder and folder not in self.names:
            folder = folder.rpartition(".")[0]
        return folder or module.partition(".")[0]


def list_crossings(graph: ImportGraph, rooms: Rooms, doors: list[str], shelves: list[str]) -> Iterator[str]:
    """Yield `room -> module` for each import of a module that is no door of its room."""
    for importer, imported in list_imports(graph):
        if not {importer, imported} <= rooms.modules:
            continue
        room, other = rooms.find(importer), rooms.find(imported)
        is_inside = other in rooms.names and other not in shelves and not matches_name(imported, doors)
        if room != other and is_inside and not is_door_folder(imported, other, doors):
            yield f"{room} -> {imported}"


def is_door_folder(module: str, room: str, doors: list[str]) -> bool:
    """Return whether the module is in a folder of the room that is a door, such as `stock/models/`."""
    return any(part in doors for part in module.removeprefix(f"{room}.").split(".")[:-1])
