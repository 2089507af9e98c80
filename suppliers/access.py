"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import DETAIL, LIST, Route

ROUTES = {
    "supplier-list": Route("suppliers", LIST, link="suppliers"),
    "supplier-detail": Route("suppliers", DETAIL),
}
