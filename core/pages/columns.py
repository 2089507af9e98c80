"""The columns of the pages' tables, and how their values are shown."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property, partial
from html import escape
from typing import Any, Literal

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from rest_framework.reverse import reverse

from core.money.currencies import get_money_decimals, round_money
from core.money.sums import Amounts, find_amounts
from core.sentences import Goods, find_field, find_label, say_code, to_words, write_number
from core.time_zones import DEFAULT_ZONE, get_zone, today
from core.translation import gettext_noop

NONE = "\N{EN DASH}"
NEAR_DAYS = {-1: gettext_noop("yesterday"), 0: gettext_noop("today"), 1: gettext_noop("tomorrow")}


def write_shown(number: Any, form: str = ",") -> str:
    """Return the number as pages show it: with the signs of the shop, and a minus sign in place of a hyphen."""
    return write_number(number, form).replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Display:
    """The settings of the shop that the page belongs to."""

    time_zone: str = DEFAULT_ZONE
    currency: str = ""
    is_kept: bool = False  # whether it is for paper or files, where dates have numbers alone and always the year

    @classmethod
    def of(cls, user: Any, is_kept: bool = False) -> "Display":
        """Return the settings of the user's shop. A user without a shop gets the defaults."""
        shop = getattr(user, "shop_owner", None)
        return cls(getattr(shop, "time_zone", DEFAULT_ZONE), getattr(shop, "currency", ""), is_kept)

    def money(self, amount: Any) -> str:
        return f"{self.amount(amount)} {self.currency}".strip()

    def amount(self, amount: Any) -> str:
        """Return the amount of money without its currency, with the decimals that the currency has."""
        decimals = get_money_decimals(self.currency)
        return write_shown(round_money(Decimal(str(amount)), self.currency), f",.{decimals}f")

    def prices(self, prices: tuple[Any, Any]) -> str:
        """Return the lowest and the highest price, or the price if they are equal."""
        low, high = prices
        return self.money(high) if low == high else f"{self.amount(low)}{NONE}{self.money(high)}"

    def number(self, number: Any) -> str:
        return write_shown(number)

    def signed(self, number: Any) -> str:
        return write_shown(number, "+,")

    def goods(self, goods: Any) -> str:
        return write_shown(goods)

    def change(self, goods: Any) -> str:
        return write_shown(goods, "+,")

    def decimal(self, number: Any) -> str:
        return write_shown(Decimal(str(number)), "f")

    def moment(self, moment: Any) -> str:
        """Return a time of the API in the shop's time zone, to the minute: "today 08:04", or "23 Nov 08:04"."""
        local = self.local(read_moment(moment))
        if self.is_kept:
            return date_format(local, "SHORT_DATETIME_FORMAT")
        name = NEAR_DAYS.get((local.date() - today(self.time_zone)).days)
        return f"{_(name) if name else self.date(local.date())} {date_format(local, 'TIME_FORMAT')}"

    def time(self, moment: Any) -> str:
        return date_format(self.local(read_moment(moment)), "TIME_FORMAT")

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(get_zone(self.time_zone))

    def date(self, day: Any) -> str:
        """Return a date as the language writes it: "23 Nov", or "23 Nov 2025" if it is not of this year."""
        day = day if isinstance(day, date) else date.fromisoformat(day)
        if self.is_kept:
            return date_format(day, "SHORT_DATE_FORMAT")
        return date_format(day, "DAY_FORMAT" if day.year == today(self.time_zone).year else "DAY_OF_YEAR_FORMAT")

    def text(self, value: Any) -> str:
        return str(value)

    def words(self, value: Any) -> str:
        return say_code(value)

    def sentence(self, value: Any) -> str:
        """Return a text in the language of the request. The code that wrote it has marked it for translation."""
        return _(str(value))

    def size(self, number: Any) -> str:
        """Return a number of bytes as people read it: "1.2 MB"."""
        return filesizeformat(number)

    def flag(self, value: Any) -> str:
        return _("yes") if value else _("no")


def read_moment(moment: Any) -> datetime:
    """Return a time of the API, which a serializer may have written as text."""
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


Row = Mapping[str, Any]
Kind = Literal[
    "text",
    "words",
    "sentence",
    "number",
    "goods",
    "change",
    "decimal",
    "signed",
    "money",
    "prices",
    "moment",
    "time",
    "date",
    "flag",
    "size",
    "picture",
]
# The small picture of a product. Its size is fixed, so that nothing moves when it arrives. The link beside it has the
# product's name, so keyboards and screen readers skip the link of the picture.
PICTURE = (
    '<td class="pic"><a href="{}" tabindex="-1" aria-hidden="true"><img class="thumb" src="{}&amp;size=200" alt=""'
    ' width="40" height="40" loading="lazy"></a></td>'
)
NO_PICTURE = mark_safe('<td class="pic none"></td>')
UNIT = re.compile(r"([^\s>]*\d) ([^\d,<]+)")  # a number and its unit or currency
LINK, LINK_AWAY = '<a href="{}">', '<a href="{}" rel="noopener noreferrer">'  # the second leads to another site
GOODS = ("goods", "change")  # a quantity of the row's product, and a change of it
NUMBERS, TIMES = (*GOODS, "number", "decimal", "signed", "money", "prices"), ("moment", "time", "date")
MAX_WHOLE = 18  # a table may cut longer texts, so that its rows have one height
STYLES = {**dict.fromkeys(NUMBERS, "number"), **dict.fromkeys(TIMES, "short"), "picture": "pic"}


