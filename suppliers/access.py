"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import Route, detail_route, list_route
from users.roles import Right

ROUTES = {
    "supplier-list": Route("suppliers", list_route(Right.MANAGE_PRODUCTS), link="suppliers"),
    "supplier-detail": Route("suppliers", detail_route(Right.MANAGE_PRODUCTS)),
    "supplier-erase": Route("suppliers", {"POST": Right.MANAGE_PRODUCTS}),
    "supplier-restore": Route("suppliers", {"POST": Right.MANAGE_PRODUCTS}),
}
