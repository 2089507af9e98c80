import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.functions import Lower, LPad

import core.constraints
import core.ownership


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0007_validate_pack_size"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "product",
            "code_count",
            models.SmallIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="The number of its further codes. products.codes writes it.",
            ),
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(("code_count__gte", 0), ("code_count__lte", 20)), name="products_product_code_count"
            ),
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("quantity", models.BigIntegerField(default=1)),
                ("is_live", models.BooleanField(default=True, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="products.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["owner", "product"], name="products_code_by_product"),
                    models.Index(
                        models.F("owner"),
                        LPad("code", models.Value(14), models.Value("0")),
                        condition=models.Q(("code__regex", "^([0-9]{8}|[0-9]{12,14})$"), ("is_live", True)),
                        name="products_code_gtin",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="products_code_owner_row"),
                    core.constraints.OwnedForeignKey(
                        field="product",
                        name="products_code_product",
                        violation_error_message="This row does not exist.",
                    ),
                    models.UniqueConstraint(
                        models.F("owner"),
                        Lower("code"),
                        condition=models.Q(("is_live", True)),
                        name="products_code_code",
                        violation_error_message="Another product has this code.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="products_code_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="products_code_quantity",
                    ),
                ],
            },
        ),
    ]