@dataclass(frozen=True)
class Mark:
    """A word beside a value that needs attention. It is shown in the rows that meet the condition `holds`.

    The word may contain `{quantity}`, for which the quantity in the field `goods` of the row is filled in.
    """

    word: str
    holds: Callable[[Row], Any]
    style: str = ""  # the class of the chip: "low" or "out" if something has to be done
    goods: str = ""

    def fill(self, row: Row, display: Display) -> "Mark":
        """Return the mark with the quantity of the row."""
        if not self.goods:
            return self
        quantity = display.goods(mark_goods(row, row[self.goods]))
        return replace(self, word=_(self.word).format(quantity=quantity))


@dataclass(frozen=True, slots=True)
class PageCell:
    """What a page shows of one value."""

    title: str
    text: str
    style: str = ""
    address: str = ""
    marks: tuple[Mark, ...] = ()
    share: int | None = None  # the length of the bar beside the text, in percent
    edits: str = ""  # the field of the row's form that changes the value
    time: str = ""  # the date or time of the text, for programs that read the page
    note: str = ""  # what is said in small below a figure

    @property
    def html(self) -> SafeString:
        """The content as HTML. A large table has thousands of cells, and a template is ten times slower."""
        text = escape(self.text).replace("@", "@<wbr>")  # an address breaks there first
        if self.time:
            text = f'<time datetime="{self.time}">{text}</time>'
        opening = (LINK_AWAY if self.address.startswith("http") else LINK).format(escape(self.address))
        parts = [f"{opening}{text}</a>" if self.address else text if self.time else f"<span>{text}</span>"]
        parts += [f' <b class="chip {mark.style}">{escape(_(mark.word))}</b>' for mark in self.marks]
        if self.share is not None:
            bar = f'<rect width="{self.share}%" height="100%"/>'
            parts.append(f'<svg class="share" aria-hidden="true">{bar}</svg>')
        return mark_safe("".join(parts))  # noqa: S308, the texts are escaped

    @property
    def figure(self) -> SafeString:
        """The content as HTML, with the number larger than its unit. Lines break between numbers only."""
        text = f">{escape(self.text)}<"
        marked = UNIT.sub(r"<span>\1 <small>\2</small></span>", text) if self.style.startswith("number") else text
        return mark_safe(self.html.replace(text, marked))  # noqa: S308, the text is escaped

    @property
    def table_cell(self) -> SafeString:
        """The cell of a table as HTML, with the title that it has on a narrow screen."""
        style, title = f"{self.style} long" if len(self.text) > MAX_WHOLE else self.style, escape(self.title)
        return mark_safe(f'<td class="{style}" data-title="{title}">{self.html}</td>')  # noqa: S308, as above


class PictureCell(PageCell):
    """The small picture of a product. `text` is its address."""

    @property
    def table_cell(self) -> SafeString:
        cell = PICTURE.format(escape(self.address), escape(self.text))
        return mark_safe(cell) if self.text else NO_PICTURE  # noqa: S308, the addresses are escaped


