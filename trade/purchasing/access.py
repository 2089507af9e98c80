"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route, detail_route, list_route
from users.roles import Right

ROUTES = {
    "purchase-order-list": Route("purchase-orders", list_route(Right.MANAGE_ORDERS), link="purchase-orders"),
    "purchase-order-detail": Route("purchase-orders", detail_route(Right.MANAGE_ORDERS)),
    "purchase-order-send": Route("purchase-orders", {"POST": Right.MANAGE_ORDERS}),
    "purchase-order-receive": Route("purchase-orders", {"POST": Right.WORK}),
    "purchase-order-file": Route("purchase-orders", READ),
    "purchase-order-close": Route("purchase-orders", {"POST": Right.MANAGE_ORDERS}),
}
