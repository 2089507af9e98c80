"""The choices of an import: what it does with missing prices, unknown columns, wrong rows, and others."""

from dataclasses import dataclass, replace
from typing import Any

REFUSE, ZERO, IGNORE, KEEP, SKIP, AMOUNTS, SET, ADD, LEAVE, OVERWRITE, CREATE, RESTORE, FIRST = (
    "refuse", "zero", "ignore", "keep", "skip", "amounts", "set", "add", "leave", "overwrite", "create",
    "restore", "first",
)  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """The value of each choice. It is empty if the parameter was not given."""

    no_price: str = ""
    below_zero: str = ""
    unknown: str = ""
    wrong_rows: str = ""
    fractions: str = ""
    quantities: str = ""
    conflicts: str = ""
    archived: str = ""
    repeated: str = ""
    is_moving: bool = False  # whether the parameter `moving` was given
    is_list: bool = False  # whether the file is the price list of a supplier: see products/filing/price_lists.py
    is_by_person: bool = False  # whether a person has sent the file by a page, so that no product is low by default

    def settle(self, *, is_own: bool) -> "Choices":
        """Return the choices with a value for each parameter that was not given.

        With `is_moving`, this is the value in MOVING, unless this service has written the file (`is_own`).
        """
        is_moving = self.is_moving and not is_own
        defaults = {name: values[0] for name, values in VALUES.items()} | (MOVING if is_moving else {})
        values: dict[str, Any] = {name: getattr(self, name) or defaults[name] for name in VALUES}
        return replace(self, **values, is_moving=is_moving)


ALSO_CREATED = (
    "suppliers",
    "locations",
    "categories",
    "groups",
    "fields",
    "rates",
)  # what an import creates besides products
MAX_CHOICE_LENGTH = 10  # the most characters of a value
# The values of each parameter, of which the first one is the default, and the defaults with `moving`.
VALUES = {
    "no_price": (REFUSE, ZERO),
    "below_zero": (REFUSE, ZERO),
    "unknown": (REFUSE, IGNORE, KEEP),
    "wrong_rows": (REFUSE, SKIP),
    "fractions": (REFUSE, AMOUNTS),
    "quantities": (SET, ADD, LEAVE),
    "conflicts": (LEAVE, OVERWRITE),
    "archived": (CREATE, REFUSE),
    "repeated": (REFUSE, ADD, FIRST),
}
MOVING = {
    "no_price": ZERO, "below_zero": ZERO, "unknown": KEEP, "wrong_rows": SKIP, "fractions": AMOUNTS, "repeated": ADD,
}  # fmt: skip
