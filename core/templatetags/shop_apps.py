from collections.abc import Mapping
from typing import Any

from django import template

from core.pages.hooks import LISTS

register = template.Library()


@register.simple_tag(takes_context=True)
def view_tabs(context: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the variables of the tabs that an app adds above a list, or an empty dictionary."""
    return LISTS[0].make_tabs(context) if LISTS else {}
