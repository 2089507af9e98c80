"""The pages of customers."""

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn, columns_of
from core.pages.links import (
    POST_FORM,
    PUT_FORM,
    Action,
    PageLink,
    Verb,
    add,
    link_to_row,
    remove,
    restore,
    save,
)
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from core.translation import gettext_noop as _
from desk.reports.still_open import add_open
from records.history.models import Kind
from records.history.pages import show_changes
from trade.customers.models import Customer
from users.access.roles import Right

VERBS = {
    "erase": Verb(
        "Erase the customer", _("Erase for ever"), say=lambda _row: _("Erased the customer."),
        link=link_to_row("customer-detail"), is_final=True,
        confirm=lambda customer: add_open(
            gettext(
                "The name, e-mail address, phone number, address, note and id in another program of {name} are removed"
                " everywhere, also from the history. The name becomes {new}. Nobody can undo this."
            ).format(name=customer.name, new=customer.erased_name), customer,
        ),
    ),
    "create": add("Add customer", "customer-detail"), "update": save(), "restore": restore("customer-detail"),
    "destroy": remove(
        "Archive", _("Archived the customer."),
        lambda one: add_open(fill("{name} leaves the list until you restore it.", name=one.name), one),
    ),
}  # fmt: skip
customer_column = columns_of(Customer)
CUSTOMERS = TablePage(
    (
        PageColumn("name", "Customer", page="customer-detail"),
        customer_column("email"),
        customer_column("phone"),
        customer_column("created_at", kind="moment", is_extra=True),
    ),
    empty=_("No customers yet."),
    hint=_("Only what you sell to order needs a customer: a sale at the counter needs none."),
    first=(PageLink("Add the first one", f"#{POST_FORM}", style="primary", right=Right.WORK),),
)
ADD_CHANGES, CHANGES = show_changes(Kind.CUSTOMER)
CUSTOMER = DetailPage(
    "name",
    (
        customer_column("email"),
        customer_column("phone"),
        customer_column("address"),
        customer_column("note"),
        customer_column("external_id"),
        customer_column("created_at", kind="moment"),
    ),
    actions=(
        Action("Edit", lambda _row: f"#{PUT_FORM}", needs="put_form"),
        Action(
            "Erase the customer", lambda row: reverse("customer-erase", args=[row["id"]]), right=Right.MANAGE_PRODUCTS
        ),
    ),
    sections=(CHANGES,),
    extend=ADD_CHANGES,
)
