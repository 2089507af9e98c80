"""What lies beside a product's row: its picture, its group of variants, and the shop's own fields.

The profile has the values of all this, with tags and metadata. It is a row of its own, because each booking writes the
whole row of the product again and needs none of them.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint
from django.db.models.lookups import LessThanOrEqual

from core.archiving import ArchivableQuerySet
from core.database.constraints import checks
from core.files.picture_limits import MAX_LARGE_BYTES, MAX_SMALL_BYTES
from core.model_fields import MetadataColumn, unique_name
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from core.translation import gettext_noop
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

MAX_PICTURES = 5000  # the limit of a shop


def at_most(field: str, max_bytes: int) -> CheckConstraint:
    """Return the constraint that a picture has no more bytes."""
    length = Func(F(field), function="octet_length", output_field=models.IntegerField())
    return CheckConstraint(condition=Q(LessThanOrEqual(length, max_bytes)), name=f"products_picture_{field}")


class Picture(OwnedModel):
    """The picture of a product, as JPEGs from core.files.pictures. products.pictures.services writes it."""

    product = OwnedKey("products.Product")
    large = models.BinaryField()
    small = models.BinaryField()
    digest = models.CharField(max_length=32)
    created_at = models.DateTimeField("added", auto_now_add=True)
    updated_at = models.DateTimeField("changed", auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "product"], name="products_picture_of_product"),
            at_most("large", MAX_LARGE_BYTES),
            at_most("small", MAX_SMALL_BYTES),
        ]

    def __str__(self) -> str:
        return str(self.product)


MAX_AXES = 3
MAX_AXIS_LENGTH = 40
MAX_VALUES = 60  # the limit of the values of an axis, among the live products of the group
MAX_VALUE_LENGTH = 60


class Group(RecordedModel, OwnedModel):
    """A group of variants, such as a T-shirt in sizes and colours. Each variant is a product, with its own stock.

    While a group is archived, its products are in no group, and still hold their options.
    """

    name = models.CharField(max_length=255)
    axes = ArrayField(models.CharField(max_length=MAX_AXIS_LENGTH), verbose_name="options", default=list, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("added", auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()
    tracked = (Tracked(Kind.GROUP, **ARCHIVED),)

    class Meta:
        constraints = [
            unique_name(gettext_noop("You have a group with this name already.")),
            *checks(axes=Q(axes__len__lte=MAX_AXES)),
        ]

    def __str__(self) -> str:
        return self.name


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

    class Meta:
        verbose_name = "own field"
        constraints = [
            UniqueConstraint(fields=["owner", "key"], name="products_customfield_key"),
            *checks(valid_key=Q(key__regex=f"^{FIELD_KEY}$"), type=Q(type__in=FieldType.values)),
        ]

    def __str__(self) -> str:
        return self.label


MAX_TAGS = 20
MAX_TAG_LENGTH = 40


class Profile(OwnedModel):
    """The profile of a product. A product without attributes has no profile.

    Only products.attributes.services writes it.
    """

    product = OwnedKey("products.Product")
    group = OwnedKey(Group, null=True)
    options = models.JSONField(default=dict, help_text="The value of each axis of the group: `size` is `M`.")
    fields = models.JSONField(default=dict, help_text="The values of own fields, by key. Numbers are texts.")
    tags = ArrayField(models.CharField(max_length=MAX_TAG_LENGTH), default=list)
    metadata = MetadataColumn()
    picture = models.CharField(max_length=64, default="", blank=True, help_text="The digest of its picture.")
    is_live = models.BooleanField(default=True, editable=False, help_text="Whether the product is not archived.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "product"], name="products_profile_of_product"),
            UniqueConstraint(
                fields=["owner", "group", "options"],
                condition=Q(is_live=True, group__isnull=False) & ~Q(options={}),
                name="products_profile_options",
                violation_error_message=gettext_noop("Another product of the group has these options."),
            ),
        ]
        indexes = [
            Index(fields=["owner", "group"], condition=Q(group__isnull=False), name="products_profile_by_group"),
            Index(fields=["owner"], condition=~Q(metadata={}), name="products_profile_metadata"),
        ]

    def __str__(self) -> str:
        return str(self.product)

    def describe(self) -> dict[str, Any]:
        """Return the values that a request can change, by their names in the API."""
        return {name: getattr(self, name) for name in ("group_id", "options", "fields", "tags", "metadata", "picture")}
