"""The tools that read."""

from datetime import date, timedelta
from functools import partial
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext

from core.errors import NOT_FOUND, translate_detail
from core.fields import MAX_QUOTED_LENGTH
from core.lists.pagination import MAX_PAGE_SIZE
from core.sentences import fill
from core.texts.folding import select_named
from core.translation import gettext_noop as _
from desk.agents.protocol import ROWS, Call, Refusal
from products.reading.details import DAYS_AHEAD, read_expiring
from records.events.feed import bodies
from records.events.models import EventType
from records.events.services import find_head
from stock.errors import SeveralProducts
from trade.selling.goods import list_kinds, list_used
from web.list_routes import list_routes, read_query

FOUND = (
    "id,name,sku,barcode,keeps_stock,quantity,amount,available,unit,decimals,price,cost_price,category_name,"
    "supplier_name,is_low_stock,group_name,options,tags"
)
NONE: dict[str, Any] = {"results": [], "count": 0}
FOUND_GOODS = "id,name,sku,barcode,price,list_price,available,cost,parts"
LAST_MOVEMENTS = 5
EXPIRING, MAX_DAYS_AHEAD = "expiring", 3660
ONLY_DAYS = _("The report of what expires takes days, at most {limit:,}, and no other argument.")
ONLY_VIEW = _("A saved view has its filters: name no report and no other argument with it.")
SEVERAL = {
    "code": SeveralProducts.code,
    "detail": _("Several products have this name, or words of it. Name one by its id or its whole name."),
}


def read_shop(call: Call) -> dict[str, Any]:
    figures, user = call.get("dashboard"), call.user
    key, shop = user.api_key, user.shop_owner
    return {
        "shop": {"name": shop.shop_name, "currency": shop.currency, "time_zone": shop.time_zone} if shop else {},
        "user": {"username": user.username, "role": user.acting_role, "scope": key.scope if key else None},
        **figures,
        "analytics": figures["analytics"][:ROWS],
        "analytics_truncated": len(figures["analytics"]) > ROWS,
    }


def search_products(call: Call) -> dict[str, Any]:
    """Return the products with these words or this code, and on the first page the goods with parts."""
    query = {"search": call.arguments["text"], "fields": FOUND, "page": call.page, "page_size": ROWS}
    found = call.get("product-list", query)
    page = {"rows": found["results"], "next": name_next(call, bool(found["next"])), "count": found["count"]}
    used = list_used(call.user.shop_owner) if call.page == 1 else []
    for kind in list_kinds():
        goods = call.get(f"{kind.name}-list", {**query, "fields": FOUND_GOODS}) if kind in used else NONE
        page |= {kind.names: goods["results"], f"{kind.names}_count": goods["count"]}
    return page


def name_next(call: Call, has_more: bool) -> str | None:
    """Return the cursor of the next page, or None if this is the last one."""
    return str(call.page + 1) if has_more else None


def read_product(call: Call) -> dict[str, Any]:
    """Return a product with its places and last movements.

    Raise Refusal if the shop has no such product, or if several have words of the name and none has all of it.
    """
    [(name, value)] = call.arguments.items()
    if name in ("id", "name"):
        product = call.get("product-detail", pk=value if name == "id" else find_named(call, value))
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


def find_named(call: Call, name: str) -> int:
    """Return the id of the product with this name, or of the only one that a search for it finds."""
    query = {"search": name, "fields": "id,name,sku", "ordering": "name", "page_size": MAX_PAGE_SIZE}
    found = call.get("product-list", query)["results"]
    named = select_named(name.strip(), found, itemgetter("name"))
    if not named:
        raise Refusal(translate_detail(NOT_FOUND))
    if len(named) > 1:
        raise Refusal({**translate_detail(SEVERAL), "products": named[:ROWS]})
    return int(named[0]["id"])


def read_view(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of a saved view. Raise Refusal if the user has none of this name, or may not see its list.

    The user's own view comes before one of the same name that others share.
    A log has no numbered pages, so its newest rows are all that an agent gets.
    """
    if query.keys() - {"view"}:
        raise Refusal({"view": [gettext(ONLY_VIEW)]})
    found = call.get("view-list", {"search": query["view"], "page_size": MAX_PAGE_SIZE})["results"]
    named = [view for view in found if view["name"].casefold() == query["view"].strip().casefold()]
    if not named:
        raise Refusal(translate_detail(NOT_FOUND))
    view = min(named, key=lambda view: view["user"] != call.user.get_username())
    route = list_routes()[view["route"]]
    place = find_place(call, route.view)
    rows = call.get(route.name, [*read_query(view["query"]), *place.items(), ("page_size", ROWS)])
    next_page = read_next(rows) if place else None
    about = {name: value for name, value in rows.items() if name not in ("results", "next", "previous")}
    return {"rows": rows["results"], "next": next_page, "about": {"view": view["name"], **about}}


def find_place(call: Call, view: Any) -> dict[str, Any]:
    """Return the parameter with which the list continues: a page, the cursor of a report, or none in a log."""
    report = getattr(view, "report", None)
    if report and report.has_cursor:
        return {"cursor": call.arguments.get("cursor", "")}
    return {"page": call.page} if report or hasattr(view.pagination_class, "page_query_param") else {}


def read_next(page: dict[str, Any]) -> str | None:
    """Return the cursor or the number of the next page, or None if this is the last one."""
    found = parse_qs(urlsplit(page.get("next") or "").query)
    return next((found[name][0] for name in ("cursor", "page") if name in found), None)


def read_report(call: Call) -> dict[str, Any]:
    query = {name: value for name, value in call.arguments.items() if name not in ("report", "cursor")}
    if "view" in query:
        return read_view(call, query)
    if call.arguments["report"] == EXPIRING:
        return list_expiring(call, **query)
    route = f"report-{call.arguments['report']}"
    if route == "report-valuation":  # this report has no pages
        about = call.get(route, query)
        start, categories = (call.page - 1) * ROWS, about.pop("categories")
        rows, next_page = categories[start : start + ROWS], name_next(call, len(categories) > start + ROWS)
    else:
        place = find_place(call, list_routes()[f"reports/{call.arguments['report']}"].view)
        about = call.get(route, {**query, **place, "page_size": ROWS})
        rows, next_page = about.pop("results"), read_next(about)
        del about["next"], about["previous"]
    return {"rows": rows, "next": next_page, "about": about}


def list_expiring(call: Call, days: int = DAYS_AHEAD, **others: Any) -> dict[str, Any]:
    """Return the stock that expires within these days or has expired. Raise Refusal for other arguments."""
    if others or days > MAX_DAYS_AHEAD:
        raise Refusal({name: [fill(ONLY_DAYS, limit=MAX_DAYS_AHEAD)] for name in others or ("days",)})
    last, end = call.user.shop_today() + timedelta(days), call.page * ROWS
    rows, count = read_expiring(call.user.account_id, date.min, last, end)
    shown = [{**row._asdict(), "expires_on": row.expires_on.isoformat()} for row in rows[end - ROWS :]]
    return {"rows": shown, "next": name_next(call, count > end), "about": {"count": count, "to": last.isoformat()}}


def read_changes(call: Call) -> dict[str, Any]:
    """Return the last changes in the shop or of a product, with who made them."""
    names = {"field": "field", "from": "after", "cursor": "cursor"}
    query = {names[name]: value for name, value in call.arguments.items() if name in names}
    one = {"pk": call.arguments["id"]} if "id" in call.arguments else {}
    page = call.get("product-changes" if one else "changes", {**query, "page_size": ROWS}, **one)
    return {"rows": page["results"], "next": read_next(page)}


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
