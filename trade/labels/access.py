"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import READ, Route
from users.roles import Right

ROUTES = {
    "scan": Route("scanning", READ, devices=("GET",)),
    "labels": Route("scanning", {"POST": Right.WORK}),
    "product-label": Route("scanning", READ),
    "lot-label": Route("scanning", READ),
}
