"""The list of customers, and their actions. trade.reservations.pages is the page of a customer."""

from django.utils.translation import gettext

from core.further_fields import Columns
from core.pages.columns import PageColumn, columns_of
from core.pages.links import PageLink
from core.pages.still_open import add_open
from core.pages.tables import TablePage
from core.sentences import fill
from core.texts.locales import name_countries
from core.translation import gettext_noop
from records.contacts.view_bases import make_verbs
from records.history.models import Kind
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.models import Customer
from trade.customers.serializers import OF_INVOICES

ERASE = "Erase the customer"
VERBS = make_verbs(
    Kind.CUSTOMER, add_row="Add customer", erase=ERASE, erased="Erased the customer.",
    confirm_erasing=lambda customer: add_open(
        gettext(
            "The name, e-mail address, phone number, address, note and id in another program of {name} are removed"
            " everywhere, also from the history. The name becomes {new}. Nobody can undo this."
        ).format(name=customer.name, new=customer.erased_name), customer,
    ),
    archived="Archived the customer.",
    confirm=lambda one: add_open(fill("{name} leaves the list until you restore it.", name=one.name), one),
)  # fmt: skip
INVOICES = gettext_noop("Invoices")
FIELDS = {name: {"group": INVOICES} for name in OF_INVOICES}
FIELDS["country"]["help_text"] = "For invoices."
customer_column = columns_of(Customer)
COUNTRY = customer_column("country", write=lambda row: name_countries().get(row["country"]))
OF_CUSTOMER = tuple(COUNTRY if name == "country" else customer_column(name) for name in OF_INVOICES)
CUSTOMERS = TablePage(
    Columns(
        PageColumn("name", "Customer", page="customer-detail"),
        customer_column("email"),
        customer_column("phone"),
        BESIDE_CUSTOMERS,
        customer_column("created_at", kind="moment", is_extra=True),
    ),
    extend=BESIDE_CUSTOMERS.add_names,
    empty="No customers yet.",
    hint="Only what you sell to order needs a customer: a sale at the counter needs none.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
