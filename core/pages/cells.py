"""Forms as pages show them: fields with their texts and their errors."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from core.pages.form_fields import OMIT, Cell, Field
from core.pages.wording import reword

Fields = dict[str, Field]
Texts = Mapping[str, str]
ROWS = ("operations", "candidates", "known")  # the lists of an error's data that are no errors of a field


class Cells(forms.Form):
    """Fields with their texts. A form that is not sent is not bound: its texts are shown, and not checked."""

    fields: Fields  # type: ignore[assignment]

    def __init__(self, fields: Fields, texts: Texts, *, is_sent: bool = False) -> None:
        self.texts = {name: texts.get(name, field.initial)[: field.max_length] for name, field in fields.items()}
        super().__init__(self.texts if is_sent else None, initial=self.texts)
        self.fields = fields

    def __getitem__(self, name: str) -> Cell:
        return super().__getitem__(name)  # type: ignore[return-value]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values for the API."""
        values = {
            name: self.fields[name].empty if value is None else value for name, value in self.cleaned_data.items()
        }
        return {name: value for name, value in values.items() if value is not OMIT}

    def read_quantities(self, sign: str, decimals: int) -> None:
        """Replace the texts of quantities by base units of the product, which has these decimals."""
        for name, field in self.fields.items():
            if field.is_goods and name in self.cleaned_data:
                try:
                    if value := self.cleaned_data[name]:
                        self.cleaned_data[name] = field.read_goods(value, sign, decimals)
                    field.check_quantity(self.cleaned_data[name])
                except ValidationError as error:
                    self.add_error(name, error)

    @property
    def shows_rare(self) -> bool:
        return any(field.is_rare and (self.texts[name] or self[name].errors) for name, field in self.fields.items())

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors)

    def show_refusal(self, data: Mapping[str, Any]) -> None:
        """Show the errors of a refused request at their cells, and the others above the form."""
        for name, messages in data.items():
            if isinstance(messages, Mapping):
                self.show_refused_parts(name, messages)
            elif isinstance(messages, list) and messages and name not in ROWS:
                self.add_error(name if name in self.fields else None, list(map(reword, messages)))
        if not self.is_wrong:
            self.add_error(None, reword(data.get("detail", gettext("Nothing was saved."))))

    def show_refused_parts(self, name: str, refused: Mapping[str, Any]) -> None:
        """Show the errors of the entries of a list in one field, or of a group of fields."""
        if name in self.fields:
            self.show_refusal({name: [error for errors in refused.values() for error in errors]})
            return
        for part, errors in refused.items():
            whole = f"{name}.{part}"
            self.show_refusal({whole if whole in self.fields else part: errors})
