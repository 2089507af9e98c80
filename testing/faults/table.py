"""The faults of `tables/`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
TABLES = Path(__file__).parent / "tables"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A text of a file that another one replaces, or a statement for the database.

    `rule` is the sentence that is no longer true. `old` occurs once in the file. For a statement it is a text that
    declares what the statement removes.
    """

    name: str
    subject: str
    rule: str
    file: str
    old: str
    new: str = ""
    sql: str = ""

    @property
    def path(self) -> Path:
        return CLONE / self.file

    def patch(self, text: str) -> str:
        """Return the text of the file with the fault. Raise ValueError unless `old` occurs once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.old!r} occurs {text.count(self.old)} times in {self.file}")
        return text if self.sql else text.replace(self.old, self.new)


def list_faults() -> list[Fault]:
    """Return the faults of all tables, in the order of the files."""
    tables = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(TABLES.glob("*.toml"))}
    return [
        Fault(name=name, subject=subject, **values)
        for subject, table in tables.items()
        for name, values in table.items()
    ]


def find_fault(name: str) -> Fault:
    return next(fault for fault in list_faults() if fault.name == name)
