from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
TYPES = [
    ("text", "Text"), ("number", "Number"), ("date", "Date"), ("yes_no", "Yes No"), ("choice", "Choice"),
    ("link", "Link"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("products", "0007_valid_decimals")]

    operations = [
        migrations.AddField(
            "product",
            "has_profile",
            models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether it has a profile: see products.profile_models. products.profiles writes it.",
            ),
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", ID),
                ("name", models.CharField(max_length=255)),
                ("axes", ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("owner", OwnerKey()),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_group_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        condition=Q(archived_at=None),
                        name="products_group_name",
                        violation_error_message="You have a group with this name already.",
                    ),
                    CheckConstraint(condition=Q(axes__len__lte=3), name="products_group_axes"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", ID),
                ("key", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=60)),
                ("type", models.CharField(choices=TYPES, max_length=8)),
                (
                    "choices",
                    ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None),
                ),
                (
                    "position",
                    models.SmallIntegerField(default=0, help_text="Fields are shown in this order, then by their ids."),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("owner", OwnerKey()),
            ],
            options={
                "verbose_name": "own field",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_customfield_owner_row"),
                    UniqueConstraint(fields=("owner", "key"), name="products_customfield_key"),
                    CheckConstraint(condition=Q(key__regex="^[a-z0-9_]{1,40}$"), name="products_customfield_valid_key"),
                    CheckConstraint(
                        condition=Q(type__in=["text", "number", "date", "yes_no", "choice", "link"]),
                        name="products_customfield_type",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", ID),
                (
                    "options",
                    models.JSONField(default=dict, help_text="The value of each axis of the group: `size` is `M`."),
                ),
                (
                    "fields",
                    models.JSONField(default=dict, help_text="The values of own fields, by key. Numbers are texts."),
                ),
                ("tags", ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ("metadata", models.JSONField(default=dict, help_text="Texts of other programs, by key.")),
                (
                    "picture",
                    models.CharField(blank=True, default="", help_text="The digest of its picture.", max_length=64),
                ),
                (
                    "is_live",
                    models.BooleanField(default=True, editable=False, help_text="Whether the product is not archived."),
                ),
                ("group", OwnedKey(null=True, related_name="+", to="products.group")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="+", to="products.product")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_profile_owner_row"),
                    OwnedForeignKey(field="product", name="products_profile_product"),
                    OwnedForeignKey(field="group", name="products_profile_group"),
                    UniqueConstraint(fields=("owner", "product"), name="products_profile_of_product"),
                    UniqueConstraint(
                        condition=Q(("group__isnull", False), ("is_live", True), ~Q(options={})),
                        fields=("owner", "group", "options"),
                        name="products_profile_options",
                        violation_error_message="Another product of the group has these options.",
                    ),
                ],
                "indexes": [
                    Index(
                        condition=Q(group__isnull=False), fields=["owner", "group"], name="products_profile_by_group"
                    ),
                    Index(condition=~Q(metadata={}), fields=["owner"], name="products_profile_metadata"),
                ],
            },
        ),
    ]
