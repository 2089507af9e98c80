"""Form fields with the rules of `core.text`: what the API refuses, the support desk's forms refuse too."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR

from core import text

MAX_SEARCH_LENGTH = 255  # of the desk: an idempotency key's


class LineField(forms.CharField):
    """One line of text: a name, a code."""

    rule: Callable[[str, int], str] = staticmethod(text.line)

    def to_python(self, value: Any) -> Any:
        entered = super().to_python(value)
        return self.rule(entered, self.max_length or text.MAX_TEXT_LENGTH) if entered else entered


class ParagraphsField(LineField):
    """Text of several lines. Browsers send their ends as CR LF."""

    rule = staticmethod(text.paragraphs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class EmailField(forms.EmailField, LineField):
    """An e-mail address."""


class SearchField(LineField):
    """A text to look for."""

    rule = staticmethod(text.searched)


class ListSearchForm(forms.Form):
    """The search of a list at the support desk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {SEARCH_VAR: SearchField(required=False, max_length=MAX_SEARCH_LENGTH)}
