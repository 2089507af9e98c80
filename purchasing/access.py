"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import DETAIL, LIST, MEMBERS, OWNERS, READ, Route

ROUTES = {
    "purchase-order-list": Route("purchase-orders", LIST, link="purchase-orders"),
    "purchase-order-detail": Route("purchase-orders", DETAIL),
    "purchase-order-send": Route("purchase-orders", {"POST": OWNERS}),
    "purchase-order-receive": Route("purchase-orders", {"POST": MEMBERS}),
    "purchase-order-file": Route("purchase-orders", READ),
    "purchase-order-close": Route("purchase-orders", {"POST": OWNERS}),
}
