"""The fields that shops add to their products. products.attributes stores their values."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core.archiving import ArchivableQuerySet
from core.ownership import OwnedModel
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

MAX_FIELDS = 30  # the limit of a shop's own fields that are not archived
MAX_KEY_LENGTH = 40
MAX_LABEL_LENGTH = 60
MAX_POSITION = 32_767
MAX_CHOICES = 100
MAX_CHOICE_LENGTH = 60
MAX_TEXT_LENGTH = 500  # the limit of a text or a link in an own field
FIELD_KEY = "[a-z0-9_]{1,40}"


class FieldType(models.TextChoices):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LINK = "link"


class FieldQuerySet(ArchivableQuerySet):
    def shown_to(self, user: Any) -> "list[CustomField]":
        """Return the fields that pages and filters of the user's shop have, in their order.

        Several parts of a page need them. They are read once for a request, which has its own object of the user.
        """
        if not hasattr(user, "own_fields"):
            user.own_fields = list(self.for_user(user).live().order_by("position", "id"))
        return user.own_fields  # type: ignore[no-any-return]


class CustomField(RecordedModel, OwnedModel):
    """A field that a shop has added to its products. Its key and its type are fixed."""

    key = models.CharField(max_length=MAX_KEY_LENGTH)
    label = models.CharField(max_length=MAX_LABEL_LENGTH)
    type = models.CharField(max_length=8, choices=FieldType)
    choices = ArrayField(models.CharField(max_length=MAX_CHOICE_LENGTH), default=list, blank=True)
    position = models.SmallIntegerField(default=0, help_text="Fields are shown in this order, then by their ids.")
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = FieldQuerySet.as_manager()
    tracked = (Tracked(Kind.FIELD, **ARCHIVED),)
    named_by = "label"

    class Meta(OwnedModel.Meta):
        verbose_name = "own field"
        constraints = [
            *OwnedModel.Meta.constraints,
            UniqueConstraint(fields=["owner", "key"], name="products_customfield_key"),
            CheckConstraint(condition=Q(key__regex=f"^{FIELD_KEY}$"), name="products_customfield_valid_key"),
            CheckConstraint(condition=Q(type__in=FieldType.values), name="products_customfield_type"),
        ]

    def __str__(self) -> str:
        return self.label
