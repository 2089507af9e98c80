"""Form fields with the rules of `core.text`, so that the support desk's forms refuse the same texts as the API."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR
from django.http import QueryDict

from core import text
from core.sentences import fill
from core.translation import gettext_noop

MAX_SEARCH_LENGTH = 255  # the limit at the support desk, which is the length of an idempotency key


CHANGED = gettext_noop("Somebody else has changed this meanwhile. It is now: {value}")


class LineField(forms.CharField):
    rule: Callable[[str, int], str] = staticmethod(text.clean_line)

    def to_python(self, value: Any) -> Any:
        entered = super().to_python(value)
        return self.rule(entered, self.max_length or text.MAX_TEXT_LENGTH) if entered else entered


class ParagraphsField(LineField):
    """A text of several lines. It converts the CR LF of browsers to LF."""

    rule = staticmethod(text.clean_paragraphs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class EmailFormField(forms.EmailField, LineField):
    """An e-mail address."""


class SearchField(LineField):
    rule = staticmethod(text.clean_search_text)


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
