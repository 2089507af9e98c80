"""Closings as files: a table with a row for each of them, a table of one, and papers."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from core.files.documents import begin_document
from core.files.papers import NOTE
from core.http.downloads import Words
from core.pages.columns import Display, Row
from core.pages.papers import put_cells, put_table
from core.pages.periods import write_period
from core.pages.tables import make_filled
from core.sentences import fill, say_code, write_number, writing_for
from core.time_zones import get_zone
from products.models import say_at_zero
from stock.errors import ReportTooLong
from stock.models import PaymentKind
from trade.closings import pages
from trade.closings.models import Closing
from trade.closings.serializers import DrawerClosingSerializer

MAX_ON_PAPER = 500  # the most closings of one PDF, which takes some seconds
CLOSINGS_AT_A_TIME = 50  # each can have a thousand late sales
FIGURES = (
    "opening",
    "total",
    "discounts",
    "returned",
    "cash_in",
    "cash_out",
    "expected",
    "counted",
    "difference",
    "float",
    "taken_out",
)
SUMMED = ("total", "discounts", "returned", "cash_in", "cash_out", "difference", "taken_out")
COUNTS = ("sales", "returns")
TAX_PARTS = {"net": "Without VAT", "tax": "VAT", "gross": "With VAT"}
BEFORE_PARTS = ("number", "till", *(one.name for one in pages.ON_PAPER[:10]))
AFTER_PARTS = tuple(one.name for one in pages.ON_PAPER[10:])


def name_rate(rate: Row) -> str:
    """Return the name of a rate in files: `20.00`, `0.00_E`, or an empty text for what has none."""
    return "_".join(filter(None, (rate["rate"], say_at_zero(rate["category"]) and rate["category"])))


def list_parts(row: Row) -> Iterator[tuple[str, Decimal]]:
    """Yield the amounts of a closing by kind of payment, by kind of tip and by rate, with the names of the columns."""
    for part, field in (("paid", "payments"), ("tips", "tips")):
        yield from ((f"{part}_{one['kind']}", Decimal(one["amount"])) for one in row[field])
    for one in row["taxes"]:
        yield from ((name_column(part, one), Decimal(one[part])) for part in TAX_PARTS)


def name_column(part: str, rate: Row) -> str:
    return f"{part}_{name_rate(rate) or 'none'}"


def name_parts(rates: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Yield the columns of the kinds of payments and tips, and of these rates, with their headings."""
    for part, title in (("paid", "Payments"), ("tips", "Tips")):
        yield from ((f"{part}_{kind}", f"{gettext(title)}: {say_code(kind)}") for kind in PaymentKind.values)
    for rate in rates:
        percent = f"{write_number(Decimal(rate['rate']), 'f')} %" if rate["rate"] else gettext("no rate")
        words = " ".join(filter(None, (percent, say_at_zero(rate["category"]))))
        yield from ((name_column(part, rate), f"{gettext(title)}: {words}") for part, title in TAX_PARTS.items())


class ClosingTable:
    """The rows of closings, the newest first, with the headings in the language of the shop.

    A file for people has times of the shop, which spreadsheets read as such. A file for programs has them in UTC.
    """

    def __init__(self, closings: QuerySet, shop: Any, *, is_for_people: bool = False) -> None:
        self.closings, self.zone = closings, get_zone(shop.time_zone) if is_for_people else None
        self.ids, rates = set[int](), dict[str, Row]()  # what is closed meanwhile is left out
        for pk, taxes in closings.order_by().values_list("pk", "document__taxes").iterator():
            self.ids.add(pk)
            rates |= {name_column("", one): {"category": None, **one} for one in taxes}
        with writing_for(shop):
            highest_first = sorted(rates.values(), key=lambda rate: -Decimal(rate["rate"] or -1))
            self.parts = dict(name_parts(highest_first))
            shown = {column.name: column.heading for column in (pages.NUMBER, *pages.ON_PAPER)}
        self.headings = {"till": shown["till_name"], **shown, **self.parts}
        self.columns = (*BEFORE_PARTS, *self.parts, *AFTER_PARTS)
        self.summed = {*self.parts, *SUMMED, *COUNTS, "not_paid"}
        self.money = {*self.summed, *AFTER_PARTS} - {*COUNTS, pages.NOTE.name}

    def read(self) -> Iterator[tuple[Any, ...]]:
        """Yield the header, and a row for each closing. What it has no payment or rate of is 0."""
        yield self.columns
        for closing in self.closings.iterator(CLOSINGS_AT_A_TIME):
            if closing.pk in self.ids:
                yield self.make_row(closing)

    def make_row(self, closing: Closing) -> tuple[Any, ...]:
        closing.document = {**closing.document, "late": []}  # a table has no late sales
        known = {**dict.fromkeys(self.parts, Decimal("0.00")), **(shown := describe(closing))}
        for name, amount in list_parts(shown):
            known[name] += amount
        for name in ("from_at", "made_at"):
            at = getattr(closing, name)
            known[name] = f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if self.zone else at
        known["not_paid"] = shown["not_paid"] and shown["not_paid"]["total"]
        cells = ((name, known[name]) for name in self.columns)
        return tuple(Decimal(cell) if name in self.money and cell is not None else cell for name, cell in cells)

    def add_up(self, closings: list[Closing]) -> Iterator[tuple[str, Decimal]]:
        """Yield the headings and the sums of the amounts, without those of 0."""
        for name, *amounts in zip(self.columns, *map(self.make_row, closings), strict=True):
            if name in self.summed & self.money and (total := sum(filter(None, amounts), Decimal())):
                yield self.headings[name], total

    def write_words(self, period: Row, display: Display) -> Words:
        return Words(self.headings, lambda: [gettext("Closings"), write_period(period, display)], self.summed)


