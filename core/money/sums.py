"""Sums of the quantities of several products. They are added by unit, because grams can't be added to pieces.

JSON has them as a list `by_unit` beside the sum of all base units. Each entry has the `unit` and amounts as text, under
the names of the sums. Pages and files write the same list.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from core.money.amounts import PIECES, fold_unit
from core.sentences import Goods, write_number

BY_UNIT = "by_unit"


def amount_of(quantity: str, product: str = "product") -> str:
    """Return the SQL of a quantity as an amount. `product` is the table or alias that has `decimals`."""
    return f"{quantity} * (ARRAY[1, 0.1, 0.01, 0.001])[{product}.decimals + 1]"


def sum_amounts(quantity: str, product: str = "product") -> str:
    return f"sum({amount_of(quantity, product)})"


def collect_units(*names: str) -> str:
    """Return the SQL that collects rows of different units into `by_unit`.

    The rows have the columns `of_unit` and, for each of the names, `<name>_amount`.
    """
    amounts = "".join(f", '{name}', {name}_amount::text" for name in names)
    return f"coalesce(json_agg(json_build_object('unit', of_unit{amounts}) ORDER BY of_unit), '[]'::json)"


def collect_all_units(rows: str, *names: str) -> str:
    """Return the SQL of `by_unit` for all rows of a table, which may have many rows of a unit."""
    sums = "".join(f", sum({name}_amount) AS {name}_amount" for name in names)
    return f"(SELECT {collect_units(*names)} FROM (SELECT of_unit{sums} FROM {rows} GROUP BY of_unit) AS one_unit)"  # noqa: S608, constants


def collect_grouped(unit: str, **amounts: str) -> str:
    """Return the SQL of `by_unit` in a statement that groups rows with this unit and these amounts.

    Use it only if the rows of a group fit into an array.
    """
    columns, arrays = ["of_unit", *(f"{name}_amount" for name in amounts)], [unit, *amounts.values()]
    rows = f"unnest({', '.join(f'array_agg({one})' for one in arrays)}) AS one({', '.join(columns)})"
    return collect_all_units(rows, *amounts)


def describe_units(*names: str) -> dict[str, Any]:
    """Return the schema of an entry of `by_unit`."""
    amount = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,3})?$", "example": "2.250"}
    properties = {"unit": {"type": "string"}, **dict.fromkeys(names, amount)}
    return {"type": "object", "properties": properties, "required": [*properties]}


class Amounts:
    """A sum of quantities of several products. Sentences and pages have the amount of each unit: 9 pieces, 2.250 kg.

    Other spellings of a unit, such as KG, are added to the first spelling, and pieces to goods without a unit. If there
    is a single unit with a whole number, it is written as the quantity of one product is.
    """

    def __init__(self, by_unit: Iterable[Mapping[str, Any]], name: str) -> None:
        parts: dict[str | int, tuple[str, Decimal]] = {}  # unit and sum, by fold_unit()
        for one in by_unit:
            if amount := Decimal(one[name]):
                key = "" if PIECES.fullmatch(one["unit"]) else fold_unit(one["unit"])
                unit, present = parts.get(key, (one["unit"], Decimal(0)))
                parts[key] = (unit, present + amount)
        self.parts = [part for part in parts.values() if part[1]]

    def __format__(self, form: str) -> str:
        if len(self.parts) > 1:
            return ", ".join(write_amount(unit, amount, form) for unit, amount in self.parts)
        [(unit, amount)] = self.parts or [("", Decimal(0))]
        return write_amount(unit, amount, form) if is_measured(amount) else write_number(int(amount), form)

    def __str__(self) -> str:
        return format(self, ",")


def make_goods(amount: Decimal, decimals: int, unit: str) -> Goods:
    """Return an amount as a quantity of base units, of a unit with these decimals."""
    return Goods(int(amount.scaleb(decimals)), decimals, unit)


def count_decimals(amounts: Iterable[Decimal]) -> int:
    return max((-int(amount.as_tuple().exponent) for amount in amounts), default=0)


def name_unit(unit: str) -> str:
    return unit or gettext("pieces")


def is_measured(amount: Decimal) -> bool:
    """Return whether the amount has decimals, even if they are zero."""
    return int(amount.as_tuple().exponent) < 0


def write_amount(unit: str, amount: Decimal, form: str) -> str:
    if not unit and not is_measured(amount):
        return ngettext("{number} piece", "{number} pieces", int(amount)).format(number=write_number(int(amount), form))
    return f"{write_number(amount, form)} {unit}".strip()


def find_amounts(row: Mapping[str, Any], name: str) -> Amounts | None:
    """Return the sum with this name by unit, or None for a row that has none."""
    by_unit = row.get(BY_UNIT)
    return Amounts(by_unit, name) if by_unit and name in by_unit[0] else None


def write_by_unit(by_unit: Iterable[Mapping[str, Any]]) -> str:
    """Return the sums of a row as the text of a file's cell: "9; 2.250 kg", or with names if it has several sums."""
    parts = []
    for one in by_unit:
        names = [name for name in one if name != "unit"]
        numbers = [one[names[0]]] if len(names) == 1 else [f"{name} {one[name]}" for name in names]
        parts.append(f"{', '.join(numbers)} {one['unit']}".strip())
    return "; ".join(parts)
