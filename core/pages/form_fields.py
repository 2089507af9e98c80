"""Fields of forms: of tasks, read as the values that the API gets, and of the support desk, with the same rules."""

import copy
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from core.kinds import (
    CHOICE,
    CHOICES,
    DATE,
    KINDS,
    MOMENT,
    NUMBER,
    PRODUCT,
    QUANTITY,
    SECRET,
    TEXT,
    parse_id,
    read_quantity,
    write_quantity,
)
from core.pages.columns import Display
from core.pages.look_ups import LookUp
from core.sentences import fill
from core.texts import cleaning
from core.texts.cleaning import MAX_TEXT_LENGTH
from core.translation import gettext_noop

MAX_TYPED = 2 * MAX_TEXT_LENGTH + 1  # browsers send two characters for each line end
OMIT: Any = object()  # if this is the value of an empty field, the API does not get the field
CHOOSE_ONE = gettext_lazy("Choose one.")
WRITE_PRODUCT = gettext_lazy("Write a product: its name, SKU or barcode.")


class Cell(forms.BoundField):
    """A field with what was typed and its errors. Pages add what is shown beside it."""

    field: "Field"
    note = ""  # such as "of 17"
    expected = ""  # the text that the key = writes

    @property
    def chosen(self) -> list[str]:
        """Return the values of a field with several choices."""
        return str(self.value() or "").split(",")

    @property
    def choices(self) -> Sequence[tuple[str, Any]]:
        """Return the choices of the field, and the present one if it is offered no more, as an archived row is."""
        value, offered = str(self.value() or ""), self.field.choices
        return offered if not value or value in dict(offered) else [*offered, (value, self.field.describe(value))]

    candidates: Sequence[str] = ()  # the products from which the user chooses

    @property
    def attrs(self) -> dict[str, Any]:
        """Return the field's attributes in HTML. The cursor begins in a wrong field, and in no other that is filled."""
        attrs = dict(self.field.attrs)
        if "autofocus" in attrs:
            is_filled = self.field.kind != SECRET and self.value()
            attrs["autofocus"] = bool(self.errors or (attrs["autofocus"] and not is_filled))
        return attrs

    @property
    def html(self) -> str:
        return flatatt(self.attrs)

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        return {**super().build_widget_attrs(attrs, widget), **self.attrs}


class Field(forms.Field):
    """A field of a form or of its lines. The API checks the values, and refuses a text that is no such value."""

    user: Any  # who types the texts; only the copies of a request have it
    is_needed = False  # whether the form says that the field is required
    empty: Any = OMIT  # the value that the API gets if the field is empty
    beside: str = ""  # the field whose own page has this one, too, because a change of it can ask for it
    but: Any = None  # the id of the row of the form, if the field names another row of this kind
    group: Any = ""  # the title of the folded part of the form that has the field; a copy has it
    max_length: int | None = MAX_TYPED  # a longer text is cut, and the API refuses it as too long

    def __init__(
        self,
        label: Any = "",
        kind: str = TEXT,
        *,
        is_rare: bool = False,  # whether it is hidden until the user asks for further fields
        right: str = "",  # the field is omitted for users without this right
        choices: Sequence[tuple[str, Any]] = (),
        look_up: LookUp | None = None,  # finds the row by its name, and lists the names if they are few
        nothing: Any = "",  # the title of the choice of no row
        sends_name: bool = False,  # whether the API gets the name instead of the row's id
        adds_rows: bool = False,  # whether the name may be that of a new row, so that the API gets it
        is_number: bool = False,  # whether the API gets a whole number: of a quantity, not one of the product's goods
        initial: str = "",
        help_text: Any = "",
        required: bool = False,
        attrs: Mapping[str, Any] = MappingProxyType({}),  # in HTML
    ) -> None:
        missing = {PRODUCT: {"required": WRITE_PRODUCT}, CHOICE: {"required": CHOOSE_ONE}}.get(kind)
        super().__init__(label=label, required=required, initial=initial, help_text=help_text, error_messages=missing)
        self.is_needed = required and not missing
        if kind == SECRET:  # this widget never shows what was typed
            self.widget = forms.PasswordInput()
        self.kind, self.is_rare, self.right, self.choices, self.attrs = kind, is_rare, right, choices, attrs
        self.look_up, self.nothing, self.is_number = look_up, nothing, is_number
        self.sends_name, self.adds_rows = sends_name or adds_rows, adds_rows

    def replace(self, **values: Any) -> "Field":
        """Return a copy with these attributes."""
        other = copy.copy(self)
        other.__dict__.update(values)
        return other

    def offer_names(self) -> "Field":
        """Return the field as a list of the names that its look-up finds. It stays as it is if there are too many.

        A field for the name of a new row suggests the names.
        """
        found = self.look_up.list_choices(self.user) if self.look_up else []
        rows = [row for row in found if row[0] != str(self.but)]
        # A number is read as an id, so a row whose name is a number has its id as the value.
        names = [(name if self.sends_name or parse_id(name) is None else row_id, name) for row_id, name in rows]
        if self.adds_rows:
            return self.replace(choices=names)
        return self.replace(kind=CHOICE, choices=[("", self.nothing), *names]) if names else self

    def describe(self, text: str) -> str:
        """Return what people read for the text: the titles of choices, a date, or the text itself."""
        if text and self.kind in (DATE, MOMENT):
            write = getattr(Display.of(self.user), self.kind)
            return str(write(KINDS[self.kind].read(text, self.user)))
        titles = {value: str(title) for value, title in self.choices}
        values = text.split(",") if self.kind == CHOICES else [text]
        return ", ".join(titles.get(value, value) for value in values)

    @property
    def is_goods(self) -> bool:
        """Return whether the field has a quantity of the product of its line, which may be an amount."""
        return self.kind == QUANTITY and not self.is_number

    def is_blank(self, text: str) -> bool:
        return text.strip() in ("", self.initial)

    def read_goods(self, value: Any, sign: str, decimals: int) -> Any:
        """Return the value with quantities in base units of the product. Raise ValidationError."""
        return read_quantity(value, sign, decimals)

    def write_goods(self, value: Any, sign: str, decimals: int) -> str:
        """Return the text that the form shows for quantities of the product."""
        return write_quantity(value, decimals, sign)

    def check_quantity(self, quantity: int | str | None) -> None:
        """Raise ValidationError if the page can't use this quantity. By default the API checks it."""

    def get_bound_field(self, form: Any, field_name: str) -> Cell:
        return Cell(form, self, field_name)

    def to_python(self, value: Any) -> Any:
        """Return the value that the API gets for the text `value`, or None for a blank text."""
        # Browsers end lines with two characters. A password is sent as it was typed.
        text = value if self.kind == SECRET else value.strip().replace("\r\n", "\n")
        if not text:
            return None
        if self.look_up and not self.sends_name:
            return self.look_up.find(self.user, text)
        return KINDS[NUMBER if self.is_number else self.kind].read(text, self.user)

    def write(self, value: Any) -> str:
        """Return the text that the form shows for a value of the API."""
        if value is None:
            return ""
        if not self.look_up:
            return KINDS[self.kind].write(value, self.user)
        write = self.look_up.find_name if self.sends_name else self.look_up.describe
        return write(self.user, str(value))


