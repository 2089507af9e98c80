"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import MEMBERS, READ, Route

ROUTES = {
    "scan": Route("scanning", READ),
    "labels": Route("scanning", {"POST": MEMBERS}),
    "product-label": Route("scanning", READ),
    "lot-label": Route("scanning", READ),
}
