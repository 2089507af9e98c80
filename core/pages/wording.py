"""What pages say in place of the API's refusals that are for programs."""

import re
from functools import cache
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import INVALID_CHOICE
from core.lists.filters import INVALID_INSTANT
from core.translation import gettext_noop

CHOOSE_ONE = gettext_noop("Choose one.")
NOTHING = gettext_noop("Nothing is entered.")
DATE = gettext_noop("Enter a date.")
LATER = gettext_noop("Goods can't go back before they came: enter a later time.")
# The texts that pages show, by those of the API. A text may use the placeholders of the other one.
WORDS: dict[Any, Any] = {
    serializers.IntegerField.default_error_messages["invalid"]: gettext_noop("Enter a whole number."),
    serializers.DecimalField.default_error_messages["invalid"]: gettext_noop("Enter a number."),
    serializers.BooleanField.default_error_messages["invalid"]: CHOOSE_ONE,
    serializers.DateField.default_error_messages["invalid"]: DATE,
    serializers.DateField.default_error_messages["datetime"]: DATE,
    serializers.ListField.default_error_messages["min_length"]: NOTHING,
    serializers.ListField.default_error_messages["empty"]: NOTHING,
    serializers.DictField.default_error_messages["empty"]: NOTHING,
    serializers.ChoiceField.default_error_messages["invalid_choice"]: CHOOSE_ONE,
    serializers.Field.default_error_messages["null"]: serializers.Field.default_error_messages["required"],
    INVALID_CHOICE: CHOOSE_ONE,
    INVALID_INSTANT: gettext_noop("Enter a date and a time from the year 2000 on."),
    "A group has at most {limit} axes.": gettext_noop("A group has at most {limit} options."),
    "A sheet has at most {limit:,} entries. Book what is counted, and open another sheet.": gettext_noop(
        "A counting list has at most {limit} counts. Save what is counted, and open another list."
    ),
    "Another row has this external_id already.": gettext_noop("Another one has this id in another program already."),
    "Change your own password at /api/auth/password/.": gettext_noop(
        "Choose Change the password on the page of your own user."
    ),
    "Enter the id of one of your {rows}, or a name.": CHOOSE_ONE,
    "Enter the id of one of your {rows}: a whole number.": CHOOSE_ONE,
    "Give either a quantity or an amount, not both.": gettext_noop("Enter the quantity once."),
    "Give either percent or amount.": gettext_noop("Enter either percent or an amount of money."),
    "Give either the unit_cost or the cost of the whole line, not both.": gettext_noop(
        "Enter either what one costs or what all of them cost, not both."
    ),
    "Give either the unit_price or the total of the whole line, not both.": gettext_noop(
        "Enter either the price of one or that of all of them, not both."
    ),
    "Give only one of product, sku, barcode and external_id.": gettext_noop("Name the product once."),
    "Goods can't go back before they arrived: give a later occurred_at.": LATER,
    "Name the product by its id, sku or external_id.": gettext_noop("Write a product: its name, SKU or barcode."),
    "Nothing comes back before it was sold: give a later occurred_at.": LATER,
    "Nothing was booked. Refused lines: {total}.": gettext_noop("Nothing was saved. Wrong lines: {total}."),
    "Only a sale has a price: leave it out, or book with the reason sale.": gettext_noop(
        "Only a sale has a price: leave it empty."
    ),
    "Operation {operation} is no sale and no delivery. Goods are returned against the operation that booked them.":
        gettext_noop("Transaction {operation} is no sale and no delivery, so nothing comes back from it."),
    "Product {product} has {quantity} in stock: book or count this away before you stop counting its stock.":
        gettext_noop("{quantity} are in stock: write them off or count them before you stop counting its stock."),
    "The group's products have values of “{option}”. Remove these first, or rename the axis.": gettext_noop(
        "The group's products have values of “{option}”. Remove these first, or rename the option."
    ),
    "The product's group has no axis “{option}”. Its axes are: {known}.": gettext_noop(
        "The product's group has no option “{option}”. Its options are: {known}."
    ),
    "The stock of product {product} would be worth more than {limit}: book a lower cost.": gettext_noop(
        "The stock of product {product} would be worth more than {limit}: enter a lower cost."
    ),
    "There is nothing to book: nothing is counted that is not booked.": gettext_noop("All that is counted is saved."),
    "This has been reversed {limit} times in turn. Book what is missing as a new operation.": gettext_noop(
        "This has been undone {limit} times in turn. Save what is missing as a new transaction."
    ),
    "Two axes would have the same name.": gettext_noop("Two options would have the same name."),
    "You book nothing that is older than 24 hours: leave the time out, or ask the owner.": gettext_noop(
        "You save nothing that is older than 24 hours: leave the time empty, or ask the owner."
    ),
    "{0} are in stock: book or count them away before you stop counting the stock of this product.": gettext_noop(
        "{0} are in stock: write them off or count them before you stop counting the stock of this product."
    ),
}  # fmt: skip
NAME = re.compile(r"[a-z]+(?:_[a-z]+)*: ")  # the name of a part of an object, before its error
PLACEHOLDER = re.compile(r"\\\{(\w*)[^{}]*\\\}")


def reword(error: Any) -> str:
    """Return the refusal as pages show it, in the same language: without names of fields and values of the API."""
    named = NAME.match(str(error))
    text = str(error)[named.end() :] if named else str(error)
    for known, said in WORDS.items():
        if found := make_pattern(gettext(str(known))).fullmatch(text):
            return gettext(said).format(*found.groups(), **found.groupdict())
    return text


@cache
def make_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of the text with any values in place of its placeholders."""
    return re.compile(PLACEHOLDER.sub(make_group, re.escape(text)), re.DOTALL)


def make_group(placeholder: re.Match[str]) -> str:
    return f"(?P<{placeholder[1]}>.*)" if placeholder[1].isidentifier() else "(.*)"
