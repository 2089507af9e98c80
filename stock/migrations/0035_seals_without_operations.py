from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q

IS_COUNTED = Q(operations__gte=0, movements__gte=0)


class Migration(migrations.Migration):
    dependencies = [("stock", "0034_extra_costs")]

    operations = [
        migrations.RemoveConstraint("seal", "stock_seal_not_empty"),
        AddConstraintNotValid("seal", CheckConstraint(condition=IS_COUNTED, name="stock_seal_counts")),
    ]