MAX_SEARCH_LENGTH = 255  # the limit at the support desk, which is the length of an idempotency key


CHANGED = gettext_noop("Somebody else has changed this meanwhile. It is now: {value}")


class LineField(forms.CharField):
    rule: Callable[[str, int], str] = staticmethod(cleaning.clean_line)

    def to_python(self, value: Any) -> Any:
        entered = super().to_python(value)
        return self.rule(entered, self.max_length or cleaning.MAX_TEXT_LENGTH) if entered else entered


class ParagraphsField(LineField):
    """A text of several lines. It converts the CR LF of browsers to LF."""

    rule = staticmethod(cleaning.clean_paragraphs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class EmailFormField(forms.EmailField, LineField):
    """An e-mail address."""


class SearchField(LineField):
    rule = staticmethod(cleaning.clean_search_text)


class RowForm(forms.ModelForm):
    """Saves only what its user has changed since the page was opened, and refuses what somebody else has changed, too.

    Hidden inputs have the values that the page has shown. A form without them is compared with the row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            was_shown = not self.is_bound or self[name].html_initial_name in self.data
            field.show_hidden_initial = self.instance.pk is not None and was_shown

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if field.show_hidden_initial and name not in self.changed_data:
                cleaned.pop(name, None)  # Django would set a field that is left here on the row
            elif field.show_hidden_initial and self.is_conflict(self[name]):
                self.add_error(name, fill(CHANGED, value=self[name].initial))
                self.note_shown(self[name])
        return cleaned

    def is_conflict(self, bound: Any) -> bool:
        """Return whether the row has another value than the page has shown, and than the user has entered."""
        shown = self._widget_data_value(bound.field.hidden_widget(), bound.html_initial_name)  # type: ignore[attr-defined]
        return all(bound.field.has_changed(bound.initial, value) for value in (shown, bound.data))

    def note_shown(self, bound: Any) -> None:
        """Set the hidden input to the value of the row that the form now shows."""
        value, data = bound.field.prepare_value(bound.initial), cast(QueryDict, self.data).copy()
        data[bound.html_initial_name] = "" if value is None else str(value)
        self.data = data


class OwnedForm(RowForm):
    """Validates each constraint with all fields of the row. Most constraints include the owner, which is in no form."""

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() & set(self.fields)  # type: ignore[misc,no-any-return]


class ListSearchForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {SEARCH_VAR: SearchField(required=False, max_length=MAX_SEARCH_LENGTH)}
