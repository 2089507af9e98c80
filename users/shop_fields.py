"""The fields of a shop's settings that list all time zones or currencies of the world."""

from collections.abc import Iterable
from typing import Any, ClassVar

from rest_framework.fields import iter_options

from core.currencies import CURRENCIES
from core.fields import MAX_QUOTED_LENGTH, TextField
from core.http.schema_checks import find_nearest
from core.time_zones import list_zones


class ListedTextField(TextField):
    """One of many words, in any case. Forms offer the words as choices, but the schema does not list them."""

    words: ClassVar[Iterable[str]]
    default_error_messages = {"unlisted": '"{input}" is not {kind}.{hint}'}

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(style={"base_template": "select.html"}, **kwargs)
        self.kind = kind

    def to_internal_value(self, data: Any) -> str:
        """Return the word in its listed form. Raise ValidationError, which suggests the most similar word."""
        text = super().to_internal_value(data)
        listed = {word.lower(): word for word in self.words}
        if text.lower() not in listed:
            nearest = find_nearest(text, listed)
            hint = f" Did you mean {listed[nearest]}?" if nearest else ""
            self.fail("unlisted", input=text[:MAX_QUOTED_LENGTH], kind=self.kind, hint=hint)
        return listed[text.lower()]

    def iter_options(self) -> Any:
        """Return a form's choices."""
        return iter_options({word: word for word in self.words})


class TimeZoneField(ListedTextField):
    """The IANA name of a time zone."""

    words = list_zones()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("a time zone of the IANA database", **kwargs)


class CurrencyField(ListedTextField):
    """The ISO 4217 code of a currency, or empty."""

    words = CURRENCIES

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("a currency code of ISO 4217", allow_blank=True, **kwargs)
