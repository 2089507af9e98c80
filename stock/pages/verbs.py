"""The forms of the ledger, with the message and the page after each booking."""

from rest_framework.reverse import reverse

from core.pages.columns import Row, with_noun
from core.pages.links import Verb, link_to_row

BOOKED = {"sale": "Sold", "purchase": "Received"}  # the text for each reason


def describe_movement(row: Row) -> str:
    """Return a message that says what was booked, and the stock afterwards."""
    verb = BOOKED.get(row["reason"], "Took" if row["movement_type"] == "OUT" else "Added")
    return f"{verb} {row['quantity']:,} of {row['product_name']}: {row['new_quantity']:,} in stock."


def describe_operation(row: Row) -> str:
    """Return a message with the number of lines that were booked."""
    return f"Booked {with_noun(len(row['movements']), 'line')}."


def describe_count(row: Row) -> str:
    """Return a message that says whether the count has changed anything."""
    return "Counted: the differences are booked." if row["operation"] else "Counted: nothing differs."


def link_to_count(row: Row) -> str:
    """Return the address of the operation that was booked or, if nothing was booked, of the first product that was
    counted.
    """
    if row["operation"]:
        return str(reverse("operation-detail", args=[row["operation"]]))
    return str(reverse("product-detail", args=[row["lines"][0]["product"]]))


BOOK = Verb(
    "Sell or receive", "Book", say=describe_movement, link=link_to_row("product-detail", "product"),
    operation="operation", again=("movement_type", "reason", "reference"),
    titles={"OUT": "Sell", "IN": "Receive"},
)  # fmt: skip
BOOK_LINES = Verb(
    "Sell or receive several", "Book", say=describe_operation, link=link_to_row("operation-detail"), operation="id",
    titles={"OUT": "Sell several", "IN": "Receive a delivery"},
)  # fmt: skip
COUNT = Verb("Count", say=describe_count, link=link_to_count, operation="operation")
TRANSFER = Verb(
    "Move", say=lambda row: f"Moved {len(row['movements']) // 2:,} line{'' if len(row['movements']) == 2 else 's'}.",
    link=link_to_row("operation-detail"), operation="id",
)  # fmt: skip
SEAL = Verb("Seal now", say=lambda row: f"Sealed: seal {row['number']} is the newest.", link=link_to_row("seal-detail"))
REVERSE = Verb(
    "Reverse", say=lambda row: f"Reversed operation {row['reverses']}.", link=link_to_row("operation-detail")
)
