"""Groups of variants: products that differ in size or colour. Their options are in products.attributes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.archiving import ArchivableQuerySet
from core.ownership import OwnedModel
from core.translation import gettext_noop
from records.history.models import ARCHIVED, Kind, RecordedModel, Tracked

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

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            UniqueConstraint(
                "owner", Lower("name"), condition=Q(archived_at=None), name="products_group_name",
                violation_error_message=gettext_noop("You have a group with this name already."),
            ),
            CheckConstraint(condition=Q(axes__len__lte=MAX_AXES), name="products_group_axes"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
