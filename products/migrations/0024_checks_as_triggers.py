from decimal import Decimal

from django.db import migrations
from django.db.models import Q

from core.database.constraints import TriggeredCheck

NOTHING, MAX_PRICE, MAX_QUANTITY = Decimal("0.00"), Decimal("9999999999.99"), 1_000_000_000
# The checks of the columns that no booking sets.
CHECKS = {
    "min_threshold": Q(min_threshold__range=(0, MAX_QUANTITY)),
    "pack_size": Q(pack_size__range=(1, MAX_QUANTITY)),
    "price": Q(price__range=(NOTHING, MAX_PRICE)),
    "cost_price": Q(cost_price__range=(NOTHING, MAX_PRICE)),
    "decimals": Q(decimals__range=(0, 3)),
    "code_count": Q(code_count__range=(0, 20)),
}
# Raises the error of the check that the trigger names.
REFUSE = """
CREATE FUNCTION products_refuse_value() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'new row for relation "%" violates check constraint "%"', TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0023_filled_tally")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION products_refuse_value()"),
        *(
            operation
            for name, condition in CHECKS.items()
            for operation in (
                migrations.RemoveConstraint("product", f"products_product_{name}"),
                migrations.AddConstraint(
                    "product", TriggeredCheck(condition=condition, name=f"products_product_{name}")
                ),
            )
        ),
    ]
