"""Customers: the people and companies that a shop sells to."""

from django.db import models
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.erasing import JSON_TEXT, Person
from core.external_ids import external_id_column, unique_external_id
from core.metadata import RECORDED_METADATA, metadata_column
from core.ownership import OwnedModel
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked
from stock.models import MAX_NOTE_LENGTH

MAX_ADDRESS_LENGTH = 1000


class Customer(Person, RecordedModel, OwnedModel):
    """A person or company that the shop sells to. Two customers may have the same name."""

    name = models.CharField(max_length=255)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=64, blank=True)
    address = models.TextField(max_length=MAX_ADDRESS_LENGTH, blank=True)
    note = models.TextField(max_length=MAX_NOTE_LENGTH, blank=True)
    external_id = external_id_column()
    metadata = metadata_column()
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = ArchivableQuerySet.as_manager()
    personal = ("name", "email", "phone", "address", "note", "external_id", "metadata")
    tracked = (Tracked(Kind.CUSTOMER, beside=RECORDED_METADATA, saved="metadata", **ARCHIVED),)

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            unique_external_id("customers_customer", archived_at=None),
        ]
        indexes = [
            models.Index("owner", Lower("name"), "id", name="customers_customer_by_name"),
            models.Index("owner", Lower("email"), condition=~models.Q(email=""), name="customers_customer_by_email"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def erased_name(self) -> str:
        """Return the name that replaces the one of an erased customer."""
        return f"customer-{self.pk}"

    def list_stored_copies(self) -> dict[str, str]:
        texts = "".join(rf',"{name}":{JSON_TEXT}' for name in ("email", "phone", "address", "note"))
        metadata = rf"\{{(?:{JSON_TEXT}:{JSON_TEXT},?)*\}}"
        row = rf'("id":{self.pk},"name":){JSON_TEXT}{texts},"external_id":(?:null|{JSON_TEXT}),"metadata":{metadata}'
        empty = '"email":"","phone":"","address":"","note":"","external_id":null,"metadata":{}'
        in_order = rf'("customer":{self.pk},"customer_name":){JSON_TEXT}'
        return {row: rf'\1"{self.erased_name}",{empty}', in_order: rf'\1"{self.erased_name}"'}
