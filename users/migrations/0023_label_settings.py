from django.db import migrations, models
from django.db.models import CheckConstraint, Q

SIZES = ["57x32", "38x25", "70x36", "100x50"]
CODES = ["qr", "barcode", "auto"]


def make_field(title, names, default):
    choices = [(name, name) for name in names]
    return models.CharField(title, max_length=7, choices=choices, default=default, db_default=default)


class Migration(migrations.Migration):
    dependencies = [("users", "0022_developer")]

    operations = [
        migrations.AddField("user", "label_size", make_field("size of labels", SIZES, "57x32")),
        migrations.AddField("user", "label_code", make_field("code of labels", CODES, "auto")),
        migrations.AddConstraint(
            "user", CheckConstraint(condition=Q(label_size__in=SIZES), name="users_user_label_size")
        ),
        migrations.AddConstraint(
            "user", CheckConstraint(condition=Q(label_code__in=CODES), name="users_user_label_code")
        ),
    ]
