"""Form fields with the rules of `core.text`, so that the support desk's forms refuse the same texts as the API."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR

from core import text

MAX_SEARCH_LENGTH = 255  # the limit at the support desk, which is the length of an idempotency key


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


class ListSearchForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {SEARCH_VAR: SearchField(required=False, max_length=MAX_SEARCH_LENGTH)}
