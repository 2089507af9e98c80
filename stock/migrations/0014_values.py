"""The value and the price of movements. A trigger refuses to change a movement, except to set a value where it has none.

Movements that are booked before this, or by an earlier release that still runs, have no value. stock.valuing sets it.
"""

from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION stock_refuse_change_of_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unvalued stock_movement := NEW;
BEGIN
    unvalued.value := NULL;
    IF TG_OP = 'UPDATE' AND unvalued IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The ledger is immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'stock_immutable';
END
$$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER stock_movement_immutable BEFORE UPDATE OR DELETE ON stock_movement
    FOR EACH ROW EXECUTE FUNCTION stock_refuse_change_of_movement()
"""
FORMER_TRIGGER = """
CREATE OR REPLACE TRIGGER stock_movement_immutable BEFORE UPDATE OR DELETE ON stock_movement
    FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0012_validate_stock_value"), ("stock", "0013_validate_reason")]

    operations = [
        migrations.AddField(
            model_name="movement",
            name="value",
            field=models.DecimalField(
                decimal_places=2,
                help_text="The cost of the quantity. Empty until stock.valuing has valued a movement of an earlier"
                " release.",
                max_digits=22,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="movement",
            name="unit_price",
            field=models.DecimalField(
                decimal_places=2, help_text="The price of one unit that was sold.", max_digits=12, null=True
            ),
        ),
        AddConstraintNotValid(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0), ("value__lte", Decimal("99999999999999999999.99"))),
                name="stock_movement_value",
            ),
        ),
        AddConstraintNotValid(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit_price", None),
                    models.Q(
                        ("movement_type", "OUT"), ("unit_price__gte", 0), ("unit_price__lte", Decimal("9999999999.99"))
                    ),
                    _connector="OR",
                ),
                name="stock_movement_unit_price",
            ),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION stock_refuse_change_of_movement()"),
        migrations.RunSQL(TRIGGER, FORMER_TRIGGER),
    ]
