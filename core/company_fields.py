"""Fields of shops and customers for their invoices: country, number for VAT, bank account, electronic address."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy
from rest_framework.fields import iter_options

from core.fields import MAX_QUOTED_LENGTH, EmailField, LongTextField, TextField
from core.http.schema_checks import find_nearest
from core.model_fields import COMPANY_LENGTHS
from core.sentences import fill
from core.texts.locales import list_countries, name_countries


class ListedTextField(TextField):
    """One of many words, in any case. Forms offer the words as choices, but the schema does not list them."""

    words: ClassVar[Iterable[str]]

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        listed = {word.lower(): word for word in self.words}
        if text.lower() not in listed:
            nearest = find_nearest(text, listed)
            hint = fill(" Did you mean {nearest}?", nearest=listed[nearest]) if nearest else ""
            self.fail("unlisted", input=text[:MAX_QUOTED_LENGTH], hint=hint)
        return listed[text.lower()]

    def name_words(self) -> dict[str, str]:
        """Return what forms show for the words, in the order of the choices."""
        return {word: word for word in self.words}

    def iter_options(self) -> Any:
        return iter_options(self.name_words())


class CountryField(ListedTextField):
    words = list_countries()
    default_error_messages = {"unlisted": gettext_lazy('"{input}" is not a country code of ISO 3166.{hint}')}

    def name_words(self) -> dict[str, str]:
        return name_countries()


class ShapedField(TextField):
    """A text of letters and digits in a shape. Spaces are removed, and letters become capitals."""

    shape: ClassVar[str]

    def to_internal_value(self, data: Any) -> str:
        text = re.sub(r"[\s.-]", "", super().to_internal_value(data)).upper()
        if text and not (re.fullmatch(self.shape, text, re.ASCII) and self.is_right(text)):
            self.fail("shape")
        return text

    def is_right(self, _text: str) -> bool:
        return True


class VATIdField(ShapedField):
    shape = r"[A-Z]{2}[0-9A-Z+*]{2,18}"
    default_error_messages = {
        "shape": gettext_lazy("A number for VAT begins with the two letters of the country, as in DE123456789.")
    }


class IBANField(ShapedField):
    shape = r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}"
    default_error_messages = {
        "shape": gettext_lazy("This is no IBAN, or it is mistyped: its check digits do not fit the rest.")
    }

    def is_right(self, text: str) -> bool:
        """Return whether the check digits are right: the number of all letters and digits is 1 modulo 97."""
        return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


class BICField(ShapedField):
    shape = r"[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?"
    default_error_messages = {"shape": gettext_lazy("A BIC has 8 or 11 letters and digits.")}


class ElectronicAddressField(TextField):
    default_error_messages = {
        "shape": gettext_lazy("Give the scheme and the id with a colon between, as in 0208:0123456789.")
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text and not re.fullmatch(r"([0-9]{4}|[A-Z]{2}):\S+", text, re.ASCII):
            self.fail("shape")
        return text


CLASSES: dict[str, type[TextField]] = {
    "vat_id": VATIdField, "country": CountryField, "invoice_email": EmailField, "iban": IBANField, "bic": BICField,
    "einvoice_address": ElectronicAddressField, "invoice_terms": LongTextField,
}  # fmt: skip


def make_company_field(name: str, help_text: str) -> TextField:
    """Return the field with this name, which may be empty."""
    make = CLASSES.get(name, TextField)
    field: TextField = make(max_length=COMPANY_LENGTHS[name], required=False, allow_blank=True, help_text=help_text)
    return field


# What invoices say of the shop, besides its name and its country.
OF_SHOP = {
    "legal_name": "The name of the company on invoices, if it is another than that of the shop.",
    "vat_id": "The number for VAT on invoices. Without one, they have the tax number.",
    "registration": "The number in a register of companies, for invoices.",
    "street": "Street and number, for invoices.",
    "postcode": "For invoices.",
    "city": "For invoices.",
    "invoice_email": "Where customers ask about invoices.",
    "invoice_phone": "Where customers ask about invoices.",
    "einvoice_address": "Where the shop gets electronic invoices: scheme and id, as in 0208:0123456789.",
    "iban": "The bank account to which invoices are paid.",
    "bic": "The bank of the account.",
    "invoice_terms": "The last lines of an invoice, such as the terms of payment.",
    "exempt_reason": "Why what has no rate of VAT is sold without it. Invoices print it.",
}
