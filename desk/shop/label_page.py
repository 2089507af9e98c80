"""The page that prints labels of products that are typed, scanned or chosen in a list."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from desk.shop.api import Answer
from desk.shop.booking_pages import WHICH
from desk.shop.fields import CHOICE, QUANTITY, Field
from desk.shop.forms import TaskForm
from desk.shop.task_page import TaskPage
from products.look_ups import PRODUCTS
from trade.labels.drawing.contents import CODE_TYPES
from trade.labels.drawing.layout import SIZE_NAMES

# The names are in the order of CODE_TYPES.
CODES = tuple(zip(CODE_TYPES, (gettext_lazy("QR code"), gettext_lazy("Barcode")), strict=True))


class LabelsPage(TaskPage):
    """Shows a sheet of labels. Nothing is booked, so the form may be sent again."""

    route = "labels"
    title = gettext_lazy("Labels")
    button = gettext_lazy("Show the sheet")
    is_plain = True
    columns = {
        "product": WHICH, "copies": Field(gettext_lazy("Labels"), QUANTITY, initial="1"),
        "lot": Field(gettext_lazy("Lot"), is_rare=True),
    }  # fmt: skip
    fields = {
        "size": Field(gettext_lazy("Size in millimetres"), CHOICE, choices=tuple((name, name) for name in SIZE_NAMES),
                      initial=SIZE_NAMES[0]),
        "code": Field(gettext_lazy("Code"), CHOICE, choices=CODES, initial=CODE_TYPES[0]),
    }  # fmt: skip

    def make_form(self) -> TaskForm:
        ids = self.list_chosen()
        if len(ids) < 2:
            return super().make_form()
        names = PRODUCTS.describe_all(self.user, ids)
        return self.fill_form(self.request.GET, [{"product": names[pk]} for pk in ids if pk in names])

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {**super().make_body(form), "format": "html"}

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        return answer.response
