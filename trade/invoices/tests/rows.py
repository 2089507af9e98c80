"""The rows of a shop with a row of every model: invoices with their files, and a credit note."""

from core.ownership import save_fields
from products.models import Product
from products.taxes.services import create_tax
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from testing.cast.shops import make_texts
from trade.customers.models import Customer
from trade.invoices.models import FileFormat, Invoice, InvoiceFile
from trade.invoices.services import OF_SHOP, issue_invoice, keep_file
from trade.selling.drafts import ReturnLine
from trade.selling.services import sell, take_back
from users.models import User


def create_rows(shop):
    word, product, owner = shop.word, shop.products[-1], shop.owner
    present = {name: getattr(owner, name) for name in (*OF_SHOP, "shop_name", "tax_number")}
    save_fields(owner, {name: value or word for name, value in present.items()} | {"currency": "EUR", "country": "AT"})
    customer = Customer.objects.create(owner=owner, country="AT", **make_texts(Customer, f"{word}-bill"))
    exempt = create_tax(owner_id=owner.pk, name=f"{word} exempt", rate=0, category="E", reason=f"{word} reason")
    taxed = Product.objects.filter(pk=product.pk)
    [former] = taxed.values_list("tax_id", flat=True)
    taxed.update(tax=exempt)
    by = User.find(shop.worker.pk)
    rows = []
    for _ in range(3 if shop.number > 150_000_000 else 2):  # then no shop has the last number of the other one
        draft = OperationDraft(by=by, reason=OperationReason.SALE, customer=customer.pk)
        [sold] = sell(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, 2)])
        invoice = issue_invoice(by=by, sale=sold.operation, note=f"{word} note")
        keep_file(invoice=invoice, file_format=FileFormat.PDF, content=f"{word} {invoice.number}".encode())
        take_back(by=by, sale=sold.operation, lines=[ReturnLine(by_id(product.pk), 2)])
        rows.append(invoice)
    taxed.update(tax_id=former)
    save_fields(owner, present)
    return {Invoice: rows[0], InvoiceFile: InvoiceFile.objects.get(invoice=rows[0])}
