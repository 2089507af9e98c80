from django.db import migrations, models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# Numbers are never changed: see stock/migrations/0001_initial.py, which has the function, and
# stock/migrations/0004_remove_closed_accounts.py.
TRIGGERS = (
    """
    CREATE TRIGGER sales_number_immutable BEFORE UPDATE OR DELETE ON sales_number
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER sales_number_not_emptied BEFORE TRUNCATE ON sales_number
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("stock", "0016_valid_total"), ("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("number", models.BigIntegerField(default=0, help_text="The last number that was given.")),
                (
                    "position",
                    models.BigIntegerField(
                        default=0, help_text="The sales of the events up to this position have numbers."
                    ),
                ),
            ],
            options={
                "verbose_name": "last number of a shop's sales",
                "verbose_name_plural": "last numbers of shops' sales",
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="sales_series_owner_row"),
                    UniqueConstraint(fields=["owner"], name="sales_series_owner"),
                    CheckConstraint(condition=Q(number__gte=0), name="sales_series_number"),
                    CheckConstraint(condition=Q(position__gte=0), name="sales_series_position"),
                ],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("number", models.BigIntegerField()),
                ("operation", OwnedKey(related_name="numbers", to="stock.operation")),
            ],
            options={
                "verbose_name": "number of a sale",
                "verbose_name_plural": "numbers of sales",
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="sales_number_owner_row"),
                    OwnedForeignKey(field="operation", name="sales_number_operation"),
                    UniqueConstraint(fields=["owner", "number"], name="sales_number_once"),
                    UniqueConstraint(fields=["owner", "operation"], name="sales_number_one_operation"),
                    CheckConstraint(condition=Q(number__gte=1), name="sales_number_from_one"),
                ],
                "abstract": False,
            },
        ),
        *(migrations.RunSQL(trigger, migrations.RunSQL.noop) for trigger in TRIGGERS),
    ]
