"""The page "What this shop uses". It has a switch for each thing that the pages can show."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import CHOICES, FLAG, HIDDEN
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.pages.tabs import YOUR_SHOP, Tab
from users.errors import NotAcknowledged
from users.models import AUTO, OFF, ON
from users.reading import list_uses
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

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
# The headings of the page, with the switches below them.
GROUPS = (
    (gettext_lazy("Sell"), ("orders", "payments", "tills")),
    (gettext_lazy("Buy"), ("purchasing", "offers")),
    (gettext_lazy("Store"), ("places", "lots", "sheets")),
    (gettext_lazy("Products"), ("amounts", "variants", "kits", "making", "pictures", "fields")),
    (gettext_lazy("Programs"), ("agents",)),
)
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
        " What is shown when needed comes with the first one."
    )
    done = gettext_lazy("Saved what this shop uses.")

    @cached_property
    def own_fields(self) -> Fields:
        owner: Any = self.user.shop_owner
        shown, switches = list_uses(self.user), owner.list_switches()
        names = [name for name in USES if name != "agents" or self.user.developer]
        fields = {
            name: Field(USES[name][0], FLAG, initial="true" * shown[name], help_text=USES[name][1]) for name in names
        }
        is_on = ",".join(name for name in names if shown[name])
        automatic = ",".join(name for name in names if switches[name] == AUTO)
        hidden = {
            AUTOMATIC: Field("", CHOICES, initial=automatic),
            BEFORE: Field("", HIDDEN, initial=f"{is_on};{automatic}"),
        }
        return self.select({**fields, "acknowledged": ACKNOWLEDGED, **hidden})

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        groups = [(title, [form[name] for name in names if name in form.fields]) for title, names in GROUPS]
        return {"groups": groups, "automatic": form[AUTOMATIC].chosen}

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return what was changed. A switch that was moved counts more than the box beside it, which has no script."""
        values = dict(form.values)
        acknowledged, automatic = values.pop("acknowledged", False), values.pop(AUTOMATIC, ())
        was_on, _separator, was_automatic = values.pop(BEFORE, "").partition(";")
        on_before, automatic_before = was_on.split(","), was_automatic.split(",")
        changed = {}
        for name in USES.keys() & form.fields.keys():
            is_on, is_automatic = name in values, name in automatic
            if is_on != (name in on_before) or (name in automatic_before and not is_automatic):
                changed[name] = ON if is_on else OFF
            elif is_automatic and name not in automatic_before:
                changed[name] = AUTO
        return {"acknowledged": acknowledged, "uses": changed}
