"""The cells of a form: the texts that people type, and the values that the API gets."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from core.fields import MAX_ID_DIGITS, read_amount, read_whole_number
from core.pages.look_ups import LookUp
from core.time_zones import add_offset
from users.models import User

PRODUCT, QUANTITY, MONEY, DATE, MOMENT, TEXT, NOTE, CHOICE, HIDDEN = (
    "product", "quantity", "money", "date", "moment", "text", "note", "choice", "hidden",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a form or a cell of its lines. `name` is the field of the API's body."""

    name: str
    label: Any
    kind: str = TEXT
    hint: Any = ""
    is_rare: bool = False  # hidden until the user asks for further fields
    right: str = ""  # the field is omitted for users without this right
    choices: Sequence[tuple[str, Any]] = ()
    look_up: LookUp | None = None  # finds the row by its name, and lists the names if they are few
    nothing: Any = ""  # the title of the choice of no row
    sends_name: bool = False  # whether the API gets the name instead of the row's id
    is_number: bool = False  # whether the API gets the value of a choice or a hidden field as a whole number
    initial: str = ""
    is_required: bool = False


@dataclasses.dataclass
class Cell:
    """A field with what was typed, and the errors and the choices to show beside it."""

    field: Field
    text: str = ""
    errors: list[str] = dataclasses.field(default_factory=list)
    candidates: list[str] = dataclasses.field(default_factory=list)
    note: str = ""  # beside the input, such as "of 17"
    expected: str = ""  # the text that the key = writes

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() or (self.field.initial != "" and self.text.strip() == self.field.initial)

    def read(self, user: User) -> Any:
        """Return the value that the API gets. Mark the cell if it names no row of its look-up."""
        if self.field.look_up and not self.field.sends_name:
            try:
                return self.field.look_up.find(user, self.text.strip())
            except ValidationError as error:
                self.errors += error.messages
        return read_value(user, QUANTITY if self.field.is_number else self.field.kind, self.text)


def offer_names(field: Field, user: User) -> Field:
    """Return the field as a list of the names that its look-up finds. It stays as it is if there are too many."""
    names = [(name, name) for _id, name in field.look_up.list_choices(user)] if field.look_up else []
    return dataclasses.replace(field, kind=CHOICE, choices=[("", field.nothing), *names]) if names else field


def read_value(user: User, kind: str, text: str) -> Any:
    """Return the value that the API gets for a text that is not blank. The API refuses a text that is no such value."""
    text = text.strip().replace("\r\n", "\n")  # browsers end lines with both
    if kind == QUANTITY:
        return read_number(read_whole_number(text, user.shop_decimal_sign))
    if kind == MONEY:
        return read_amount(text, user.shop_decimal_sign)
    if kind == MOMENT:
        return add_offset(text, user.shop_zone)
    return text


def read_number(text: str) -> int | str:
    """Return the whole number, or the text if it is none. The API refuses the text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS else text


def write_money(amount: Any, sign: str) -> str:
    """Return the amount as the shop writes it, or an empty text for None."""
    return "" if amount is None else str(amount).replace(".", sign)
