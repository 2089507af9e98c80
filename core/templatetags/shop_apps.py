from typing import Any

from django import template

from core.shop_apps import call_provided

register = template.Library()


@register.simple_tag(takes_context=True)
def provided(context: Any, name: str) -> Any:
    """Return what the function of this name that an app provides returns for the context, or an empty dictionary."""
    return call_provided(name, context) or {}
