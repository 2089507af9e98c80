"""The page that finds the sale of which something comes back."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from core.kinds import parse_id
from core.pages.columns import Display
from core.pages.form_fields import MAX_TYPED
from core.pages.look_ups import MAX_WORDS
from core.pages.tabs import Tab
from core.sentences import isolate, list_first, write_number
from core.texts.folding import match_words
from products.look_ups import PRODUCTS
from products.models import Product
from stock.models import Movement, MovementType, Operation, OperationReason
from trade.customers.models import Buyer, Customer
from trade.reservations.models import Reservation
from trade.sales.models import Number
from trade.sales.numbers import list_references, number_sales
from trade.sales.reading import attach_sales, list_sold
from trade.sales.receipt_pages import name_number
from trade.selling.goods import list_used
from trade.selling.look_ups import NAMES
from web.task_pages.task_page import TaskPage

MAX_FOUND = 20
MAX_PRODUCTS = 50  # the most products that a part of a name stands for


class FindSalePage(TaskPage):
    """Lists the sales of which something may come back: the newest ones, or those that were looked up.

    They are found by the number of the receipt, the reference, a part of the name of a product or of goods with parts,
    or of a customer.
    """

    http_method_names = ["get", "head", "options"]
    template_name = "shop/find_sale.html"
    tab = Tab(covers=("/shop/sales/",))
    title = gettext_lazy("Return")
    route = "operation-return"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        text, product = request.GET.get("sale", "").strip()[:MAX_TYPED], parse_id(request.GET.get("product", ""))
        number_sales(self.user.account_id or 0)
        sales = self.find_by_receipt(text) if text else []
        if len(sales) == 1 and sales[0].returnable:
            return redirect("shop-return-sale", pk=sales[0].pk)
        if text and not sales:
            sales = self.find_by_product(self.find_products(text), self.find_wholes(text))
            sales = sales or self.find_by_customer(text)
        elif not text:
            of_product = Product.objects.for_user(self.user).filter(pk=product or 0)
            sales = self.find_by_product(of_product) if product else self.describe(Operation.objects.all())
        name = PRODUCTS.describe(self.user, str(product)) if product else ""
        context = {"text": text or name, "sales": sales, "is_searched": bool(text or product)}
        return self.render(self.make_form(), self.template_name, context)

    def find_by_receipt(self, text: str) -> list[Any]:
        """Return the newest sales with this number of the shop, this reference, or this receipt of a till."""
        numbered = Number.objects.for_user(self.user).filter(number=parse_id(text.removeprefix("#")) or 0)
        rows = Operation.objects.filter(reference__in=list_references(self.user.account_id, text))
        return self.describe(rows) or self.describe(Operation.objects.filter(pk__in=numbered.values("operation_id")))

    def find_products(self, text: str) -> Any:
        """Return the product with this code, or those with these words in their names or codes."""
        products = Product.objects.for_user(self.user)
        found = PRODUCTS.find_all(self.user, [text])[text]
        if isinstance(found, int):
            return products.filter(pk=found)
        return products.filter(match_words(text.split()[:MAX_WORDS], ["name", "sku", "barcode"])).order_by("-pk")

    def find_wholes(self, text: str) -> list[int]:
        """Return the ids of the newest sales of goods with parts that have these words in their names or codes."""
        words = match_words(text.split()[:MAX_WORDS], NAMES)
        kinds = list_used(self.user.shop_owner)
        found = [(kind, kind.model.objects.for_user(self.user).filter(words)) for kind in kinds]
        rows = [kind.sold.objects.for_user(self.user).filter(**{f"{kind.name}__in": goods}) for kind, goods in found]
        return [pk for each in rows for pk in each.order_by("-pk").values_list("operation_id", flat=True)[:MAX_FOUND]]

    def find_by_product(self, products: Any, ids: Iterable[int] = ()) -> list[Any]:
        """Return the newest sales of the first MAX_PRODUCTS of these products, and those with these ids."""
        sold = Movement.objects.for_user(self.user).filter(
            product_id=OuterRef("pk"), movement_type=MovementType.OUT, operation__reason=OperationReason.SALE
        )
        newest = ArraySubquery(sold.order_by("-sequence").values("operation_id")[:MAX_FOUND])
        found = products.values_list(newest, flat=True)[:MAX_PRODUCTS]
        return self.describe(Operation.objects.filter(pk__in={*ids, *chain.from_iterable(found)}))

    def find_by_customer(self, text: str) -> list[Any]:
        """Return the newest sales to customers with this in their names, by an order or at the counter."""
        customers = Customer.objects.for_user(self.user).filter(match_words(text.split()[:MAX_WORDS], ["name"]))
        orders = Reservation.objects.for_user(self.user).filter(customer__in=customers, operation__isnull=False)
        buyers = Buyer.objects.for_user(self.user).filter(customer__in=customers)
        found = [rows.order_by("-operation_id").values_list("operation_id", flat=True) for rows in (orders, buyers)]
        ids = [pk for each in found for pk in each[:MAX_FOUND]]
        return self.describe(Operation.objects.filter(pk__in=ids))

    def describe(self, operations: Any) -> list[Any]:
        """Return the newest of these operations that are sales, with what the table shows of them."""
        rows = operations.for_user(self.user).filter(reason=OperationReason.SALE).detailed().order_by("-id")
        display = Display.of(self.user)
        sales = [sale for sale in attach_sales(rows[:MAX_FOUND], self.user.shop_owner) if not sale.seller.is_undone]
        for sale in sales:
            sale.receipt, sale.when = name_number(sale.seller), display.moment(sale.occurred_at)
            sale.sold_for = display.money(sale.money.total)
            words = [f"{write_number(sold)} \N{MULTIPLICATION SIGN} {isolate(name)}" for name, sold in list_sold(sale)]
            sale.words = list_first(words)
        return sales
