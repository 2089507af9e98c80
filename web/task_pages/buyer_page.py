"""The base of the pages whose form names a customer."""

from typing import Any

from django.db import transaction
from django.http import JsonResponse

from core.http.calls import Answer, call_api
from core.sentences import fill
from core.translation import gettext_noop
from trade.customers.look_ups import BuyerField, NewCustomer
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

BUYER = BuyerField()
IS_NEW = gettext_noop("{name} is a new customer.")


class BuyerPage(TaskPage):
    """A page that adds a customer with a new name together with what it books, or not at all."""

    new_customer = ""

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        name = body.get("customer")
        if not isinstance(name, NewCustomer):
            return super().call_route(form, body)
        with transaction.atomic():
            answer = call_api(self.request, "customer-list", {"name": name}, key=f"{form.key}-customer")
            if answer.is_success:
                answer = super().call_route(form, {**body, "customer": answer.data["id"]})
                self.new_customer = name
            elif "name" in answer.data:
                refused = {"customer": answer.data["name"]}
                answer = Answer(JsonResponse(refused, status=answer.response.status_code))
            if not answer.is_success:
                transaction.set_rollback(True)
        return answer

    def say(self, form: TaskForm, data: Any) -> str:
        new = fill(IS_NEW, name=self.new_customer) if self.new_customer else ""
        return " ".join(filter(None, (super().say(form, data), new)))
