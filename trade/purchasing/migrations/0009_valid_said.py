from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0008_said")]

    operations = [
        ValidateConstraint("orderline", "purchasing_orderline_pack_size"),
        ValidateConstraint("orderline", "purchasing_orderline_said"),
    ]