@dataclass(frozen=True)
class PageColumn:
    """A column. `link` returns an address that is not that of `page`, and `write` a value that is no field of a row.

    Its title is the label of the model's field, unless it is given because the field means something else here.
    """

    name: str
    title: str = ""
    kind: Kind = "text"
    model: Any = None
    codes: Sequence[str] = ()  # the values of a column of words that are no choices of the model's field
    page: str = ""  # the name of the route that the cells link to
    id_field: str = "id"  # the field with the id for this route
    marks: tuple[Mark, ...] = ()
    is_extra: bool = False  # left out of the cards on a narrow screen
    losses: Literal["", "below", "above"] = ""  # the numbers on this side of 0 are red, and those on the other green
    has_bar: bool = False  # each number has a bar, whose length is its share of the greatest one
    is_optional: bool = False  # left out of a table in which no row has a value
    edits: str = ""  # the field of the row's form with which the page changes the value where it is shown
    is_offered: Callable[[Any], bool] | None = None  # returns whether this user is asked for an empty value
    link: Callable[[Row], str] | None = field(default=None, compare=False)
    write: Callable[[Row], Any] | None = field(default=None, compare=False)
    note: Callable[[Row, Display], str] | None = field(default=None, compare=False)
    links_to: InitVar[str] = ""  # sets `page` to that of this kind of row, and `id_field` to the field of this name

    def __post_init__(self, links_to: str) -> None:
        if links_to:
            object.__setattr__(self, "page", f"{links_to}-detail")
            object.__setattr__(self, "id_field", links_to)

    @cached_property
    def label(self) -> str:
        """Return the title in English."""
        return self.title or find_label(self.model, self.name)

    @property
    def heading(self) -> str:
        return _(self.label)

    def list_words(self) -> list[str]:
        """Return what a column of words shows for the codes of its field, in English."""
        choices = getattr(find_field(self.model, self.name), "choices", None) or ()
        codes = self.codes or [code for code, _name in choices]
        return [to_words(code) for code in codes] if self.kind == "words" else []

    @cached_property
    def style(self) -> str:
        return " ".join(word for word in (STYLES.get(self.kind, ""), "extra" * self.is_extra) if word)

    def value(self, row: Row) -> Any:
        value = self.write(row) if self.write else row.get(self.name)
        if self.kind not in GOODS or value is None:
            return value
        return value if isinstance(value, Amounts) else find_amounts(row, self.name) or mark_goods(row, value)

    def is_empty(self, row: Row) -> bool:
        return self.value(row) in (None, "")

    def cell(self, row: Row, display: Display, peak: Any = None, heading: str = "") -> PageCell:
        """Return the cell of this column for the row. `peak` is the greatest value of a column with bars."""
        heading = heading or self.heading  # a table passes the heading, so that it is translated once
        value = self.value(row)
        if self.kind == "picture":
            return PictureCell(heading, value or "", self.style, self.address(row))
        marks = tuple([mark.fill(row, display) for mark in self.marks if mark.holds(row)])
        share = compute_bar_length(value, peak) if self.has_bar and peak is not None else None
        if value in (None, ""):
            return PageCell(heading, NONE, f"{self.style} none".strip(), "", marks, share)
        text = str(getattr(display, self.kind)(value))
        style = f"{self.style} {self.colour(text)}" if self.losses else self.style
        time = str(value if isinstance(value, str) else value.isoformat()) if self.kind in ("moment", "date") else ""
        note = self.note(row, display) if self.note else ""
        return PageCell(heading, text, style, self.address(row), marks, share, self.edits, time, note)

    def colour(self, number: str) -> str:
        """Return the class of a number that is a loss or a gain, or nothing for 0."""
        if not re.search("[1-9]", number):
            return ""
        return "minus" if number.startswith("\N{MINUS SIGN}") == (self.losses == "below") else "plus"

    def address(self, row: Row) -> str:
        """Return the address that the cell of a value links to, or nothing."""
        if self.link:
            return self.link(row)
        row_id = row.get(self.id_field) if self.page else None
        return "" if row_id is None else make_address_format(self.page).format(row_id)


def mark_goods(row: Row, quantity: int) -> Goods:
    """Return the quantity with the decimals and the unit of the row's product, so that it is written as an amount."""
    return Goods(quantity, count_decimals(row), row.get("unit") or "")


def count_decimals(row: Row) -> int:
    """Return the decimals of the row's product. A row without `decimals` may have an amount, which has as many."""
    amount = row.get("amount") or row.get("counted_amount") or ""
    return row.get("decimals") or len(amount.partition(".")[2])


def columns_of(model: Any) -> partial[PageColumn]:
    """Return the constructor of columns that have the labels of the model's fields."""
    return partial(PageColumn, model=model)


goods_column = partial(PageColumn, kind="goods")
money_column = partial(PageColumn, kind="money")
moment_column = partial(PageColumn, kind="moment")
number_column = partial(PageColumn, kind="number")


def form_column(name: str, title: str) -> PageColumn:
    """Return a column with a link to a form of each row that has the address of the form in the field `name`."""
    return PageColumn(
        name, title, is_optional=True, link=lambda row: row.get(name, ""),
        write=lambda row: _(title) if row.get(name) else "",
    )  # fmt: skip


@cache
def make_address_format(page: str) -> str:
    """Return the address of a route with one id, with `{}` in its place."""
    before, after = reverse(page, args=[0]).rsplit("0", 1)
    return f"{before}{{}}{after}"


def list_shown(columns: Iterable[PageColumn], rows: Sequence[Row]) -> list[PageColumn]:
    """Return the columns without the optional ones that are empty in all rows."""
    return [column for column in columns if not (column.is_optional and all(map(column.is_empty, rows)))]


def make_cells(columns: Sequence[PageColumn], rows: Sequence[Row], display: Display) -> list[list[PageCell]]:
    peaks = {  # the greatest value of each column with bars
        column.name: max((Decimal(str(column.value(row) or 0)) for row in rows), default=Decimal())
        for column in columns
        if column.has_bar
    }
    headed = [(column, column.heading) for column in columns]
    return [[column.cell(row, display, peaks.get(column.name), heading) for column, heading in headed] for row in rows]


def compute_bar_length(value: Any, peak: Decimal) -> int:
    """Return the length of a bar in percent: at least 1 for a value above 0."""
    amount = Decimal(str(value or 0))
    return max(round(100 * amount / peak), 1) if amount > 0 else 0
