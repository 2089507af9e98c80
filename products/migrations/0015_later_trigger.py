from django.db import migrations

# For a trigger that runs before an update, PostgreSQL locks and compares the row of each booking, which does not set
# the decimals. For one that runs after it, it does not.
DROP = "DROP TRIGGER products_product_decimals_fixed ON products_product"
CREATE = """
CREATE TRIGGER products_product_decimals_fixed {time} UPDATE OF decimals ON products_product
    FOR EACH ROW WHEN (NEW.decimals <> OLD.decimals AND OLD.stock_sequence > 0)
    EXECUTE FUNCTION products_refuse_decimals()
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0014_measured_index")]

    operations = [
        migrations.RunSQL([DROP, CREATE.format(time="AFTER")], [DROP, CREATE.format(time="BEFORE")]),
    ]
