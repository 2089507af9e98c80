"""The price lists of suppliers that were taken, and what each has changed."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Max, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.model_fields import user_name_column
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet, OwnerKey, UserKey
from products.models import Offer
from records.contacts.models import Contact, NamesContacts
from stock.models import MAX_FILE_NAME_LENGTH
from suppliers.models import Supplier


class PricePer(models.TextChoices):
    UNIT = "unit"
    PACK = "pack"


COUNTS = ("rows", "changed", "unchanged", "unknown", "not_offered", "missing", "doubtful", "refused")


class PriceList(NamesContacts):
    """A price list that was taken. Its numbers are 1, 2, 3 … of each supplier. Only price_lists.services writes it.

    `price_per` is what the prices were those of, if it mattered: the next list of the supplier is read in this way. The
    counts are those of the response. `unknown_rows` has the rows that no product has, one in a line, as JSON. Only the
    last list of a supplier keeps them.
    """

    supplier = OwnedKey(Supplier)
    number = models.IntegerField("list")
    file_name = models.CharField("file", max_length=MAX_FILE_NAME_LENGTH, blank=True)
    price_per = models.CharField("prices per", max_length=4, choices=PricePer, blank=True)
    rows = models.IntegerField("rows", default=0)
    changed = models.IntegerField("changed", default=0)
    unchanged = models.IntegerField("unchanged", default=0)
    unknown = models.IntegerField("unknown", default=0)
    not_offered = models.IntegerField("not offered so far", default=0)
    missing = models.IntegerField("no longer in the list", default=0)
    doubtful = models.IntegerField("doubtful", default=0)
    refused = models.IntegerField("left out", default=0)
    created_products = models.JSONField(default=list, help_text="The ids of the products that the list has created.")
    unknown_rows = models.TextField(blank=True, default="")
    made_by = UserKey()
    made_by_username = user_name_column()
    created_at = models.DateTimeField("added", auto_now_add=True)
    undone_at = models.DateTimeField("undone", null=True, blank=True)

    objects = OwnedQuerySet.as_manager()
    moved_as = "price_lists"

    class Meta:
        verbose_name = "price list"
        constraints = [
            UniqueConstraint(fields=["owner", "supplier", "number"], name="purchasing_pricelist_number"),
            CheckConstraint(condition=Q(price_per__in=["", *PricePer.values]), name="purchasing_pricelist_price_per"),
        ]

    def __str__(self) -> str:
        return f"price list {self.number} of supplier {self.supplier_id}"

    @classmethod
    def move(cls, contact: Contact, into: Contact) -> None:
        """Let the lists name `into`. Their numbers follow those of its own lists, which keep theirs.

        If both offer a product, the offer that the lists have changed goes. What they changed of it is removed, because
        undoing a list would change the offer of `into`.
        """
        lists = cls.objects.filter(owner_id=contact.owner_id)
        both = [pk for pk, is_of_both in Offer.list_offered(contact, into) if is_of_both]
        changes = PriceListChange.objects.filter(owner_id=contact.owner_id, product__in=both)
        changes.filter(price_list__in=lists.filter(supplier_id=contact.pk).values("pk")).delete()
        last = lists.filter(supplier_id=into.pk).aggregate(last=Max("number", default=0))["last"]
        lists.filter(supplier_id=contact.pk).update(supplier=into.pk, number=F("number") + last)


class PriceListChange(OwnedModel):
    """A field of an offer that a price list has changed, with its old and its new value as text, null for none.

    With `is_new`, the supplier did not offer the product before. `product` is an id without a relation, because a
    product that the list has created is archived when the list is undone, and nothing else of the shop uses it.
    """

    # PostgreSQL would look up the owner once for each of many rows. The list ensures that it exists.
    owner = OwnerKey(db_constraint=False)
    price_list = OwnedKey(PriceList)
    product = models.BigIntegerField(help_text="Id of the product.")
    line = models.IntegerField(help_text="The line of the file.")
    field = models.CharField(max_length=12)
    old = models.TextField(null=True)
    new = models.TextField(null=True)
    is_new = models.BooleanField(default=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            OwnedForeignKey(field="price_list", name="purchasing_listchange_list"),
        ]
        indexes = [Index(fields=["owner", "price_list", "line"], name="purchasing_changes_by_list")]

    def __str__(self) -> str:
        return f"{self.field} of product {self.product}"
