"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import Route
from users.roles import Right

POST = {"POST": Right.MANAGE_SHOP}

ROUTES = {
    "feed": Route("events", {"GET": Right.WORK}, link="events", devices=("GET",)),
    "webhook-list": Route("webhooks", {"GET": Right.MANAGE_SHOP, "POST": Right.MANAGE_SHOP}, link="webhooks"),
    "webhook-detail": Route("webhooks", dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), Right.MANAGE_SHOP)),
    "webhook-test": Route("webhooks", POST),
    "webhook-roll-secret": Route("webhooks", POST),
    "webhook-redeliver": Route("webhooks", POST),
    "webhook-attempts": Route("webhooks", {"GET": Right.MANAGE_SHOP}),
}
