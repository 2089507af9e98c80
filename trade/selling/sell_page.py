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
from trade.sales.reading import TileGoods, read_tiles
from trade.selling.look_ups import FoundGoods
from trade.selling.payment_pages import RECEIVED, PaidPage
from trade.selling.prices import must_sell_at_list_price
from users.access.permissions import may_send
from web.task_pages.book_page import HOW_MANY, LOCATION, LOT, PRICE_OF_ONE, REMARKS, WHICH, BookPage, charge_lines
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class Tile(NamedTuple):
    """A button that adds a product or a kit to a sale."""

    text: str  # finds the goods
    name: str
    price: str
    picture: str | None

    @classmethod
    def of(cls, goods: TileGoods, display: Display) -> "Tile":
        text, name = describe_tile(goods)
        unit = f" / {goods.unit}" if goods.decimals and goods.unit else ""
        return cls(text, name, display.money(goods.price) + unit, goods.picture)


def describe_tile(goods: TileGoods) -> tuple[str, str]:
    """Return the text that finds the product or the kit, and its name."""
    codes = goods.id, goods.name, goods.sku, goods.barcode
    if goods.is_kit:
        return FoundGoods(*codes).text, goods.name
    found = FoundProduct(*codes, goods.options)
    return found.text, found.full_name


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
        """Return the tiles of the shop, for users who may see products."""
        display = Display.of(self.user)
        tiles = read_tiles(self.user.shop_owner) if may_send(self.user, "product-list", "GET") else []
        return {
            "tiles": [Tile.of(goods, display) for goods in tiles],
            "may_choose": may_send(self.user, "account", "PATCH"),
        }

    def find_receipt(self, data: Mapping[str, Any]) -> str:
        return reverse("sale-detail", args=[data["id"]]) if may_send(self.user, "sale-detail", "GET") else ""


class TilesPage(TaskPage):
    """Chooses the tiles of those who sell, and their order. Without any, they are what is sold most."""

    route, method = "account", "PATCH"
    takes_key = False
    takes_goods = is_ordered = True
    title = gettext_lazy("Tiles")
    button = gettext_lazy("Save")
    hint = gettext_lazy("Up to 24 buttons of Sell and of the tills, in this order. Empty: what is sold most.")
    done = gettext_lazy("Saved the tiles.")
    columns = {"product": WHICH}
    lines_name = "tiles"

    def make_form(self) -> TaskForm:
        """Return the form with the present tiles."""
        texts = [describe_tile(goods)[0] for goods in read_tiles(self.user.shop_owner)]
        return self.fill_form({}, [{"product": text} for text in texts])

    def find_next(self, data: Any) -> str:
        return reverse("shop-sell")
