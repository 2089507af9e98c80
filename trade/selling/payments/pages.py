"""What the page of a sale shows of its payments, and the forms that pay it."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Display, Mark, PageColumn, Row, columns_of, moment_column
from core.pages.links import Action, Verb, find_form_page, link_to_row
from core.pages.tables import TableSection
from stock.models import Payment, PaymentKind
from users.access.roles import Right, may
from users.reading import list_uses

payment_column = columns_of(Payment)


def leave_out_zero(name: str) -> Callable[[Row], str | None]:
    return lambda row: row[name] if float(row[name] or 0) else None


def add_forms(user: Any, sale: Row) -> Row:
    """Return the sale with the addresses of the forms that pay it and reverse its payments, if the user may."""
    may_book = not sale["undone"] and may(user, Right.WORK)
    is_due = sale["total"] != sale["returned"] and float(sale["due"] or sale["total"]) > 0  # null: nobody notes it
    may_pay = is_due and may_book and list_uses(user)["payments"]
    payments = [
        {**one, "sale": sale["operation"], "form": may_book and one["reverses"] is None and one["reversed_by"] is None}
        for one in sale["payments"]
    ]
    page = reverse("shop-pay", args=[sale["operation"]]) if may_pay else ""
    return {**sale, "payments": payments, "payment_page": page}


def confirm_payment(payment: Payment) -> list[str]:
    """Return what the page says before the payment is reversed."""
    said = gettext(
        "This saves the opposite of the payment, once. Both stay in the history. The goods stay as they are."
    )
    amount = Display.of(payment.owner).money(payment.amount)
    return [said, f"{gettext(payment.get_kind_display())}: {amount}"]


VERBS = {
    "reverse": Verb(
        "Undo the payment", "Undo", say="Undid the payment.",
        link=link_to_row("sale-detail", "operation"), confirm=confirm_payment,
    ),
}  # fmt: skip
PAID = TableSection(
    "payments",
    "Payments",
    (
        PageColumn(
            "kind",
            "Paid by",
            kind="words",
            codes=PaymentKind.values,
            marks=(Mark("undone", lambda row: row["reversed_by"] is not None),),
        ),
        payment_column("amount", kind="money"),
        payment_column("tendered", kind="money", is_optional=True),
        payment_column("tip", kind="money", is_optional=True, write=leave_out_zero("tip")),
        moment_column("timestamp", "Recorded"),
        PageColumn("performed_by_username", "Who"),
        PageColumn(
            "form",
            "Correct",
            is_optional=True,
            write=lambda row: gettext("Undo") if row["form"] else None,
            link=lambda row: find_form_page(reverse("sale-payment-reverse", args=[row["sale"], row["id"]])),
        ),
    ),
    empty="Nothing was paid.",
    is_optional=True,
)
PAY = Action("Save the payment", lambda row: row["payment_page"], right=Right.WORK)
