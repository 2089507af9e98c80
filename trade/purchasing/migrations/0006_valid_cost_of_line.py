from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0005_cost_of_line")]

    operations = [ValidateConstraint("orderline", "purchasing_orderline_cost")]
