"""How the forms of the pages show the fields of serializers, which know nothing of forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template import loader
from rest_framework.renderers import HTMLFormRenderer
from rest_framework.serializers import Field

from core.currencies import write_typed_money
from core.external_ids import ExternalIdField
from core.fields import AmountField, MoneyField, OptionalBooleanField
from core.metadata import MetadataField
from core.pages.route_fields import find_title

TEMPLATES = "rest_framework/horizontal"


@dataclass(frozen=True)
class Widget:
    """A template that shows a field. `describe` returns its variables for the bound field."""

    template: str
    describe: Callable[[Any], dict[str, Any]] = lambda _field: {}
    style: dict[str, Any] = field(default_factory=dict)


def is_sent(field: Any) -> bool:
    """Return whether the form shows what was sent, not a row or an empty form."""
    return hasattr(field.root, "initial_data")


def make_lines_widget(write: Callable[[Any], str]) -> Widget:
    """Return the widget of a list that is a text with a line for each: what was sent, or else the list of the row."""

    def describe(shown: Any) -> dict[str, Any]:
        rows = getattr(shown.root.instance, shown.name, None) or ()
        return {"text": shown.root.initial_data.get(shown.name, "") if is_sent(shown) else write(rows)}

    return Widget("codes.html", describe)


def get_user(field: Any) -> Any:
    return field.context["request"].user


def describe_look_up(field: Any) -> dict[str, Any]:
    """Return the text, which was sent or finds the row that the address names, and the texts to suggest."""

    def find_text() -> str:
        sent = field.root.initial_data.get(field.name) if is_sent(field) else None
        return str(sent) if sent is not None else field.look_up.describe(get_user(field), str(field.initial or ""))

    return {"text": find_text, "options": lambda: [name for _, name in field.look_up.list_choices(get_user(field))]}


def describe_amount(field: Any) -> dict[str, Any]:
    """Return the amount as the shop writes it, or as it was sent."""
    text = "" if field.value is None else str(field.value)
    return {"text": text if is_sent(field) else text.replace(".", get_user(field).shop_decimal_sign)}


def describe_money(field: Any) -> dict[str, Any]:
    """Return the amount of money as the shop types it, or as it was sent."""
    user = get_user(field)
    if is_sent(field) or field.value in (None, ""):
        return {"text": "" if field.value is None else str(field.value)}
    return {"text": write_typed_money(field.value, user.shop_currency, user.shop_decimal_sign)}


def describe_row(field: Any) -> dict[str, Any]:
    """Return the variables of a look-up in a form that may change a row. If it `has_few_rows`, they are choices."""

    def find_text() -> str:
        if is_sent(field):
            return str(field.root.initial_data.get(field.name, ""))
        row = getattr(field.root.instance, field.name, None)
        return field.look_up.write(row) if row else ""

    def has_few_rows() -> bool:
        limit: int = field.html_cutoff
        return len(field.get_queryset().values_list("pk")[: limit + 1]) <= limit

    return {**describe_look_up(field), "text": find_text, "has_few_rows": has_few_rows}


OMITTED = Widget("omitted.html")  # shows nothing: only programs use the field
HIDDEN = Widget("hidden.html")
BOOLEAN = Widget("boolean.html")
AMOUNT = Widget("amount.html", describe_amount, {"input_type": "number"})
# The widgets by the class of the field, or by the class of the serializer and the field's name. Apps' `pages` add some.
WIDGETS: dict[Any, Widget] = {
    OptionalBooleanField: BOOLEAN,
    ExternalIdField: OMITTED,
    MetadataField: OMITTED,
    AmountField: AMOUNT,
    MoneyField: Widget("amount.html", describe_money, {"input_type": "number"}),
}
# What forms say about a field in place of its help text, which is for programs, by serializer and name. Apps add some.
HINTS: dict[tuple[Any, str], str] = {}
# The fields that a form folds, by serializer: the titles of its parts and the names in each. Apps add some.
FOLDS: dict[Any, tuple[tuple[str, tuple[str, ...]], ...]] = {}


def find_widget(field: Field) -> Widget | None:
    """Return the field's widget, or None if REST framework's form shows it."""
    for parent in type(field.parent).__mro__:
        if (parent, field.field_name) in WIDGETS:
            return WIDGETS[parent, field.field_name]
    for kind in type(field).__mro__:
        if kind in WIDGETS:
            return WIDGETS[kind]
    return None


def find_hint(field: Field) -> str:
    """Return what the form says about the field."""
    names = ((parent, str(field.field_name)) for parent in type(field.parent).__mro__)
    return next((HINTS[name] for name in names if name in HINTS), str(field.help_text or ""))


def group_fields(form: Any) -> list[tuple[str, list[Any], bool]]:
    """Return the parts of the form: a title, the fields, and whether it is open. The first part has no title.

    A part with a wrong field is open. All are if the form was refused by a rule that names no field.
    """
    folds = next((FOLDS[parent] for parent in type(form).__mro__ if parent in FOLDS), ())
    fields = {field.name: field for field in form if not field.read_only and field.name != "lines"}
    folded = [(title, [fields.pop(name) for name in names if name in fields]) for title, names in folds]
    is_refused = hasattr(form, "initial_data") and not form.errors
    return [
        (title, part, is_refused or any(one.errors for one in part))
        for title, part in [("", [*fields.values()]), *folded]
    ]


class FormRenderer(HTMLFormRenderer):
    """Renders the forms of the pages with their widgets, and with rare fields in parts that are folded."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        renderer_context["style"]["parts"] = group_fields(data.serializer)
        return super().render(data, accepted_media_type, renderer_context)

    def render_field(self, field: Any, parent_style: Mapping[str, Any]) -> Any:
        widget = find_widget(field._field)
        field._field.label, field._field.help_text = find_title(field._field), find_hint(field._field)
        if widget is None:
            return super().render_field(field, parent_style)
        style, shown = {**self.default_style[field], **widget.style}, field.as_form_field()
        template = loader.get_template(f"{TEMPLATES}/{widget.template}")
        return template.render({"field": shown, "style": style, **widget.describe(shown)})
