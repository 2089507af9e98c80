"""The fields of a shop's settings that list all time zones or currencies of the world."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext, gettext_lazy
from rest_framework.fields import iter_options

from core.currencies import CURRENCIES
from core.fields import MAX_QUOTED_LENGTH, TextField
from core.http.schema_checks import find_nearest
from core.sentences import fill
from core.time_zones import list_zones
from core.translation import gettext_noop


class ListedTextField(TextField):
    """One of many words, in any case. Forms offer the words as choices, but the schema does not list them."""

    words: ClassVar[Iterable[str]]
    kind = ""
    default_error_messages = {"unlisted": gettext_lazy('"{input}" is not {kind}.{hint}')}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        listed = {word.lower(): word for word in self.words}
        if text.lower() not in listed:
            nearest = find_nearest(text, listed)
            hint = fill(" Did you mean {nearest}?", nearest=listed[nearest]) if nearest else ""
            self.fail("unlisted", input=text[:MAX_QUOTED_LENGTH], kind=gettext(self.kind), hint=hint)
        return listed[text.lower()]

    def iter_options(self) -> Any:
        return iter_options({word: word for word in self.words})


class TimeZoneField(ListedTextField):
    words, kind = list_zones(), gettext_noop("a time zone of the IANA database")


class CurrencyField(ListedTextField):
    words, kind = CURRENCIES, gettext_noop("a currency code of ISO 4217")
