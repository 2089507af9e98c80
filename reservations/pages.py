"""The pages of reservations."""

from collections.abc import Callable

from core.pages.columns import PageColumn, Row, with_noun
from core.pages.links import POST_FORM, Action, PageLink, Verb, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.pages.widgets import WIDGETS, Widget
from reservations.models import ReservationState
from reservations.serializers import DAY, DurationField
from stock.pages.forms import describe_operation

DURATIONS = {900: "15 minutes", 3600: "An hour", DAY: "A day", 7 * DAY: "A week", 30 * DAY: "30 days"}
WIDGETS[DurationField] = Widget("duration.html", lambda _field: {"durations": DURATIONS.items()})
NOTHING_RESERVED = "Nothing is reserved."


def describe_reservation(row: Row) -> str:
    """Return a message about the reservation that was made."""
    return f"Reserved {with_noun(len(row['lines']), 'line')}."


def list_reserved_products(row: Row) -> str:
    """Return the first products of a reservation with their quantities, and the number of the others."""
    names = [f"{line['quantity']:,} of {line['product_name']}" for line in row["lines"]]
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def link_if_open(page: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a form for an open reservation. Others have no address."""
    return lambda row: link_to_row(page)(row) if row["state"] == ReservationState.OPEN else ""


RELEASED = "Released: it can be sold to others."
EXTENDED = "It is reserved until the new time."
VERBS = {
    "create": Verb("Reserve", say=describe_reservation, link=link_to_row("reservation-detail")),
    "fulfil": Verb("Fulfil", "Sell", say=describe_operation, link=link_to_row("operation-detail"), operation="id"),
    "release": Verb("Release", say=lambda _row: RELEASED, link=link_to_row("reservation-detail")),
    "extend": Verb("Extend", say=lambda _row: EXTENDED, link=link_to_row("reservation-detail")),
}  # fmt: skip
STATE = PageColumn("state", kind="words")
EXPIRES = PageColumn("expires_at", "Until", kind="moment")
WHO = PageColumn("made_by_username", "Who")
REFERENCE = PageColumn("reference", is_extra=True)
NOTE = PageColumn("note", is_extra=True)
RESERVATIONS = TablePage(
    (
        PageColumn("created_at", "When", kind="moment", page="reservation-detail"),
        STATE,
        PageColumn("products", write=list_reserved_products),
        EXPIRES,
        WHO,
        REFERENCE,
        NOTE,
    ),
    empty=NOTHING_RESERVED,
    hint="A reservation keeps stock for a customer or a cart, until it is sold or released, or until its time is over.",
    first=(PageLink("Reserve something", f"#{POST_FORM}", style="primary"),),
)
RESERVATION = DetailPage(
    lambda row: f"Reservation {row['id']}",
    (
        STATE,
        EXPIRES,
        PageColumn("created_at", "Made", kind="moment"),
        WHO,
        PageColumn("operation", "Sold by operation", page="operation-detail", id_field="operation"),
        PageColumn("reference"),
        PageColumn("note"),
    ),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PageColumn("product_name", "Product", page="product-detail", id_field="product"),
                PageColumn("quantity", kind="number"),
            ),
            empty=NOTHING_RESERVED,
        ),
    ),
    actions=(
        Action("Fulfil", link_if_open("reservation-fulfil"), style="primary"),
        Action("Extend", link_if_open("reservation-extend")),
        Action("Release", link_if_open("reservation-release")),
    ),
)  # fmt: skip
