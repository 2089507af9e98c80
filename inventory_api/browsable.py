"""The browsable API's words; its templates stand in templates/rest_framework/."""

from typing import Any

from rest_framework.utils.formatting import camelcase_to_spaces, remove_trailing_string


def view_name(view: Any) -> str:
    """The view's own name, else its class's in plain words: Suppliers for the list, Supplier for one of them."""
    if name := getattr(view, "name", None):
        return str(name)
    words = camelcase_to_spaces(remove_trailing_string(remove_trailing_string(type(view).__name__, "View"), "ViewSet"))
    return plural(words) if getattr(view, "suffix", None) == "List" else words


def plural(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
