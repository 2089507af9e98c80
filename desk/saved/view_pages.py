"""The form of a saved view, and the button that saves what is on the screen into the view that is open."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views.generic import View

from core.http.calls import call_api
from core.kinds import CHOICE
from core.pages.cells import Fields
from core.pages.context import list_failures
from core.pages.form_fields import Field
from core.sentences import fill
from core.translation import gettext_noop as _
from desk.saved.pages import DAYS
from desk.saved.routes import open_address
from desk.saved.services import LAST, MONTH_DAYS, WEEKDAYS
from web.task_pages.route_page import RoutePage
from web.task_pages.task_form import TaskForm

DAYS_FIELD, HOUR_FIELD = "mail.days", "mail.hour"
DEFAULT_HOUR = "7"
HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


class DaysField(Field):
    """The days of the mail as one choice: a day, or several that belong together."""

    def to_python(self, value: Any) -> Any:
        return value.split(",") if value else None

    def write(self, value: Any) -> str:
        return ",".join(value or ())


def list_days(present: str) -> list[tuple[str, str]]:
    """Return the choices of days, with the present one if it is none of these."""
    month = [(day, fill(_("{number}. of the month"), number=int(day))) for day in MONTH_DAYS[:-1]]
    days = [
        ("", ""), *((day, gettext(DAYS[day])) for day in WEEKDAYS), (",".join(WEEKDAYS), gettext("day")),
        (",".join(WEEKDAYS[:5]), gettext("working day")), *month, (LAST, gettext("last day of the month")),
    ]  # fmt: skip
    return (
        days
        if present in dict(days)
        else [*days, (present, ", ".join(gettext(DAYS[day]) for day in present.split(",")))]
    )


class ViewPage(RoutePage):
    @cached_property
    def own_fields(self) -> Fields:
        fields = super().own_fields
        days, present = fields[DAYS_FIELD], ",".join((self.row.get("mail") or {}).get("days", ()))
        made = DaysField(days.label, CHOICE, choices=list_days(present), help_text=days.help_text)
        hour = fields[HOUR_FIELD].replace(kind=CHOICE, choices=HOURS, is_number=True, initial=DEFAULT_HOUR)
        return {**fields, DAYS_FIELD: made.replace(user=self.user, empty=days.empty), HOUR_FIELD: hour}

    def write_row(self) -> dict[str, str]:
        texts = super().write_row()
        return {**texts, HOUR_FIELD: texts[HOUR_FIELD] or DEFAULT_HOUR}

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return the body. Without a day there is no mail, whatever its hour and its file are."""
        body = super().make_body(form)
        if not form.texts[DAYS_FIELD] and body.pop("mail", None) and self.changes_row:
            body["mail"] = None
        return body


@method_decorator(login_required, name="dispatch")
class KeepPage(View):
    """Saves the filters and the columns of the screen into a view of the user, and shows the list again."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        columns = [name for name in request.POST.get("columns", "").split(",") if name]
        body = {"query": request.POST.get("query", ""), "columns": columns or None}
        answer = call_api(request, "view-detail", body, method="PATCH", pk=pk)
        data = answer.data
        if not answer.is_success:
            messages.error(request, " ".join(str(said.text) for said in list_failures(request, data)))
            return HttpResponseRedirect(reverse("view-list"), status=303)
        messages.success(request, fill(_("Saved {name}."), name=data["name"]))
        return HttpResponseRedirect(open_address(pk, data["route"], data["query"], data["columns"]), status=303)
