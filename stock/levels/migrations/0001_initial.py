from django.conf import settings
from django.db import migrations, models

import core.database.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("products", "0026_valid_tax_category"),
        ("stock", "0033_owed_from"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Level",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("low_at", models.BigIntegerField()),
                ("fill_to", models.BigIntegerField()),
                ("location", core.ownership.OwnedKey(related_name="+", to="stock.location")),
                ("owner", core.ownership.OwnerKey()),
                ("product", core.ownership.OwnedKey(related_name="+", to="products.product")),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "product"], name="levels_level_by_product")],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "location", "product"), name="levels_level_once"),
                    models.CheckConstraint(condition=models.Q(("low_at__gte", 0)), name="levels_level_low_at"),
                    models.CheckConstraint(
                        condition=models.Q(("fill_to__gt", models.F("low_at")), ("fill_to__lte", 1000000000)),
                        name="levels_level_fill_to",
                    ),
                    core.database.constraints.OwnedForeignKey(field="location", name="levels_level_location"),
                    core.database.constraints.OwnedForeignKey(field="product", name="levels_level_product"),
                    models.UniqueConstraint(fields=("owner", "id"), name="levels_level_owner_row"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefillSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("location", core.ownership.OwnedKey(related_name="+", to="stock.location")),
                ("owner", core.ownership.OwnerKey()),
                ("refill_from", core.ownership.OwnedKey(null=True, related_name="+", to="stock.location")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "location"), name="levels_refillsource_once"),
                    models.CheckConstraint(
                        condition=models.Q(("refill_from", models.F("location")), _negated=True),
                        name="levels_refillsource_other",
                    ),
                    core.database.constraints.OwnedForeignKey(field="location", name="levels_refillsource_location"),
                    core.database.constraints.OwnedForeignKey(
                        field="refill_from", name="levels_refillsource_refill_from"
                    ),
                    models.UniqueConstraint(fields=("owner", "id"), name="levels_refillsource_owner_row"),
                ],
            },
        ),
    ]
