"""The list of first steps on the start page of a new shop. The data show what is done."""

from typing import NamedTuple

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext

from core.pages.links import find_form_page
from core.translation import gettext_noop as _
from products.models import Product
from stock.models import Operation, OperationReason, StockCount
from suppliers.models import Supplier
from users.models import AUTO, User


class Step(NamedTuple):
    """A step that is done, or that the address leads to."""

    title: str
    hint: str
    address: str
    is_done: bool


def list_first_steps(user: User) -> list[Step]:
    """Return the steps. Return nothing to workers, after the last step, and once the shop has put the list away.

    Execute one statement, and none for workers or after the list was put away.
    """
    shop = user.shop_owner
    if shop is None or not user.leads_shop or not shop.shows_first_steps:
        return []
    done = read_done(user, shop)
    done["factor"] = user.second_factor_since is not None
    if all(done.values()):
        return []
    return [Step(gettext(title), gettext(hint), find_address(page), done[name]) for name, page, title, hint in STEPS]


def read_done(user: User, shop: User) -> dict[str, bool]:
    """Return whether the shop has a row of each kind, and has switched what it uses."""
    found = {
        "products": Exists(Product.objects.for_user(user)),
        "supplier": Exists(Supplier.objects.for_user(user)),
        "sale": Exists(Operation.objects.for_user(user).filter(reason=OperationReason.SALE)),
        "count": Exists(StockCount.objects.for_user(user)),
        "worker": Exists(User.objects.filter(employer=shop)),
    }
    row = User.objects.filter(pk=shop.pk).values_list(*found.values()).get()
    uses = {*shop.list_switches().values()} != {AUTO}
    return {**dict(zip(found, row, strict=True)), "taxes": shop.has_taxes, "uses": uses}


STEPS = (
    ("products", "product-import", _("Add your products"), _("Import the list that you have, or add them one by one.")),
    (
        "uses",
        "shop-uses",
        _("Choose what you use"),
        _("Show places, lots or orders, and hide the rest."),
    ),
    ("taxes", "tax-list", _("Add your rates of VAT"), _("Then each sale keeps the VAT in its prices.")),
    ("supplier", "supplier-list", _("Add a supplier"), _("Then an order takes two clicks.")),
    ("sale", "shop-sell", _("Sell something"), _("Scan it, or type a part of its name.")),
    ("count", "shop-count", _("Count a shelf"), _("What you count becomes the stock.")),
    ("worker", "user-list", _("Add a worker"), _("Each of you signs in by name, so you see who did what.")),
    ("factor", "second-factors", _("Protect your account"), _("With a second factor, a stolen password is no use.")),
)


def find_address(page: str) -> str:
    return find_form_page(reverse(page)) if page in ("tax-list", "supplier-list", "user-list") else reverse(page)
