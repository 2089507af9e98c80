"""The orders of the demo shop: a draft with products that are low, and an order of which the first half has arrived."""

from products.models import Product
from purchasing.lines import OrderedLine, ReceivedLine
from purchasing.models import Order
from purchasing.services import create_order, receive, send_order
from stock.booking.drafts import by_id
from suppliers.models import Supplier
from users.models import User

PACKS_IN_DRAFT, PACKS_SENT = 2, 4
MAX_PRODUCTS = 4


def make_orders(owner: User, helper: User) -> None:
    """Write a draft to a supplier of products that are low, send an order to the first supplier, and receive half of
    it.
    """
    products = Product.objects.for_user(owner).live().order_by("id")
    first, *others = Supplier.objects.for_user(owner).order_by("id")
    low = list(products.filter(is_low_stock=True, supplier__in=others))
    supplier = next((product.supplier for product in low if product.supplier), others[0])
    wanted = [product for product in low if product.supplier == supplier] or list(products.filter(supplier=supplier))
    write_order(owner, supplier, wanted[:MAX_PRODUCTS], PACKS_IN_DRAFT, reference="what is low")
    best, *rare = products.filter(supplier=first)
    ordered = [best, *rare[1 - MAX_PRODUCTS :]]
    sent = write_order(owner, first, ordered, PACKS_SENT, reference="autumn", note="Please deliver before noon.")
    send_order(by=owner, pk=sent.pk)
    arrived = [ReceivedLine(by_id(product.pk), PACKS_SENT * product.pack_size) for product in ordered[2:]]
    receive(by=helper, pk=sent.pk, lines=arrived, note="the rest comes next week")


def write_order(
    owner: User, supplier: Supplier, products: list[Product], packs: int, *, reference: str, note: str = ""
) -> Order:
    """Return a new draft that orders this number of packs of each product."""
    lines = [OrderedLine(by_id(product.pk), packs * product.pack_size) for product in products]
    return create_order(by=owner, supplier=supplier, lines=lines, reference=reference, note=note)
