"""What the templates of the support desk add to Django's pages of a row."""

from typing import Any

from django import template

from core.pages.display import Display
from products.models import Product
from stock import desk_movements
from stock.desk_filters import PeriodForm

register = template.Library()


@register.inclusion_tag("admin/support/movements.html")
def latest_movements(owner_id: int, product: Product | None = None) -> dict[str, Any]:
    """Render the newest movements of an account, or of one of its products."""
    found = desk_movements.find_latest_movements(owner_id, product.pk if product else None)
    return {"movements": list(found), "product": product, "owner_id": owner_id, "limit": desk_movements.MAX_LATEST}


@register.inclusion_tag("admin/support/period_form.html")
def statement_form(product: Product, form: PeriodForm | None = None) -> dict[str, Any]:
    """Render the form that downloads the product's statement of a period."""
    return {"product": product, "form": form or PeriodForm()}


register.filter("performer", desk_movements.get_performer)
register.filter("change", desk_movements.format_change)
register.filter("levels", desk_movements.format_levels)
register.filter("minute", desk_movements.format_time)
register.filter("shorten", desk_movements.shorten)


@register.filter
def in_currency_of(amount: Any, owner: Any) -> str:
    """Return the amount with the account's currency, "12.50 EUR" for instance."""
    return Display.of(owner).money(amount)
