"""The base of the pages whose form may name a row that there is not yet."""

from typing import Any

from django.db import transaction
from django.http import JsonResponse

from core.http.calls import Answer, call_api
from core.pages.look_ups import NewName
from core.sentences import fill
from core.translation import gettext_noop
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class AddingPage(TaskPage):
    """A page that adds a row with a new name together with what it books, or neither of them."""

    adds = "customer"  # the field with the name
    is_new = gettext_noop("{name} is a new customer.")
    added = ""  # the message about the row

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        name = body.get(self.adds)
        if not isinstance(name, NewName):
            return super().call_route(form, body)
        with transaction.atomic():
            answer = call_api(self.request, f"{self.adds}-list", {"name": name}, key=f"{form.key}-{self.adds}")
            if answer.is_success:
                self.added = fill(self.is_new, name=answer.data["name"])
                answer = super().call_route(form, {**body, self.adds: answer.data["id"]})
            else:
                said = {self.adds: answer.data.get("name"), **answer.data}
                answer = Answer(JsonResponse(said, status=answer.response.status_code))
            if not answer.is_success:
                transaction.set_rollback(True)
        return answer

    def say(self, form: TaskForm, data: Any) -> str:
        return f"{super().say(form, data)} {self.added}".strip()
