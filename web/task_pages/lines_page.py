"""Pages that list the products of their form, such as those of an order, and refuse it if its row has been changed."""

import re
from datetime import datetime
from typing import Protocol

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.kinds import HIDDEN, PRODUCT
from core.pages.cells import Texts
from core.pages.form_fields import Field
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

GIVEN = Field("", PRODUCT, required=True)  # the title of its line
READ = {"expected_updated_at": Field("", HIDDEN)}  # the API refuses the form if the row has been changed since
ZERO = re.compile(r"0+[.,]?0*")  # also that of a product with decimals, such as 0.000


class Changed(Protocol):
    """A row that says when it was changed last."""

    updated_at: datetime


class LinesPage(TaskPage):
    """A page that lists the products of the form. Lines with 0 are not sent."""

    has_given_lines = True

    def is_sent(self, line: Texts) -> bool:
        text = line["quantity"].strip()
        return bool(text) and not ZERO.fullmatch(text)

    def send(self, form: TaskForm) -> HttpResponse:
        if not form.sent and not form.is_wrong:
            form.add_error(None, _("Every line has 0: write how much."))
        return super().send(form)


def write_read(row: Changed) -> dict[str, str]:
    """Return the text of READ for the row that the form shows."""
    return {"expected_updated_at": row.updated_at.isoformat()}
