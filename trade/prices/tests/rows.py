"""The rows of a shop with a row of every model: a price group with a customer, and prices."""

from datetime import UTC, datetime

from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from trade.customers.models import Customer
from trade.kits.models import Kit, KitPart
from trade.prices.models import CustomerGroup, GroupPercent, PriceFrom, PriceGroup, PriceRow
from trade.prices.services import mark_used
from trade.selling.services import book

SINCE = datetime(2024, 2, 29, tzinfo=UTC)


def create_rows(shop):
    """Create a group of a customer, and prices of a product and a kit. Return the rows by their models."""
    owner, links = shop.owner, {"owner": shop.owner, "since": SINCE}
    mark_used(owner.pk)
    group = PriceGroup.objects.create(owner=owner, name=f"{shop.word} group", percent=10)
    customer, kit = (
        Customer.objects.filter(owner=owner).first(),
        Kit.objects.create(owner=owner, name=f"{shop.word} box"),
    )
    KitPart.objects.create(owner=owner, kit=kit, product=shop.products[0], quantity=1)
    service = Product.objects.create(
        owner=owner, name=f"{shop.word} service", price=2, keeps_stock=False, min_threshold=None
    )
    line = BookingLine(by_id(service.pk), MovementType.OUT, 1)
    *_, movement = book(draft=OperationDraft(by=owner, reason=OperationReason.SALE), lines=[line])
    rows = {
        PriceGroup: group,
        GroupPercent: GroupPercent.objects.create(price_group=group, percent=10, **links),
        CustomerGroup: CustomerGroup.objects.create(price_group=group, customer=customer, until=SINCE, **links),
        PriceRow: PriceRow.objects.create(product=shop.products[0], price_group=group, price=1, least=2, **links),
    }
    PriceRow.objects.create(kit=kit, price=1, starts_on=SINCE, **links)
    [kept] = PriceFrom.objects.bulk_create([PriceFrom(owner=owner, movement=movement, made_by="row")])
    return {**rows, PriceFrom: kept}
