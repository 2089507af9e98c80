"""What a page declares about its place in the menu."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

# The headings of the page of the shop.
YOUR_SHOP, PEOPLE = gettext_lazy("Your shop"), gettext_lazy("People")
TILLS, PROGRAMS = gettext_lazy("Tills"), gettext_lazy("Programs")  # programs are for developers alone


@dataclass(frozen=True)
class Tab:
    """The tab of a page, which users get who may open the page. It is also that of the addresses in `covers`.

    Users may open the page of a route if they may use the route by some method, and the page of a form if they may send
    it to its route. `route` names another route, which they have to be able to use.
    """

    after: str = ""  # the name of the page whose tab is before this one
    is_entry: bool = False  # whether an entry of the menu begins with the tab; `after` names the entry before it
    covers: tuple[str, ...] = ()  # the addresses of pages to which it leads begin with these
    route: str = ""
    about: Any = ""  # the sentence on the page of the shop
    group: Any = ""  # the heading there
    form: Any = ""  # the title of a further link there, to the form of the page
    name: str = ""  # the name of the page, which the menu sets
