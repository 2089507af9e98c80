"""The page of a customer: what was ordered, sold and returned, and the last orders."""

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.urls import reverse

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, link_to_list
from core.pages.tables import TableSection
from core.texts.folding import match_number
from core.translation import gettext_noop as _
from records.contacts.door import make_page
from trade.customers.models import Customer
from trade.customers.pages import ERASE, customer_column
from trade.reservations.models import Reservation, attach_reservation_lines
from trade.reservations.pages import ORDER_COLUMNS
from trade.reservations.reading import read_customer_goods
from trade.reservations.serializers import ReservationSerializer
from users.access.roles import Right

ORDERS_SHOWN = 10
NOTHING_ORDERED = _("Nothing was ordered yet.")
CONTACT = make_page(Customer, tuple(map(customer_column, ("email", "phone", "address", "note"))), erase=ERASE)
ADD_CHANGES: Any = CONTACT.extend


def add_orders(user: Any, customer: Row) -> Row:
    """Return the customer with all goods, the last orders, and the customers who may be the same person."""
    rows: Any = Reservation.objects.for_user(user).filter(customer_id=customer["id"]).detailed().order_by("-id")
    orders = attach_reservation_lines(list(rows[:ORDERS_SHOWN]))
    added = {
        "same": list_same(user, customer),
        "goods": read_customer_goods(user.account_id, customer["id"]),
        "orders": [ReservationSerializer().to_representation(order) for order in orders],
    }
    return {**ADD_CHANGES(user, customer), **added}


def list_same(user: Any, customer: Row) -> list[Row]:
    """Return the first other customers with the e-mail address or the phone number of this one."""
    is_same = match_number(customer.get("phone", ""), "phone")
    for name in ("email", "phone"):
        if text := customer.get(name):
            is_same |= Q(**{f"{name}__lower": text.lower()})
    rows: Any = Customer.objects.for_user(user).live().filter(is_same).exclude(pk=customer["id"]).order_by("id")
    return list(rows.values("id", "name", "email", "phone")[:ORDERS_SHOWN]) if is_same else []


SAME = TableSection(
    "same", "The same e-mail address or phone number",
    (PageColumn("name", "Customer", page="customer-detail"), customer_column("email"), customer_column("phone")),
    empty="", is_optional=True,
)  # fmt: skip
GOODS = TableSection(
    "goods", "Ordered, sold and returned",
    (
        PageColumn("product_name", "Product", page="product-detail", id_field="product"),
        PageColumn("ordered", "Ordered", kind="goods"),
        PageColumn("reserved", "Reserved", kind="goods"),
        PageColumn("sold", "Sold", kind="goods"),
        PageColumn("returned", "Returned", kind="goods"),
    ),
    empty=NOTHING_ORDERED,
)  # fmt: skip
ORDERS = TableSection("orders", "Last orders", ORDER_COLUMNS, empty=NOTHING_ORDERED)
CUSTOMER = replace(
    CONTACT,
    sections=(SAME, GOODS, ORDERS, *CONTACT.sections),
    extend=add_orders,
    actions=(
        Action(
            "New order", lambda row: f"{reverse('shop-reserve')}?customer={row['id']}", right=Right.WORK,
            style="primary",
        ),
        Action("All orders", link_to_list("reservation-list", customer="id")),
        Action("All sales", link_to_list("sale-list", customer="id")),
        *CONTACT.actions,
    ),
)  # fmt: skip
