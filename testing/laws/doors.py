"""A contract of import-linter for the doors in pyproject.toml. docs/decisions/0069-doors-and-budgets.md explains it.

A room is a folder with at least three modules beside `apps`. Other rooms import only its doors: modules with one of the
names in pyproject.toml. `crossings.txt` has the imports past a door that there are, each as `room -> module`. It can
only get shorter: a crossing that is not in it is refused, and so is a line that is not needed any more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from testing.laws.layers import list_imports, list_modules, matches_a_part

CROSSINGS = Path(__file__).with_name("crossings.txt")
MIN_MODULES = 3  # a folder with fewer modules belongs to the room of the folder above it


class DoorsContract(Contract):
    """Reports the imports past the door of a room, and the lines of the file of crossings that are not needed."""

    type_name = "doors"
    doors = fields.ListField(subfield=fields.StringField())  # the names of the doors of all rooms
    own_doors = fields.ListField(subfield=fields.StringField())  # a room, a colon, and its further doors
    shelves = fields.ListField(subfield=fields.StringField())  # packages whose modules are all made for others
    outside = fields.ListField(subfield=fields.StringField())
    crossings = CROSSINGS

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        house = House.of(self, list_modules(graph))
        found = {*house.list_crossings(list_imports(graph))}
        known = {line for line in self.crossings.read_text().splitlines() if line}
        wrong = [f"{crossing}: {house.explain(crossing)}" for crossing in sorted(found - known)]
        wrong += [f"{line}: no module of the room imports it any more, so delete this line of {self.crossings.name}"
                  for line in sorted(known - found)]  # fmt: skip
        return ContractCheck(kept=not wrong, metadata={"found": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line)


@dataclass(frozen=True)
class House:
    """The modules in their rooms, and the doors of these."""

    modules: set[str]
    rooms: set[str]
    doors: list[str]
    own_doors: dict[str, list[str]]  # by room
    shelves: list[str]

    @classmethod
    def of(cls, contract: DoorsContract, modules: Iterable[str]) -> "House":
        inside = {module for module in modules if not matches_a_part(module, contract.outside)}
        sizes = Counter(module.rpartition(".")[0] for module in inside if not module.endswith(".apps"))
        own = dict(line.split(":") for line in contract.own_doors)
        return cls(
            inside, {folder for folder, size in sizes.items() if folder and size >= MIN_MODULES}, contract.doors,
            {room: names.split() for room, names in own.items()}, contract.shelves,
        )  # fmt: skip

    def find_room(self, module: str) -> str:
        """Return the innermost room of the module, or its app if no folder around it is a room.

        A command of `manage.py` belongs to the room around its folder `management`.
        """
        folder = module.partition(".management.")[0]
        while folder and folder not in self.rooms:
            folder = folder.rpartition(".")[0]
        return folder or module.partition(".")[0]

    def is_door(self, module: str, room: str) -> bool:
        """Return whether other rooms may import the module: it, or a folder around it, has the name of a door."""
        is_on_shelf = any(f"{module}.".startswith(f"{shelf}.") for shelf in self.shelves)
        names = {*self.doors, *self.own_doors.get(room, ())}
        return is_on_shelf or module == room or not names.isdisjoint(module.split("."))

    def list_crossings(self, imports: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Yield `room -> module` for each import of a module of another room that is no door.

        The declaration of an app names modules of all rooms in its folder.
        """
        for importer, imported in imports:
            if {importer, imported} <= self.modules:
                room, other = self.find_room(importer), self.find_room(imported)
                declares = importer.endswith(".apps") and imported.startswith(importer.removesuffix("apps"))
                if room != other and other in self.rooms and not (declares or self.is_door(imported, other)):
                    yield f"{room} -> {imported}"

    def explain(self, crossing: str) -> str:
        """Return the sentence that names the doors of the room."""
        room = self.find_room(crossing.partition(" -> ")[2])
        names = ", ".join([*self.doors, *self.own_doors.get(room, ())])
        return f"{room} has doors for other rooms ({names}), so what they need of it belongs into one of them"
