"""The first pass over an archive: check each row by itself, and the form of its JSON, before anything is written."""

import json
import re
from collections.abc import Callable
from typing import Any

from core.fields import MAX_QUANTITY, MAX_QUOTED_LENGTH
from core.model_fields import MAX_METADATA_KEYS, MAX_METADATA_LENGTH, METADATA_KEY, MetadataColumn
from core.texts.cleaning import clean_line
from desk.takeout.columns import ShopTable
from desk.takeout.errors import ImportRefused
from desk.takeout.importing.archive import (
    SEAL_SHIFT,
    ImportedArchive,
    Row,
    find_id_columns,
    find_user_columns,
    has_values,
    list_users,
)
from desk.takeout.importing.rules import AMOUNT, Rule, find_rule, is_moment, obeys
from products.models import FIELD_KEY, MAX_AXES, MAX_AXIS_LENGTH, MAX_TEXT_LENGTH, MAX_VALUE_LENGTH
from records.events.models import EventType
from records.events.services import are_ids, has_form, is_id, is_number, is_text, name_values
from records.history.models import select_pairs
from stock.importing.history import KINDS, MAX_ROWS_KEPT
from trade.tills.models import MAX_SALE_LENGTH
from users.models import MAX_TILES, OFF, ON, SWITCHED, User

MAX_CHANGED_FIELDS = 100  # the most fields in a change
MAX_PERCENT = 100
MAX_OWN_FIELDS = 1000  # the most fields of a product; those of archived fields count, too
MAX_SCALE_CODES, MAX_ARTICLE = 20, 9  # the most digits of a prefix and an article together
SCALE_CODE: dict[str, Rule] = {
    "prefix": lambda text: is_text(text) and bool(re.fullmatch(r"[0-9]{1,3}", text, re.ASCII)),
    "digits": lambda number: is_number(number) and 1 <= number <= 8,
    "places": lambda number: is_number(number) and 0 <= number <= 5,
    "holds": lambda word: word in ("weight", "price"),
}
REFUSED_ROW: dict[str, Rule] = {"line": is_number, "column": is_text, "reason": is_text, "cell": is_text}


def is_history(changes: Any) -> bool:
    return isinstance(changes, dict) and 0 < len(changes) <= MAX_CHANGED_FIELDS and select_pairs(changes) == changes


def is_event(row: Row) -> bool:
    data = row.get("data")
    values = name_values(row.get("operation"), row.get("product"), data)
    return (data is None or isinstance(data, dict)) and has_form(row["type"], values)


def are_types(types: Any) -> bool:
    """Return whether these are types of events."""
    return isinstance(types, list) and all(is_text(name) and name in EventType.values for name in types)


def are_created(created: Any) -> bool:
    """Return whether these are the ids of the rows that an import has created, by their kinds."""
    return has_values(created, are_ids) and {"products"} <= created.keys() <= KINDS.keys()


def is_refusal(refusal: Any) -> bool:
    """Return whether this is the error of an import that was refused."""
    if not isinstance(refusal, dict) or refusal.keys() != {"detail", "total", "rows"}:
        return False
    rows, total = refusal["rows"], refusal["total"]
    are_rows = isinstance(rows, list) and len(rows) <= MAX_ROWS_KEPT and all(map(is_refused_row, rows))
    return are_rows and is_text(refusal["detail"]) and (total is None or is_number(total))


def has_refusal(row: Row) -> bool:
    """Return whether the error is that of an import which was refused, or null if it was not."""
    refusal = row.get("refusal")
    return not row.get("code") if refusal is None else is_refusal(refusal)


def is_refused_row(row: Any) -> bool:
    return isinstance(row, dict) and row.keys() == REFUSED_ROW.keys() and has_parts(row, **REFUSED_ROW)


def is_sale(sale: Any) -> bool:
    return isinstance(sale, dict) and len(json.dumps(sale)) <= MAX_SALE_LENGTH


def is_selection(selection: Any) -> bool:
    """Return whether this is what was selected for a counting sheet."""
    links = {"category": is_id, "supplier": is_id, "products": are_ids}
    return has_parts(selection, **links, not_counted_since=lambda text: is_text(text) and is_moment(text))


def is_tolerance(tolerance: Any) -> bool:
    return has_parts(tolerance, units=lambda units: is_number(units) and 0 <= units <= MAX_QUANTITY, percent=is_percent)


def is_closing(figures: Any) -> bool:
    """Return whether these are the figures of a closing as the service writes them."""
    if not isinstance(figures, dict) or figures.keys() | NEWER != CLOSING.keys():
        return False
    if not has_parts(figures, **CLOSING):
        return False
    parts = {"payments": PAID, "tips": TIP, "taxes": TAX, "late": LATE_SALE}
    lists = [(figures.get(name, []), form) for name, form in parts.items()]
    return all(row.keys() == form.keys() and has_parts(row, **form) for rows, form in lists for row in rows)


def is_money(text: Any) -> bool:
    return is_text(text) and bool(AMOUNT.fullmatch(text))


