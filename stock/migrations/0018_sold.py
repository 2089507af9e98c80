from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

NOTHING, MAX_VALUE, MOST = Decimal("0.00"), Decimal("99999999999999999999.99"), Decimal("100.00")
# The rows are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_sold_immutable BEFORE UPDATE OR DELETE ON stock_sold
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_sold_not_emptied BEFORE TRUNCATE ON stock_sold
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [("stock", "0017_payments")]

    operations = [
        migrations.CreateModel(
            name="Sold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rate",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="VAT in percent"),
                ),
                (
                    "is_net",
                    models.BooleanField(help_text="Whether the price was without VAT.", verbose_name="VAT was added"),
                ),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="Its part of the discount of the sale, taken off the price.",
                        max_digits=22,
                    ),
                ),
                ("owner", OwnerKey(db_constraint=False)),
                ("movement", OwnedKey(related_name="+", to="stock.movement")),
            ],
            options={
                "verbose_name_plural": "sold",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_sold_owner_row"),
                    OwnedForeignKey(field="movement", name="stock_sold_movement"),
                    UniqueConstraint(fields=["owner", "movement"], name="stock_sold_once"),
                    CheckConstraint(condition=Q(rate__range=(NOTHING, MOST)), name="stock_sold_rate"),
                    CheckConstraint(condition=Q(discount__range=(NOTHING, MAX_VALUE)), name="stock_sold_discount"),
                    CheckConstraint(
                        condition=Q(rate__isnull=False) | Q(is_net=False, discount__gt=0), name="stock_sold_needed"
                    ),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
