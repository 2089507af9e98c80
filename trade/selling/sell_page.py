"""The page that sells. It books one operation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.pages.cells import Fields
from core.pages.columns import Display
from core.pages.tabs import Tab
from products.look_ups import FoundProduct
from stock.models import MovementType, OperationReason
from trade.sales.reading import SoldMost, read_sold_most
from trade.selling.payment_pages import RECEIVED, PaidPage
from trade.selling.prices import must_sell_at_list_price
from users.access.permissions import may_send
from web.task_pages.book_page import HOW_MANY, LOCATION, LOT, PRICE_OF_ONE, REMARKS, WHICH, BookPage, charge_lines
from web.task_pages.task_form import TaskForm


class Tile(NamedTuple):
    """A button that adds a product to a sale."""

    text: str  # finds the product
    name: str
    price: str
    picture: str | None

    @classmethod
    def of(cls, product: SoldMost, display: Display) -> "Tile":
        found = FoundProduct(product.id, product.name, product.sku, product.barcode, product.options)
        unit = f" / {product.unit}" if product.decimals and product.unit else ""
        return cls(found.text, found.full_name, display.money(product.price) + unit, product.picture)


class SellPage(PaidPage, BookPage):
    template_name = "shop/sell.html"
    title = button = gettext_lazy("Sell")
    tab = Tab()
    movement_type, reason = MovementType.OUT, OperationReason.SALE
    has_camera = is_cart = takes_goods = True
    columns = {
        "product": WHICH, "quantity": HOW_MANY,
        "unit_price": PRICE_OF_ONE,
        "location": LOCATION, "lot": LOT,
    }  # fmt: skip
    fields = {**RECEIVED, **REMARKS}
    done_one = gettext_lazy("Sold {quantity:,} of {product}:")
    done = ngettext_lazy("Sold {number:,} line.", "Sold {number:,} lines.", "number")

    @cached_property
    def own_columns(self) -> Fields:
        """Return the columns, without the price for who sells at the list's."""
        hidden = {"unit_price"} if must_sell_at_list_price(self.user) else set()
        return {name: field for name, field in super().own_columns.items() if name not in hidden}

    def read_form(self, *, is_sent: bool) -> TaskForm:
        form = super().read_form(is_sent=is_sent)
        form.sells = True
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        return {**body, "lines": charge_lines(self.user, body["lines"], {})}

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        """Return the tiles of the products that the shop sells most, for users who may see products."""
        display = Display.of(self.user)
        sold = read_sold_most(self.user.shop_owner.pk) if may_send(self.user, "product-list", "GET") else []
        return {"tiles": [Tile.of(product, display) for product in sold]}

    def find_receipt(self, data: Mapping[str, Any]) -> str:
        return reverse("sale-detail", args=[data["id"]]) if may_send(self.user, "sale-detail", "GET") else ""
