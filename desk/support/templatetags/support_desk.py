"""The tags and filters that the templates of the support desk use."""

from typing import Any

from django import template
from django.urls import reverse

from core.support import desk
from desk.support import rows
from desk.support.forms import PeriodForm
from products.models import Product
from users.models import User

register = template.Library()


@register.inclusion_tag("admin/support/movements.html")
def latest_movements(owner_id: int, product: Product | None = None) -> dict[str, Any]:
    found = rows.find_latest_movements(owner_id, product.pk if product else None)
    return {"movements": list(found), "product": product, "owner_id": owner_id, "limit": rows.MAX_LATEST}


@register.inclusion_tag("admin/support/period_form.html")
def statement_form(owner: User, product: Product | None = None, form: PeriodForm | None = None) -> dict[str, Any]:
    """Render the form that downloads the statement of a product, or of all products of the account."""
    page, pk = ("support-statement", product.pk) if product else ("support-account-statement", owner.pk)
    return {"address": reverse(page, args=[pk]), "is_account": not product, "form": form or PeriodForm(account=owner)}


register.filter("performer", rows.get_performer)
register.filter("change", rows.format_change)
register.filter("levels", rows.format_levels)
register.filter("minute", desk.format_minute)
register.filter("shorten", rows.shorten)


@register.filter
def change_page(row: Any) -> str:
    """Return the address of the row's page at the support desk."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
