"""The texts that the pages take from code, and translate when they show them.

They are the names of views, the titles of columns, the labels, help texts and choices of forms and filters, and the
words for codes and refusals. testing/messages.py adds them to the catalogues.
"""

from collections.abc import Iterator
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.urls import get_resolver
from django.utils.text import capfirst
from rest_framework import serializers

from core import kinds
from core.errors import DomainError
from core.fields import ChoiceField
from core.http.renderers import AlwaysJSON
from core.pages.browsable import BrowsableAPI, get_view_name
from core.pages.cells import find_kind, find_title
from core.pages.columns import PageColumn
from core.pages.mixin import PageMixin
from core.pages.parameters import SHOWN_APART, Parameter
from core.pages.wording import FURTHER_WORDS
from desk.reports.cards import REPORTS
from ops.demo.credentials import DEMO_USERS
from products.filing.columns import LABELS
from products.serializers import ProductSerializer
from records.contacts.models import NamesContacts
from records.events.feed.pages import name_type
from records.events.models import EventType
from records.history.models import RecordedModel, find_names, list_tracked
from records.history.pages import find_recorded_label
from users.models import User
from users.serializers import LanguageField
from web.task_pages.task_page import TaskPage

NAMES_OF_ROWS = {"code", "name", "number", "order", "position", "url", "username"}
STATUSES = (400, 401, 403, 404, 405, 409, 429, 500, 503)  # their phrases are the titles of the pages of refusals

# REST framework's German translations of these messages say "du", and the pages say "Sie".
TRANSLATED_ANEW = {
    "Ensure that there are no more than {max_decimal_places} decimal places.",
    "Ensure that there are no more than {max_digits} digits in total.",
    "Ensure that there are no more than {max_whole_digits} digits before the decimal point.",
    "Ensure this field has at least {min_length} characters.",
    "Ensure this value is greater than or equal to {min_value}.",
    "Ensure this value is less than or equal to {max_value}.",
    "Enter a valid URL.",
    "Enter a valid email address.",
}


def list_texts() -> set[str]:
    """Return all of these texts in English."""
    texts = TRANSLATED_ANEW | {name_type(kind) for kind in EventType} | {*list_recorded_labels()}
    texts |= {*LABELS.values(), *DEMO_USERS.values(), *FURTHER_WORDS.values()}
    naming = [model for model in apps.get_models() if issubclass(model, NamesContacts)]
    texts |= {capfirst(str(model._meta.verbose_name_plural)) for model in naming}
    texts |= {HTTPStatus(status).phrase for status in STATUSES}
    texts |= {text for column in list_columns() for text in (column.label, *column.list_words())}
    texts |= {text for page in list_pages() for text in list_texts_of_page(page)}
    texts |= {report.question for report in REPORTS}
    texts |= {text for error in list_subclasses(DomainError) for text in list_details(error)}
    for callback in list_callbacks(get_resolver().url_patterns):
        view: Any = callback.cls(**callback.initkwargs)
        texts |= {get_view_name(view), getattr(view, "archived_note", "")}
        for declared in getattr(view, "form_fields", {}).values():
            texts |= {declared.get("label", ""), declared.get("help_text", "")}
        for verb in getattr(view, "verbs", {}).values():
            texts |= {verb.title, verb.button, "" if callable(verb.say) else verb.say}
        if isinstance(view, PageMixin) and has_pages(type(view)):
            texts.add("" if getattr(view, "suffix", "") == "Instance" else view.get_view_description())
            texts.update(list_texts_of_filters(view))
            for method, action in (getattr(callback, "actions", None) or {"post": "post", "put": "put"}).items():
                texts.update(list_texts_of_form(view, method, action))
    return {str(text) for text in texts} - {""}


def list_recorded_labels() -> Iterator[str]:
    """Yield the labels of the fields that the history shows."""
    for model in apps.get_models():
        for tracked in list_tracked(model) if issubclass(model, RecordedModel) else ():
            yield from map(find_recorded_label, (*find_names(tracked, model), *tracked.further))


def has_pages(view_class: Any) -> bool:
    return BrowsableAPI in view_class.renderer_classes and view_class.content_negotiation_class is not AlwaysJSON


