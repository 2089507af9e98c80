"""The rows of a shop with a row of every model: an open quote with kits, and one that was accepted."""

from decimal import Decimal

from stock.booking.drafts import BookingLine, Discount, ProductReference, by_id
from stock.models import MovementType
from trade.customers.models import Customer
from trade.kits.models import Kit, KitPart
from trade.quotes.models import Quote, QuotedKits, QuoteLine
from trade.quotes.services import accept, create
from trade.reservations.serializers import DAY
from users.models import User


def create_rows(shop):
    by, out = User.find(shop.worker.pk), MovementType.OUT
    product = (shop.products[2:3] or shop.products[-1:])[0]
    kit = Kit.objects.create(owner=shop.owner, name=f"{shop.word} quoted", sku=f"{shop.word}-quoted")
    KitPart.objects.create(owner=shop.owner, kit=kit, product=product, quantity=1)
    texts = {"reference": f"{shop.word} offer", "note": f"{shop.word} quote"}
    fields = {"customer": Customer.objects.filter(owner=shop.owner, archived_at=None).first(), **texts}
    for _ in range(3 if shop.number > 150_000_000 else 1):  # so that the last numbers of the shops differ
        closed = create(by=by, lines=[BookingLine(by_id(shop.products[-1].pk), out, 1)], **texts)
    accept(by=by, pk=closed.pk, expires_in=DAY)
    kits = BookingLine(ProductReference("kit", kit.pk), out, 1, unit_price=Decimal(shop.number) / 100)
    lines = [BookingLine(by_id(product.pk), out, 1, unit_price=Decimal(shop.number) / 100), kits]
    quote = create(by=by, lines=lines, discount=Discount(amount=Decimal("0.01")), **fields)
    return {
        Quote: quote, QuoteLine: QuoteLine.objects.filter(quote=quote).first(),
        QuotedKits: QuotedKits.objects.get(quote=quote),
    }  # fmt: skip
