"""The page "What this shop uses". It has a switch for each thing that the pages can show."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.kinds import CHOICES, FLAG, HIDDEN
from core.pages.cells import Fields
from core.pages.columns import Display
from core.pages.form_fields import Field
from core.pages.tabs import YOUR_SHOP, Tab
from core.sentences import fill_plural, find_label
from core.time_zones import midnight
from trade.sales.services import read_unpaid
from users.errors import NotAcknowledged
from users.models import AUTO, OFF, ON, User
from users.reading import list_uses
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

# The switches below each heading of the page: their titles, and the sentences that say what they show.
GROUPS = {
    gettext_lazy("Sell"): {
        "orders": (
            gettext_lazy("Customers' orders"),
            gettext_lazy("Put goods aside for customers, and hand them out."),
        ),
        "payments": (gettext_lazy("Payments"), gettext_lazy("Note how a sale is paid, and what is given back.")),
        "prices": (gettext_lazy("Prices"), gettext_lazy("Give customers, quantities and days lower prices.")),
        "invoices": (
            gettext_lazy("Invoices"),
            gettext_lazy("Write invoices for companies, and credit notes for what comes back."),
        ),
        "quotes": (
            gettext_lazy("Quotes"),
            gettext_lazy("Tell customers what goods will cost, and make their orders when they accept."),
        ),
        "tills": (gettext_lazy("Tills"), gettext_lazy("Sell on phones and tablets, also without a network.")),
    },
    gettext_lazy("Buy"): {
        "purchasing": (gettext_lazy("Suppliers"), gettext_lazy("Order from suppliers, and receive what has arrived.")),
        "offers": (
            gettext_lazy("Several suppliers"),
            gettext_lazy("Say who else sells you a product, and for how much."),
        ),
    },
    gettext_lazy("Store"): {
        "places": (
            gettext_lazy("Places"),
            gettext_lazy("Say on which shelf or in which room goods lie, and move them."),
        ),
        "levels": (
            gettext_lazy("Levels of places"),
            gettext_lazy("Say how much is to lie at a place, and see what has to be moved there."),
        ),
        "lots": (gettext_lazy("Lots"), gettext_lazy("Keep apart what has come with different best-before dates.")),
        "sheets": (gettext_lazy("Counting lists"), gettext_lazy("Count with several people while you sell.")),
    },
    gettext_lazy("Products"): {
        "amounts": (gettext_lazy("By weight or length"), gettext_lazy("Sell in kilograms, metres or packs.")),
        "variants": (gettext_lazy("Variants"), gettext_lazy("Keep the sizes or colours of one thing together.")),
        "kits": (gettext_lazy("Kits"), gettext_lazy("Sell several products as one, such as a gift basket.")),
        "making": (gettext_lazy("Making"), gettext_lazy("Make products of others, repack them, and take them apart.")),
        "pictures": (gettext_lazy("Pictures"), gettext_lazy("Show your products with a picture.")),
        "fields": (gettext_lazy("Own fields"), gettext_lazy("Note about products what no other field is for.")),
    },
    gettext_lazy("Programs"): {
        "agents": (gettext_lazy("Agents"), gettext_lazy("Let an assistant look things up.")),
    },
}
USES = {name: use for uses in GROUPS.values() for name, use in uses.items()}
AUTOMATIC, BEFORE = "automatic", "before"
ACKNOWLEDGED = Field(
    gettext_lazy("I know that this is no certified cash register"), FLAG, help_text=gettext_lazy(NotAcknowledged.detail)
)


class UsesPage(TaskPage):
    """Switches what the pages of the shop show. What is off is still found by search, and every route works.

    A switch is on if the pages show the thing. Beside it is a box for those that show it when it is needed. The API
    gets only what the user has changed, so that two people who save at once keep both changes.
    """

    route, method = "account", "PUT"
    takes_key = False
    template_name = "shop/uses.html"
    tab = Tab(group=YOUR_SHOP, about=gettext_lazy("Show what you need, and hide what you do not need."))
    title = gettext_lazy("What this shop uses")
    button = gettext_lazy("Save")
    hint = gettext_lazy(
        "What is off is only hidden: nothing is lost, and search still finds it."
        " “When needed” shows a thing as soon as your shop has one."
    )
    done = gettext_lazy("Saved what this shop uses.")

    @cached_property
    def own_fields(self) -> Fields:
        owner: Any = self.user.shop_owner
        shown, switches = list_uses(self.user), owner.list_switches()
        fields = {
            name: Field(title, FLAG, initial="true" * shown[name], help_text=about).replace(group=heading)
            for heading, uses in GROUPS.items()
            for name, (title, about) in uses.items()
            if name != "agents" or self.user.developer
        }
        if not shown["payments"] and (said := self.say_owed()):
            fields["payments"] = fields["payments"].replace(help_text=f"{fields['payments'].help_text} {said}")
        automatic = [name for name in fields if switches[name] == AUTO]
        before = [*filter(shown.get, fields), *map(mark, automatic)]
        hidden = {AUTOMATIC: Field("", CHOICES, initial=",".join(automatic)),
                  BEFORE: Field("", HIDDEN, initial=",".join(before))}  # fmt: skip
        asked = {} if switches["payments"] == ON else {"acknowledged": ACKNOWLEDGED}
        return self.select({**fields, **asked, **hidden})

    def say_owed(self) -> str:
        """Return what customers will owe of today's sales if payments are switched on, or nothing."""
        shop: Any = self.user.shop_owner
        number, due = read_unpaid(shop.pk, midnight(shop.shop_today(), shop.shop_zone))
        if not number:
            return ""
        return fill_plural(
            "{number:,} sale of today under a customer's name will be owed: {amount}. If it was paid, then set"
            " “{setting}” to tomorrow in the settings.",
            "{number:,} sales of today under a customer's name will be owed: {amount}. If they were paid, then set"
            " “{setting}” to tomorrow in the settings.",
            number, amount=Display.of(self.user).money(due), setting=gettext(find_label(User, "owed_from")),
        )  # fmt: skip

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return what was changed. A switch that was moved counts more than the box beside it, which has no script."""
        values = dict(form.values)
        acknowledged, automatic = values.pop("acknowledged", False), values.pop(AUTOMATIC, ())
        before, now = {*values.pop(BEFORE, "").split(",")}, {*values, *map(mark, automatic)}
        changed = {name: AUTO for name in USES if mark(name) in now - before}
        moved = (name for name in USES if name in before ^ now or mark(name) in before - now)
        return {"acknowledged": acknowledged, "uses": changed | {name: ON if name in now else OFF for name in moved}}


def mark(name: str) -> str:
    """Return the entry of the hidden field for a switch that is shown when needed."""
    return f"{name} {AUTO}"
