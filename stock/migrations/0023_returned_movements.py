from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

NOTHING, MAX_VALUE = Decimal("0.00"), Decimal("99999999999999999999.99")
# The rows are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_returned_immutable BEFORE UPDATE OR DELETE ON stock_returned
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_returned_not_emptied BEFORE TRUNCATE ON stock_returned
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [("stock", "0022_valid_reason")]

    operations = [
        migrations.CreateModel(
            name="Returned",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total", models.DecimalField(decimal_places=2, max_digits=22, null=True)),
                ("owner", OwnerKey(db_constraint=False)),
                ("movement", OwnedKey(related_name="+", to="stock.movement")),
                ("source", OwnedKey(related_name="+", to="stock.movement")),
            ],
            options={
                "verbose_name_plural": "returned",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_returned_owner_row"),
                    OwnedForeignKey(field="movement", name="stock_returned_movement"),
                    OwnedForeignKey(field="source", name="stock_returned_source"),
                    UniqueConstraint(fields=["owner", "movement"], name="stock_returned_once"),
                    CheckConstraint(condition=Q(total__range=(NOTHING, MAX_VALUE)), name="stock_returned_total"),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
