from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_initial")]

    operations = [
        migrations.AddField(
            "supplier",
            "lead_days",
            models.SmallIntegerField(db_default=7, default=7, verbose_name="lead time in days"),
        ),
        AddConstraintNotValid(
            "supplier",
            models.CheckConstraint(
                condition=models.Q(("lead_days__gte", 0), ("lead_days__lte", 365)),
                name="suppliers_supplier_lead_days",
                violation_error_message="A lead time is 0 to 365 days.",
            ),
        ),
    ]
