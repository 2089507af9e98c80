"""The page that sells. It books one operation."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from core.kinds import parse_id, read_decimal
from core.lists.filters import parse_instant
from core.money.amounts import price_of
from core.money.currencies import round_money
from core.pages.columns import Display
from core.pages.form_fields import Field
from core.pages.tabs import Tab
from core.translation import gettext_noop
from products.look_ups import FoundProduct
from products.models import Product
from stock.booking.drafts import Key, ProductReference
from stock.models import MovementType, OperationReason
from trade.customers.look_ups import BUYER
from trade.sales.reading import TileGoods, list_offered, read_tiles
from trade.selling.drafts import FoundGoods
from trade.selling.goods import find_kind
from trade.selling.named_goods import read_listed
from trade.selling.payments.pay_pages import DISCOUNT, OF_SALE, RECEIVED, PaidPage
from trade.selling.prices import PRODUCT, must_sell_at_list_price, read_prices
from users.access.permissions import may_send
from web.task_pages.adding_page import AddingPage
from web.task_pages.book_page import HOW_MANY, LOCATION, LOT, PRICE_OF_ONE, REMARKS, WHICH, BookPage
from web.task_pages.task_form import Line, TaskForm
from web.task_pages.task_page import TaskPage


def leave_out_discount(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of a body, with its total in place of its discount and its price."""
    hidden = {"off", "unit_price"} if "off" in line else set()
    return {name: value for name, value in line.items() if name not in hidden}


def name_goods(line: Line) -> Key:
    """Return the key of what the line sells: see FoundGoods.list_keys()."""
    return (line.goods.kind, line.goods.pk) if line.goods else (PRODUCT, line.cleaned_data.get("product", 0))


class Tile(NamedTuple):
    """A button that adds goods to a sale."""

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
    """Return the text that finds the goods, and their name."""
    codes = goods.id, goods.name, goods.sku, goods.barcode
    if goods.kind != "product":
        return FoundGoods(goods.kind, *codes).text, goods.name
    found = FoundProduct(*codes, goods.options)
    return found.text, found.full_name


CUSTOMER_AND_DISCOUNT = gettext_lazy("Customer and discount")
TOO_MUCH_OFF = gettext_noop("This is more than the line costs.")


PRICES = ("unit_price", "discount", "off")  # the fields that who sells at the list's prices does not have


