"""The page that changes the prices of a product, or of other goods, with a line for each."""

from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.http.calls import Answer, call_api
from core.kinds import AMOUNT, CHOICE, DATE, HIDDEN, MONEY
from core.pages.cells import Fields, Texts
from core.pages.form_fields import Field
from trade.prices.models import PriceGroup
from trade.selling.goods import GoodsKind
from trade.selling.prices import PRODUCT
from web.task_pages.task_form import TaskForm, Values
from web.task_pages.task_page import TaskPage

SHOWN = "shown"  # the ETag of the goods that the form shows


class ProductPricesPage(TaskPage):
    title, button = gettext_lazy("Change prices"), gettext_lazy("Save")
    hint = gettext_lazy("The customer pays the lowest price that applies. A line that is emptied is no longer a price.")
    done = gettext_lazy("Saved {name}.")
    template_name = "prices/change.html"
    route = next_page = "product-prices"
    goods_route, goods = "product-detail", PRODUCT
    method, takes_key, lines_name = "PUT", False, "rows"
    fields = {SHOWN: Field("", HIDDEN)}
    columns = {
        "price_group": Field(gettext_lazy("Price group"), CHOICE, is_number=True),
        "from": Field(gettext_lazy("From"), AMOUNT),
        "price": Field(gettext_lazy("Price"), MONEY),
        "starts_on": Field(gettext_lazy("First day"), DATE),
        "ends_on": Field(gettext_lazy("Last day"), DATE),
    }

    @cached_property
    def rows(self) -> Any:
        """Return the present prices. Those of an archived group stay, too."""
        return self.read(self.route).data["rows"]

    @cached_property
    def own_columns(self) -> Fields:
        is_offered = Q(archived_at=None) | Q(pk__in=[row["price_group"] for row in self.rows])
        groups = PriceGroup.objects.for_user(self.user).filter(is_offered).order_by("name", "id")
        choices = [("", gettext_lazy("Everybody")), *((str(group.pk), group.name) for group in groups)]
        return {
            name: field.replace(user=self.user, **({"choices": choices} if field.kind == CHOICE else {}))
            for name, field in self.columns.items()
        }

    @cached_property
    def answer(self) -> Answer:
        """Return the goods."""
        return self.read(self.goods_route)

    def read(self, route: str) -> Answer:
        """Return what the API answers. Raise Http404."""
        answer = call_api(self.request, route, method="GET", pk=self.kwargs["pk"])
        if not answer.is_success:
            raise Http404
        return answer

    def is_sent(self, line: Texts) -> bool:
        return any(line[name] for name in self.columns if name != "price_group")

    def make_form(self) -> TaskForm:
        lines = [{name: field.write(row[name]) for name, field in self.own_columns.items()} for row in self.rows]
        return self.fill_form({SHOWN: self.answer.response.headers["ETag"]}, lines)

    def make_body(self, form: TaskForm) -> Values:
        return {"rows": super().make_body(form)["rows"]}

    def call_route(self, form: TaskForm, body: Values) -> Answer:
        """Send the prices, which replace those that the form has shown: not those that somebody else has written."""
        shown = {"HTTP_IF_MATCH": form.texts[SHOWN]}
        return call_api(self.request, self.route, body, method=self.method, headers=shown, pk=self.kwargs["pk"])

    def get_context(self, form: TaskForm) -> Values:
        return {"title": f"{self.title}: {self.answer.data['name']}"}

    def say(self, form: TaskForm, data: Any) -> str:
        return super().say(form, self.answer.data)


def make_page(kind: GoodsKind) -> Any:
    """Return the page that changes the prices of goods of the kind."""
    route = f"{kind.name}-prices"
    named = {"route": route, "next_page": route, "goods_route": f"{kind.name}-detail", "goods": kind.name}
    return type(f"{kind.name.capitalize()}PricesPage", (ProductPricesPage,), named)
