"""The pages that add and change a kit, with a line for each of its parts."""

from functools import cached_property
from itertools import zip_longest
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from core.kinds import MONEY, NOTE, TEXT
from core.pages.cells import Texts
from core.pages.form_fields import Field
from trade.kits.models import Kit, KitPart
from web.task_pages.book_page import HOW_MANY, HOW_MUCH, WHICH
from web.task_pages.task_form import Line, TaskForm
from web.task_pages.task_page import TaskPage


class AddKitPage(TaskPage):
    """Adds a kit."""

    title = gettext_lazy("Add kit")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved {name}.")
    route = "kit-list"
    next_page = "kit-detail"
    lines_name = "parts"
    columns = {"product": WHICH, "quantity": HOW_MANY}
    fields = {
        "name": Field(gettext_lazy("Name"), TEXT, required=True),
        "price": Field(
            gettext_lazy("Price"), MONEY, help_text=gettext_lazy("Empty: the sum of the prices of its parts.")
        ),
        "sku": Field(gettext_lazy("SKU"), TEXT),
        "barcode": Field(gettext_lazy("Barcode"), TEXT),
        "description": Field(gettext_lazy("Description"), NOTE),
    }


class ChangeKitPage(AddKitPage):
    """Changes a kit. Lines that are emptied are no longer parts."""

    title = gettext_lazy("Change the kit")
    route, method = "kit-detail", "PATCH"
    columns = {"product": WHICH, "quantity": HOW_MUCH}
    empty = {"sku": "", "barcode": "", "description": "", "price": None}

    def make_form(self) -> TaskForm:
        form = super().make_form()
        kit = get_object_or_404(Kit.objects.for_user(self.user).live(), pk=self.kwargs["pk"])
        form.texts |= self.write_fields(kit)
        form.lines = self.list_parts()
        return form

    def list_parts(self) -> list[Line]:
        """Return a line for each present part of the kit."""
        return self.make_parts(KitPart.objects.for_user(self.user).filter(kit=self.kwargs["pk"]))

    @cached_property
    def keeps_parts(self) -> bool:
        """Whether the form has the present parts of the kit, which may be archived. Then they are not sent."""
        lines = zip_longest(*map(self.read_column, self.own_columns), fillvalue="")
        present = [tuple(line.texts[name] for name in self.own_columns) for line in self.list_parts()]
        return [line for line in lines if any(line)] == present

    def is_sent(self, line: Texts) -> bool:
        return super().is_sent(line) and not self.keeps_parts

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        if self.keeps_parts:
            del body["parts"]
        return body
