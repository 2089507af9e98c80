"""What pages say in place of the API's refusals that are for programs."""

import re
from functools import cache
from typing import Any

from django.utils.translation import get_language, gettext, override
from rest_framework import serializers

from core.fields import INVALID_CHOICE
from core.lists.filters import INVALID_INSTANT
from core.texts.locales import name_zones
from core.translation import gettext_noop

CHOOSE_ONE = gettext_noop("Choose one.")
NOTHING = gettext_noop("Nothing is entered.")
DATE = gettext_noop("Enter a date.")
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
    '"{input}" is not a country code of ISO 3166.{hint}': gettext_noop("Choose a country."),
    '"{input}" is not a currency code of ISO 4217.{hint}': gettext_noop("Choose a currency.{hint}"),
    '"{input}" is not a time zone of the IANA database.{hint}': gettext_noop("Choose the nearest city.{hint}"),
    "A group has at most {limit} axes.": gettext_noop("A group has at most {limit} options."),
    "A sheet has at most {limit:,} entries. Book what is counted, and open another sheet.": gettext_noop(
        "A counting list has at most {limit} counts. Save what is counted, and open another list."
    ),
    "All that this operation has sold came back already.": gettext_noop("All that was sold came back already."),
    "Another row has this external_id already.": gettext_noop("Another one has this id in another program already."),
    "At most {limit} products are made at once. Nothing was made: send fewer values.": gettext_noop(
        "At most {limit} products are made at once. Nothing was made: enter fewer values."
    ),
    "Change your own password at /api/auth/password/.": gettext_noop(
        "Choose Change the password on the page of your own user."
    ),
    "Confirm your e-mail address first: choose Confirm e-mail address on the page of your own user, or POST to"
    " /api/users/me/confirm-email/, and open the link in the mail.": gettext_noop(
        "Confirm your e-mail address first: choose Confirm e-mail address on the page of your own user, and open"
        " the link in the mail."
    ),
    "Delivery {operation} is reversed, so nothing of it can go back.": gettext_noop(
        "Delivery {operation} was undone, so nothing of it can go back."
    ),
    "Enter the id of one of your {rows}, or a name.": CHOOSE_ONE,
    "Enter the id of one of your {rows}: a whole number.": CHOOSE_ONE,
    "Enter the id or the name of a location.": CHOOSE_ONE,
    "Enter true or false.": CHOOSE_ONE,
    "Give either a quantity or an amount, not both.": gettext_noop("Enter the quantity once."),
    "Give either percent or amount.": gettext_noop("Enter either percent or an amount of money."),
    "Give either the unit_cost or the cost of the whole line, not both.": gettext_noop(
        "Enter either what one costs or what all of them cost, not both."
    ),
    "Give either the unit_price or the total of the whole line, not both.": gettext_noop(
        "Enter either the price of one or that of all of them, not both."
    ),
    "Give only one of product, sku, barcode and external_id.": gettext_noop("Name the product once."),
    "Goods can't go back before they arrived: give a later occurred_at.": gettext_noop(
        "Goods can't go back before they came: enter a later time."
    ),
    "Goods of this delivery went back, so it can't be reversed: reverse its returns first.": gettext_noop(
        "Goods of this delivery went back, so it can't be undone: undo its returns first."
    ),
    "Goods of this sale came back, so it can't be reversed: reverse its returns first.": gettext_noop(
        "Goods of this sale came back, so it can't be undone: undo its returns first."
    ),
    "Leave out the lot: what is at no location is counted without lots.": gettext_noop(
        "Leave the lot empty: what is at no place is counted without lots."
    ),
    "Location {name} is archived: restore it first.": gettext_noop("The place {name} is archived: restore it first."),
    "More than {limit} movements: choose a shorter time, or use ?format=csv.": gettext_noop(
        "This is too much for one page: choose a shorter time."
    ),
    "Name a location, or send null for stock at no location.": CHOOSE_ONE,
    "Name the product by its id, sku or external_id.": gettext_noop("Write a product: its name, SKU or barcode."),
    "Nothing comes back before it was sold: give a later occurred_at.": gettext_noop(
        "Nothing comes back before it was sold: enter a later time."
    ),
    "Nothing was booked. Refused lines: {total}.": gettext_noop("Nothing was saved. Wrong lines: {total}."),
    "Nothing was entered. Refused entries: {total}.": gettext_noop("Nothing was saved. Wrong lines: {total}."),
    "Only a sale has a price: leave it out, or book with the reason sale.": gettext_noop(
        "Only a sale has a price: leave it empty."
    ),
    "Only cash that is received has an amount tendered and change: leave it out.": gettext_noop(
        "Only cash that is received has change: leave the amount received empty."
    ),
    "Operation {operation} has not brought this product.": gettext_noop(
        "This product did not come with transaction {operation}."
    ),
    "Operation {operation} has not sold this product.": gettext_noop(
        "This product was not sold with transaction {operation}."
    ),
    "Operation {operation} has written off a part of this return. Reverse that first.": gettext_noop(
        "Transaction {operation} has written off a part of this return. Undo that first."
    ),
    "Operation {operation} is no import whose products are known, so nothing was reversed. Reverse it without"
    " archiving what it has created.": gettext_noop(
        "The products of this import are not known, so nothing was undone. Undo it without archiving its products."
    ),
    "Operation {operation} is no sale and no delivery. Goods are returned against the operation that booked them.":
        gettext_noop("Transaction {operation} is no sale and no delivery, so nothing comes back from it."),
    "Operation {operation} is no sale, so nothing is paid for it.": gettext_noop(
        "Transaction {operation} is no sale, so nothing is paid for it."
    ),
    "Payment {payment} is reversed already, or is itself the reversal of one.": gettext_noop(
        "Payment {payment} was undone already, or undoes another one."
    ),
    "Product {product} has been booked or is in a list with quantities in {unit}, so it can't get another unit."
    " Another spelling of the same unit is allowed.": gettext_noop(
        "This product has quantities in {unit}, so it can't get another unit. Another spelling of the same unit is"
        " allowed."
    ),
    "Product {product} has been booked or is in a list with quantities, so its decimals are fixed.": gettext_noop(
        "This product has quantities already, so its decimals stay as they are."
    ),
    "Product {product} has {quantity} in stock: book or count this away before you stop counting its stock.":
        gettext_noop("{quantity} are in stock: write them off or count them before you stop counting its stock."),
    "Product {product} is not in order {order}: book it as a purchase of its own.": gettext_noop(
        "Product {product} is not in order {order}: receive it without the order."
    ),
    "Products that lie at this location: {products}. Move them first.": gettext_noop(
        "Products that lie at this place: {products}. Move them first."
    ),
    "Prove first that it is you: send your password, a code or a passkey to /api/auth/proof/, and use the token"
    " of the response.": gettext_noop("Nothing was saved yet: show first that it is you."),
    "Sale {operation} is reversed, and its payments with it.": gettext_noop(
        "Sale {operation} was undone, and its payments with it."
    ),
    "Sale {operation} is reversed, so nothing of it can come back.": gettext_noop(
        "Sale {operation} was undone, so nothing of it can come back."
    ),
    "Set up a second factor first, at /api/users/me/factors/.": gettext_noop("Set up a second factor first."),
    "Some of it was counted by location and some by lot, so goods may be counted twice.": gettext_noop(
        "Some of it was counted by place and some by lot, so goods may be counted twice."
    ),
    "The group's products have values of “{option}”. Remove these first, or rename the axis.": gettext_noop(
        "The group's products have values of “{option}”. Remove these first, or rename the option."
    ),
    "The product has been booked or is in a list with quantities, so its decimals stay {0}.": gettext_noop(
        "The product has quantities already, so its decimals stay {0}."
    ),
    "The product has been booked or is in a list with quantities, so its unit stays {0}.": gettext_noop(
        "The product has quantities already, so its unit stays {0}."
    ),
    "The product's group has no axis “{option}”. Its axes are: {known}.": gettext_noop(
        "The product's group has no option “{option}”. Its options are: {known}."
    ),
    "The sheet has no such entry of this product, or it was replaced already.": gettext_noop(
        "This count is no longer on the list, or was replaced already."
    ),
    "The sheet has {actual} entries now, not {expected}. Look at the differences again.": gettext_noop(
        "There are {actual} counts now, not {expected}. Look at the differences again."
    ),
    "The stock of product {product} would be worth more than {limit}: book a lower cost.": gettext_noop(
        "The stock of product {product} would be worth more than {limit}: enter a lower cost."
    ),
    "There is no location {location}.": gettext_noop("There is no such place any more."),
    "There is nothing to book: nothing is counted that is not booked.": gettext_noop("All that is counted is saved."),
    "This has been reversed {limit} times in turn. Book what is missing as a new operation.": gettext_noop(
        "This has been undone {limit} times in turn. Save what is missing as a new transaction."
    ),
    "This operation has been reversed already, by operation {reversed_by}.": gettext_noop(
        "This was undone already, by transaction {reversed_by}."
    ),
    "This operation has been reversed already.": gettext_noop("This was undone already."),
    "This product exists. Leave the quantity out, and book or count its stock.": gettext_noop(
        "This product exists. Leave the quantity empty, and receive or count its stock."
    ),
    'This product is not on the sheet. Send "extra": true to count it all the same.': gettext_noop(
        "This product is not on the counting list."
    ),
    "This selects more than {limit:,} products. Open several sheets.": gettext_noop(
        "This chooses more than {limit} products. Open several counting lists."
    ),
    "This sheet is {state} already.": gettext_noop("This counting list is closed already."),
    "This was counted before the sheet was opened.": gettext_noop(
        "This was counted before the counting list was opened."
    ),
    "Two axes would have the same name.": gettext_noop("Two options would have the same name."),
    "You book nothing that is older than 24 hours: leave the time out, or ask the owner.": gettext_noop(
        "You save nothing that is older than 24 hours: leave the time empty, or ask the owner."
    ),
    "You have a field with the key “{key}” already. It may be archived: restore it then.": gettext_noop(
        "You have a field with this name already. It may be archived: restore it then."
    ),
    "You have a location with this name already.": gettext_noop("You have a place with this name already."),
    "You have no location with this name. Create it first, or leave the cell empty.": gettext_noop(
        "You have no place with this name. Add it first, or leave the cell empty."
    ),
    "You have no {row} with the id {pk_value}.": CHOOSE_ONE,
    "{0} are in stock: book or count them away before you stop counting the stock of this product.": gettext_noop(
        "{0} are in stock: write them off or count them before you stop counting the stock of this product."
    ),
}  # fmt: skip
NAME = re.compile(r"[a-z]+(?:_[a-z]+)*: ")  # the name of a part of an object, before its error
ZONE = re.compile(r"[A-Z]\w+(?:/\w+)+")  # the name of a time zone. Pages offer its city
PLACEHOLDER = re.compile(r"\\\{(\w*)[^{}]*\\\}")


def reword(error: Any) -> str:
    """Return the refusal as pages show it, in the same language: without names of fields and values of the API."""
    named = NAME.match(str(error))
    text = str(error)[named.end() :] if named else str(error)
    for pattern, said in list_patterns(get_language()):
        if found := pattern.fullmatch(text):
            return ZONE.sub(name_zone, said.format(*found.groups(), **found.groupdict()))
    return text


@cache
def list_patterns(language: str | None) -> list[tuple[re.Pattern[str], str]]:
    """Return the pattern of each refusal in the language, and the text that pages show in its place."""
    with override(language):
        texts = [(re.escape(gettext(str(known))), gettext(said)) for known, said in WORDS.items()]
    return [(re.compile(PLACEHOLDER.sub(make_group, known), re.DOTALL), said) for known, said in texts]


def name_zone(found: re.Match[str]) -> str:
    return name_zones().get(found[0], found[0])


def make_group(placeholder: re.Match[str]) -> str:
    return f"(?P<{placeholder[1]}>.*)" if placeholder[1].isidentifier() else "(.*)"
