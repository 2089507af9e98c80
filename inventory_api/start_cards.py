"""The cards of the start page: takings of today, margin of the month, what is to be done, value of the stock.

A new shop has a list of first steps. The data show what is done.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext

from core.pages.cards import Card, compare, make_spark
from core.pages.columns import Display, Row
from core.pages.links import PageLink, find_address, find_form_page
from core.sentences import fill, fill_plural
from core.time_zones import get_zone, midnight
from core.translation import gettext_noop as _
from desk.reports.cards import (
    NOTHING,
    describe_margin,
    list_alerts,
    list_refills,
    read_margins,
    read_takings,
    say_before,
    show_value,
    write_stock,
)
from products.models import Product
from stock.models import Operation, OperationReason, StockCount
from suppliers.models import Supplier
from trade.purchasing.lines import list_outstanding_orders
from trade.purchasing.models import IS_UNMAILED, Order, OrderState
from trade.reservations.models import CONDITIONS, Reservation, ReservationState
from trade.sales.services import read_unpaid
from trade.selling.hooks import PAPERS
from users.access.roles import Right, may
from users.models import AUTO, User
from users.reading import list_uses

DAYS_DRAWN = 14
UNPAID_SHOWN = timedelta(days=365)  # of how long ago sales are shown that are not paid
NOTHING_TO_DO = _("Nothing is low, expired or due.")


def make_cards(user: User, shop: Row, now: datetime) -> Iterator[Card]:
    """Yield the four cards. A user who may not see costs gets the number of products and their value at prices."""
    display, sees_costs = Display.of(user), may(user, Right.SEE_COSTS)
    yield make_takings(user, display, now)
    yield make_margin(user, display, now) if sees_costs else describe_products(shop, display)
    tasks = [*list_tasks(user, shop, now.date())]
    yield Card(gettext("To do"), hint="" if tasks else gettext(NOTHING_TO_DO), links=tasks)
    worth = {"value_at_price": shop["financial"]["total_inventory_value"], "value_at_cost": shop["cost"]}
    yield show_value(user, display, reverse("report-valuation"), worth)


def make_takings(user: User, display: Display, now: datetime) -> Card:
    """Return the takings of today less the returns, compared with the same day a week ago until this time."""
    zone, today = user.shop_zone, now.date()
    days = [midnight(today - timedelta(days=ago), zone) for ago in range(DAYS_DRAWN - 1, -1, -1)]
    until = datetime.combine(today - timedelta(days=7), now.time(), get_zone(zone))
    # The day of a week ago has two parts: until this time, and the rest of the day.
    rest = DAYS_DRAWN - 7
    parts = read_takings(user, [*days[:rest], until, *days[rest:]], midnight(today + timedelta(days=1), zone))
    sums = [part["revenue"] for part in parts]
    before = sums[rest - 1]
    drawn = [*sums[: rest - 1], before + sums[rest], *sums[rest + 1 :]]
    hint = fill_plural("{number:,} sale.", "{number:,} sales.", parts[-1]["sales"])
    weekday, time, amount = date_format(until, "l"), display.time(until), display.money(before)
    ago = fill("{weekday} a week ago until {time}: {amount}.", weekday=weekday, time=time, amount=amount)
    return Card(
        gettext("Takings today"), display.money(sums[-1]), f"{reverse('report-sales')}?period=today",
        compare(sums[-1], before, say_before(before, display)), f"{hint} {capfirst(ago)}", make_spark(drawn),
        is_wide=True,
    )  # fmt: skip


def make_margin(user: User, display: Display, now: datetime) -> Card:
    """Return the margin of this month, and its share of the sales."""
    zone, today = user.shop_zone, now.date()
    month, end = midnight(today.replace(day=1), zone), midnight(today + timedelta(days=1), zone)
    [part] = read_margins(user, [month], end)
    address, hint = f"{reverse('report-margins')}?period=this_month", describe_margin(display, part)
    return Card(gettext("Margin this month"), display.money(part.get("margin", NOTHING)), address, hint=hint)


def describe_products(shop: Row, display: Display) -> Card:
    hint = fill("In stock: {amount}.", amount=display.goods(write_stock(shop)))
    return Card(
        gettext("Products"), display.number(shop["counts"]["total_products"]), reverse("product-list"), hint=hint
    )


def list_tasks(user: User, shop: Row, today: date) -> Iterator[PageLink]:
    """Yield a link for each thing to do, with its number."""
    tomorrow = today + timedelta(days=1)
    wanted = Reservation.objects.for_user(user).filter(CONDITIONS[ReservationState.OPEN], wanted_on__lt=tomorrow)
    late, orders = Q(expected_on__lt=tomorrow), Order.objects.for_user(user).filter(state=OrderState.SENT)
    counts = orders.aggregate(late=Count("pk", filter=late), unmailed=Count("pk", filter=IS_UNMAILED))
    outstanding = list_outstanding_orders(user.account_id) if counts["late"] else []
    due, unmailed = orders.filter(late, pk__in=outstanding).count(), counts["unmailed"]
    to_hand_out = wanted.count()
    yield from list_alerts(shop["counts"])
    found = (
        (to_hand_out,
         fill_plural("{number:,} order to hand out", "{number:,} orders to hand out", to_hand_out), "reservation-list",
         {"state": ReservationState.OPEN.value, "wanted_before": tomorrow}),
        (due, fill_plural("{number:,} delivery due", "{number:,} deliveries due", due), "purchase-order-list",
         {"outstanding": "true", "expected_before": tomorrow}),
        (unmailed, fill_plural("{number:,} order not mailed", "{number:,} orders not mailed", unmailed),
         "purchase-order-list", {"unmailed": "true"}),
    )  # fmt: skip
    for number, text, route, query in found:
        if number:
            yield PageLink(text, reverse(route, query=query))
    yield from list_refills(user)
    if list_uses(user)["payments"]:
        yield from link_to_unpaid(user, today)
        yield from link_to_overdue(user, today)


def link_to_unpaid(user: User, today: date) -> Iterator[PageLink]:
    """Yield the link to the sales that are not fully paid, with their number and what is due."""
    shop: Any = user.shop_owner
    start = max(today - UNPAID_SHOWN, shop.owed_from or date.max)  # what was sold before it is not noted
    number, due = read_unpaid(user.account_id or 0, midnight(start, user.shop_zone))
    if number:
        text = fill_plural("{number:,} unpaid: {amount}", "{number:,} unpaid: {amount}", number,
                           amount=Display.of(user).money(due))  # fmt: skip
        yield PageLink(text, reverse("sale-list", query={"is_paid": "false", "from": start}))


def link_to_overdue(user: User, today: date) -> Iterator[PageLink]:
    """Yield the link to the invoices that should have been paid before today, with their number and what is due."""
    start = today - UNPAID_SHOWN
    for number, due in (hook.read_overdue(user, start) for hook in PAPERS if list_uses(user)["invoices"]):
        if number:
            amount = Display.of(user).money(due)
            text = fill_plural(
                "{number:,} invoice overdue: {amount}", "{number:,} invoices overdue: {amount}", number, amount=amount
            )
            yield PageLink(text, reverse("invoice-list", query={"overdue": "true"}))


class Step(NamedTuple):
    """A step that is done, or that the address leads to."""

    title: str
    hint: str
    address: str
    is_done: bool


def list_first_steps(user: User) -> list[Step]:
    """Return the steps. Return nothing to workers, after the last step, and once the shop has put the list away.

    Execute one statement, and none for workers or after the list was put away.
    """
    shop = user.shop_owner
    if shop is None or not user.leads_shop or not shop.shows_first_steps:
        return []
    done = read_done(user, shop)
    done["factor"] = user.second_factor_since is not None
    steps = [
        Step(gettext(title), gettext(hint), address, done[name])
        for name, page, title, hint in STEPS
        if (address := find_step(page))
    ]
    return [] if all(step.is_done for step in steps) else steps


def read_done(user: User, shop: User) -> dict[str, bool]:
    """Return whether the shop has a row of each kind, and has switched what it uses."""
    found = {
        "products": Exists(Product.objects.for_user(user)),
        "supplier": Exists(Supplier.objects.for_user(user)),
        "sale": Exists(Operation.objects.for_user(user).filter(reason=OperationReason.SALE)),
        "count": Exists(StockCount.objects.for_user(user)),
        "worker": Exists(User.objects.filter(employer=shop)),
    }
    row = User.objects.filter(pk=shop.pk).values_list(*found.values()).get()
    uses = {*shop.list_switches().values()} != {AUTO}
    return {**dict(zip(found, row, strict=True)), "taxes": shop.has_taxes, "uses": uses}


STEPS = (
    ("products", "product-import", _("Add your products"), _("Import the list that you have, or add them one by one.")),
    (
        "uses",
        "shop-uses",
        _("Choose what you use"),
        _("Show places, lots or orders, and hide the rest."),
    ),
    ("taxes", "tax-list", _("Add your rates of VAT"), _("Then each sale keeps the VAT in its prices.")),
    ("supplier", "supplier-list", _("Add a supplier"), _("Then an order takes two clicks.")),
    ("sale", "shop-sell", _("Sell something"), _("Scan it, or type a part of its name.")),
    ("count", "shop-count", _("Count a shelf"), _("What you count becomes the stock.")),
    ("worker", "user-list", _("Add a worker"), _("Each of you signs in by name, so you see who did what.")),
    ("factor", "second-factors", _("Protect your account"), _("With a second factor, a stolen password is no use.")),
)


def find_step(page: str) -> str:
    """Return the address of the step, or an empty text if its app is left out."""
    return find_form_page(reverse(page)) if page in ("tax-list", "supplier-list", "user-list") else find_address(page)
