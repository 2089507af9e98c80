"""Closings as files: a table with a row for each of them, a table of one, and papers."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from core.files.documents import NOTE, begin_document
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
    "opening", "total", "discounts", "returned", "cash_in", "cash_out", "expected", "counted", "difference", "float",
    "taken_out",
)  # fmt: skip
SUMMED = ("total", "discounts", "returned", "cash_in", "cash_out", "difference", "taken_out")
COUNTS = ("sales", "returns")
PAID_PARTS = ("received", "refunded", "amount")
TAX_PARTS = {"net": "Without VAT", "tax": "VAT", "gross": "With VAT"}
PARTS = ("pk", "document__payments", "document__tips", "document__taxes")
BEFORE_PARTS = ("number", "till", *(one.name for one in (pages.TILL, pages.FROM, pages.TO, pages.WHO, *pages.SALES)))
AFTER_PARTS = tuple(one.name for one in (*pages.IN_DRAWER, pages.NOTE))


def name_rate(rate: Row) -> str:
    """Return the name of a rate in files: `20.00`, `0.00 E`, or an empty text for what has none."""
    category = rate.get("category")
    return " ".join(filter(None, (rate["rate"], category if say_at_zero(category) else "")))


def sort_rate(rate: Row) -> Decimal:
    """Return the key by which the highest rate is the first, and what has none the last."""
    return -Decimal(rate.get("rate") or -1)


def list_parts(row: Row) -> Iterator[tuple[str, Decimal]]:
    """Yield the amounts of a closing by kind of payment, by kind of tip and by rate, with the names of the columns."""
    for one in row["payments"]:
        yield f"paid_{one['kind']}", Decimal(one["amount"])
    for one in row["tips"] or ():
        yield f"tips_{one['kind']}", Decimal(one["amount"])
    for one in row["taxes"]:
        name = name_rate(one).replace(" ", "_") or "none"
        yield from ((f"{part}_{name}", Decimal(one[part])) for part in TAX_PARTS)


def read_parts(closings: QuerySet) -> tuple[set[int], dict[str, str]]:
    """Return the ids of the closings, and the columns of their PARTS with headings: the highest rate first."""
    ids, kinds, tips, rates = set[int](), set(), set(), dict[str, Row]()
    for pk, payments, tipped, taxes in closings.order_by().values_list(*PARTS).iterator():
        ids.add(pk)
        kinds |= {one["kind"] for one in payments}
        tips |= {one["kind"] for one in tipped or ()}
        rates |= {name_rate(one): one for one in taxes}
    headings = dict[str, str]()
    for part, title, used in (("paid", "Payments", kinds), ("tips", "Tips", tips)):
        said = {kind: f"{gettext(title)}: {say_code(kind)}" for kind in PaymentKind.values if kind in used}
        headings |= {f"{part}_{kind}": heading for kind, heading in said.items()}
    for name, rate in sorted(rates.items(), key=lambda one: (sort_rate(one[1]), one[0])):
        percent = f"{write_number(Decimal(rate['rate']), 'f')} %" if rate["rate"] else gettext("no rate")
        words = " ".join(filter(None, (percent, say_at_zero(rate.get("category")))))
        column = name.replace(" ", "_") or "none"
        headings |= {f"{part}_{column}": f"{gettext(title)}: {words}" for part, title in TAX_PARTS.items()}
    return ids, headings


class ClosingTable:
    """The rows of closings, the newest first, with the headings in the language of the shop.

    A file for people has times of the shop, which spreadsheets read as such. A file for programs has them in UTC.
    """

    def __init__(self, closings: QuerySet, shop: Any, *, is_for_people: bool = False) -> None:
        self.closings, self.zone = closings, get_zone(shop.time_zone) if is_for_people else None
        with writing_for(shop):
            self.ids, self.parts = read_parts(closings)  # what is closed meanwhile is left out
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
        closing.document = {**closing.document, "late": []}  # of which a table has none
        shown = describe(closing)
        parts = dict.fromkeys(self.parts, Decimal("0.00"))
        for name, amount in list_parts(shown):
            parts[name] += amount
        times: dict[str, Any] = {"from_at": closing.from_at, "made_at": closing.made_at}
        if self.zone:
            times = {name: f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" for name, at in times.items()}
        known = {**shown, **parts, **times}
        known["not_paid"] = shown["not_paid"] and shown["not_paid"]["total"]
        return tuple(
            Decimal(known[name]) if name in self.money and known[name] is not None else known[name]
            for name in self.columns
        )

    def write_words(self, period: Row, display: Display) -> Words:
        return Words(
            self.headings,
            lambda: [gettext("Closings"), write_period(period, display)],
            self.summed,
        )


def describe(closing: Closing) -> Row:
    return DrawerClosingSerializer(closing).data


def make_rows(closing: Row, *, is_for_people: bool = False) -> Iterator[tuple[Any, ...]]:
    """Yield the header and a row for each amount of a closing. `of` is the kind of payment or the rate of VAT."""
    shown = (*pages.ON_PAPER, *pages.TAXES.columns)
    say = say_code if is_for_people else str
    titles = {one.name: one.heading for one in shown}
    titles |= {one.field: gettext(one.title) for one in (pages.PAYMENTS, pages.TIPS)}

    def make_row(figure: str, of: str, amount: str) -> tuple[Any, ...]:
        return titles[figure] if is_for_people else figure, of, Decimal(amount)

    yield "figure", "of", "amount"
    for name in FIGURES:
        yield make_row(name, "", closing[name])
    if closing["not_paid"]:
        yield make_row("not_paid", "", closing["not_paid"]["total"])
    for part in ("payments", "tips"):
        for one in closing[part]:
            yield make_row(part, say(one["kind"]), one["amount"])
    for rate in closing["taxes"]:
        for name in TAX_PARTS:
            yield make_row(name, name_rate(rate), rate[name])


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
    rows = [describe(one) for one in table.closings.reverse() if one.pk in table.ids]
    with writing_for(shop):
        display = Display.of(shop, is_kept=True)
        document = begin_document(gettext("Closings"), shop)
        document.put(write_period(period, display))
        put_parts(document, add_up(rows), display)
        put_table(document, pages.OVERVIEW.table(None, {"closings": rows}, display))
        for row in rows:
            document.put(name_paper(row), "title")
            put_closing(document, row, display, pages.LATE_SHOWN)
        return document


def add_up(rows: list[Row]) -> Row:
    """Return the sums of closings. What is in a drawer at the beginning and at the end of each has none."""
    sums: dict[str, Any] = {name: sum(Decimal(row[name]) for row in rows) for name in (*COUNTS, *SUMMED)}
    unpaid = [Decimal(row["not_paid"]["total"]) for row in rows if row["not_paid"]]
    sums["not_paid"] = {"total": sum(unpaid)} if unpaid else None
    for field, names in (("payments", PAID_PARTS), ("tips", PAID_PARTS[2:]), ("taxes", TAX_PARTS)):
        groups: dict[str, Any] = {}
        for one in (one for row in rows for one in row[field] or ()):
            group = groups.setdefault(one.get("kind") or name_rate(one), {**one, **dict.fromkeys(names, Decimal())})
            group |= {name: group[name] + Decimal(one[name]) for name in names}
        sums[field] = sorted(groups.values(), key=lambda one: (sort_rate(one), one.get("kind", "")))
    return {**sums, "late": ()}


def name_paper(row: Row) -> str:
    return " · ".join(filter(None, (pages.name_closing(row), row["till_name"])))


def put_closing(document: Any, row: Row, display: Display, late_shown: int) -> None:
    """Add a closing, with its first late sales."""
    first, last = (display.moment(row[name]) for name in ("from_at", "made_at"))
    document.put(fill("From {first} to {last}.", first=first, last=last))
    document.put(row["made_by_username"])
    put_parts(document, {**row, "late": row["late"][:late_shown]}, display)
    document.put(row["note"], NOTE)


def put_parts(document: Any, row: Row, display: Display) -> None:
    """Add the amounts of a closing, or the sums of several."""
    figures = [column.heading for column in pages.CLOSING.figures]
    put_cells(document, gettext("Sold"), make_filled(pages.SALES, row, display))
    put_cells(document, gettext("Drawer"), make_filled(pages.IN_DRAWER, row, display), figures)
    for section in pages.CLOSING.sections:
        if row[section.field]:
            put_table(document, section.table(None, row, display))
