"""The page that adds tags to products that are typed or chosen in a list, and removes tags of them."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from core.pages.form_fields import Field
from products.look_ups import PRODUCTS
from web.task_pages.book_page import WHICH
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class TagPage(TaskPage):
    route = "product-list"
    method = "PATCH"
    title = button = gettext_lazy("Tag")
    columns = {"product": WHICH}
    fields = {
        "add": Field(gettext_lazy("Add these tags"), help_text=gettext_lazy("With commas between them.")),
        "remove": Field(gettext_lazy("Remove these tags")),
    }
    done = ngettext_lazy("Tagged {number:,} product.", "Tagged {number:,} products.", "number")

    def make_form(self) -> TaskForm:
        names = PRODUCTS.describe_all(self.user, self.list_chosen())
        return self.fill_form(self.request.GET, [{"product": name} for name in names.values()])

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.values:
            form.add_error("add", gettext("Enter a tag."))
        return super().send(form)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        tags = {name: [tag.strip() for tag in text.split(",") if tag.strip()] for name, text in form.values.items()}
        return {"lines": [{"id": line.values["product"], "tags": tags} for line in form.sent]}
