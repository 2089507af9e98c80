"""A contract of import-linter for the layers in pyproject.toml. docs/decisions/0021-rooms-in-one-order.md explains it.

The layer of a module is the layer that its name has in the table, or else the name of the innermost of its folders:
`products/codes/reading/scanning.py` belongs to the readings because of `reading`. What the table does not name belongs
to the services, as `stock/booking/holdings.py` does.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from inventory_api.app_order import ORDER
from testing.laws.texts import list_named

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TYPE = "layers_then_apps"
DECLARATIONS = "apps"  # the name of the modules in which apps declare themselves


@dataclass(frozen=True)
class Law:
    """The layers and the apps, lowest first. Each layer has a name and the patterns of the parts of paths in it."""

    order: tuple[str, ...]  # the ground, which imports no app; the apps; the roof, which no app imports
    layers: dict[str, list[str]]
    rest: str  # the layer of the modules that no pattern matches
    writers: list[str]  # the layers that know no app above their own, whatever its layer
    views: list[str]  # the patterns of the modules that only the last layer imports
    files: list[str]  # names of modules in one package, highest first; those of one line do not import each other
    outside: list[str]  # the patterns of the modules to which the law does not apply

    @classmethod
    def of(cls, contract: Any, order: tuple[str, ...] = ORDER) -> "Law":
        """Return the law that these options describe. A layer is a text: its name, a colon, and its patterns."""
        layers = dict(layer.split(":") for layer in contract.layers)
        return cls(
            order, {name: patterns.split() for name, patterns in layers.items()}, contract.rest,
            contract.writers, contract.views, contract.files, contract.outside,
        )  # fmt: skip

    @property
    def ground(self) -> str:
        return self.order[0]

    @property
    def roof(self) -> str:
        return self.order[-1]

    @property
    def apps(self) -> tuple[str, ...]:
        return self.order[1:-1]

    def find_app(self, module: str) -> str:
        """Return the app of the module: the longest name in the order with which the module's name begins."""
        return max((app for app in self.order if f"{module}.".startswith(f"{app}.")), key=len, default="")

    def find_layer(self, module: str) -> int | None:
        """Return the number of the module's layer, beginning with 0. Return None if it is in no app with layers."""
        for part in reversed(module.split(".")):
            found = [number for number, patterns in enumerate(self.layers.values()) if matches_a_part(part, patterns)]
            if found:
                return max(found)
        return [*self.layers].index(self.rest) if self.is_layered(module) else None

    def is_writer(self, module: str) -> bool:
        layer = self.find_layer(module)
        return layer is not None and [*self.layers][layer] in self.writers

    def is_above(self, app: str, other: str) -> bool:
        return self.order.index(app) > self.order.index(other)

    def is_layered(self, module: str) -> bool:
        """Return whether the module is in an app: the ground and the roof have no layers."""
        return self.find_app(module) in self.apps

    def is_outside(self, module: str) -> bool:
        return matches_a_part(module, self.outside)

    def find_unknown(self, modules: Iterable[str]) -> list[str]:
        """Return the modules that are in no app."""
        return [module for module in sorted(modules) if not (self.is_outside(module) or self.find_app(module))]

    def explain(self, importer: str, imported: str) -> str:
        """Return why the law forbids the import, or an empty text if it does not."""
        app, other = self.find_app(importer), self.find_app(imported)
        if app != other and app == self.ground:
            return f"{app} imports no app"
        if app != other and other == self.roof:
            return f"nothing imports {other}"
        reasons = (self.explain_layer, self.explain_view, self.explain_file)
        return next(filter(None, (explain(importer, imported) for explain in reasons)), "")

    def list_upward(self, modules: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield each module, and a module of an app above it that it names by a text.

        Only the declarations of apps may do so, and the roof, which reads them.
        """
        for module in sorted(modules):
            app, name = self.find_app(module), module.rpartition(".")[2]
            if app and app != self.roof and name != DECLARATIONS:
                others = ((named, self.find_app(named)) for named in sorted({*list_named(module)}))
                yield from ((module, named) for named, other in others if other and self.is_above(other, app))

    def explain_layer(self, importer: str, imported: str) -> str:
        """Return why the layers or the order of the apps forbid the import, or an empty text."""
        app, other = self.find_app(importer), self.find_app(imported)
        layer, other_layer = self.find_layer(importer), self.find_layer(imported)
        is_known = self.is_layered(importer) and self.is_layered(imported)
        if not is_known or layer is None or other_layer is None:
            return ""
        name, other_name = [*self.layers][layer], [*self.layers][other_layer]
        if other_layer > layer:
            return f"{name} import no {other_name}"
        if self.is_above(other, app) and (layer == other_layer or name in self.writers):
            return f"{name} of {app} import no {other_name} of {other}, which is above"
        return ""

    def explain_view(self, importer: str, imported: str) -> str:
        """Return why the law forbids the import of a view, or an empty text."""
        [*_, last] = self.layers.values()
        is_view = matches_name(imported, self.views)
        return "only urls import views" if is_view and not matches_name(importer, last) else ""

    def explain_file(self, importer: str, imported: str) -> str:
        """Return why modules of these names in one package may not import each other, or an empty text."""
        (package, _, name), (other_package, _, other) = importer.rpartition("."), imported.rpartition(".")
        rows = [number for number, row in enumerate(self.files) if name in row.split()]
        other_rows = [number for number, row in enumerate(self.files) if other in row.split()]
        is_forbidden = package == other_package and name != other and rows and other_rows and rows >= other_rows
        return f"{name} of a package import no {other} of it" if is_forbidden else ""


def matches_name(module: str, patterns: list[str]) -> bool:
    """Return whether the last part of the module's name matches one of the patterns."""
    name = module.rpartition(".")[2]
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def matches_a_part(module: str, patterns: list[str]) -> bool:
    """Return whether a part of the module's name, such as a folder, matches one of the patterns."""
    return any(fnmatchcase(part, pattern) for part in module.split(".") for pattern in patterns)


class LayersContract(Contract):
    """Reports the modules without an app, and the imports that the law forbids."""

    type_name = TYPE
    order = ORDER
    layers = fields.ListField(subfield=fields.StringField())
    rest = fields.StringField()
    writers = fields.ListField(subfield=fields.StringField())
    views = fields.ListField(subfield=fields.StringField())
    files = fields.ListField(subfield=fields.StringField())
    outside = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        law = Law.of(self, self.order)
        roots = {module.partition(".")[0] for module in graph.modules}
        found = [
            f"{app} is not read: name its package in root_packages"
            for app in law.order
            if app.partition(".")[0] not in roots
        ]
        found += [f"{module} is in no app" for module in law.find_unknown(list_modules(graph))]
        found += [
            f"{importer} -> {imported}: {reason}"
            for importer, imported in list_imports(graph)
            if not (law.is_outside(importer) or law.is_outside(imported))
            and (reason := law.explain(importer, imported))
        ]
        found += [f"{importer} names {named}, which is above" for importer, named in law.list_upward(graph.modules)]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line)


def list_modules(graph: ImportGraph) -> list[str]:
    """Return the modules without the packages that only contain others."""
    return [
        module
        for module in graph.modules
        if not graph.find_children(module) or graph.find_modules_directly_imported_by(module)
    ]


def list_imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    """Yield importer and imported module of each import, sorted. A text that names a module imports it."""
    for importer in sorted(graph.modules):
        named = graph.modules & {*list_named(importer)} - {importer}
        for imported in sorted(graph.find_modules_directly_imported_by(importer) | named):
            yield importer, imported


def read_law() -> Law:
    """Return the law of pyproject.toml."""
    contracts = tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["contracts"]
    [options] = [contract for contract in contracts if contract["type"] == TYPE]
    return Law.of(LayersContract("", {}, {name: options[name] for name in options.keys() - {"name", "type"}}))
