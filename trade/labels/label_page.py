"""The page that prints labels of products that are typed, scanned or chosen in a list."""

from typing import Any

from django.http import HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.http.calls import Answer, call_api
from core.kinds import CHOICE, FLAG, QUANTITY
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.pages.tabs import Tab
from products.look_ups import PRODUCTS
from products.models import CustomField, Group
from users.access.permissions import may_send
from users.pages import LABEL_CODE_TITLES, LABEL_SIZE_TITLES
from web.task_pages.book_page import WHICH
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

CODES = tuple((code, gettext_lazy(title)) for code, title in LABEL_CODE_TITLES.items())
OPTIONS = Field(gettext_lazy("Options of variants: M / red"), FLAG, is_rare=True)
OWN = "fields."  # precedes the key of one of the shop's own fields


class LabelsPage(TaskPage):
    """Shows a sheet of labels. Nothing is booked, so the form may be sent again."""

    route = "labels"
    tab = Tab()
    title = gettext_lazy("Labels")
    button = gettext_lazy("Show the sheet")
    is_plain = True
    columns = {
        "product": WHICH, "copies": Field(gettext_lazy("Labels"), QUANTITY, initial="1", is_number=True),
        "lot": Field(gettext_lazy("Lot"), is_rare=True),
    }  # fmt: skip
    fields = {
        "size": Field(gettext_lazy("Size in millimetres"), CHOICE, choices=tuple(LABEL_SIZE_TITLES.items())),
        "code": Field(gettext_lazy("Code"), CHOICE, choices=CODES),
    }

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields with the shop's choice, and one for each line that labels of the shop can also have."""
        shop = self.user.shop_owner
        chosen = {"size": shop.label_size, "code": shop.label_code}
        fields = {name: one.replace(initial=chosen[name]) for name, one in self.fields.items()}
        options = {"options": OPTIONS} if Group.objects.for_user(self.user).live().exists() else {}
        own = {
            f"{OWN}{one.key}": Field(one.label, FLAG, is_rare=True) for one in CustomField.objects.shown_to(self.user)
        }
        return self.select({**fields, **options, **own})

    def make_form(self) -> TaskForm:
        ids = self.list_chosen()
        if len(ids) < 2:
            return super().make_form()
        names = PRODUCTS.describe_all(self.user, ids)
        return self.fill_form(self.request.GET, [{"product": names[pk]} for pk in ids if pk in names])

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return the body, with the keys of the ticked fields as a list."""
        body = super().make_body(form)
        keys = [name.removeprefix(OWN) for name in [*body] if name.startswith(OWN) and body.pop(name)]
        return {**body, "fields": keys, "format": "html"}

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        """Return the sheet. What the owner has chosen for it is the shop's choice from now on."""
        chosen = {f"label_{name}": form.texts[name] for name in self.fields}
        if may_send(self.user, "account", "PATCH") and any(
            getattr(self.user.shop_owner, name) != chosen[name] for name in chosen
        ):
            call_api(self.request, "account", chosen, method="PATCH")
        return answer.response
