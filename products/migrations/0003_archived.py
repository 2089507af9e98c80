from django.db import migrations, models

from core.ownership import OwnedKey

KEPT = "The link that was taken away because its row is archived: see core.archiving."


def link(to: str) -> OwnedKey:
    return OwnedKey(blank=True, limit_choices_to={"archived_at": None}, null=True, related_name="products", to=to)


class Migration(migrations.Migration):
    dependencies = [("products", "0002_external_id"), ("suppliers", "0003_archived")]

    operations = [
        migrations.AddField("category", "archived_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "product", "kept_category_id", models.BigIntegerField(editable=False, help_text=KEPT, null=True)
        ),
        migrations.AddField(
            "product", "kept_supplier_id", models.BigIntegerField(editable=False, help_text=KEPT, null=True)
        ),
        migrations.AlterField("product", "category", link("products.category")),
        migrations.AlterField("product", "supplier", link("suppliers.supplier")),
    ]
