"""The list of the reports, and the cards of a period's figures. Each module of this folder with a `REPORT` adds one."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from core.arranging import check_order
from core.database.replicas import read
from core.database.transactions import atomic_snapshot
from core.money.sums import find_amounts
from core.pages.cards import Card, compare, make_spark
from core.pages.columns import NONE, Display, Row
from core.pages.links import PageLink
from core.sentences import fill, fill_plural
from core.shop_apps import list_reports
from core.time_zones import MOMENT
from core.translation import gettext_noop as _
from desk import reports
from desk.reports.idle import COUNT_IDLE
from desk.reports.margins import compute_percent, make_margins_by_day
from desk.reports.reading.overview import compute_dashboard
from desk.reports.reading.statements import Statement
from desk.reports.sales import make_takings_by_day
from desk.reports.taxes import make_taxes_by_rate
from desk.reports.toolkit.plots import find_days_per_column, split
from desk.reports.toolkit.report import Report, Values
from desk.reports.valuation import VALUATION
from desk.reports.write_offs import WRITE_OFFS, build_losses
from products.reading.details import DAYS_AHEAD, read_expiring
from stock.places.hooks import REFILLS
from users.access.roles import Right, may
from users.models import User

NOTHING = Decimal(0)
NUMBERED_FROM = date(2000, 1, 1)  # the day that stands for the first part


def read_takings(user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the number of sales and what was taken less what came back, for each part of a period."""
    found = read_parts(make_takings_by_day, user, beginnings, end)
    return [{"sales": part.get("sales", 0), "revenue": part.get("revenue", NOTHING)} for part in found]


def read_margins(user: User, beginnings: Sequence[datetime], end: datetime) -> list[Values]:
    """Return the sums of the margins of each part of a period, or an empty dict for a part without sales."""
    return read_parts(make_margins_by_day, user, beginnings, end)


def read_parts(
    make: Callable[[Values], Statement], user: User, beginnings: Sequence[datetime], end: datetime
) -> list[Values]:
    """Return the row of a statement by day for each part of a period, or an empty dict for a part without a row.

    A part ends where the next one begins: the statement takes the beginnings in place of midnights.
    """
    days = {"start": beginnings[0], "end": end, "first_day": NUMBERED_FROM, "midnights": list(beginnings)}
    rows = make({"owner": user.account_id, **days}).fetch_rows(len(beginnings))
    found = {(row["day"] - NUMBERED_FROM).days: row for row in rows}
    return [found.get(number, {}) for number in range(len(beginnings))]


DAYS_IDLE = 90
NO_COSTS = _("No product in stock has a cost yet.")
NOTHING_TO_DO = _("Nothing is low or expired.")


@atomic_snapshot
def list_cards(user: User, period: Values, query: str) -> list[Card]:
    """Return the cards of a period. `period` has the account and the values of parse_period().

    `query` has the same period for the links to the reports.
    """
    return [*make_cards(user, period, query)]


def make_cards(user: User, period: Values, query: str) -> Iterator[Card]:
    display, sees_costs = Display.of(user), may(user, Right.SEE_COSTS)
    yield make_takings(user, display, period, query)
    cost, lost = NOTHING, {}
    losses = f"{reverse('report-losses')}?{query}&by=reason"
    if sees_costs:
        before, _between, margin = read_margins(user, [*read_bounds(period), period["start"]], period["end"])
        cost = margin.get("cost", NOTHING)
        yield make_margin(display, before, margin, query)
    yield from make_taxes(user, display, period, query)
    if sees_costs:
        lost = read_losses(period)
        yield from make_write_offs(display, period, lost, losses)
    yield make_value(user, display, period, cost)
    counts, today = compute_dashboard(user)["counts"], user.shop_today()
    soon = read_expiring(period["owner"], today, today + timedelta(days=DAYS_AHEAD), 1, by_product=True)[1]
    tasks = [*list_alerts(counts, soon), *list_refills(user), *list_idle(display, period)]
    if (missing := lost.get("count", NOTHING)) > 0:
        tasks.append(PageLink(fill("{amount} missing in counts", amount=display.money(missing)), losses))
    yield Card(gettext("To do"), hint="" if tasks else gettext(NOTHING_TO_DO), links=tasks)


def read_midnights(period: Values) -> list[datetime]:
    """Return the beginnings of the days of the period that have begun. The first one is that of the period."""
    until = min(period["end"], datetime.now(UTC))
    return [period["start"], *(day for day in period["midnights"] if period["start"] < day < until)]


