"""The pages of reservations, and the page of a customer: what was ordered, sold and returned, and the last orders."""

from dataclasses import replace
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from core.database.replicas import read
from core.kinds import CHOICE
from core.pages.columns import Mark, PageColumn, Row, columns_of, goods_column
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_list, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.shop_apps import list_declared
from core.texts.folding import match_number
from core.translation import gettext_noop as _
from products.models import Product
from records.contacts.view_bases import make_page
from stock.models import Movement, PriceSource
from stock.pages import PRODUCT, link_in_state, list_products_of_lines, tell_present
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.models import Customer
from trade.customers.pages import ERASE, INVOICES, OF_CUSTOMER, customer_column
from trade.reservations import sql
from trade.reservations.models import (
    Reservation,
    ReservationLine,
    ReservationState,
)
from trade.reservations.reading import attach_reservation_lines, read_customer_goods, say_tax
from trade.reservations.serializers import DAY, ReservationSerializer
from trade.selling.goods import GoodsKind, list_kinds
from trade.selling.payments.pay_pages import write_discount
from users.access.roles import Right
from users.reading import shows

EXTEND_FIELDS = {
    "expires_in": {
        "kind": CHOICE,
        "choices": (
            ("900", _("15 minutes")), ("3600", _("An hour")), (str(DAY), _("One day")), (str(7 * DAY), _("A week")),
            (str(30 * DAY), _("30 days")), ("", _("Until it is released")),
        ),
        "initial": str(DAY),
        "help_text": "Then it is available to others again.",
    }
}  # fmt: skip
NO_ORDERS = _("No orders yet.")


def say_kept(user: Any, order: Row) -> Row:
    """Return an order or a quote with its discount as people type it, and with what its lines keep of VAT."""
    lines = [{**line, "kept_tax": say_tax(user, line["is_net"])} for line in order["lines"]]
    return {**order, "lines": lines, "written_off": write_discount(order["discount"], user)}


def extend_reservation(user: Any, reservation: Row) -> Row:
    """Return the reservation with what its lines have in stock, while it is open, or with what its sale has sold."""
    reservation = say_kept(user, reservation)
    if reservation["operation"]:
        [(is_undone,)] = read(sql.SALE_IS_UNDONE, {"owner": user.account_id, "operation": reservation["operation"]})
        sold = Movement.objects.for_user(user).filter(operation_id=reservation["operation"], movement_type="OUT")
        quantities = dict(sold.values_list("product_id").annotate(Sum("quantity")))
        lines = [{**line, "sold": quantities.get(line["product"], 0)} for line in reservation["lines"]]
        return {**reservation, "is_undone": is_undone, "lines": lines}
    if reservation["state"] != ReservationState.OPEN:
        return {**reservation, "is_undone": False}
    rows = Product.objects.for_user(user).filter(pk__in=[line["product"] for line in reservation["lines"]])
    stock = {row.pk: row.quantity for row in rows if row.keeps_stock}
    lines = [{**line, "in_stock": stock.get(line["product"])} for line in reservation["lines"]]
    return {**reservation, "is_undone": False, "lines": lines}


def link_to_again(row: Row) -> str:
    """Return the address of the form that reserves the lines again, if the reservation ended without a sale."""
    if row["state"] in (ReservationState.OPEN, ReservationState.FULFILLED) and not row["is_undone"]:
        return ""
    given = {"again": row["id"], "customer": row["customer"], "reference": row["reference"], "note": row["note"]}
    return reverse("shop-reserve", query={name: value for name, value in given.items() if value})


DETAIL = link_to_row("reservation-detail")
VERBS = {
    "release": Verb("Release", say="Released: it can be sold to others.", link=DETAIL),
    "extend": Verb("Extend", say="It is kept until the new time.", link=DETAIL),
}  # fmt: skip
STATE = PageColumn("state", "State", kind="words", codes=ReservationState.values)
reservation_column = columns_of(Reservation)
line_column = columns_of(ReservationLine)
EXPIRES = reservation_column("expires_at", kind="moment")
WHO = reservation_column("made_by_username")
REFERENCE = reservation_column("reference", is_extra=True)
NOTE = reservation_column("note", is_extra=True)
CUSTOMER = PageColumn("customer_name", "Customer", links_to="customer")
WANTED = reservation_column("wanted_on", kind="date")
DISCOUNT = PageColumn("written_off", "Discount")
PRODUCTS = PageColumn("products", "Products", write=list_products_of_lines)
NUMBER = reservation_column("number", page="reservation-detail")
ORDER_COLUMNS = (
    NUMBER,
    reservation_column("created_at", kind="moment", page="reservation-detail"),
    STATE,
    PRODUCTS,
    WANTED,
)
RESERVATIONS = TablePage(
    (*ORDER_COLUMNS, CUSTOMER, EXPIRES, WHO, REFERENCE, NOTE),
    empty=NO_ORDERS,
    is_filled_elsewhere=True,
    first_filters=("state", "customer", "product", "wanted_before"),
    tasks=(
        PageLink("New order", "/shop/reserve/", style="primary", right=Right.WORK),
        PageLink("To hand out today", "/shop/hand-out/"),
    ),
    hint="An order keeps goods for a customer until they are handed out, or until you release it.",
    first=(PageLink("New order", "/shop/reserve/", style="primary", right=Right.WORK),),
)


