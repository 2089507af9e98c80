"""What the scripts of the forms of tasks ask for while somebody types."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.generic import View

from core.http.calls import call_api
from core.http.throttling import admit_page
from desk.shop.task_page import refuse_for
from products.look_ups import MAX_SEARCHED, PRODUCTS
from records.idempotency.models import IdempotencyKey

SHOWN = "id,name,sku,barcode,options,price,cost_price,stock_value,quantity,available,decimals,unit,picture"


class SentView(View):
    """Tells a page that got no answer whether its form was booked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        account = getattr(user, "account_id", None)
        keys = IdempotencyKey.objects.filter(owner_id=account, key=request.GET.get("key", ""))
        return JsonResponse({"is_booked": bool(account) and keys.exists()}, status=200 if account else 401)


class LineProductsView(View):
    """Tells which products the texts of lines name, by the rules by which the lines are booked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if not user.is_authenticated:
            return JsonResponse({}, status=401)
        if seconds := admit_page(request):
            return refuse_for(request, seconds)
        texts = request.GET.getlist("text")[:MAX_SEARCHED]
        found = PRODUCTS.find_all(user, texts)
        ids = ",".join(str(found_id) for found_id in found.values() if isinstance(found_id, int))
        # The id 0 finds nothing. The API refuses the users who may see no products.
        query = {"id__in": ids or "0", "page_size": MAX_SEARCHED, "fields": SHOWN}
        answer = call_api(request, "product-list", method="GET", query=query)
        if not answer.is_success:
            return answer.response
        rows = {row["id"]: row for row in answer.data["results"]}
        return JsonResponse({"products": {text: rows.get(found[text]) for text in texts}})
