"""The rules that validate the cells of each column of a product file, and their error messages."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import CharField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import Field, ValidationError

from core.fields import AmountField, DateField, GoodsField, LongTextField, QuantityField, TextField, WholeNumberField
from core.files.writers import FORMULA_ERROR
from core.kinds import MAX_ID
from core.model_fields import CodeColumn, CodeField
from core.money.amounts import MAX_DECIMALS
from core.serializers import PRICE, PriceField
from core.texts.barcodes import PLAIN
from products.attributes.errors import TooManyTags
from products.attributes.fields import TagsField
from products.attributes.services import change_tags, read_value
from products.codes.fields import CodesTextField
from products.filing.column_names import NOT_TRACKED, YES, normalize_column_name
from products.filing.columns import FIELD, OPTION
from products.models import MAX_TAX_NAME_LENGTH, MAX_TEXT_LENGTH, MAX_VALUE_LENGTH, CustomField, FieldType, Product
from products.own_fields.errors import FieldInvalid
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH
from suppliers.models import MAX_LEAD_DAYS

MAX_CELL_CHARACTERS = 10_000
MAX_REMEMBERED = 256  # the most cells with tags that are remembered, because many rows have the same
SMALLEST = Decimal("0.001")

# The messages of the fields are for programs. These are for the people who correct a spreadsheet.
LIMIT_MESSAGES = {
    "min_value": _("This is too low: enter {min_value} or more."),
    "max_value": _("This is too high: enter {max_value} or less."),
}
NOT_YES_OR_NO = _("This is neither yes nor no: enter one of the two.")
TOO_LOW = _("This is too low: enter more than 0.")
NOT_A_NUMBER = _("This is not a number: enter it as 1234.50.")
MAX_WHOLE_DIGITS = PRICE["max_digits"] - PRICE["decimal_places"]
TOO_MANY_DIGITS = format_lazy(
    _("This has too many digits: enter at most {number} before the decimal point."), number=MAX_WHOLE_DIGITS
)
AMOUNT_MESSAGES = {
    **LIMIT_MESSAGES,
    **dict.fromkeys(("invalid", "max_string_length"), NOT_A_NUMBER),
    **dict.fromkeys(("max_digits", "max_whole_digits"), TOO_MANY_DIGITS),
    "max_decimal_places": _("This has more than {max_decimal_places} decimal places: round it."),
}
NOT_A_DATE = _("This is not a date: enter it as 2026-12-31.")
NOT_A_WHOLE_NUMBER = _("This is not a whole number: enter it as 12.")
WHOLE_MESSAGES: dict[str, Any] = {
    **LIMIT_MESSAGES,
    **dict.fromkeys(("invalid", "max_string_length"), NOT_A_WHOLE_NUMBER),
}

AMOUNTS = ("price", "cost_price")
CODES = ("sku", "barcode", "external_id", "supplier_sku", "codes", "lot")
# What people and programs write into cells for which they have no value.
NOTHING_CODE = r"-{1,3}|[\u2013\u2014]|n/?a|n\.a\.|null|none|nan|nil|\\n"
# What is no code besides: zeros, and one digit that is repeated. SKUs and ids may count up to 2,222,222.
NO_CODE = r"0+|(?P<digit>[0-9])(?P=digit){{{times},}}"
NO_CODES = {
    "barcode": rf"{NO_CODE.format(times=2)}|\D+",
    **dict.fromkeys(("sku", "external_id", "supplier_sku"), NO_CODE.format(times=7)),
}
ROUNDED_CODE = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"
is_error = re.compile(FORMULA_ERROR).fullmatch


class OwnField(Field):
    """A value of one of the shop's own fields, as its type says."""

    def __init__(self, own: CustomField) -> None:
        super().__init__()
        self.own = own

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_value(self.own, data)
        except FieldInvalid as error:
            raise ValidationError(str(error)) from None


class OwnNumber(OwnField):
    pass


class OwnDate(OwnField):
    pass


class StoredDate(DateField):
    """A day of a product or a lot. The import finds those before 1900 that are not stored already."""

    def may_be_early(self, day: date) -> bool:
        return True


