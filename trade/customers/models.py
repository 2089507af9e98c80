"""Customers: the people and companies that a shop sells to."""

from django.db import models
from django.db.models.functions import Lower

from core.database.constraints import checks
from core.model_fields import company_column
from core.ownership import JSON_TEXT, OwnedKey, OwnedQuerySet
from records.contacts.models import Contact, NamesContacts
from records.history.models import Kind
from stock.models import MAX_NOTE_LENGTH, Operation
from trade.customers.errors import CustomerArchived

MAX_ADDRESS_LENGTH = 1000


class Customer(Contact):
    """A person or company that the shop sells to. Two customers may have the same name."""

    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=64, blank=True)
    address = models.TextField(max_length=MAX_ADDRESS_LENGTH, blank=True)
    note = models.TextField(max_length=MAX_NOTE_LENGTH, blank=True)

    price_group_id: int | None = None  # the app that has price groups sets it

    # What invoices say of the customer, besides its name.
    legal_name = company_column("legal_name")
    vat_id = company_column("vat_id", "number for VAT")
    street = company_column("street")
    postcode = company_column("postcode")
    city = company_column("city")
    country = company_column("country")
    invoice_email = company_column("invoice_email", "e-mail for invoices")
    buyer_reference = company_column("buyer_reference", "code for invoices")
    einvoice_address = company_column("einvoice_address", "address for electronic invoices")

    later = (
        "legal_name", "vat_id", "street", "postcode", "city", "country", "invoice_email", "buyer_reference",
        "einvoice_address",
    )  # fmt: skip
    personal = ("name", "email", "phone", "address", "note", "external_id", "metadata", *later)
    tracked = Contact.track(Kind.CUSTOMER)
    archived_error = CustomerArchived

    class Meta(Contact.Meta):
        constraints = [
            *Contact.list_constraints("customers_customer"),
            *checks(country=models.Q(country__regex=r"^([A-Z]{2})?$")),
        ]
        indexes = [
            models.Index("owner", Lower("name"), "id", name="customers_customer_by_name"),
            models.Index("owner", Lower("email"), condition=~models.Q(email=""), name="customers_customer_by_email"),
            Contact.index_merged("customers_customer"),
        ]

    def list_stored_copies(self) -> dict[str, str]:
        in_order = rf'("customer":{self.pk},"customer_name":){JSON_TEXT}'
        return {**super().list_stored_copies(), in_order: rf'\1"{self.erased_name}"'}


class Buyer(NamesContacts):
    """Who has bought by a sale that no order has named. Only trade.selling writes the rows.

    A sale that is to be paid later has a row, too. If nobody is named, the row has no customer.
    """

    sealed_with = "buyer"
    not_sealed = ("customer", "is_named_later")  # a merge changes the customer

    operation = OwnedKey(Operation)
    customer = OwnedKey(Customer, null=True)
    # Whether the sale got its customer after it was booked, so that no seal has the row.
    is_named_later = models.BooleanField(default=False, db_default=False)

    objects = OwnedQuerySet.as_manager()
    moved_as = "sales"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "operation"], name="customers_buyer_once"),
        ]
        indexes = [models.Index(fields=["owner", "customer", "operation"], name="customers_buyer_by_customer")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} of operation {self.operation_id}"
