"""Suppliers: the companies and people that a shop buys from."""

from django.db import models
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.erasing import JSON_TEXT, Person
from core.external_ids import external_id_column, unique_external_id
from core.metadata import RECORDED_METADATA, metadata_column
from core.ownership import OwnedModel
from core.translation import gettext_noop
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

DEFAULT_LEAD_DAYS, MAX_LEAD_DAYS = 7, 365


class Supplier(Person, RecordedModel, OwnedModel):
    name = models.CharField(max_length=255)
    contact_email = models.EmailField("e-mail", blank=True)
    phone_number = models.CharField("phone", max_length=64, blank=True)
    # The reader of this address has asked for complete orders by mail. purchasing.order_links writes it.
    accepted_email = models.EmailField(blank=True, default="", db_default="", editable=False)
    lead_days = models.SmallIntegerField("lead time in days", default=DEFAULT_LEAD_DAYS, db_default=DEFAULT_LEAD_DAYS)
    external_id = external_id_column()
    metadata = metadata_column()
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ArchivableQuerySet.as_manager()
    personal = ("contact_email", "phone_number")
    tracked = (Tracked(Kind.SUPPLIER, beside=RECORDED_METADATA, saved="metadata", **ARCHIVED),)

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            models.UniqueConstraint(
                "owner", Lower("name"), condition=models.Q(archived_at=None), name="suppliers_supplier_name",
                violation_error_message=gettext_noop("You have a supplier with this name already."),
            ),
            unique_external_id("suppliers_supplier", archived_at=None),
            models.CheckConstraint(
                condition=models.Q(lead_days__range=(0, MAX_LEAD_DAYS)), name="suppliers_supplier_lead_days",
                violation_error_message=f"A lead time is 0 to {MAX_LEAD_DAYS} days.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def list_stored_copies(self) -> dict[str, str]:
        head = rf'("id":{self.pk},"name":{JSON_TEXT},"contact_email":)'
        return {rf'{head}{JSON_TEXT},"phone_number":{JSON_TEXT}': r'\1"","phone_number":""'}