def are_objects(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def is_percent(text: Any) -> bool:
    return is_text(text) and bool(AMOUNT.fullmatch(text)) and 0 <= float(text) <= MAX_PERCENT


def are_scale_codes(rows: Any) -> bool:
    """Return whether these are codes of scales as the service writes them, of which each prefix is another."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() == SCALE_CODE.keys() for row in rows):
        return False
    are_right = all(has_parts(row, **SCALE_CODE) and len(row["prefix"]) + row["digits"] <= MAX_ARTICLE for row in rows)
    return are_right and len(rows) == len({row["prefix"] for row in rows}) <= MAX_SCALE_CODES


def are_tiles(rows: Any) -> bool:
    """Return whether these are tiles as the service writes them."""
    if not isinstance(rows, list) or len(rows) > MAX_TILES:
        return False
    return all(has_parts(row, product=is_id, kit=is_id) and len(row) == 1 for row in rows)


def are_switches(rows: Any) -> bool:
    """Return whether these are switches of what a shop uses as the service writes them, each name once."""
    allowed = {f"{name} {switch}": name for name in SWITCHED if name != "payments" for switch in (ON, OFF)}
    if not isinstance(rows, list) or not all(is_text(row) and row in allowed for row in rows):
        return False
    return len(rows) == len({allowed[row] for row in rows})


def has_parts(value: Any, **rules: Rule) -> bool:
    """Return whether this is an object with no other names than these, and with such values."""
    return isinstance(value, dict) and value.keys() <= rules.keys() and all(rules[name](value[name]) for name in value)


def are_texts(value: Any, key: str, max_keys: int, max_length: int) -> bool:
    """Return whether this is an object with few such keys, whose values are texts."""
    if not isinstance(value, dict) or len(value) > max_keys or not all(re.fullmatch(key, name) for name in value):
        return False
    return all(is_line(name, MAX_AXIS_LENGTH) and is_line(text, max_length) for name, text in value.items())


def is_line(text: Any, max_length: int) -> bool:
    return is_text(text) and bool(text) and clean_line(text, max_length) == text


def are_own_fields(fields: Any) -> bool:
    """Return whether these are values of own fields, also of archived ones. Their types are checked in the end."""
    if not isinstance(fields, dict):
        return False
    texts = {key: "yes" if type(value) is bool else value for key, value in fields.items()}
    return are_texts(texts, FIELD_KEY, MAX_OWN_FIELDS, MAX_TEXT_LENGTH)


def is_metadata(value: Any) -> bool:
    return are_texts(value, METADATA_KEY, MAX_METADATA_KEYS, MAX_METADATA_LENGTH)


def or_null(is_right: Rule) -> Rule:
    return lambda value: value is None or is_right(value)


TAX: dict[str, Rule] = {
    "rate": lambda rate: rate is None or is_percent(rate), **dict.fromkeys(("net", "tax", "gross"), is_money),
}  # fmt: skip
PAID: dict[str, Rule] = {"kind": is_text, **dict.fromkeys(("received", "refunded", "amount"), is_money)}
TIP: dict[str, Rule] = {"kind": is_text, "amount": is_money}
LATE_SALE: dict[str, Rule] = {
    "operation": is_id, "reference": is_text, "occurred_at": lambda text: is_text(text) and is_moment(text),
    "total": is_money,
}  # fmt: skip
CLOSING: dict[str, Rule] = {
    **dict.fromkeys(("sales", "returns", "late_count"), is_number),
    **dict.fromkeys(("total", "discounts", "returned", "cash_in", "cash_out"), is_money),
    **dict.fromkeys(("payments", "tips", "taxes", "late"), are_objects),
    "not_paid": lambda value: has_parts(value, count=is_number, total=is_money) and len(value) == 2,
}  # fmt: skip
NEWER = {"tips", "not_paid"}  # earlier releases did not write these

# The rules by table and column. Columns of metadata need no rule here.
JSON_RULES: dict[str, dict[str, Rule]] = {
    "closings_closing": {"document": is_closing},
    "events_webhook": {"types": are_types},
    "history_change": {"changes": is_history},
    "products_profile": {
        "options": lambda options: are_texts(options, ".+", MAX_AXES, MAX_VALUE_LENGTH),
        "fields": are_own_fields,
    },
    "purchasing_pricelist": {"created_products": are_ids},
    "sheets_sheet": {"selection": is_selection, "tolerance": or_null(is_tolerance)},
    "stock_import": {"created": or_null(are_created)},
    "users_user": {"scale_codes": are_scale_codes, "tiles": are_tiles, "uses": are_switches},
    "tills_drop": {"sale": or_null(is_sale)},
}
# The rules that need other columns of the row, too.
ROW_RULES: dict[str, dict[str, Callable[[Row], bool]]] = {
    "events_event": {"data": is_event},
    "stock_import": {"refusal": has_refusal},
}


def find_json_rules(table: ShopTable) -> dict[str, Callable[[Row], bool]]:
    """Return the rules for the JSON columns of the table."""
    known = {field.attname: is_metadata for field in table.fields if isinstance(field, MetadataColumn)}
    rules = {**known, **JSON_RULES.get(table.name, {})}
    return {**{name: of_column(name, rule) for name, rule in rules.items()}, **ROW_RULES.get(table.name, {})}


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
        id_columns = find_id_columns(table) - {SEAL_SHIFT}
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
