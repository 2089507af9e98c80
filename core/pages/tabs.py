"""The tab by which a page declares that it is in the menu. desk/shop/menu.py has the places of the first ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

# The headings on the page of the shop.
YOUR_SHOP, PEOPLE = gettext_lazy("Your shop"), gettext_lazy("People")
TILLS, PROGRAMS = gettext_lazy("Tills"), gettext_lazy("Programs")  # programs are for developers alone


@dataclass(frozen=True)
class Tab:
    """The tab of a page in the menu.

    A user sees the tab if the user may open the page. The page of a route opens for users who may use a method of the
    route. The page of a form opens for users who may send it. If `route` is given, they must also be allowed to use
    that route.
    """

    covers: tuple[str, ...] = ()  # the tab is also current on pages with addresses that begin with these
    route: str = ""
    about: Any = ""  # the sentence about the page on the page of the shop
    group: Any = ""  # the heading above this sentence
    form: Any = ""  # the title of a link on the page of the shop to the form of this page
    is_offered: Callable[[Any], bool] | None = None  # whether the menu has the tab for this user; by default it has
    behind: str = ""  # the name of the page behind whose tab it is, if MENU does not have it
    number: int = 0  # its place among the tabs behind that page
    name: str = ""  # the name of the page; the menu sets it
