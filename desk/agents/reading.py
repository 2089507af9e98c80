"""The tools that read."""

from functools import partial
from typing import Any

from core.errors import NOT_FOUND, translate_detail
from core.fields import MAX_QUOTED_LENGTH
from core.sentences import fill
from desk.agents.calls import ROWS, Call, Refusal
from records.events.feed import bodies
from records.events.models import EventType
from records.events.services import find_head

FOUND = (
    "id,name,sku,barcode,quantity,amount,available,unit,decimals,price,cost_price,category_name,supplier_name,"
    "is_low_stock,group_name,options,tags"
)
LAST_MOVEMENTS = 5


def read_shop(call: Call) -> dict[str, Any]:
    figures, user = call.get("dashboard"), call.user
    key, shop = user.api_key, user.shop
    return {
        "shop": {"name": shop.shop_name, "currency": shop.currency, "time_zone": shop.time_zone} if shop else {},
        "user": {"username": user.username, "role": user.acting_role, "scope": key.scope if key else None},
        **figures,
        "analytics": figures["analytics"][:ROWS],
        "analytics_truncated": len(figures["analytics"]) > ROWS,
    }


def search_products(call: Call) -> dict[str, Any]:
    query = {"search": call.arguments["text"], "fields": FOUND, "page": call.page, "page_size": ROWS}
    found = call.get("product-list", query)
    return {"rows": found["results"], "next": name_next(call, bool(found["next"])), "count": found["count"]}


def name_next(call: Call, has_more: bool) -> str | None:
    """Return the cursor of the next page, or None if this is the last one."""
    return str(call.page + 1) if has_more else None


def read_product(call: Call) -> dict[str, Any]:
    """Return a product with its places and last movements. Raise Refusal if the shop has no such product."""
    [(name, value)] = call.arguments.items()
    if name == "id":
        product = call.get("product-detail", pk=value)
    else:
        found = call.get("product-list", {name: value})
        if found["count"] != 1:
            raise Refusal(translate_detail(NOT_FOUND))
        [product] = found["results"]
    places = call.get("product-holdings", product_id=product["id"])
    movements = call.get("product-movements", {"page_size": LAST_MOVEMENTS}, product_id=product["id"])
    places["holdings_truncated"] |= len(places["holdings"]) > ROWS
    places["holdings"] = places["holdings"][:ROWS]
    return {"product": product, "places": places, "movements": movements["results"]}


def read_report(call: Call) -> dict[str, Any]:
    query = {name: value for name, value in call.arguments.items() if name not in ("report", "cursor")}
    route = f"report-{call.arguments['report']}"
    if route == "report-valuation":  # this report has no pages
        about = call.get(route, query)
        start, categories = (call.page - 1) * ROWS, about.pop("categories")
        rows, has_more = categories[start : start + ROWS], len(categories) > start + ROWS
    else:
        about = call.get(route, {**query, "page": call.page, "page_size": ROWS})
        rows, has_more = about.pop("results"), bool(about.pop("next"))
        del about["previous"]
    return {"rows": rows, "next": name_next(call, has_more), "about": about}


def read_events(call: Call) -> dict[str, Any]:
    """Return the events after a position. Raise Refusal for an unknown type, or PositionUnknown."""
    after, types = call.arguments.get("after", 0), call.arguments.get("types", [])
    if unknown := sorted({*types} - {*EventType.values}):
        raise Refusal({"types": [fill("Unknown: {names}.", names=", ".join(unknown)[:MAX_QUOTED_LENGTH])]})
    check_size = partial(bodies.count_large_page, call.request)
    page = bodies.read_events(call.user.account_id, after, ROWS, types, check_size)
    for event in page.events:
        if len(movements := event["data"].get("movements", ())) > ROWS:
            event["data"] |= {"movements": movements[:ROWS], "movements_truncated": True}
    return {"rows": page.events, "next": page.next, "more": page.more, "last": find_head(call.user.account_id)}
