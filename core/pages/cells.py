"""Forms as pages show them: fields made from serializers, their texts and errors, and what their user has read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.settings import api_settings

from core import kinds
from core.fields import AmountField, LongTextField, MoneyField, OwnedRelatedField
from core.model_fields import ExternalIdField, MetadataField
from core.pages.form_fields import CHANGED, OMIT, Cell, Field
from core.pages.look_ups import LookUp
from core.pages.wording import reword
from core.sentences import NAMES, fill, find_field, find_label
from core.translation import gettext_noop

Fields = dict[str, Field]
Texts = Mapping[str, str]
HIDDEN_KINDS = (kinds.HIDDEN, kinds.HIDDEN_LINES)  # the errors of such fields are said above the form


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
        """Show the errors of a refused request at their cells, and the others above the form.

        Lists beside a `detail` are values of its case, such as ids, unless they have the name of a field.
        """
        for name, messages in data.items():
            if isinstance(messages, Mapping):
                self.show_refused_parts(name, messages)
            elif isinstance(messages, list) and messages and ("detail" not in data or name in self.fields):
                is_shown = name in self.fields and self.fields[name].kind not in HIDDEN_KINDS
                said = list(map(reword, messages))
                self.add_error(name if is_shown else None, said if is_shown else [self.name_field(name, *said)])
        if not self.is_wrong:
            self.add_error(None, reword(data.get("detail", gettext("Nothing was saved."))))

    def name_field(self, name: str, *said: str) -> str:
        """Return what is said about a field that the page does not show, after its label."""
        text = " ".join(said)
        if name == api_settings.NON_FIELD_ERRORS_KEY:
            return text
        label = self.fields[name].label if name in self.fields else gettext(find_label(None, name))
        return f"{label}: {text}"

    def show_refused_parts(self, name: str, refused: Mapping[str, Any]) -> None:
        """Show the errors of the entries of a list in one field, or of a group of fields."""
        if name in self.fields:
            self.show_refusal({name: [error for errors in refused.values() for error in errors]})
            return
        for part, errors in refused.items():
            if not isinstance(errors, list | Mapping):  # the values of a row, such as that of an invoice
                continue
            whole = f"{name}.{part}"
            self.show_refusal({whole if whole in self.fields else part: errors})


OMITTED = ""  # the kind of fields that only programs send, so that no form has them
# The kinds of values by the class of the field. The `pages` of apps add their own classes.
KINDS_OF_FIELDS: dict[type, str] = {
    serializers.Field: kinds.TEXT,
    serializers.BaseSerializer: OMITTED,
    serializers.ListField: kinds.LINES,
    serializers.BooleanField: kinds.FLAG,
    serializers.ChoiceField: kinds.CHOICE,
    serializers.MultipleChoiceField: kinds.CHOICES,
    serializers.DateField: kinds.DATE,
    serializers.DateTimeField: kinds.MOMENT,
    serializers.IntegerField: kinds.NUMBER,
    serializers.PrimaryKeyRelatedField: kinds.CHOICE,
    LongTextField: kinds.NOTE,
    AmountField: kinds.AMOUNT,
    MoneyField: kinds.MONEY,
    ExternalIdField: OMITTED,
    MetadataField: OMITTED,
}
# What the API gets to empty a field that may not be null, by kind. Other kinds have an empty text.
EMPTY: dict[str, Any] = {kinds.FLAG: False, kinds.LINES: [], kinds.WORDS: [], kinds.CHOICES: []}


def make_fields(serializer: Any, declared: Mapping[str, Mapping[str, Any]], *, changes_row: bool) -> dict[str, Field]:
    """Return the fields of the form by name. `declared` has attributes that replace those from the serializer."""
    return {
        name: make_field(field, said, changes_row=changes_row)
        for name, field in list_fields(serializer, declared)
        if not field.read_only and find_kind(field, said := add_look_up(field, declared.get(name, {}))) != OMITTED
    }


def add_look_up(field: Any, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is declared, with a look-up of the rows to which the field links, if they have names.

    Classes of fields that restrict the rows have choices, or declare a look-up.
    """
    if type(field) is not OwnedRelatedField or {"look_up", "kind", "choices"}.intersection(declared):
        return declared
    rows: Any = field.queryset  # type: ignore[arg-type]
    if not find_field(rows.model, "name"):
        return declared
    return {"look_up": LookUp(rows.model._meta.verbose_name, rows.for_user), **declared}