class SellPage(AddingPage, PaidPage, BookPage):
    template_name = "shop/sell.html"
    title = button = gettext_lazy("Sell")
    tab = Tab()
    movement_type, reason = MovementType.OUT, OperationReason.SALE
    has_camera = is_cart = takes_goods = costs_what_applies = True
    columns = {
        "product": WHICH, "quantity": HOW_MANY,
        "unit_price": PRICE_OF_ONE,
        "off": Field(gettext_lazy("Discount"), DISCOUNT, is_rare=True),
        "location": LOCATION, "lot": LOT,
    }  # fmt: skip
    fields = {
        **RECEIVED,
        "customer": BUYER.replace(group=CUSTOMER_AND_DISCOUNT),
        "discount": OF_SALE.replace(group=CUSTOMER_AND_DISCOUNT),
        **REMARKS,
    }
    done_one = gettext_lazy("Sold {quantity:,} of {product}:")
    done = ngettext_lazy("Sold {number:,} line.", "Sold {number:,} lines.", "number")

    def uses_field(self, name: str) -> bool:
        if name in PRICES and must_sell_at_list_price(self.user):
            return False
        return super().uses_field(name)

    def read_form(self, *, is_sent: bool) -> TaskForm:
        form = super().read_form(is_sent=is_sent)
        form.sells = True
        return form

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        return {**body, "lines": [*map(leave_out_discount, body["lines"])]}

    def send(self, form: TaskForm) -> HttpResponse:
        """Send the form. A line with a discount is sold at what is left of its price."""
        for line in form.sent:
            if not line.errors and line.values.get("off"):
                self.take_off(line, form)
        return super().send(form)

    def take_off(self, line: Line, form: TaskForm) -> None:
        """Set the total of a line with a discount."""
        values, quantity, currency = line.values, line.cleaned_data.get("quantity"), self.user.shop_currency
        percent, amount = (read_decimal(values["off"].get(name, "")) for name in ("percent", "amount"))
        price = read_decimal(values.get("unit_price", "")) or self.find_price(line, form)
        if not isinstance(quantity, int):
            return  # the API says what is wrong with it
        if price is None or (percent is None and amount is None):
            line.add_error("off", gettext("Enter a discount such as 10 % or 2.50."))
            return
        whole = (
            line.total if line.total is not None else round_money(price_of(quantity, price, line.decimals), currency)
        )
        off = amount if percent is None else round_money(whole * percent / 100, currency)
        if off is None or off > whole:
            line.add_error("off", gettext(TOO_MUCH_OFF))
            return
        line.total = whole - off

    def find_price(self, line: Line, form: TaskForm) -> Decimal | None:
        """Return the price that applies to the goods of the line, at the time of the sale."""
        owner_id, key, at = self.user.account_id or 0, name_goods(line), self.read_time(form)
        if line.goods:
            found: Mapping[Key, Any] = find_kind(line.goods.kind).find(owner_id, [ProductReference(*key)])
        else:
            found = {(PRODUCT, one.pk): one for one in Product.objects.for_user(self.user).filter(pk=key[1])}
        if key not in found:
            return None
        quantities: Counter[Key] = Counter()
        for one in form.sent:
            quantity = one.cleaned_data.get("quantity")
            quantities[name_goods(one)] += quantity if isinstance(quantity, int) else 0
        prices = read_prices(self.user, parse_id(str(form.values.get("customer", ""))), quantities, at)
        return prices.apply(key, read_listed(owner_id, {key: found[key]}, at, self.user.shop_currency)[key]).price

    def read_time(self, form: TaskForm) -> datetime | None:
        """Return the time of the sale, or None for now. The API refuses a time that can't be read."""
        with suppress(ValidationError):
            return parse_instant(form.values["occurred_at"]) if "occurred_at" in form.values else None
        return None

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        """Return the tiles of the shop, for users who may see products."""
        display = Display.of(self.user)
        tiles = read_tiles(self.user.shop_owner) if may_send(self.user, "product-list", "GET") else []
        ones: Counter[Key] = Counter({(one.kind, one.id): 10**one.decimals for one in tiles})
        prices = read_prices(self.user, None, ones)
        tiles = [one._replace(price=prices.apply((one.kind, one.id), one.price).price) for one in tiles]
        return {
            "tiles": [Tile.of(goods, display) for goods in tiles],
            "may_choose": may_send(self.user, "account", "PATCH"),
        }

    def find_receipt(self, data: Mapping[str, Any]) -> str:
        receipt = reverse("sale-detail", args=[data["id"]]) if may_send(self.user, "sale-detail", "GET") else ""
        return f"{receipt} {super().find_receipt(data)}"


class TilesPage(TaskPage):
    """Chooses the tiles of those who sell, and their order. Without any, they are what is sold most.

    The lines are the tiles. Below them is a list of goods to tick.
    """

    template_name = "shop/tiles.html"
    route, method = "account", "PATCH"
    takes_key = False
    takes_goods = is_ordered = True
    title = gettext_lazy("Tiles")
    button = gettext_lazy("Save")
    hint = gettext_lazy(
        "Up to 24 buttons of Sell and of the tills, in this order. Tick them in the list, or type them."
        " Empty: what is sold most."
    )
    done = gettext_lazy("Saved the tiles.")
    columns = {"product": WHICH}
    lines_name = "tiles"

    def make_form(self) -> TaskForm:
        """Return the form with the present tiles."""
        texts = [describe_tile(goods)[0] for goods in read_tiles(self.user.shop_owner)]
        return self.fill_form({}, [{"product": text} for text in texts])

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        """Return the goods of the list. Those that are tiles already are ticked, and no part of the form."""
        display, chosen = Display.of(self.user), {line.texts["product"] for line in form.lines}
        offered = (Tile.of(goods, display) for goods in list_offered(self.user.shop_owner))
        return {"offered": [(tile, tile.text in chosen) for tile in offered]}

    def find_next(self, data: Any) -> str:
        return reverse("shop-sell")
