from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# What was sold is never changed: migration 0004 of stock has the function.
TRIGGERS = (
    """
    CREATE TRIGGER kits_soldkit_immutable BEFORE UPDATE OR DELETE ON kits_soldkit
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER kits_soldkit_not_emptied BEFORE TRUNCATE ON kits_soldkit
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)
NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")
ANY_QUANTITY = (1, 1_000_000_000)


def unique_code(field):
    return UniqueConstraint(
        F("owner"),
        Lower(field),
        condition=Q(archived_at=None) & ~Q(**{field: ""}),
        name=f"kits_kit_{field}",
        violation_error_message="Another kit has this code.",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [("products", "0020_kit_codes"), ("stock", "0019_erased_tills"), ("users", "0033_has_kits")]

    operations = [
        migrations.CreateModel(
            name="Kit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("name", models.CharField(max_length=255)),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("barcode", models.CharField(blank=True, max_length=64)),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=128, null=True, verbose_name="id in another program"),
                ),
                ("price", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("description", models.TextField(blank=True, max_length=10_000)),
                (
                    "metadata",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        editable=False,
                        help_text="Texts of other programs, by key.",
                    ),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="kits_kit_owner_row"),
                    unique_code("sku"),
                    unique_code("barcode"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("external_id"),
                        condition=Q(archived_at=None, external_id__isnull=False),
                        name="kits_kit_external_id",
                        violation_error_message="Another row has this external_id already.",
                    ),
                    CheckConstraint(condition=Q(price=None) | Q(price__range=(0, MAX_PRICE)), name="kits_kit_price"),
                ],
                "indexes": [Index(F("owner"), Lower("name"), F("id"), name="kits_kit_by_name")],
            },
        ),
        migrations.CreateModel(
            name="KitPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("kit", OwnedKey(related_name="+", to="kits.kit")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "part of a kit",
                "verbose_name_plural": "parts of kits",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="kits_kitpart_owner_row"),
                    OwnedForeignKey(field="kit", name="kits_kitpart_kit"),
                    OwnedForeignKey(field="product", name="kits_kitpart_product"),
                    UniqueConstraint(fields=["owner", "kit", "product"], name="kits_kitpart_once"),
                    CheckConstraint(condition=Q(quantity__range=ANY_QUANTITY), name="kits_kitpart_quantity"),
                ],
                "indexes": [Index(fields=["owner", "product"], name="kits_kitpart_by_product")],
            },
        ),
        migrations.CreateModel(
            name="SoldKit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("kit", OwnedKey(related_name="+", to="kits.kit")),
                ("name", models.CharField(max_length=255)),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("quantity", models.BigIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price of one")),
                ("total", models.DecimalField(decimal_places=2, max_digits=22, verbose_name="price of all")),
                ("movements", ArrayField(models.SmallIntegerField())),
            ],
            options={
                "verbose_name": "kit that was sold",
                "verbose_name_plural": "kits that were sold",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="kits_soldkit_owner_row"),
                    OwnedForeignKey(field="operation", name="kits_soldkit_operation"),
                    OwnedForeignKey(field="kit", name="kits_soldkit_kit"),
                    CheckConstraint(condition=Q(quantity__range=ANY_QUANTITY), name="kits_soldkit_quantity"),
                    CheckConstraint(
                        condition=Q(unit_price__range=(NOTHING, MAX_PRICE)), name="kits_soldkit_unit_price"
                    ),
                    CheckConstraint(condition=Q(total__range=(NOTHING, MAX_VALUE)), name="kits_soldkit_total"),
                ],
                "indexes": [
                    Index(fields=["owner", "operation", "id"], name="kits_soldkit_by_operation"),
                    Index(fields=["owner", "kit", "id"], name="kits_soldkit_by_kit"),
                ],
            },
        ),
        *(migrations.RunSQL(trigger, migrations.RunSQL.noop) for trigger in TRIGGERS),
    ]
