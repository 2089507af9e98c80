"""What the import of kits knows about a file. trade/kits/files.py reads it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from products.filing.errors import RowErrors


class FilePart(NamedTuple):
    """A row of the file: a part of a kit, by the text that names the product, and its amount in one kit.

    `unit` is that of the amount, empty if the row does not say it. `cells` has the texts of the row by column.
    """

    line: int
    text: str
    amount: Any
    unit: str
    cells: dict[str, str]


@dataclass
class FileKit:
    """The rows of one kit. `fields` has what the file says of it, and lacks the columns that the file lacks.

    `cells` has the texts of its first row by column.
    """

    line: int
    cells: dict[str, str]
    fields: dict[str, Any]
    parts: list[FilePart] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def label(self) -> str:
        """Return the name, else a code, of the kit."""
        return str(next(self.fields[name] for name in ("name", "sku", "barcode") if name in self.fields))


@dataclass
class KitFile:
    """The kits of a file in its order, its columns, and its malformed cells and lines."""

    kits: list[FileKit]
    columns: Collection[str]
    errors: RowErrors