def list_callbacks(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from list_callbacks(pattern.url_patterns)
        elif hasattr(pattern.callback, "cls"):
            yield pattern.callback


def list_pages() -> Iterator[Any]:
    for callback in list_callbacks(get_resolver().url_patterns):
        yield from getattr(callback.cls(**callback.initkwargs), "pages", {}).values()


def list_texts_of_page(page: Any) -> Iterator[str]:
    yield from (getattr(page, "empty", ""), getattr(page, "hint", ""))
    yield from (section.empty for section in getattr(page, "sections", ()))
    for parameter in page.parameters:
        yield from (parameter.title, parameter.hint)


def list_details(error: Any) -> tuple[str, str]:
    return error.detail, getattr(error, "field_detail", "")


def list_columns() -> Iterator[PageColumn]:
    """Yield the columns of all pages."""
    for page in list_pages():
        sections = getattr(page, "sections", ())
        parts = (columns for _title, columns in getattr(page, "parts", ()))
        for columns in (page.columns, getattr(page, "figures", ()), *(section.columns for section in sections), *parts):
            yield from columns


def list_named_labels() -> Iterator[tuple[str, str]]:
    """Yield the name and the label of each field that pages show: of columns, parameters, filters and forms.

    A column that names the row and leads to its page has the name of what the row is, so it is left out.
    """
    for column in list_columns():
        if not (column.page and column.name in NAMES_OF_ROWS):
            yield column.name, column.label
    for page in list_pages():
        yield from ((parameter.name, parameter.title) for parameter in page.parameters)
    for callback in list_callbacks(get_resolver().url_patterns):
        view: Any = callback.cls(**callback.initkwargs)
        if isinstance(view, PageMixin) and has_pages(type(view)):
            yield from ((name, Parameter(name).title) for name in view.filters if name not in SHOWN_APART)
    for form in list_forms():
        yield from ((str(field.field_name), find_title(field)) for field in list_fields_of_form(*form))
    for task in list_subclasses(TaskPage):
        for fields in (task.fields, task.columns):
            # A page that makes its fields for each request has a property here.
            yield from ((name, str(field.label)) for name, field in getattr(fields, "items", dict)() if field.label)


def list_subclasses(parent: Any) -> Iterator[Any]:
    for child in parent.__subclasses__():
        yield child
        yield from list_subclasses(child)


def list_texts_of_filters(view: Any) -> Iterator[Any]:
    for name, found in view.filters.items():
        if name in SHOWN_APART:
            continue
        yield from (Parameter(name).title, found.label or "")
        yield from (words for value, words in getattr(found.field.widget, "choices", ()) if value)


def list_texts_of_form(view: Any, method: str, action: str) -> Iterator[Any]:
    """Yield the texts of the form, if people have one for this action."""
    if method == "delete" and (verb := view.verbs.get(action)) and not verb.confirm:
        yield getattr(view, action).__doc__ or ""
    for field in list_fields_of_form(view, method, action):
        declared = view.form_fields.get(field.field_name, {})
        if not isinstance(field.parent, ProductSerializer):  # the pages of products declare their fields
            yield from (declared.get("label") or find_title(field), declared.get("help_text") or field.help_text or "")
        if isinstance(field, ChoiceField) and not isinstance(field, LanguageField):
            yield from field.choices.values()
        elif isinstance(field, serializers.PrimaryKeyRelatedField):
            options = field.queryset.model._meta
            yield from (options.verbose_name, options.verbose_name_plural)


def list_fields_of_form(view: Any, method: str, action: str) -> Iterator[Any]:
    """Yield the fields of the form that people have for this action."""
    if method not in ("post", "put") or not hasattr(view, action) or action in view.forms_elsewhere:
        return
    view.action, view.request = action, SimpleNamespace(user=User(), data={})
    for field in view.get_serializer_class()().fields.values():
        if not field.read_only and not is_hidden(view, field):
            yield field


def list_forms() -> Iterator[tuple[Any, str, str]]:
    """Yield the view of each route with pages, with each of its methods and the action of this method."""
    for callback in list_callbacks(get_resolver().url_patterns):
        view: Any = callback.cls(**callback.initkwargs)
        if isinstance(view, PageMixin) and has_pages(type(view)):
            for method, action in (getattr(callback, "actions", None) or {"post": "post", "put": "put"}).items():
                yield view, method, action


def is_hidden(view: Any, field: Any) -> bool:
    return find_kind(field, view.form_fields.get(field.field_name, {})) in (kinds.HIDDEN, kinds.HIDDEN_LINES, "")
