from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

# A quantity means another amount if the decimals change, so those of a product with movements are fixed. A booking does
# not set them, so the trigger does not run then.
FUNCTION = """
CREATE FUNCTION products_refuse_decimals() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The decimals of a product with movements are fixed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'products_product_decimals_fixed';
END
$$
"""
TRIGGER = """
CREATE TRIGGER products_product_decimals_fixed BEFORE UPDATE OF decimals ON products_product
    FOR EACH ROW WHEN (NEW.decimals <> OLD.decimals AND OLD.stock_sequence > 0)
    EXECUTE FUNCTION products_refuse_decimals()
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0005_external_id_index")]

    operations = [
        migrations.AddField(
            "product",
            "decimals",
            models.SmallIntegerField(
                db_default=0,
                default=0,
                help_text="How many decimals an amount of it has: 3 for kilograms, counted in grams.",
            ),
        ),
        AddConstraintNotValid(
            "product", CheckConstraint(condition=Q(decimals__range=(0, 3)), name="products_product_decimals")
        ),
        migrations.RunSQL([FUNCTION, TRIGGER], "DROP FUNCTION products_refuse_decimals() CASCADE"),
    ]
