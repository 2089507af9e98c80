from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = [("stock", "0009_skipped_rows")]

    operations = [
        migrations.AddField("stockcount", "nowhere", models.BooleanField(default=False, db_default=False)),
        AddConstraintNotValid(
            "stockcount",
            CheckConstraint(condition=Q(nowhere=False) | Q(location=None, lot=None), name="stock_stockcount_nowhere"),
        ),
    ]
