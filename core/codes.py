"""Codes that people copy and scan, such as SKUs and barcodes. Invisible characters are no part of them."""

from typing import Any

from django.db.models import CharField

from core.fields import TextField
from core.pages.forms import LineField
from core.text import clean_code


class CodeColumn(CharField):
    """The field of a model that has a code. In the database it is a text like any other."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class CodeField(TextField):
    """A code in a request."""

    rule = staticmethod(clean_code)


class CodeFormField(LineField):
    """A code in a form of the support desk."""

    rule = staticmethod(clean_code)
