from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

IS_SOMETHING = Q(cost__gt=0, cost__lte=Decimal("99999999999999999999.99"))
# What a delivery cost besides is never changed: 0004_remove_closed_accounts.py has the function.
TRIGGERS = [
    trigger.format(table=table)
    for table in ("stock_extracost", "stock_extrashare")
    for trigger in (
        """
        CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
        """,
        """
        CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
            EXECUTE FUNCTION stock_refuse_change()
        """,
    )
]


def make_id():
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def make_cost():
    return "cost", models.DecimalField(decimal_places=2, max_digits=22)


def owner_row(table):
    return UniqueConstraint(fields=["owner", "id"], name=f"{table}_owner_row")


class Migration(migrations.Migration):
    dependencies = [("stock", "0033_owed_from"), ("suppliers", "0007_merged_into")]

    operations = [
        migrations.CreateModel(
            name="ExtraCost",
            fields=[
                make_id(),
                ("owner", OwnerKey(db_constraint=False)),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("name", models.CharField(max_length=64)),
                make_cost(),
            ],
            options={
                "verbose_name": "extra cost of a delivery",
                "verbose_name_plural": "extra costs of deliveries",
                "constraints": [
                    CheckConstraint(condition=IS_SOMETHING, name="stock_extracost_cost"),
                    OwnedForeignKey("operation", name="stock_extracost_operation"),
                    owner_row("stock_extracost"),
                ],
                "indexes": [Index(fields=["owner", "operation"], name="stock_extracost_by_operation")],
            },
        ),
        migrations.CreateModel(
            name="ExtraShare",
            fields=[
                make_id(),
                ("owner", OwnerKey(db_constraint=False)),
                ("movement", OwnedKey(related_name="+", to="stock.movement")),
                make_cost(),
            ],
            options={
                "verbose_name": "share in extra costs",
                "verbose_name_plural": "shares in extra costs",
                "constraints": [
                    UniqueConstraint(fields=["owner", "movement"], name="stock_extrashare_once"),
                    CheckConstraint(condition=IS_SOMETHING, name="stock_extrashare_cost"),
                    OwnedForeignKey("movement", name="stock_extrashare_movement"),
                    owner_row("stock_extrashare"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                make_id(),
                ("owner", OwnerKey()),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("supplier", OwnedKey(related_name="+", to="suppliers.supplier")),
            ],
            options={
                "verbose_name_plural": "deliveries without an order",
                "constraints": [
                    UniqueConstraint(fields=["owner", "operation"], name="stock_delivery_once"),
                    OwnedForeignKey("operation", name="stock_delivery_operation"),
                    OwnedForeignKey("supplier", name="stock_delivery_supplier"),
                    owner_row("stock_delivery"),
                ],
                "indexes": [Index(fields=["owner", "supplier", "operation"], name="stock_delivery_by_supplier")],
            },
        ),
        *(migrations.RunSQL(trigger, migrations.RunSQL.noop) for trigger in TRIGGERS),
    ]