class YesOrNo(Field):
    """True or false, by a word for yes or no."""

    def to_internal_value(self, data: str) -> bool:
        word = normalize_column_name(data)
        if word not in {*YES, *NOT_TRACKED}:
            raise ValidationError(NOT_YES_OR_NO)
        return word in YES


class TagsText(Field):
    """The tags of a product as a text with commas."""

    def to_internal_value(self, data: str) -> list[str]:
        try:
            return read_tags(data)
        except TooManyTags as error:
            raise ValidationError(str(error)) from None


@lru_cache(MAX_REMEMBERED)
def read_tags(text: str) -> list[str]:
    return change_tags([], TagsField().read_tags([tag for tag in text.split(",") if tag.strip()]))


NUMBERS, DATES = AmountField | WholeNumberField | OwnNumber, DateField | OwnDate
OWN_KINDS = {FieldType.NUMBER: OwnNumber, FieldType.DATE: OwnDate}


def write_nothing(name: str) -> str:
    """Return the pattern of the cells of this column that have no value."""
    return "|".join(filter(None, (NOTHING_CODE, NO_CODES.get(name), "0+" if name == "pack_size" else "")))


@lru_cache(MAX_REMEMBERED)
def says_nothing(name: str, text: str) -> bool:
    """Return whether this cell of a column of numbers, dates or codes has no value."""
    return re.fullmatch(write_nothing(name), text.strip(), re.IGNORECASE) is not None


class CellRule(NamedTuple):
    """How the cells of a column are judged: the field validates each cell that `plain` does not match.

    `plain` matches only cells that the field would return unchanged. Nearly all cells match, so a large file takes a
    tenth of the time. Cells with a `'`, which may be a guard against formulas, and cells that begin with `=` or `#`,
    which may be a formula or its error, do not match.
    """

    field: Field
    plain: re.Pattern[str]


def text_rule(name: str, max_length: int, kind: type[TextField] = TextField) -> CellRule:
    rounded = f"(?!{ROUNDED_CODE}$)(?!(?i:{write_nothing(name)})$)" if name in CODES else ""
    before = rounded + (PLAIN if name == "barcode" else "")
    plain = rf"{before}([!\"$-&(-<>-~]([ -&(-<>-~]{{0,{max_length - 2}}}[!-&(-<>-~])?)?"
    return CellRule(kind(max_length=max_length), re.compile(plain))


AMOUNT = CellRule(PriceField(error_messages=AMOUNT_MESSAGES), re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?"))
WHOLE_AMOUNT = CellRule(AMOUNT.field, re.compile(r"[0-9]{1,10}"))
WHOLE = CellRule(QuantityField(error_messages=WHOLE_MESSAGES), re.compile(r"[0-9]{1,9}"))
GOODS_MESSAGES = {**AMOUNT_MESSAGES, "invalid": NOT_A_WHOLE_NUMBER, "max_string_length": NOT_A_WHOLE_NUMBER}
GOODS = CellRule(GoodsField(decimal_places=MAX_DECIMALS, error_messages=GOODS_MESSAGES), WHOLE.plain)
FROM_ONE = re.compile(r"[1-9][0-9]{0,8}")
DATE = CellRule(  # a plain date has a day that every month has
    DateField(error_messages={"invalid": NOT_A_DATE}), re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])")
)
STORED_DATE = DATE._replace(field=StoredDate(error_messages={"invalid": NOT_A_DATE}))
PRODUCT_TEXTS = [field for field in Product._meta.concrete_fields if isinstance(field, CharField)]
RULES: dict[str, CellRule] = {
    **{
        field.name: text_rule(field.name, field.max_length or 0, kind)
        for field in PRODUCT_TEXTS
        for kind in [CodeField if isinstance(field, CodeColumn) else TextField]
    },
    "id": CellRule(WholeNumberField(min_value=1, max_value=MAX_ID, error_messages=WHOLE_MESSAGES), FROM_ONE),
    "description": text_rule("description", MAX_CELL_CHARACTERS, LongTextField),
    **dict.fromkeys(AMOUNTS, AMOUNT),
    "decimals": CellRule(QuantityField(max_value=MAX_DECIMALS, error_messages=WHOLE_MESSAGES), re.compile("[0-3]")),
    "quantity": GOODS,
    **dict.fromkeys(
        ("stock_sequence", "change_sequence"),
        CellRule(QuantityField(max_value=MAX_ID, error_messages=WHOLE_MESSAGES), WHOLE.plain),
    ),
    "min_threshold": GOODS,
    "keeps_stock": CellRule(YesOrNo(), re.compile("(?!)")),  # no cell is stored as it is
    "expiration_date": STORED_DATE,
    **dict.fromkeys(("category", "supplier", "group"), text_rule("category", 255)),
    "tax": text_rule("tax", MAX_TAX_NAME_LENGTH),
    "pack_size": CellRule(
        GoodsField(
            decimal_places=MAX_DECIMALS, min_value=SMALLEST, error_messages={**GOODS_MESSAGES, "min_value": TOO_LOW}
        ),
        FROM_ONE,
    ),
    "codes": CellRule(CodesTextField(), re.compile("")),
    "tags": CellRule(TagsText(), re.compile("")),
    "location": text_rule("location", MAX_NAME_LENGTH),
    "lot": text_rule("lot", MAX_CODE_LENGTH, CodeField),
    "expires_on": STORED_DATE,
}
OPTION_RULE = text_rule(OPTION, MAX_VALUE_LENGTH)
PLAIN_OWN = {
    FieldType.TEXT: text_rule(FIELD, MAX_TEXT_LENGTH).plain, FieldType.NUMBER: re.compile("([1-9][0-9]{0,14})?"),
    FieldType.DATE: re.compile(f"({DATE.plain.pattern})?"),
}  # fmt: skip


