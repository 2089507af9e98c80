from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# The rows are never changed: see 0001_initial.py, and 0004_remove_closed_accounts.py, which has the function.
TRIGGERS = (
    """
    CREATE TRIGGER stock_making_immutable BEFORE UPDATE OR DELETE ON stock_making
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_making_not_emptied BEFORE TRUNCATE ON stock_making
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)
ANY_QUANTITY = (1, 1_000_000_000)
REASONS = "purchase|sale|return|damage|theft|expiry|correction|other|opening|count|import|reversal|transfer|making"
REASON = CheckConstraint(condition=Q(reason__regex=f"^({REASONS})$"), name="stock_operation_reason")


class Migration(migrations.Migration):
    dependencies = [("products", "0020_kit_codes"), ("stock", "0020_visible_codes")]

    operations = [
        migrations.AlterField(
            "operation",
            "reason",
            models.CharField(choices=[(reason, reason.title()) for reason in REASONS.split("|")], max_length=10),
        ),
        migrations.RemoveConstraint("operation", "stock_operation_reason"),
        AddConstraintNotValid("operation", REASON),
        migrations.CreateModel(
            name="Recipe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="+", to="products.product")),
                (
                    "makes",
                    models.BigIntegerField(help_text="How much of the product the parts make, in base units."),
                ),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_recipe_owner_row"),
                    OwnedForeignKey(field="product", name="stock_recipe_product"),
                    UniqueConstraint(fields=["owner", "product"], name="stock_recipe_once"),
                    CheckConstraint(condition=Q(makes__range=ANY_QUANTITY), name="stock_recipe_makes"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecipePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("recipe", OwnedKey(related_name="+", to="stock.recipe")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "part of a recipe",
                "verbose_name_plural": "parts of recipes",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_recipepart_owner_row"),
                    OwnedForeignKey(field="recipe", name="stock_recipepart_recipe"),
                    OwnedForeignKey(field="product", name="stock_recipepart_product"),
                    UniqueConstraint(fields=["owner", "recipe", "product"], name="stock_recipepart_once"),
                    CheckConstraint(condition=Q(quantity__range=ANY_QUANTITY), name="stock_recipepart_quantity"),
                ],
                "indexes": [Index(fields=["owner", "product"], name="stock_recipepart_by_product")],
            },
        ),
        migrations.CreateModel(
            name="Making",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                (
                    "role",
                    models.CharField(
                        choices=[("made", "Made"), ("apart", "Apart"), ("expected", "Expected")], max_length=8
                    ),
                ),
                ("quantity", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="stock_making_owner_row"),
                    OwnedForeignKey(field="operation", name="stock_making_operation"),
                    OwnedForeignKey(field="product", name="stock_making_product"),
                    UniqueConstraint(fields=["owner", "operation", "product"], name="stock_making_once"),
                    CheckConstraint(condition=Q(role__in=["made", "apart", "expected"]), name="stock_making_role"),
                    CheckConstraint(condition=Q(quantity__range=ANY_QUANTITY), name="stock_making_quantity"),
                ],
            },
        ),
        migrations.RunSQL([*TRIGGERS], migrations.RunSQL.noop),
    ]