def read_bounds(period: Values) -> tuple[datetime, datetime]:
    return period["before"]["start"], period["before"]["end"]


def make_takings(user: User, display: Display, period: Values, query: str) -> Card:
    """Return what was taken less what came back, with a line of the days or weeks."""
    days = read_midnights(period)
    before, _between, *parts = read_takings(user, [*read_bounds(period), *days], period["end"])
    sums = [part["revenue"] for part in parts]
    drawn = [sum(part, NOTHING) for part in split(sums, find_days_per_column(days))]
    hint = fill_plural("{number:,} sale.", "{number:,} sales.", sum(part["sales"] for part in parts))
    return compare_money(
        gettext("Takings"), sum(sums, NOTHING), before["revenue"], f"{reverse('report-sales')}?{query}", display, hint,
        spark=make_spark(drawn), is_wide=True,
    )  # fmt: skip


def compare_money(
    title: str, amount: Decimal, before: Decimal, address: str, display: Display, hint: str = "", *,
    is_loss: bool = False, spark: str = "", is_wide: bool = False,
) -> Card:  # fmt: skip
    """Return a card of money with the amount of the period before."""
    ago = say_before(before, display)
    delta = compare(amount, before, ago, is_loss=is_loss)
    if delta is None or delta.text != ago:
        said = fill("Before: {amount}.", amount=display.money(before))
        hint = f"{hint} {said}".strip()
    return Card(title, display.money(amount), address, delta, hint, spark, is_wide=is_wide)


def say_before(amount: Decimal, display: Display) -> str:
    return fill("from {amount}", amount=display.money(amount))


def make_margin(display: Display, before: Values, margin: Values, query: str) -> Card:
    now, ago = (part.get("margin", NOTHING) for part in (margin, before))
    address, hint = f"{reverse('report-margins')}?{query}", describe_margin(display, margin)
    return compare_money(gettext("Margin"), now, ago, address, display, hint, is_wide=True)


def describe_margin(display: Display, margin: Values) -> str:
    """Return the share of the sales, and what was sold without a cost, all of which is in the margin."""
    said, percent = [], compute_percent(margin) if margin else None
    if percent is not None:
        said.append(fill("{percent} % of the sales without VAT.", percent=display.decimal(percent)))
    if (unknown := margin.get("revenue_without_cost", NOTHING)) > 0:
        said.append(fill("{amount} of it from goods without a cost.", amount=display.money(unknown)))
    return " ".join(said)


def make_taxes(user: User, display: Display, period: Values, query: str) -> Iterator[Card]:
    """Yield the VAT of the period, if the shop has rates and one of both periods has VAT."""
    if user.shop_owner is None or not user.shop_owner.has_taxes:
        return
    now, before = (read_tax(values) for values in (period, {**period, **period["before"]}))
    if now or before:
        yield compare_money(gettext("VAT"), now, before, f"{reverse('report-taxes')}?{query}", display)


def read_tax(period: Values) -> Decimal:
    rows = make_taxes_by_rate(period).fetch_rows(1)
    return rows[0]["in_all_tax"] if rows else NOTHING


def make_write_offs(display: Display, period: Values, lost: dict[str, Decimal], address: str) -> Iterator[Card]:
    """Yield what was written off of these losses of the period, unless both periods have nothing of it."""
    before = read_losses({**period, **period["before"]})
    now, ago = ([found[reason] for reason in found.keys() & {*WRITE_OFFS}] for found in (lost, before))
    if now or ago:
        sums = sum(now, NOTHING), sum(ago, NOTHING)
        yield compare_money(gettext("Written off"), *sums, address, display, is_loss=True)


def read_losses(period: Values) -> dict[str, Decimal]:
    """Return the value of the losses by reason."""
    everything = dict.fromkeys(("product", "category", "category_name"))
    rows = Statement(build_losses("reason"), {**everything, **period}).fetch_rows(1 + len(WRITE_OFFS))
    return {row["reason"]: row["value"] for row in rows}


def make_value(user: User, display: Display, period: Values, sold_cost: Decimal) -> Card:
    """Return the value of the stock at the end of the period, compared with that at its beginning."""
    end, now = period["end"] - MOMENT, datetime.now(UTC)
    before, worth = (read_value(period, at) for at in (period["start"] - MOMENT, min(end, now)))
    query = f"?{urlencode({'as_of': end.isoformat()})}" if end < now else ""
    costs, sold = worth["value_at_cost"] + before["value_at_cost"], ""
    if sold_cost > 0 and costs > 0:
        percent = display.number(round(200 * sold_cost / costs))
        sold = fill("In this time, {percent} % of the usual stock was sold.", percent=percent)
    return show_value(user, display, f"{reverse('report-valuation')}{query}", worth, before, sold)


