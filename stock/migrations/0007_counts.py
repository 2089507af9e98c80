from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnerKey

# Counts are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_stockcount_immutable BEFORE UPDATE OR DELETE ON stock_stockcount
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_stockcount_not_emptied BEFORE TRUNCATE ON stock_stockcount
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0005_external_id_index"),
        ("stock", "0006_erased_performers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StockCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("location", OwnedKey(null=True, related_name="+", to="stock.location")),
                ("lot", OwnedKey(null=True, related_name="+", to="stock.lot")),
                ("counted", models.BigIntegerField()),
                ("expected", models.BigIntegerField()),
                ("outdated", models.BooleanField()),
                ("counted_at", models.DateTimeField()),
                (
                    "counted_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "operation",
                    OwnedKey(
                        help_text="The operation that booked the differences of this line and of those sent with it.",
                        null=True,
                        related_name="+",
                        to="stock.operation",
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "count",
                "abstract": False,
                "indexes": [Index(fields=["owner", "product", "counted_at"], name="stock_stockcount_by_product")],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_stockcount_owner_row"),
                    OwnedForeignKey(field="product", name="stock_stockcount_product"),
                    OwnedForeignKey(field="location", name="stock_stockcount_location"),
                    OwnedForeignKey(field="lot", shared=("product",), name="stock_stockcount_lot"),
                    OwnedForeignKey(field="operation", name="stock_stockcount_operation"),
                    CheckConstraint(condition=Q(counted__range=(0, MAX_QUANTITY)), name="stock_stockcount_counted"),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
