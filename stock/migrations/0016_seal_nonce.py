"""The nonce of a seal, without which its digest would confirm the costs that somebody guesses."""

import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import stock.models


class Migration(migrations.Migration):
    dependencies = [("stock", "0015_validate_values")]

    operations = [
        migrations.AddField(
            model_name="seal",
            name="nonce",
            field=models.BinaryField(
                help_text="Random bytes that only the owner reads, in the file. Empty in formats below 4.", null=True
            ),
        ),
        AddConstraintNotValid(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("format__lt", 4), ("nonce__isnull", True)),
                    models.Q(
                        django.db.models.lookups.Exact(stock.models.OctetLength("nonce"), 32),
                        ("format__gte", 4),
                        ("nonce__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="stock_seal_nonce",
            ),
        ),
    ]
