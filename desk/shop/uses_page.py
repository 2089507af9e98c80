"""The page "What this shop uses". It has a switch for each thing that the pages can show."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import CHOICE, FLAG, HIDDEN
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.pages.tabs import YOUR_SHOP, Tab
from users.errors import NotAcknowledged
from users.models import AUTO, OFF, ON
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

SWITCHES = ((ON, gettext_lazy("On")), (OFF, gettext_lazy("Off")), (AUTO, gettext_lazy("Shown once the shop has some")))
# The title of each switch, and the sentence that says what it shows.
USES = {
    "orders": (gettext_lazy("Customers' orders"), gettext_lazy("Put goods aside for customers, and hand them out.")),
    "purchasing": (gettext_lazy("Suppliers"), gettext_lazy("Order from suppliers, and receive what has arrived.")),
    "places": (gettext_lazy("Places"), gettext_lazy("Say on which shelf or in which room goods lie, and move them.")),
    "lots": (gettext_lazy("Lots"), gettext_lazy("Keep apart what has come with different best-before dates.")),
    "sheets": (gettext_lazy("Counting lists"), gettext_lazy("Count with several people while you sell.")),
    "amounts": (gettext_lazy("By weight or length"), gettext_lazy("Sell in kilograms, metres or packs.")),
    "variants": (gettext_lazy("Variants"), gettext_lazy("Keep the sizes or colours of one thing together.")),
    "kits": (gettext_lazy("Kits"), gettext_lazy("Sell several products as one, such as a gift basket.")),
    "making": (gettext_lazy("Making"), gettext_lazy("Make products of others, repack them, and take them apart.")),
    "offers": (gettext_lazy("Several suppliers"), gettext_lazy("Say who else sells you a product, and for how much.")),
    "pictures": (gettext_lazy("Pictures"), gettext_lazy("Show your products with a picture.")),
    "fields": (gettext_lazy("Own fields"), gettext_lazy("Note about products what no other field is for.")),
    "payments": (gettext_lazy("Payments"), gettext_lazy("Note how a sale is paid, and what is given back.")),
    "tills": (gettext_lazy("Tills"), gettext_lazy("Sell on phones and tablets, also without a network.")),
    "agents": (gettext_lazy("Agents"), gettext_lazy("Let an assistant look things up.")),
}
ACKNOWLEDGED = Field(
    gettext_lazy("I know that this is no certified cash register"), FLAG, help_text=gettext_lazy(NotAcknowledged.detail)
)


class UsesPage(TaskPage):
    """Switches what the pages of the shop show. What is off is still found by search, and every route works.

    The API gets only the switches that the user has changed, so that two people who save at once keep both changes.
    """

    route, method = "account", "PUT"
    takes_key = False
    tab = Tab(group=YOUR_SHOP, about=gettext_lazy("Show what you need, and hide what you do not need."))
    title = gettext_lazy("What this shop uses")
    button = gettext_lazy("Save")
    hint = gettext_lazy("What is off is only hidden: nothing is lost, and search still finds it.")
    done = gettext_lazy("Saved what this shop uses.")

    @cached_property
    def own_fields(self) -> Fields:
        switches = self.user.shop_owner.list_switches()
        fields = {
            name: Field(title, CHOICE, choices=SWITCHES, initial=switches[name], required=True, help_text=about)
            for name, (title, about) in USES.items()
            if name != "agents" or self.user.developer
        }
        before = Field("", HIDDEN, initial=",".join(f"{name} {switches[name]}" for name in fields))
        return self.select({**fields, "acknowledged": ACKNOWLEDGED, "before": before})

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = dict(form.values)
        acknowledged, before = values.pop("acknowledged", False), values.pop("before", "").split(",")
        changed = {name: switch for name, switch in values.items() if f"{name} {switch}" not in before}
        return {"acknowledged": acknowledged, "uses": changed}
