from django.db import migrations, models
from django.db.models import Index, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# Returns are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_return_immutable BEFORE UPDATE OR DELETE ON stock_return
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_return_not_emptied BEFORE TRUNCATE ON stock_return
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    dependencies = [("stock", "0007_counts")]

    operations = [
        migrations.CreateModel(
            name="Return",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("sale", OwnedKey(related_name="+", to="stock.operation")),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("scrapped", OwnedKey(null=True, related_name="+", to="stock.operation")),
            ],
            options={
                "abstract": False,
                "indexes": [Index(fields=["owner", "sale"], name="stock_return_by_sale")],
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_return_owner_row"),
                    OwnedForeignKey(field="sale", name="stock_return_sale"),
                    OwnedForeignKey(field="operation", name="stock_return_operation"),
                    OwnedForeignKey(field="scrapped", name="stock_return_scrapped"),
                    UniqueConstraint(fields=["owner", "operation"], name="stock_return_once"),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