def describe(closing: Closing) -> Row:
    return DrawerClosingSerializer(closing).data


def make_rows(closing: Row, *, is_for_people: bool = False) -> Iterator[tuple[Any, ...]]:
    """Yield the header and a row for each amount of a closing. `of` is the kind of payment or the rate of VAT."""
    rows = [(name, "", closing[name]) for name in FIGURES]
    rows += [("not_paid", "", closing["not_paid"]["total"])] if closing["not_paid"] else []
    rows += [(part, one["kind"], one["amount"]) for part in ("payments", "tips") for one in closing[part]]
    rows += [(name, name_rate(rate), rate[name]) for rate in closing["taxes"] for name in TAX_PARTS]
    yield "figure", "of", "amount"
    if is_for_people:
        titles = {one.name: one.heading for one in (*pages.ON_PAPER, *pages.TAXES.columns)}
        titles |= {part: gettext(part.capitalize()) for part in ("payments", "tips")}
        rows = [(titles[figure], say_code(of), amount) for figure, of, amount in rows]
    yield from ((figure, of, Decimal(amount)) for figure, of, amount in rows)


def draw_closing(closing: Closing, shop: Any) -> Any:
    """Return a closing as a document in the language of the shop."""
    with writing_for(shop):
        row = describe(closing)
        document = begin_document(name_paper(row), shop)
        put_closing(document, row, Display.of(shop, is_kept=True), len(row["late"]))
        return document


def draw_closings(table: ClosingTable, period: Row, shop: Any) -> Any:
    """Return the sums of closings, their list, and each of them, the oldest first. Raise ReportTooLong."""
    if len(table.ids) > MAX_ON_PAPER:
        raise ReportTooLong(limit=MAX_ON_PAPER)
    found = [one for one in table.closings.reverse() if one.pk in table.ids]
    rows = [*map(describe, found)]
    with writing_for(shop):
        display = Display.of(shop, is_kept=True)
        document = begin_document(gettext("Closings"), shop)
        document.put(write_period(period, display))
        sums = [(heading, display.money(total)) for heading, total in table.add_up(found)]
        if sums:
            document.put_table([gettext("Total"), ""], sums)
        put_table(document, pages.OVERVIEW.table(None, {"closings": rows}, display))
        for row in rows:
            document.put(name_paper(row), "title")
            put_closing(document, row, display, pages.LATE_SHOWN)
        return document


def name_paper(row: Row) -> str:
    return " · ".join(filter(None, (pages.name_closing(row), row["till_name"])))


def put_closing(document: Any, row: Row, display: Display, late_shown: int) -> None:
    """Add a closing, with its first late sales."""
    first, last = (display.moment(row[name]) for name in ("from_at", "made_at"))
    document.put(fill("From {first} to {last}.", first=first, last=last))
    document.put(row["made_by_username"])
    put_cells(document, gettext("Sold"), make_filled(pages.SALES, row, display))
    figures = [column.heading for column in pages.CLOSING.figures]
    put_cells(document, gettext("Drawer"), make_filled(pages.IN_DRAWER, row, display), figures)
    row = {**row, "late": row["late"][:late_shown]}
    for section in pages.CLOSING.sections:
        if row[section.field]:
            put_table(document, section.table(None, row, display))
    document.put(row["note"], NOTE)
