from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

SIZES = ["57x32", "38x25", "70x36", "100x50"]
CODES = ["qr", "barcode", "auto"]


class Migration(migrations.Migration):
    dependencies = [("users", "0021_valid_roles")]

    operations = [
        migrations.AddField(
            "user", "label_size",
            models.CharField(
                "size of labels", max_length=6, choices=[(name, name) for name in SIZES], default="57x32",
                db_default="57x32",
            ),
        ),
        migrations.AddField(
            "user", "label_code",
            models.CharField(
                "code of labels", max_length=7, choices=[(name, name) for name in CODES], default="auto",
                db_default="auto",
            ),
        ),
        AddConstraintNotValid("user", CheckConstraint(condition=Q(label_size__in=SIZES), name="users_user_label_size")),
        AddConstraintNotValid("user", CheckConstraint(condition=Q(label_code__in=CODES), name="users_user_label_code")),
    ]  # fmt: skip
