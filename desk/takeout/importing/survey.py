"""The first pass over an archive: check each row by itself, and the form of its JSON, before anything is written."""

from collections.abc import Callable
from typing import Any

from core.fields import MAX_QUOTED_LENGTH
from core.json_forms import Rule, are_texts
from core.model_fields import MAX_METADATA_KEYS, MAX_METADATA_LENGTH, METADATA_KEY, MetadataColumn
from core.shop_apps import collect_from_modules
from desk.takeout.columns import ShopTable
from desk.takeout.errors import ImportRefused
from desk.takeout.importing.archive import (
    SHIFT,
    ImportedArchive,
    Row,
    find_id_columns,
    find_user_columns,
    list_columns,
    list_users,
)
from desk.takeout.importing.rules import find_rule, obeys
from users.models import User


def is_metadata(value: Any) -> bool:
    return are_texts(value, METADATA_KEY, MAX_METADATA_KEYS, MAX_METADATA_LENGTH)


def find_json_rules(table: ShopTable) -> dict[str, Callable[[Row], bool]]:
    """Return the rules for the JSON columns of the table: those for metadata, and those of the apps."""
    rules: dict[str, Callable[[Row], bool]] = {}
    for field in table.fields:
        name = f"{table.name}.{field.column}"
        known = is_metadata if isinstance(field, MetadataColumn) else None
        if is_right := collect_from_modules("arrivals", "JSON_RULES").get(name, known):
            rules[field.column] = of_column(field.column, is_right)
        if is_right := collect_from_modules("arrivals", "ROW_RULES").get(name):
            rules[field.column] = is_right
    return rules


def of_column(name: str, is_right: Rule) -> Callable[[Row], bool]:
    return lambda row: name not in row or is_right(row[name])  # archives of earlier releases lack some columns


MAX_PEOPLE = 10_000  # the most users of a shop, and the most others whom its rows name


class Survey:
    """What the second pass has to know of an archive all of whose rows are right. Raise ImportRefused otherwise."""

    def __init__(self, archive: ImportedArchive) -> None:
        self.archive, self.account = archive, archive.account
        self.people: set[int] = set()  # the users of the shop
        self.strangers: set[int] = set()  # the other users whom rows name
        self.leader, self.rows = 0, 0
        self.lowest = self.highest = archive.account  # of all ids
        for table in archive.list_tables():
            self.check_table(table)

    def check_table(self, table: ShopTable) -> None:
        checker, count, columns = RowChecker(self, table), 0, find_user_columns(table)
        id_columns = find_id_columns(table) - list_columns(table.name, SHIFT)
        for row in self.archive.read_rows(table):
            checker.check(row)
            count += 1
            self.note_users(table, columns, row)
            if max(len(self.strangers), count if table.model is User else 0) > MAX_PEOPLE:
                raise ImportRefused(f"The file names more than {MAX_PEOPLE:,} users.")
            ids = [row[name] for name in id_columns if row.get(name)]
            self.lowest, self.highest = min(self.lowest, *ids), max(self.highest, *ids)
        if count != self.archive.about["tables"][table.name]:
            raise ImportRefused(f"{table.name} has {count} rows, not {self.archive.about['tables'][table.name]}.")
        self.rows += count
        if table.model is User and self.leader not in self.people:
            raise ImportRefused("The file has no owner of the shop.")

    def note_users(self, table: ShopTable, columns: list[str], row: Row) -> None:
        """Note the user of the row, or the users whom the row names."""
        if table.model is User:
            self.people.add(row["id"])
        else:
            self.strangers.update(set(list_users(table, columns, row)) - self.people)

    def check_person(self, row: Row) -> bool:
        """Return whether a user is the owner of the shop, or works for it. Note the leader."""
        owns_shop, employer, leader = User(role=row["role"]).owns_shop, row.get("employer_id"), row.get("led_by_id")
        if row["id"] != self.account:
            return (owns_shop, employer, leader) == (False, self.account, None)
        self.leader = leader or self.account
        return (owns_shop, employer) == (True, None)


class RowChecker:
    """Checks the rows of a table by the rules of its model."""

    def __init__(self, survey: Survey, table: ShopTable) -> None:
        self.survey, self.table = survey, table
        self.rules = {field.column: find_rule(table.name, field) for field in table.fields}
        self.nullable = {field.column for field in table.fields if field.null}
        self.needed = {table.model._meta.pk.column, table.link}
        self.columns: set[str] = set()  # those of the first row
        self.json_rules = find_json_rules(table)

    def check(self, row: Row) -> None:
        if row.keys() != self.columns:
            self.check_columns(row)
        for name, value in row.items():
            is_right = name in self.nullable if value is None else obeys(self.rules[name], value)
            if not is_right or (name in self.json_rules and not obeys(self.json_rules[name], row)):
                self.refuse(row, name)
        if not self.belongs(row):
            raise ImportRefused(f"{self.table.name} in the file has rows of another shop.")

    def check_columns(self, row: Row) -> None:
        """Raise ImportRefused unless the columns are those of the first row, which the table has here."""
        if unknown := row.keys() - self.rules.keys():
            raise ImportRefused(f"The file has columns that {self.table.name} lacks: {', '.join(sorted(unknown))}.")
        if missing := (self.columns or self.needed) - row.keys():
            raise ImportRefused(f"{self.table.name} in the file has a row without {', '.join(sorted(missing))}.")
        if self.columns:
            raise ImportRefused(f"{self.table.name} in the file has a row with more columns than the first one.")
        self.columns = set(row)

    def belongs(self, row: Row) -> bool:
        """Return whether the row belongs to the shop, or to one of its users."""
        if self.table.model is User:
            return self.survey.check_person(row)
        owner = row[self.table.link]
        return owner in self.survey.people if self.table.link == "user_id" else owner == self.survey.account

    def refuse(self, row: Row, name: str) -> None:
        value = repr(row[name])
        quoted = value if len(value) <= MAX_QUOTED_LENGTH else f"{value[:MAX_QUOTED_LENGTH]}…"
        pk = self.table.model._meta.pk.column
        raise ImportRefused(f"{self.table.name}, row {row[pk]}: {quoted} is no {name.removesuffix('_id')}.")
