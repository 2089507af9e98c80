from core.company_fields import make_company_field
from core.further_fields import FurtherFieldsSerializer
from core.serializers import example
from records.contacts.serializers import ContactSerializer
from trade.customers.hooks import BESIDE_CUSTOMERS
from trade.customers.models import Customer

# What invoices say of a customer.
OF_INVOICES = {
    "legal_name": "The name on invoices, if it is another one.",
    "vat_id": "The number for VAT, for invoices.",
    "street": "Street and number, for invoices.",
    "postcode": "For invoices.",
    "city": "For invoices.",
    "country": "ISO 3166 code, for invoices.",
    "invoice_email": "Where invoices are sent, if it is another address.",
    "buyer_reference": "What the customer wants to read on each invoice, such as a Leitweg-ID.",
    "einvoice_address": "Where it gets electronic invoices: scheme and id, as in 0208:0123456789.",
}


@example(
    name="Ada Fern", email="ada@fern.example", phone="+44 20 7946 0456", address="4 Mill Lane\nAmbleside",
    note="Collects on Fridays.",
)  # fmt: skip
class CustomerSerializer(FurtherFieldsSerializer, ContactSerializer):
    """Whom the shop sells to."""

    further = BESIDE_CUSTOMERS
    vars().update({name: make_company_field(name, text) for name, text in OF_INVOICES.items()})

    class Meta:
        model = Customer
        # Contact.list_stored_copies() relies on the order of the fields.
        fields = ("id", *Customer.personal, "created_at", "updated_at", "merged_into")
