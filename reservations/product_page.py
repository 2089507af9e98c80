"""The page of a product with its open reservations. It extends the page of `stock`."""

from dataclasses import replace
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, link_to_form
from core.pages.tables import TableSection
from reservations.models import ReservationLine
from stock.pages import product as product_page

RESERVATIONS_SHOWN = 10


def add_reservations(user: Any, product: Row) -> Row:
    """Return the product in the form of its page, with the open reservations that end first.

    Execute one more statement.
    """
    shown: Row = product_page.add_ledger(user, product)
    return {**shown, "reservations": list_open(user, product["id"]) if product["reserved"] else []}


def list_open(user: Any, product_id: int) -> list[dict[str, Any]]:
    """Return the first open reservations of the product, with the quantity that each reserves."""
    lines: Any = ReservationLine.objects.for_user(user).filter(product_id=product_id, reserved_until__gt=Now())
    columns = {
        name: F(f"reservation__{name}") for name in ("expires_at", "reference", "made_by_username", "created_at")
    }
    rows = lines.order_by("reserved_until", "id").values("quantity", "reservation_id", **columns)
    return list(rows[:RESERVATIONS_SHOWN])


PRODUCT = replace(
    product_page.PRODUCT,
    figures=(
        product_page.PRODUCT.figures[0],
        PageColumn("reserved", kind="number", write=lambda product: product["reserved"] or None),
        PageColumn(
            "available", kind="number", write=lambda product: product["available"] if product["reserved"] else None
        ),
        *product_page.PRODUCT.figures[1:],
    ),
    sections=(
        TableSection(
            "reservations",
            "Reserved",
            (
                PageColumn("created_at", "When", kind="moment", page="reservation-detail", id_field="reservation_id"),
                PageColumn("quantity", kind="number"),
                PageColumn("expires_at", "Until", kind="moment"),
                PageColumn("made_by_username", "Who"),
                PageColumn("reference"),
            ),
            empty="",
            is_optional=True,
        ),
        *product_page.PRODUCT.sections,
    ),
    actions=(
        *product_page.PRODUCT.actions[:2],
        Action("Reserve", link_to_form("reservation-list")),
        *product_page.PRODUCT.actions[2:],
    ),
    extend=add_reservations,
)
