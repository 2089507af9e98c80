"""Ask about doubtful prices in the form of a task, before it is sent to the API.

The form is shown again with the doubts at their cells. It then has a hidden field with these prices, so that sending it
again books exactly them.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from core.kinds import read_decimal
from core.pages.cells import Cells
from core.prices import find_doubt
from desk.shop.forms import TaskForm
from products.models import Product

ASK = gettext_lazy("Nothing was saved yet. If these prices are right, send the form again.")
OF_LINE, OF_FORM = "unit_price", "price"


def ask_about_prices(form: TaskForm, confirmed: str, agreed: Mapping[int, Decimal | None]) -> bool:
    """Mark the doubtful prices of the form, unless they are `confirmed`. Return whether there are any.

    `agreed` has the prices of products about which the shop has been asked before, by 0 that of the row of the form.
    """
    found = [
        (cells, name, price, doubt)
        for cells, name, price, usual in list_prices(form, agreed)
        if (doubt := find_doubt(price, usual)) and price != agreed.get(cells.cleaned_data.get("product", 0))
    ]
    form.doubts = ",".join(f"{cells.cleaned_data.get('product', '')}:{price}" for cells, _, price, _ in found)
    if not found or form.doubts == confirmed:
        return False
    for cells, name, _price, doubt in found:
        cells.add_error(name, doubt)
    form.add_error(None, str(ASK))
    return True


def list_prices(
    form: TaskForm, agreed: Mapping[int, Decimal | None]
) -> Iterator[tuple[Cells, str, Decimal | None, Decimal | None]]:
    """Yield the cells with each price of the form, their name, the price, and the usual one."""
    if OF_FORM in form.fields:
        yield form, OF_FORM, read_decimal(form.cleaned_data.get(OF_FORM) or ""), agreed.get(0)
    if OF_LINE not in form.line_columns:
        return
    lines = {line.cleaned_data["product"] for line in form.sent if not line.kit}
    products: Any = Product.objects.for_user(form.user).only("price").in_bulk(lines)
    for line in form.sent:
        if product := products.get(line.cleaned_data["product"]):
            typed = line.cleaned_data.get(OF_LINE)
            yield line, OF_LINE, read_decimal(typed) if typed else product.price, product.price
