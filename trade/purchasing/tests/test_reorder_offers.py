"""The choice among random offers, compared with a plain computation."""

from collections import defaultdict
from random import Random

from django.utils import timezone

from products.models import Offer, Product
from stock.models import MovementType, OperationReason
from suppliers.models import DEFAULT_LEAD_DAYS, Supplier
from testing.laws.query_plans import analyze_tables
from testing.tables import all_cases
from trade.purchasing.demand import CHOICES
from trade.purchasing.tests.test_reorder import COVER, DAYS, move, read_rows

PRODUCTS = 300
LAST = float("inf")  # the cost of an offer without one


def make_shop(owner, random):
    """Return the products, with their preferred offer and others, of which some suppliers are archived."""
    pick = random.choice
    suppliers = [Supplier.objects.create(owner=owner, name=f"S{number}", lead_days=number) for number in (0, 2, 9, 30)]
    gone = Supplier.objects.create(owner=owner, name="Gone", lead_days=0, archived_at=timezone.now())
    costs = (None, "0.00", "1.00", "2.50", "2.50")
    products = Product.objects.bulk_create(
        Product(
            owner=owner, name=f"P{number}", price=1, min_threshold=random.randint(0, 60), supplier_sku=f"own {number}",
            pack_size=pick((1, 6, 144)), supplier=pick((*suppliers, None)), cost_price=pick(costs),
        )
        for number in range(PRODUCTS)
    )  # fmt: skip
    offers = [
        Offer(owner=owner, product=product, supplier=supplier, lead_days=pick((None, 0, 2, 9)), min_packs=pick((1, 3)))
        for product in products
        for supplier in random.sample([*suppliers, gone], random.randint(0, 4))
    ]
    for offer in offers:
        if offer.supplier_id != offer.product.supplier_id:
            offer.supplier_sku = f"{offer.supplier.name} {offer.product_id}"
            offer.pack_size, offer.cost_price = pick((1, 5, 50)), pick(costs)
    Offer.objects.bulk_create(offers)
    return {product.pk: product for product in Product.objects.filter(owner=owner).select_related("supplier")}


def list_offers(owner, products):
    """Return the offers of live suppliers by product: what a row shows of them, and whether it is the preferred one."""
    found = defaultdict(list)
    rows = {
        (one.product_id, one.supplier_id): one for one in Offer.objects.filter(owner=owner).select_related("supplier")
    }
    for product in products.values():
        if supplier := product.supplier:
            beside = rows.pop((product.pk, supplier.pk), None)
            found[product.pk].append(describe(product, supplier, beside, is_preferred=True))
    for offer in rows.values():
        if not offer.supplier.archived_at:
            found[offer.product_id].append(describe(offer, offer.supplier, offer, is_preferred=False))
    return found


def describe(source, supplier, beside, *, is_preferred):
    days = beside.lead_days if beside and beside.lead_days is not None else supplier.lead_days
    return {
        "supplier": supplier.pk, "supplier_sku": source.supplier_sku, "pack_size": source.pack_size,
        "unit_cost": source.cost_price, "lead_days": days, "min_packs": beside.min_packs if beside else 1,
        "is_other": not is_preferred,
    }  # fmt: skip


def rank(way, offer):
    cost = LAST if offer["unit_cost"] is None else offer["unit_cost"]
    ranks = {
        "preferred": (), "cheapest": (cost, offer["is_other"], offer["lead_days"]),
        "fastest": (offer["lead_days"], offer["is_other"], cost),
    }  # fmt: skip
    return (*ranks[way], offer["supplier"])


def expect(product, offers, way, quantity, sold):
    """Return what the row of the product has, or None if nothing is needed."""
    choices = [one for one in offers if way != "preferred" or not one["is_other"]]
    chosen = min(choices, key=lambda one: rank(way, one), default=None) or {
        "supplier": None, "supplier_sku": product.supplier_sku, "pack_size": product.pack_size,
        "unit_cost": product.cost_price, "lead_days": DEFAULT_LEAD_DAYS, "min_packs": 1,
    }  # fmt: skip
    needed = product.min_threshold + 1 + -(-sold * (chosen["lead_days"] + COVER) // DAYS) - quantity
    if needed <= 0:
        return None
    suggested = -(-needed // chosen["pack_size"]) * chosen["pack_size"]
    return {name: chosen[name] for name in chosen if name != "is_other"} | {"needed": needed, "suggested": suggested}


@all_cases("way", CHOICES)
def test_random_offers_agree_with_a_plain_computation(alice, way):
    random = Random(39)  # noqa: S311
    products = make_shop(alice, random)
    stock, sold = ({pk: random.randint(*span) for pk in products} for span in ((40, 80), (1, 40)))
    move(alice, MovementType.IN, OperationReason.PURCHASE, stock)
    move(alice, MovementType.OUT, OperationReason.SALE, sold)
    analyze_tables()
    rows, offers = read_rows(alice, choose=way), list_offers(alice, products)
    expected = {
        pk: row
        for pk, product in products.items()
        if (row := expect(product, offers[pk], way, stock[pk] - sold[pk], sold[pk]))
    }
    assert {pk: {name: row[name] for name in expected.get(pk, {})} for pk, row in rows.items()} == expected
    assert 100 < len(rows) < PRODUCTS
    assert all((row["supplier"] is None) == (row["chosen_by"] is None) for row in rows.values())
