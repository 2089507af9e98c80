from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey
from stock.models import PriceSource

# What made the price of a sale is never changed: migration 0004 of stock has the function.
TRIGGERS = (
    """
    CREATE TRIGGER prices_pricefrom_immutable BEFORE UPDATE OR DELETE ON prices_pricefrom
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER prices_pricefrom_not_emptied BEFORE TRUNCATE ON prices_pricefrom
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)
PRESENT = Q(until=None)
PERCENTS = Q(percent__range=(0, 100))
SPAN = Q(until=None) | Q(until__gte=F("since"))


def make_id():
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def make_span():
    return [("since", models.DateTimeField()), ("until", models.DateTimeField(null=True))]


def owner_row(table):
    return UniqueConstraint(fields=["owner", "id"], name=f"{table}_owner_row")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0004_unnamed_buyer"),
        ("kits", "0001_initial"),
        ("stock", "0029_counts_by_operation"),
        ("users", "0035_has_prices"),
        ("history", "0004_longer_kinds"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceGroup",
            fields=[
                make_id(),
                ("owner", OwnerKey()),
                ("name", models.CharField(max_length=255)),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Taken off the list price.",
                        max_digits=5,
                        verbose_name="percent off",
                    ),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
            ],
            options={
                "constraints": [
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        condition=Q(archived_at=None),
                        name="prices_pricegroup_name",
                        violation_error_message="You have a price group with this name already.",
                    ),
                    CheckConstraint(condition=PERCENTS, name="prices_pricegroup_percent"),
                    owner_row("prices_pricegroup"),
                ]
            },
        ),
        migrations.CreateModel(
            name="GroupPercent",
            fields=[
                make_id(),
                ("owner", OwnerKey()),
                *make_span(),
                ("price_group", OwnedKey(related_name="+", to="prices.pricegroup")),
                ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
            ],
            options={
                "verbose_name": "percent of a price group",
                "verbose_name_plural": "percents of price groups",
                "constraints": [
                    UniqueConstraint(
                        fields=["owner", "price_group"], condition=PRESENT, name="prices_grouppercent_present"
                    ),
                    CheckConstraint(condition=PERCENTS, name="prices_grouppercent_percent"),
                    CheckConstraint(condition=SPAN, name="prices_grouppercent_span"),
                    OwnedForeignKey("price_group", name="prices_grouppercent_price_group"),
                    owner_row("prices_grouppercent"),
                ],
                "indexes": [Index(fields=["owner", "price_group", "since"], name="prices_grouppercent_by_time")],
            },
        ),
        migrations.CreateModel(
            name="CustomerGroup",
            fields=[
                make_id(),
                ("owner", OwnerKey()),
                *make_span(),
                ("customer", OwnedKey(related_name="+", to="customers.customer")),
                ("price_group", OwnedKey(related_name="+", to="prices.pricegroup")),
            ],
            options={
                "verbose_name": "price group of a customer",
                "verbose_name_plural": "price groups of customers",
                "constraints": [
                    UniqueConstraint(
                        fields=["owner", "customer"], condition=PRESENT, name="prices_customergroup_present"
                    ),
                    CheckConstraint(condition=SPAN, name="prices_customergroup_span"),
                    OwnedForeignKey("customer", name="prices_customergroup_customer"),
                    OwnedForeignKey("price_group", name="prices_customergroup_price_group"),
                    owner_row("prices_customergroup"),
                ],
                "indexes": [
                    Index(fields=["owner", "customer", "since"], name="prices_customergroup_by_time"),
                    Index(fields=["owner", "price_group"], condition=PRESENT, name="prices_customergroup_of_group"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceRow",
            fields=[
                make_id(),
                ("owner", OwnerKey()),
                *make_span(),
                ("product", OwnedKey(null=True, related_name="+", to="products.product")),
                ("kit", OwnedKey(null=True, related_name="+", to="kits.kit")),
                ("price_group", OwnedKey(null=True, related_name="+", to="prices.pricegroup")),
                ("least", models.BigIntegerField(null=True, verbose_name="from")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("starts_on", models.DateField(null=True, verbose_name="first day")),
                ("ends_on", models.DateField(null=True, verbose_name="last day")),
            ],
            options={
                "verbose_name": "price",
                "constraints": [
                    UniqueConstraint(
                        fields=["owner", "product", "kit", "price_group", "least", "starts_on", "ends_on"],
                        condition=PRESENT,
                        nulls_distinct=False,
                        name="prices_pricerow_once",
                    ),
                    CheckConstraint(
                        condition=Q(product=None, kit__isnull=False) | Q(product__isnull=False, kit=None),
                        name="prices_pricerow_goods",
                    ),
                    CheckConstraint(
                        condition=Q(price__range=(0, Decimal("9999999999.99"))), name="prices_pricerow_price"
                    ),
                    CheckConstraint(
                        condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                        name="prices_pricerow_days",
                    ),
                    CheckConstraint(condition=SPAN, name="prices_pricerow_span"),
                    CheckConstraint(condition=Q(least__range=(1, 1_000_000_000)), name="prices_pricerow_least"),
                    OwnedForeignKey("product", name="prices_pricerow_product"),
                    OwnedForeignKey("kit", name="prices_pricerow_kit"),
                    OwnedForeignKey("price_group", name="prices_pricerow_price_group"),
                    owner_row("prices_pricerow"),
                ],
                "indexes": [
                    Index(
                        fields=["owner", "product", "until"],
                        condition=~Q(product=None),
                        name="prices_pricerow_by_product",
                    ),
                    Index(fields=["owner", "kit", "until"], condition=~Q(kit=None), name="prices_pricerow_by_kit"),
                    Index(fields=["owner", "price_group"], condition=PRESENT, name="prices_pricerow_of_group"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceFrom",
            fields=[
                make_id(),
                ("owner", OwnerKey(db_constraint=False)),
                ("movement", OwnedKey(related_name="+", to="stock.movement")),
                ("made_by", models.CharField(choices=PriceSource, max_length=7)),
            ],
            options={
                "verbose_name": "what made a price",
                "verbose_name_plural": "what made prices",
                "constraints": [
                    UniqueConstraint(fields=["owner", "movement"], name="prices_pricefrom_once"),
                    CheckConstraint(
                        condition=Q(made_by__in=["list", "row", "percent", "typed"]), name="prices_pricefrom_made_by"
                    ),
                    OwnedForeignKey("movement", name="prices_pricefrom_movement"),
                    owner_row("prices_pricefrom"),
                ],
            },
        ),
        *(migrations.RunSQL(trigger, migrations.RunSQL.noop) for trigger in TRIGGERS),
    ]