def list_fields(serializer: Any, declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields with their names, and the declared parts of those that are objects, such as `mail.days`."""
    for name, field in serializer.fields.items():
        yield name, field
        parts = getattr(field, "fields", {})
        yield from ((whole, parts[part]) for part in parts if (whole := f"{name}.{part}") in declared)


def find_kind(field: serializers.Field, declared: Mapping[str, Any]) -> str:
    """Return the kind of the field's values, or OMITTED. A list of objects mostly has its own page.

    What a look-up finds is typed: offer_names() makes a choice of it, unless there are too many rows.
    """
    if "kind" in declared or "look_up" in declared:
        return str(declared.get("kind", kinds.TEXT))
    if isinstance(getattr(field, "child", None), serializers.BaseSerializer):
        return OMITTED
    known = next(KINDS_OF_FIELDS[parent] for parent in type(field).__mro__ if parent in KINDS_OF_FIELDS)
    secret = kinds.SECRET if field.style.get("input_type") == "password" else ""
    return secret or known


def make_field(field: Any, declared: Mapping[str, Any], *, changes_row: bool) -> Field:
    kind = find_kind(field, declared)
    made = Field(
        gettext(str(declared.get("label") or find_title(field))), kind, is_rare=declared.get("is_rare", False),
        right=declared.get("right", ""), look_up=declared.get("look_up"), adds_rows=declared.get("adds_rows", False),
        choices=find_choices(field, kind, declared, changes_row=changes_row),
        nothing=declared.get("nothing", ""), initial=declared.get("initial", ""),
        help_text=gettext(str(declared.get("help_text", field.help_text) or "")).replace("`", ""),
        attrs=declared.get("attrs", {}),
    )  # fmt: skip
    # If the field has an initial text, an empty one stands for null, not for the default.
    is_sent_empty = changes_row or field.required or kind == kinds.FLAG or (made.initial and field.allow_null)
    empty = find_empty(field, kind) if is_sent_empty else OMIT
    is_needed = declared.get("is_needed", field.required) and not changes_row and not field.allow_null
    group, beside = gettext(declared.get("group", "")), declared.get("beside", "")
    return made.replace(is_needed=is_needed, empty=empty, group=group, beside=beside)


def find_empty(field: Any, kind: str) -> Any:
    """Return what the API gets to empty the field."""
    return None if field.allow_null else EMPTY.get(kind, "")


def find_choices(field: Any, kind: str, declared: Mapping[str, Any], *, changes_row: bool) -> list[tuple[str, str]]:
    """Return the declared choices or else, without a look-up, those of the serializer's field."""
    if "choices" in declared:
        return [(value, gettext(title)) for value, title in declared["choices"]]
    if declared.get("look_up") or kind not in (kinds.CHOICE, kinds.CHOICES):
        return []
    can_be_empty = field.allow_null or getattr(field, "allow_blank", False) or not (field.required or changes_row)
    begins_empty = can_be_empty or declared.get("begins_empty", False)
    return [("", "")] * (begins_empty and kind == kinds.CHOICE) + list_choices(field)


def list_choices(field: Any) -> list[tuple[str, str]]:
    is_code = isinstance(field, serializers.ChoiceField)  # the names of rows are not translated
    options = [(str(option.value), str(option.display_text)) for option in field.iter_options()]
    return [(value, gettext(title) if is_code else title) for value, title in options]


def find_title(field: Any) -> str:
    """Return the label of the model's field that the form's field writes, or else its own."""
    model, name = getattr(getattr(field.parent, "Meta", None), "model", None), str(field.source)
    return find_label(model, name) if find_field(model, name) or name in NAMES else str(field.label)


DIGEST_BYTES = 6
MAX_SHOWN_LENGTH = 500  # the most characters of a present value that a form quotes
NOW_EMPTY = gettext_noop("Somebody else has changed this meanwhile. It is now empty.")


def digest(name: str, texts: Iterable[Any]) -> str:
    # Browsers add CR LF and spaces around a text, which the rules of fields remove.
    cleaned = [str(text).replace("\r\n", "\n").strip() for text in texts]
    return blake2b(json.dumps([name, cleaned]).encode(), digest_size=DIGEST_BYTES).hexdigest()


def write_digests(texts: Mapping[str, Iterable[Any]]) -> str:
    """Return the value of the hidden field READ_FIELD for the texts of each field."""
    return ".".join(digest(name, several) for name, several in texts.items())


def find_value(row: Mapping[str, Any], name: str) -> Any:
    """Return the value of the row in this field. A name with a point is that of a part of a field."""
    field, _point, part = name.partition(".")
    return (row.get(field) or {}).get(part) if part else row.get(field)


def say_present(value: str) -> str:
    """Return what a form says at a field that its user and somebody else have changed."""
    return fill(CHANGED, value=value[:MAX_SHOWN_LENGTH]) if value else fill(NOW_EMPTY)
