"""The form of a task: its lines and its other fields, with their texts and their errors."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.http.browser_forms import KEY_ERRORS, KEY_FIELD, KEY_REUSED
from core.pages.context import WITH_OTHER_VALUES
from core.pages.verbs import make_form_key
from core.pages.widgets import reword
from desk.shop.fields import HIDDEN, PRODUCT, Cell, Field, read_number
from products.look_ups import PRODUCTS
from stock.line_fields import MAX_LINES
from users.models import User

MIN_LINES = 3  # the lines of an empty form; the page's script adds more
CHOOSE = "choose"  # the name of the buttons that choose one of several products


@dataclass
class Line:
    """A line of a form."""

    cells: dict[str, Cell]
    error: str = ""
    title: str = ""  # the name of the product, in a form whose lines are given

    @classmethod
    def make(cls, columns: Iterable[Field], given: Mapping[str, str], title: str = "") -> "Line":
        """Return a line with these texts in its cells, and the initial ones in the others."""
        return cls({one.name: Cell(one, given.get(one.name, one.initial)) for one in columns}, title=title)

    @property
    def is_blank(self) -> bool:
        return all(cell.is_blank for cell in self.cells.values() if cell.field.kind != HIDDEN)

    @property
    def is_wrong(self) -> bool:
        return bool(self.error) or any(cell.errors for cell in self.cells.values())

    @property
    def shows_rare(self) -> bool:
        return any(cell.field.is_rare and (cell.text or cell.errors) for cell in self.cells.values())


def has_values(line: Line) -> bool:
    return not line.is_blank


@dataclass
class TaskForm:
    """A form as it is shown. `key` makes the API book it once, however often it is sent."""

    fields: dict[str, Cell]
    lines: list[Line]
    columns: tuple[Field, ...]
    key: str = field(default_factory=make_form_key)
    errors: list[str] = field(default_factory=list)
    sent: list[Line] = field(default_factory=list)  # the lines that the API got

    @classmethod
    def read(cls, post: Any, fields: Iterable[Field], columns: tuple[Field, ...]) -> "TaskForm":
        """Return the form that was sent, with its key."""
        # One line too many is kept, so that the API refuses the form.
        texts = {one.name: post.getlist(one.name)[: MAX_LINES + 1] for one in columns}
        rows = zip_longest(*texts.values(), fillvalue="")
        lines = [Line.make(columns, dict(zip(texts, row, strict=True))) for row in rows]
        form = cls({one.name: Cell(one, post.get(one.name, "")) for one in fields}, lines, columns)
        form.key = post.get(KEY_FIELD) or form.key
        return form

    def choose(self, chosen: str) -> None:
        """Write a candidate that the user has clicked into its line. `chosen` is the line's number and the text."""
        number, _colon, text = chosen.partition(":")
        position = read_number(number)
        if isinstance(position, int) and position < len(self.lines):
            cell = next(cell for cell in self.lines[position].cells.values() if cell.field.kind == PRODUCT)
            cell.text = text

    def add_empty_lines(self) -> None:
        while len(self.lines) < MIN_LINES or (len(self.lines) < MAX_LINES and not self.lines[-1].is_blank):
            self.lines.append(Line.make(self.columns, {}))

    def make_lines(self, user: User, is_sent: Callable[[Line], bool] = has_values) -> list[dict[str, Any]]:
        """Return the lines for the API, without empty ones. Mark the products that are missing or not found."""
        self.sent = list(filter(is_sent, self.lines))
        named = [cell for line in self.sent for cell in line.cells.values() if cell.field.kind == PRODUCT]
        found = PRODUCTS.find_all(user, {cell.text for cell in named if cell.text.strip()})
        for cell in named:
            if not cell.text.strip():
                cell.errors.append(_("Write a product: its name, SKU or barcode."))
            if isinstance(error := found.get(cell.text), ValidationError):
                cell.errors, cell.candidates = list(error.messages), getattr(error, "candidates", [])
        return [
            {
                name: found[cell.text] if cell.field.kind == PRODUCT else cell.read(user)
                for name, cell in line.cells.items()
                if cell.text.strip()
            }
            for line in self.sent
        ]

    def make_values(self, user: User) -> dict[str, Any]:
        """Return the other fields for the API, without empty ones."""
        values = {}
        for name, cell in self.fields.items():
            if cell.text.strip():
                values[name] = cell.read(user)
            elif cell.field.is_required:
                cell.errors.append(_("Choose one."))
        return values

    @property
    def is_wrong(self) -> bool:
        has_wrong_field = any(cell.errors for cell in self.fields.values())
        return bool(self.errors) or has_wrong_field or any(line.is_wrong for line in self.lines)

    @property
    def shows_rare(self) -> bool:
        return any(line.shows_rare for line in self.lines)

    @property
    def rare_fields(self) -> list[Cell]:
        return [cell for cell in self.fields.values() if cell.field.is_rare]

    @property
    def shows_more(self) -> bool:
        return any(cell.errors or not cell.is_blank for cell in self.rare_fields)

    def add_errors(self, data: Mapping[str, Any]) -> None:
        """Show the errors of a refused request at their cells, and the others above the form."""
        if data.get("code") in KEY_ERRORS:
            self.key = make_form_key()
        if data.get("code") == KEY_REUSED:
            data = {"detail": WITH_OTHER_VALUES}
        for name, messages in data.items():
            if name == "lines":
                self.add_line_errors(messages)
            elif name in self.fields and isinstance(messages, list):
                self.fields[name].errors += map(reword, messages)
            elif isinstance(messages, Mapping):  # the errors of a group of fields
                self.add_errors(messages)
            elif isinstance(messages, list) and name not in ("operations", "candidates"):
                self.errors += map(reword, messages)
        if not self.is_wrong:
            self.errors.append(str(data.get("detail", _("Nothing was booked."))))

    def add_line_errors(self, refused: list[Any]) -> None:
        for one in refused:
            if isinstance(one, str):  # an error of all lines, such as their number
                self.errors.append(one)
                continue
            line = self.sent[one["line"]]
            errors = one.get("errors", {})
            for name, messages in errors.items():
                if name in line.cells:
                    line.cells[name].errors += map(reword, messages)
                else:
                    line.error = " ".join([line.error, *map(str, messages)]).strip()
            if not errors:
                line.error = str(one.get("detail", ""))
