"""The roles that may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import MEMBERS, OWNERS, Route

POST = {"POST": OWNERS}

ROUTES = {
    "feed": Route("events", {"GET": MEMBERS}, link="events"),
    "webhook-list": Route("webhooks", {"GET": OWNERS, "POST": OWNERS}, link="webhooks"),
    "webhook-detail": Route("webhooks", {"GET": OWNERS, "PUT": OWNERS, "PATCH": OWNERS, "DELETE": OWNERS}),
    "webhook-test": Route("webhooks", POST),
    "webhook-roll-secret": Route("webhooks", POST),
    "webhook-redeliver": Route("webhooks", POST),
    "webhook-attempts": Route("webhooks", {"GET": OWNERS}),
}
