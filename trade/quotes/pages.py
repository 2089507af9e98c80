"""The pages of quotes."""

from typing import Any

from django.urls import reverse

from core.pages.columns import PageColumn, Row, columns_of, goods_column, money_column
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from trade.quotes.models import Quote, QuoteState
from trade.reservations.pages import CUSTOMER, DISCOUNT, KEPT_TAX, LOWERED_BY, PRODUCTS, say_kept
from trade.selling.goods import list_kinds
from users.access.roles import Right

quote_column = columns_of(Quote)
NUMBER = quote_column("number", page="quote-detail")
CREATED, VALID = quote_column("created_at", kind="moment"), quote_column("valid_until", kind="date")
TOTAL, TEXTS = money_column("total", "Total"), tuple(map(quote_column, ("reference", "note")))
QUOTE_STATE = PageColumn("state", "State", kind="words", codes=QuoteState.values)
VERBS = {
    "accept": Verb("Make an order", say="The order is made.", link=link_to_row("reservation-detail")),
    "decline": Verb("Decline", say="The quote is declined."),
    "copy": Verb("Copy", say="This is the copy, at the prices of today.", link=link_to_row("quote-detail")),
    "mail": Verb("Mail", say="The quote is on its way."),
}


def link_if_open(page: str, link: Any = link_to_form) -> Any:
    """Return a function that returns the address of a form, or an empty one if the quote is accepted or declined."""
    return lambda row: link(page)(row) if row["state"] in (QuoteState.OPEN, QuoteState.EXPIRED) else ""


def link_to_goods(line: Row) -> str:
    name = next(name for name in ("product", *(kind.name for kind in list_kinds())) if line[name])
    return reverse(f"{name}-detail", args=[line[name]])


NEW = (PageLink("New quote", "/shop/quote/", style="primary", right=Right.WORK),)
QUOTES = TablePage(
    (NUMBER, CREATED, QUOTE_STATE, PRODUCTS, CUSTOMER, VALID, TOTAL, *TEXTS),
    empty="No quotes yet.",
    is_filled_elsewhere=True,
    first_filters=("state", "customer", "product", "valid_before"),
    hint="A quote says what goods will cost. It reserves nothing.",
    tasks=NEW,
    first=NEW,
)
SUMS = tuple(
    money_column(name, title) for name, title in (("net", "Without VAT"), ("tax", "VAT"), ("gross", "With VAT"))
)
QUOTE = DetailPage(
    lambda row: fill("Quote {number}", number=row["number"]),
    (
        QUOTE_STATE, CUSTOMER, VALID, CREATED, quote_column("made_by_username"), DISCOUNT,
        PageColumn("order", "Order", page="reservation-detail", id_field="order"), *TEXTS,
    ),
    figures=(TOTAL,),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PageColumn("name", "Name", link=link_to_goods),
                goods_column("quantity", "Quantity"),
                money_column("list_price", "List price", is_extra=True),
                money_column("unit_price", "Price of one"),
                money_column("sum", "Sum"),
                KEPT_TAX,
                LOWERED_BY,
            ),
            empty="",
        ),
        TableSection("taxes", "VAT", (PageColumn("rate", "Rate in percent", kind="decimal"), *SUMS), empty=""),
    ),
    actions=(
        Action("Make an order", link_if_open("quote-accept"), style="primary", right=Right.WORK),
        Action("Change the quote", link_if_open("shop-change-quote", link_to_row), right=Right.WORK),
        Action("PDF", lambda row: f"{reverse('quote-file', args=[row['id']])}?format=pdf"),
        Action("Mail", link_to_form("quote-mail"), right=Right.WORK),
        Action("Copy", link_to_form("quote-copy"), right=Right.WORK),
        Action("Decline", link_if_open("quote-decline"), right=Right.WORK),
    ),
    extend=say_kept,
)  # fmt: skip