def find_rule(name: str, own: dict[str, CustomField]) -> CellRule:
    """Return the rule of a column. `own` has the shop's own fields by key."""
    if name in RULES:
        return RULES[name]
    kind, _colon, key = name.partition(":")
    if kind == OPTION:
        return OPTION_RULE
    of_type = FieldType(own[key].type)
    if of_type == FieldType.YES_NO:
        return RULES["keeps_stock"]
    return CellRule(OWN_KINDS.get(of_type, OwnField)(own[key]), PLAIN_OWN.get(of_type, re.compile("")))


# --- Price lists ------------------------------------------------------------------------------------------

PIECES = (
    r"st|stk|stuck|stück|stuks|pcs?|pieces?|pces?|ea|each|units?|u|uds?|ud|unidades|pz|pezzi|pk|packs?|cs|cases?|ctn|"
    r"cartons?|karton|box|kt|ve|vpe|doos|dz|colis|uvc|x"
)
# The number of pieces at the start of a text: `12`, `12 St`, `24 x 330 ml`, `6/1 l`. The size of one piece is none.
PACK = re.compile(
    rf"(?:\D{{0,3}}?)?([0-9]{{1,9}}(?:[.,][0-9]{{1,3}})?)\s*(?:(?:{PIECES})\.?|[x\u00d7*/].*)?", re.IGNORECASE
)
FIRST_NUMBER = re.compile(r"\D*([0-9]{1,9})\b.*")
DAYS = re.compile(r"\D*(?:[0-9]{1,3}\s*[-\u2013]\s*)?([0-9]{1,3})\s*([^\W\d_]*).*")
WEEKS = ("w", "sem", "set")  # the first letters of weeks in all languages of the pages


class ListText(Field):
    """A number in a text that `pattern` matches, or None if the text does not say it."""

    def __init__(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], Any]) -> None:
        super().__init__()
        self.pattern, self.read = pattern, read

    def to_internal_value(self, data: str) -> Any:
        found = self.pattern.fullmatch(data.strip())
        return self.read(found) if found else None


def read_pieces(found: re.Match[str]) -> Decimal | None:
    return Decimal(found[1].replace(",", ".")) or None


def read_days(found: re.Match[str]) -> int | None:
    """Return a lead time in days, the longer one of two."""
    days = int(found[1]) * (7 if found[2].lower().startswith(WEEKS) else 1)
    return days if days <= MAX_LEAD_DAYS else None


LIST_RULES = {
    **dict.fromkeys(("pack_size", "min_packs", "min_units"), CellRule(ListText(PACK, read_pieces), FROM_ONE)),
    "price_unit": CellRule(ListText(FIRST_NUMBER, read_pieces), FROM_ONE),
    "lead_days": CellRule(ListText(DAYS, read_days), re.compile("[1-9][0-9]?")),
}
