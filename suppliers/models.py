"""Suppliers: the companies and people that a shop buys from."""

from typing import Any

from django.db import models

from core.model_fields import unique_name
from core.translation import gettext_noop
from records.contacts.models import Contact
from records.history.models import Kind
from suppliers.errors import SupplierArchived

DEFAULT_LEAD_DAYS, MAX_LEAD_DAYS = 7, 365
MAX_ADDRESS_LENGTH = 1000


class Supplier(Contact):
    contact_email = models.EmailField("e-mail", blank=True)
    phone_number = models.CharField("phone", max_length=64, blank=True)
    address = models.TextField(max_length=MAX_ADDRESS_LENGTH, blank=True, default="", db_default="")
    # The reader of this address has asked for complete orders by mail. purchasing.order_links writes it.
    accepted_email = models.EmailField(blank=True, default="", db_default="", editable=False)
    lead_days = models.SmallIntegerField("lead time in days", default=DEFAULT_LEAD_DAYS, db_default=DEFAULT_LEAD_DAYS)

    later = ("address",)
    personal = ("contact_email", "phone_number", *later)
    tracked = Contact.track(Kind.SUPPLIER)
    archived_error = SupplierArchived
    filters_by_name = True

    class Meta(Contact.Meta):
        constraints = [
            *Contact.list_constraints("suppliers_supplier"),
            unique_name(gettext_noop("You have a supplier with this name already.")),
            models.CheckConstraint(
                condition=models.Q(lead_days__range=(0, MAX_LEAD_DAYS)),
                name="suppliers_supplier_lead_days",
                violation_error_message=f"A lead time is 0 to {MAX_LEAD_DAYS} days.",
            ),
        ]
        indexes = [Contact.index_merged("suppliers_supplier")]

    def list_erased(self) -> dict[str, Any]:
        return {**super().list_erased(), "accepted_email": ""}