LOWERED = {one.value: one.label for one in (PriceSource.ROW, PriceSource.PERCENT)}
LOWERED_BY = PageColumn(
    "price_from", "Lowered by", kind="sentence", is_optional=True, write=lambda row: LOWERED.get(row["price_from"])
)


KEPT_TAX = PageColumn("kept_tax", "VAT", is_optional=True)


def show_goods(kind: GoodsKind) -> TableSection:
    """Return the table of the goods of this kind that a reservation has."""
    column = columns_of(kind.reserved)
    name = PageColumn("name", kind.title, page=f"{kind.name}-detail", id_field=kind.name)
    columns = (column("quantity", kind="number"), column("unit_price", kind="money"), column("total", kind="money"))
    return TableSection(kind.names, kind.heading, (name, *columns, LOWERED_BY), empty="", is_optional=True)


RESERVATION = DetailPage(
    lambda row: fill("Order {number}", number=row["number"]),
    (
        STATE,
        CUSTOMER,
        WANTED,
        EXPIRES,
        reservation_column("created_at", kind="moment"),
        WHO,
        PageColumn(
            "operation", "Sold as number", links_to="operation",
            marks=(Mark("undone", lambda row: row["is_undone"]),),
        ),
        PageColumn("continues", "Continues order", page="reservation-detail", id_field="continues"),
        DISCOUNT,
        reservation_column("reference"),
        reservation_column("note"),
    ),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PRODUCT,
                line_column("quantity", kind="goods"),
                goods_column("in_stock", "In stock", is_optional=True),
                goods_column("sold", "Sold", is_optional=True),
                line_column("unit_price", kind="money"),
                line_column("total", kind="money", is_optional=True),
                KEPT_TAX,
                LOWERED_BY,
            ),
            empty="",
            note=tell_present,
        ),
        *map(show_goods, list_kinds()),
    ),
    actions=(
        Action("Hand out", link_in_state("shop-fulfil", ReservationState.OPEN), style="primary", right=Right.WORK),
        Action(
            "Change the order", link_in_state("shop-change-reservation", ReservationState.OPEN), right=Right.WORK
        ),
        Action("Delivery note", lambda row: f"{reverse('reservation-file', args=[row['id']])}?format=html"),
        Action("PDF", lambda row: f"{reverse('reservation-file', args=[row['id']])}?format=pdf"),
        Action("Extend", link_in_state("reservation-extend", ReservationState.OPEN, link_to_form), right=Right.WORK),
        Action("Release", link_in_state("reservation-release", ReservationState.OPEN, link_to_form), right=Right.WORK),
        Action("Order again", link_to_again, right=Right.WORK),
    ),
    extend=extend_reservation,
)  # fmt: skip


ORDERS_SHOWN = 10
NOTHING_ORDERED = _("Nothing was ordered yet.")
TEXTS = tuple(map(customer_column, ("email", "phone", "address", "note")))
CONTACT = make_page(Customer, (*TEXTS, BESIDE_CUSTOMERS), erase=ERASE)
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
    [named] = BESIDE_CUSTOMERS.add_names(user, [customer])
    return {**ADD_CHANGES(user, named), **added}


def list_same(user: Any, customer: Row) -> list[Row]:
    """Return the first other customers with the e-mail address or the phone number of this one."""
    is_same = match_number(customer.get("phone", ""), "phone")
    for name in ("email", "phone"):
        if text := customer.get(name):
            is_same |= Q(**{f"{name}__lower": text.lower()})
    rows: Any = Customer.objects.for_user(user).live().filter(is_same).exclude(pk=customer["id"]).order_by("id")
    return list(rows.values("id", "name", "email", "phone")[:ORDERS_SHOWN]) if is_same else []


SAME = TableSection(
    "same",
    "The same e-mail address or phone number",
    (PageColumn("name", "Customer", page="customer-detail"), customer_column("email"), customer_column("phone")),
    empty="",
    is_optional=True,
)
GOODS = TableSection(
    "goods",
    "Ordered, sold and returned",
    (
        PRODUCT,
        goods_column("ordered", "Ordered"),
        goods_column("reserved", "Reserved"),
        goods_column("sold", "Sold"),
        goods_column("returned", "Returned"),
    ),
    empty=NOTHING_ORDERED,
)
ORDERS = TableSection("orders", "Last orders", ORDER_COLUMNS, empty=NOTHING_ORDERED)
CUSTOMER_PAGE = replace(
    CONTACT,
    parts=((INVOICES, OF_CUSTOMER),),
    sections=(SAME, GOODS, ORDERS, *CONTACT.sections),
    extend=add_orders,
    actions=(
        Action(
            "New order",
            lambda row: f"{reverse('shop-reserve')}?customer={row['id']}",
            right=Right.WORK,
            style="primary",
        ),
        Action(
            "Account",
            lambda row: "".join(reverse(page, args=[row["id"]]) for page in list_declared("more_pages", "customer")),
            is_offered=shows("payments"),
        ),
        Action("All orders", link_to_list("reservation-list", customer="id")),
        Action("All sales", link_to_list("sale-list", customer="id")),
        *CONTACT.actions,
    ),
)
