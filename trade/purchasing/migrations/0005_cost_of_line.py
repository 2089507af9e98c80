from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

from products.models import MAX_VALUE


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0004_external_id_index")]

    operations = [
        migrations.AddField(
            "orderline",
            "cost",
            models.DecimalField(
                decimal_places=2,
                help_text="In place of the cost of one.",
                max_digits=22,
                null=True,
                verbose_name="cost of all",
            ),
        ),
        AddConstraintNotValid(
            "orderline",
            CheckConstraint(
                condition=Q(cost=None) | Q(unit_cost=None, cost__range=(0, MAX_VALUE)), name="purchasing_orderline_cost"
            ),
        ),
    ]