def show_value(
    user: User, display: Display, address: str, worth: Values, before: Values | None = None, sold: str = ""
) -> Card:
    """Return a card of the value of the stock at cost or, for a user who may not see costs, at prices.

    The change has no colour, because neither more nor less stock is better.
    """
    name = "value_at_cost" if may(user, Right.SEE_COSTS) else "value_at_price"
    figure = display.money(worth[name])
    change = compare(worth[name], before[name], say_before(before[name], display)) if before else None
    delta = change and change._replace(style="")
    if name == "value_at_price":
        return Card(gettext("Value of the stock"), figure, address, delta, gettext("At the prices of today."))
    hint = fill("{amount} at the prices of today.", amount=display.money(worth["value_at_price"]))
    if not worth["value_at_cost"] and worth["value_at_price"]:
        return Card(gettext("Value at cost"), NONE, address, hint=f"{gettext(NO_COSTS)} {hint}")
    return Card(gettext("Value at cost"), figure, address, delta, f"{hint} {sold}".strip())


def read_value(period: Values, at: datetime) -> Values:
    """Return the total of the valuation at an instant."""
    [total] = Statement(VALUATION.format(clock="occurred_at"), {**period, "at": at}).fetch_rows(1)
    return total


def list_idle(display: Display, period: Values) -> Iterator[PageLink]:
    """Yield the link to the products that have not moved for some time, if there are any."""
    instant = datetime.now(UTC) - timedelta(days=DAYS_IDLE)
    [(number, worth)] = read(COUNT_IDLE, {**period, "instant": instant})
    if number:
        text = fill("{number:,} not moving: {amount}", number=number, amount=display.money(worth))
        yield PageLink(text, reverse("report-idle", query={"days": DAYS_IDLE}))


def list_refills(user: User) -> Iterator[PageLink]:
    """Yield a link for each place at which products are low: to the page that moves them, for viewers to the report."""
    page = "shop-refill" if may(user, Right.WORK) else "report-refill"
    for one in (place for hook in REFILLS for place in hook.list_places(user)):
        text = fill_plural(
            "{number:,} product to refill at {name}",
            "{number:,} products to refill at {name}",
            one.number,
            name=one.name,
        )
        yield PageLink(text, reverse(page, query={"location": one.location}))


def list_alerts(counts: Row, soon: int = 0) -> Iterator[PageLink]:
    """Yield the links to the products that are low, that have expired, and that are about to, if there are any."""
    low, expired = counts["low_stock"], counts["expired_products"]
    found = (
        (low, fill_plural("{number:,} low", "{number:,} low", low), "low_stock=true"),
        (expired, fill_plural("{number:,} expired", "{number:,} expired", expired), "expired=true"),
        (soon, fill_plural("{number:,} expires soon", "{number:,} expire soon", soon),
         "in_stock=true&ordering=expiration_date"),
    )  # fmt: skip
    for number, text, query in found:
        if number:
            yield PageLink(text, f"{reverse('product-list')}?{query}")


def find_reports() -> Iterator[Report]:
    """Yield the reports of the modules, without those of views, which import this one, and those of other apps."""
    for module in iter_modules(reports.__path__):
        if not module.ispkg and not module.name.endswith(("views", "urls")):
            found = getattr(import_module(f"{reports.__name__}.{module.name}"), "REPORT", None)
            if found:
                yield found
    yield from map(import_string, list_reports())


BY_NAME = {report.name: report for report in find_reports()}
# The names of the reports in the order in which an owner asks for them. Those of other apps say behind which they are.
ORDER = (
    "sales", "margins", "kits", "taxes", "valuation", "reorder", "days-left", "costs-changed",
    "losses", "not-counted", "idle", "movements", "makings", "stock-list", "accounts",
)  # fmt: skip
REPORTS = tuple(report for name in ORDER for report in BY_NAME.values() if name in (report.name, report.behind))
check_order("ORDER in desk/reports/cards.py", [report.name for report in REPORTS], BY_NAME)


def write_stock(data: Row) -> Any:
    """Return the stock of the dashboard, by unit if it has several or one that is measured."""
    return find_amounts(data["stock"], "total_stock") or data["stock"]["total_stock"]
