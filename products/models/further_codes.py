"""Further codes of products, and the codes of kits."""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import checks
from core.model_fields import CodeColumn
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from core.translation import gettext_noop
from products.models.products import MAX_CODE_LENGTH, Product, gtin_index, quantity_range


class Code(OwnedModel):
    """A further code of a product, such as the code of a case, which stands for several pieces.

    Only products.codes writes it. The codes of archived products are not live, so that other products may have them.
    """

    product = OwnedKey(Product)
    code = CodeColumn(max_length=MAX_CODE_LENGTH)
    quantity = models.BigIntegerField(default=1)
    is_live = models.BooleanField(default=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(
                "owner",
                Lower("code"),
                condition=Q(is_live=True),
                name="products_code_code",
                violation_error_message=gettext_noop("Another product has this code."),
            ),
            *checks(not_empty=~Q(code="")),
            quantity_range("quantity", least=1),
        ]
        indexes = [
            Index(fields=["owner", "product"], name="products_code_by_product"),
            gtin_index("code", "products_code_gtin", is_live=True),
        ]

    def __str__(self) -> str:
        return self.code


class KitCode(OwnedModel):
    """A code of a live kit. Kits are in an app above this one, which writes these rows.

    So the codes of products are compared with them, and no product gets the code of a kit.
    """

    code = CodeColumn(max_length=MAX_CODE_LENGTH)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "code of a kit"
        verbose_name_plural = "codes of kits"
        constraints = [
            UniqueConstraint(
                "owner",
                Lower("code"),
                name="products_kitcode_code",
                violation_error_message=gettext_noop("Another kit has this code."),
            ),
            *checks(not_empty=~Q(code="")),
        ]
        indexes = [gtin_index("code", "products_kitcode_gtin")]

    def __str__(self) -> str:
        return self.code
