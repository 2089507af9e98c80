"""The attributes of products: group and options, values of own fields, tags, metadata.

They are stored in a separate row, the profile, because each booking writes the whole row of the product again and needs
none of them.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.metadata import MetadataColumn
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from core.translation import gettext_noop
from products.variants.models import Group

MAX_TAGS = 20
MAX_TAG_LENGTH = 40


class Profile(OwnedModel):
    """The profile of a product. A product without attributes has no profile.

    Only products.attributes.services writes it.
    """

    product = OwnedKey("products.Product", related_name="+")
    group = OwnedKey(Group, null=True, related_name="+")
    options = models.JSONField(default=dict, help_text="The value of each axis of the group: `size` is `M`.")
    fields = models.JSONField(default=dict, help_text="The values of own fields, by key. Numbers are texts.")
    tags = ArrayField(models.CharField(max_length=MAX_TAG_LENGTH), default=list)
    metadata = MetadataColumn()
    picture = models.CharField(max_length=64, default="", blank=True, help_text="The digest of its picture.")
    is_live = models.BooleanField(default=True, editable=False, help_text="Whether the product is not archived.")

    objects = OwnedQuerySet.as_manager()

    class Meta(OwnedModel.Meta):
        constraints = [
            *OwnedModel.Meta.constraints,
            OwnedForeignKey(field="product", name="products_profile_product"),
            OwnedForeignKey(field="group", name="products_profile_group"),
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
