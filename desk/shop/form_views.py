"""What the scripts of the forms of tasks ask for while somebody types."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.generic import View

from core.http.calls import call_api
from core.http.throttling import admit_page
from core.kinds import parse_id, write_quantity
from products.look_ups import MAX_SEARCHED, PRODUCTS, Measured
from products.models import Product
from records.idempotency.models import IdempotencyKey
from trade.customers.look_ups import read_buyer
from trade.purchasing.reading import read_asked_costs
from trade.selling.drafts import FoundGoods
from trade.selling.hooks import PRICES
from trade.selling.look_ups import find_goods
from trade.selling.prices import PRODUCT, has_prices
from users.access.roles import Right, may
from web.task_pages.task_page import refuse_for

SELLS = "sells"  # the parameter of forms that sell
BUYER = "buyer"  # the parameter of forms whose lines cost what applies: the customer, or an empty text
TAXED = "taxed"  # the parameter of forms that add VAT, also if only an order has kept prices without it
SUPPLIER = "supplier"  # the parameter of forms that order: lines cost what this supplier asks for them
GOODS = "goods"  # the parameter of forms whose lines may name goods with parts
SHOWN_OF_GOODS = "id,name,sku,barcode,price,list_price,available,parts"
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
        find: Any = find_goods if GOODS in request.GET else PRODUCTS.find_measured
        found = find(user, texts)
        products = {text: one.product if isinstance(one, Measured) else one for text, one in found.items()}
        ids = ",".join(str(found_id) for found_id in products.values() if isinstance(found_id, int))
        # The id 0 finds nothing. The API refuses the users who may see no products.
        query = {"id__in": ids or "0", "page_size": MAX_SEARCHED, "fields": SHOWN}
        answer = call_api(request, "product-list", method="GET", query=query)
        if not answer.is_success:
            return answer.response
        rows = {row["id"]: row for row in answer.data["results"]}
        set_asked_costs(user, rows, request.GET.get(SUPPLIER, ""))
        shown = {text: rows.get(products[text]) for text in texts}
        sells = SELLS in request.GET
        for text, one in found.items():
            if isinstance(one, Measured) and (row := shown[text]):
                shown[text] = row | describe_measured(one, row, user, sells=sells)
        goods = {text: one for text, one in found.items() if isinstance(one, FoundGoods)}
        for kind in {one.kind for one in goods.values()}:
            pks = {text: one.pk for text, one in goods.items() if one.kind == kind}
            query = {"id__in": ",".join(map(str, pks.values())), "page_size": MAX_SEARCHED, "fields": SHOWN_OF_GOODS}
            answer = call_api(request, f"{kind}-list", method="GET", query=query)
            if not answer.is_success:
                return answer.response
            found_rows = {row["id"]: row | {"kind": kind} for row in answer.data["results"]}
            shown |= {text: found_rows.get(pk) for text, pk in pks.items()}
        prices: dict[str, Any] = {}
        if BUYER in request.GET and has_prices(user):
            keys = [*((PRODUCT, pk) for pk in rows), *((one.kind, one.pk) for one in goods.values())]
            prices |= PRICES[0].read_for_forms(user, keys, find_customer(user, request.GET[BUYER]))
        rates = {"rates": read_rates(user, shown.values())} if TAXED in request.GET else {}
        return JsonResponse({"products": shown, **prices, **rates})


def set_asked_costs(user: Any, rows: Mapping[int, dict[str, Any]], text: str) -> None:
    """Give the rows the costs of an order's lines, if the text is the id of its supplier and the user sees costs."""
    supplier = parse_id(text)
    if supplier and may(user, Right.SEE_COSTS):
        costs = read_asked_costs(user.account_id, rows, supplier)
        for pk, row in rows.items():
            row |= {"cost_price": costs.get(pk), "stock_value": None}


def read_rates(user: Any, rows: Iterable[Any]) -> dict[int, str | None]:
    """Return the rates of VAT of products and of parts by id."""
    ids = {part for row in rows if row for part in [row["id"], *(one["product"] for one in row.get("parts", ()))]}
    found = Product.objects.for_user(user).filter(pk__in=ids).values_list("pk", "tax__rate")
    return {pk: None if rate is None else str(rate) for pk, rate in found}


def find_customer(user: Any, text: str) -> int | None:
    """Return the id of the customer that the text names, as the form finds it, or None."""
    try:
        found = read_buyer(user, text) if text else None
    except ValidationError:
        return None
    return found if isinstance(found, int) else None


def describe_measured(measured: Measured, row: Mapping[str, Any], user: Any, *, sells: bool) -> dict[str, Any]:
    """Return the quantity of the code, as people type it, and the price at which its label is sold."""
    quantity = measured.find_quantity(Decimal(row["price"]) if sells else None)
    sign = user.shop_decimal_sign
    typed = "" if quantity is None else write_quantity(quantity, measured.decimals, sign)
    return {"typed": typed, "total": str(measured.total) if sells and measured.total is not None else None}
